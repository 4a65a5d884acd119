"""Where a value does not fit a schema.

A validator of the few keywords that our schemas use, for values that the fast one has refused already. It is written
here for the sake of the messages: it knows which schema says what, reports one flaw for one mistake (no noise from
alternatives), and never prints a value, so that a document of a few lines cannot make it work for minutes.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from checker.adapters.kubernetes.schemas import Definitions, Schema, below, flattened
from checker.location import Path
from checker.validators import accepts

_TYPES: dict[str, type | tuple[type, ...]] = {"object": dict, "array": list, "string": str, "boolean": bool}


class Flaw(NamedTuple):
    """A place where a value breaks a keyword of a schema; `schema` is the one with the words for it."""

    path: Path
    keyword: str
    schema: Schema
    value: Any


def flaws(definitions: Definitions, schema: Schema, value: Any, path: Path = ()) -> Iterator[Flaw]:
    """In the order of the schema. A combination of fields is judged only where the fields alone are right."""
    nodes = tuple(flattened(definitions, schema))
    wanted = next((node for node in nodes if not _fits_types(node, value)), None)
    if wanted is not None:
        yield Flaw(path, "type", _words(nodes, wanted), value)
        return
    found = False
    for node in nodes:
        for flaw in _own_flaws(definitions, nodes, node, value, path):
            found = True
            yield flaw
    rules = () if found else (rule for node in nodes for rule in (node, *node.get("allOf", ())))
    broken = next((rule for rule in rules if not _combinations_hold(definitions, rule, value)), None)
    if broken is not None:
        yield Flaw(path, "combination", broken, value)


def is_type(name: str, value: Any) -> bool:
    """Whether a value is of a JSON Schema type; 3.0 is an integer, true is none."""
    if name in _TYPES:
        return isinstance(value, _TYPES[name])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and (name == "number" or value == math.floor(value))


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types a schema allows; none if it does not say."""
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _fits_types(node: Schema, value: Any) -> bool:
    types = types_of(node)
    return not types or any(is_type(name, value) for name in types)


def _words(nodes: tuple[Schema, ...], node: Schema) -> Schema:
    """The node, with words of what refers to it: the place knows better than the type what is expected there."""
    return {**node, **{key: each[key] for each in reversed(nodes) for key in ("enum", "description", "fix", "hidden") if key in each}}


def _own_flaws(definitions: Definitions, nodes: tuple[Schema, ...], node: Schema, value: Any, path: Path) -> Iterator[Flaw]:
    if isinstance(value, dict):
        yield from _mapping_flaws(definitions, nodes, node, value, path)
    elif isinstance(value, list) and "items" in node:
        for index, item in enumerate(value):
            yield from flaws(definitions, node["items"], item, (*path, index))
    for keyword in (
        "enum",
        "const",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ):
        if keyword in node and not _holds(keyword, node[keyword], value):
            yield Flaw(path, keyword, _words(nodes, node), value)
            return


def _mapping_flaws(definitions: Definitions, nodes: tuple[Schema, ...], node: Schema, value: dict[str, Any], path: Path) -> Iterator[Flaw]:
    properties = node.get("properties", {})
    for name in node.get("required", ()):
        if name not in value:
            inner = tuple(flattened(definitions, *below(nodes, name)))
            yield Flaw((*path, name), "required", _words(inner, inner[-1]) if inner else {}, None)
    for name, schema in properties.items():
        if name in value:
            yield from flaws(definitions, schema, value[name], (*path, name))
    if "additionalProperties" in node:
        for name, item in value.items():
            if name not in properties:
                yield from flaws(definitions, node["additionalProperties"], item, (*path, name))


def _holds(keyword: str, limit: Any, value: Any) -> bool:
    if keyword == "enum":
        return value in limit
    if keyword == "const":
        return bool(value == limit)
    if isinstance(value, str):
        return _text_holds(keyword, limit, value)
    if keyword.endswith(("Items", "Properties")) and isinstance(value, list | dict):
        fitting = isinstance(value, dict) == keyword.endswith("Properties")
        return not fitting or (len(value) <= limit if keyword.startswith("max") else len(value) >= limit)
    if keyword in ("minimum", "maximum") and is_type("number", value):
        return bool(value >= limit) if keyword == "minimum" else bool(value <= limit)
    return True


def _text_holds(keyword: str, limit: Any, value: str) -> bool:
    if keyword == "pattern":
        return _matches(limit)(value)
    return (keyword != "minLength" or len(value) >= limit) and (keyword != "maxLength" or len(value) <= limit)


@lru_cache(maxsize=64)
def _matches(pattern: str) -> Callable[[Any], bool]:
    """By the validator's own engine, whose time grows with the text alone: Python's backtracks."""
    return accepts({"pattern": pattern})


def _combinations_hold(definitions: Definitions, node: Schema, value: Any) -> bool:
    if "not" in node and _fits(definitions, node["not"], value):
        return False
    if "oneOf" in node and sum(_fits(definitions, each, value) for each in node["oneOf"]) != 1:
        return False
    return "anyOf" not in node or any(_fits(definitions, each, value) for each in node["anyOf"])


def _fits(definitions: Definitions, schema: Schema, value: Any) -> bool:
    return next(flaws(definitions, schema, value), None) is None
