"""The tables of products, and what a name in a configuration means after them."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from checker.documents import parse

Governs = Literal["connections", "clients", "threads", "processes", "queue", "requests", "open-seconds", "memory", "eviction"]
Unit = Literal["count", "bytes", "seconds", "milliseconds", "text"]


class Rule(NamedTuple):
    """One setting of a product.

    `keys` are names in configuration files (`*` stands for one part), `env` variables, `flags` of the command line, `dsn` parameters of
    connection strings. `unbounded` are values that switch the bound off. `each_process`: counts in each process of a pod for itself.
    `default` is the product's own where the setting is not written; it counts where the program is known to run, or where one of
    `assumed_with` is set.
    """

    product: str
    title: str
    governs: Governs
    keys: tuple[str, ...]
    env: tuple[str, ...]
    flags: tuple[str, ...]
    dsn: tuple[str, ...]
    unit: Unit
    unbounded: tuple[str, ...]
    default: int | None
    assumed_with: frozenset[str]
    each_process: bool


class Product(NamedTuple):
    """A program or library. `programs` are names of commands, `images` a pattern for the last part of an image's name."""

    name: str
    title: str
    programs: frozenset[str]
    images: re.Pattern[str] | None
    server: str
    rules: tuple[Rule, ...]


class Index(NamedTuple):
    """Rules by what names them: variables, flags and parameters in full, keys by their last part."""

    products: Sequence[Product]
    env: Mapping[str, Rule]
    flags: Mapping[tuple[str, str], Rule]
    dsn: Mapping[str, Rule]
    keys: Mapping[str, Sequence[tuple[re.Pattern[str], Rule]]]
    assumed: Mapping[str, Rule]
    programs: Mapping[str, Product]


@cache
def index() -> Index:
    """All tables, read when they are first needed."""
    products = [_product(entry.name, entry.read_bytes()) for entry in sorted(files(__package__).joinpath("stacks").iterdir(), key=str)]
    rules = [rule for product in products for rule in product.rules]
    keys: dict[str, list[tuple[re.Pattern[str], Rule]]] = {}
    for rule in rules:
        for key in rule.keys:
            keys.setdefault(plain(key.rpartition(".")[2]), []).append((_pattern(key), rule))
    return Index(
        products,
        {name: rule for rule in rules for name in rule.env},
        {(program, flag): rule for product in products for program in product.programs for rule in product.rules for flag in rule.flags},
        {name.lower(): rule for rule in rules for name in rule.dsn},
        keys,
        {name: rule for rule in rules for name in rule.assumed_with},
        {program: product for product in products for program in product.programs},
    )


def plain(part: str) -> str:
    """A part of a key without what Spring and others do not count: `maximum-pool-size` is `maximumPoolSize`."""
    return part.replace("-", "").replace("_", "").lower()


def product_of(image: str) -> Product | None:
    """The product that an image is of, after the last part of its name."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return next((each for each in index().products if each.images is not None and each.images.search(name)), None)


def _pattern(key: str) -> re.Pattern[str]:
    parts = [r"[^.]+" if part == "*" else re.escape(plain(part)) for part in key.split(".")]
    return re.compile(r"(?:.*\.)?" + r"\.".join(parts))


def _product(name: str, content: bytes) -> Product:
    (document,) = parse(name, content).documents
    data: dict[str, Any] = document.data
    product = name.partition(".")[0]
    spring = bool(data.get("spring"))
    return Product(
        product,
        data["title"],
        frozenset(data.get("programs") or ()),
        re.compile(data["images"]) if data.get("images") else None,
        str(data.get("server") or ""),
        tuple(_rule(product, data["title"], rule, spring=spring) for rule in data["governors"]),
    )


def _rule(product: str, title: str, rule: Mapping[str, Any], *, spring: bool) -> Rule:
    keys = tuple(rule.get("keys") or ())
    relaxed = [each for key in keys if "*" not in key for each in _relaxed(key)] if spring else []
    return Rule(
        product,
        title,
        rule["governs"],
        keys,
        (*(rule.get("env") or ()), *relaxed),
        tuple(rule.get("flags") or ()),
        tuple(rule.get("dsn") or ()),
        rule.get("unit", "count"),
        tuple(str(value) for value in rule.get("unbounded") or ()),
        rule.get("default"),
        frozenset(rule.get("assumed_with") or ()),
        bool(rule.get("each_process")),
    )


def _relaxed(key: str) -> tuple[str, str]:
    """Spring Boot's names of variables, with dashes left out or as underscores (docs.spring.io, "Binding From Environment Variables")."""
    return key.replace(".", "_").replace("-", "").upper(), key.replace(".", "_").replace("-", "_").upper()
