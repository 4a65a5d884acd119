"""The products whose settings are known. What is known of them is in `stacks/*.yaml`; docs/governors.md tells the form of these files."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from checker.documents.parsers import fast

GOVERNS: Final[Mapping[str, str]] = {
    "connections": "connections to a callee that are kept at a time, by each process",
    "connections-cap": "the most connections that all pools of a process may come to",
    "accepts": "connections that a server takes at a time",
    "reserved": "of these, how many are kept for administrators",
    "processes": "processes that work at a time",
    "threads": "threads that work at a time, in each process",
    "runnable": "threads that the runtime keeps on a CPU at a time",
    "requests": "requests or connections of callers that are worked on at a time",
    "open-seconds": "how long a breaker stays open",
    "queue": "requests or tasks that wait for a worker",
    "heap": "memory that a runtime or a store lets its data grow to, before it collects or evicts",
    "eviction": "what a store does when its memory is full",
    "evidence": "nothing: it shows that the product is used",
    "mode": "how workers wait: `blocking` are those that work on one request at a time",
}
KEYS: Final = ("config", "flags", "env", "parameters")  # where a setting may stand


class Row(NamedTuple):
    """A setting of a product; the form of its file says what each field means."""

    stack: str
    name: str
    governs: str
    of: frozenset[str]
    alone: bool
    default: str
    product: str
    source: str
    plain: int
    style: str
    unbounded: frozenset[str]
    zero: frozenset[str]
    node: frozenset[str]
    chosen: frozenset[str]
    per_core: float | None
    per_process: bool
    flags: tuple[str, ...]


class Stack(NamedTuple):
    """A product: the images and programs that prove that a container runs it, and the rows that say what bounds it."""

    name: str
    images: frozenset[str]
    programs: frozenset[str]
    word: str
    options: frozenset[str]
    elsewhere: frozenset[str]
    files: re.Pattern[str] | None
    words: bool
    anywhere: bool
    rows: tuple[Row, ...]


Rows = dict[str, list[Row]]


class Tables(NamedTuple):
    """All products, and who a name may belong to. Keys of `settings` are as `normal` leaves them, those of `variables` as written."""

    stacks: Mapping[str, Stack]
    images: Mapping[str, Sequence[Stack]]
    programs: Mapping[str, Sequence[Stack]]
    variables: Rows
    flags: Rows
    joined: tuple[str, ...]
    settings: Rows
    patterns: list[tuple[re.Pattern[str], Row]]
    parameters: Rows
    options: Mapping[str, frozenset[str]]
    files: re.Pattern[str]


def normal(key: str) -> str:
    """A key without what its spellings differ in: `maximum-pool-size`, `maximumPoolSize`, `maximum_pool_size`."""
    return key.replace("-", "").replace("_", "").lower()


@cache
def tables() -> Tables:
    """Every table, read once."""
    stacks = [_stack(table) for table in read()]
    found = Tables(
        stacks={stack.name: stack for stack in stacks},
        images=_by(stacks, lambda stack: stack.images),
        programs=_by(stacks, lambda stack: stack.programs),
        variables={},
        flags={},
        joined=tuple(flag for stack in stacks if stack.anywhere for row in stack.rows for flag in row.flags),
        settings={},
        patterns=[],
        parameters={},
        options={name: frozenset(each.name for each in found) for name, found in _by(stacks, lambda stack: stack.options).items()},
        files=re.compile("|".join(stack.files.pattern for stack in stacks if stack.files is not None)),
    )
    for table, stack in zip(read(), stacks, strict=True):
        for row, written in zip(stack.rows, table["governors"], strict=True):
            _index(found, row, written, table.get("relaxed", ""))
    return found


@cache
def read() -> Sequence[Mapping[str, Any]]:
    """The files as they are written."""
    files = sorted(resources.files(__package__).joinpath("stacks").iterdir(), key=lambda each: each.name)
    return [fast(file.read_text("utf-8")) for file in files]


def _by(stacks: Sequence[Stack], names: Callable[[Stack], Iterable[str]]) -> dict[str, list[Stack]]:
    found: dict[str, list[Stack]] = {}
    for stack in stacks:
        for name in names(stack):
            found.setdefault(name, []).append(stack)
    return found


def _stack(table: Mapping[str, Any]) -> Stack:
    patterns = table.get("files", ())
    return Stack(
        name=table["stack"],
        images=frozenset(table.get("images", ())),
        programs=frozenset(table.get("programs", ())),
        word=table.get("word", ""),
        options=frozenset(table.get("options", ())),
        elsewhere=frozenset(table.get("elsewhere", ())),
        files=re.compile("|".join(map(translate, patterns))) if patterns else None,
        words=table.get("words", False),
        anywhere=table.get("anywhere", False),
        rows=tuple(_row(table, written) for written in table["governors"]),
    )


def _row(table: Mapping[str, Any], written: Mapping[str, Any]) -> Row:
    keys = (key for place in KEYS for key in written.get(place, ()))
    return Row(
        stack=table["stack"],
        name=written.get("name") or next(keys),
        governs=written["governs"],
        of=frozenset(written.get("of", ())),
        alone=written.get("alone", table.get("alone", False)),
        default=written.get("default", ""),
        product=f"{table['stack']} {table.get('version', '')}".strip(),
        source=written.get("source") or table["source"],
        plain=written.get("plain", 1),
        style=written.get("style", ""),
        unbounded=frozenset(written.get("unbounded", ())),
        zero=frozenset(written.get("zero", ())),
        node=frozenset(written.get("node", ())),
        chosen=frozenset((*written.get("blocking", ()), *written.get("evicts", ()))),
        per_core=float(written["per_core"]) if "per_core" in written else None,
        per_process=written.get("per_process", False),
        flags=tuple(written.get("flags", ())),
    )


def _index(found: Tables, row: Row, written: Mapping[str, Any], relaxed: str) -> None:
    for name in written.get("env", ()):
        found.variables.setdefault(name, []).append(row)
    for flag in row.flags:
        found.flags.setdefault(flag, []).append(row)
    for name in written.get("parameters", ()):
        found.parameters.setdefault(normal(name.replace(" ", "")), []).append(row)
    for key in written.get("config", ()):
        if "*" in key:
            pattern = re.escape(normal(key)).replace(r"\*", ".*" if key.startswith("*") else "[^.]+")
            found.patterns.append((re.compile(pattern), row))
            continue
        found.settings.setdefault(normal(key), []).append(row)
        for name in _relaxed(key, relaxed):
            found.variables.setdefault(name, []).append(row)


def _relaxed(key: str, how: str) -> Iterator[str]:
    """The variables that stand for a key of a file.

    https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding
    https://learn.microsoft.com/aspnet/core/fundamentals/configuration/#non-prefixed-environment-variables
    """
    if how == "spring":
        yield from dict.fromkeys((key.replace(".", "_").replace("-", "").upper(), key.replace(".", "_").replace("-", "_").upper(), key))
    elif how == "dotnet":
        yield from (key.replace(".", "__"), key.replace(".", ":"))
