"""The packaged schemas of Istio's kinds: field names, types, words. What is in `schema/` are facts of the custom resources.

Beside JSON Schema they use `exclusive`: lists of fields of which an object may have one. The rules on values are in
code: they are Istio's own, and not those of the API server.
"""

import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import combinations
from typing import Any

from checker.validators import accepts

Schema = Mapping[str, Any]

_FILES = ("common", "routing", "destinations", "listeners", "workloads", "security", "extensions")
_REFERENCE = "#/$defs/"
_METADATA = {"type": "object", "properties": {"labels": {"$ref": "#/$defs/TextMap"}, "annotations": {"$ref": "#/$defs/TextMap"}}}


@cache
def kind_schema(group: str, kind: str) -> Schema | None:
    """The schema of a whole object, if Istio has such a kind."""
    name = _load("common")["kinds"].get(f"{group} {kind}")
    if name is None:
        return None
    properties = {"apiVersion": {}, "kind": {}, "metadata": _METADATA, "spec": {"$ref": _REFERENCE + name}, "status": {}}
    return {"type": "object", "required": ["metadata"], "properties": properties, "additionalProperties": False}


def resolved(schema: Schema) -> Schema:
    """What a schema that only refers to another refers to."""
    reference = schema.get("$ref")
    return schema if reference is None else _definitions()[reference.removeprefix(_REFERENCE)]


@cache
def validator(group: str, kind: str) -> Callable[[Any], bool]:
    """A function that says in microseconds whether an object has no flaw of shape at all."""
    schema = kind_schema(group, kind)
    needed = _reachable(schema, set())
    standard = {name: _standard(_definitions()[name]) for name in sorted(needed)}
    return accepts({**(schema or {}), "$defs": standard})


@cache
def _definitions() -> dict[str, Schema]:
    return {name: schema for file in _FILES for name, schema in _load(file)["$defs"].items()}


@cache
def _load(name: str) -> dict[str, Any]:
    text = pkgutil.get_data("checker.adapters.istio", f"schema/{name}.json")
    loaded: dict[str, Any] = json.loads(text or b"{}")
    return loaded


def _standard(schema: Schema) -> Schema:
    """`exclusive` in the words of JSON Schema."""
    pairs = [pair for names in schema.get("exclusive", ()) for pair in combinations(names, 2)]
    plain = {key: value for key, value in schema.items() if key != "exclusive"}
    return {**plain, "not": {"anyOf": [{"required": list(pair)} for pair in pairs]}} if pairs else plain


def _reachable(schema: Any, seen: set[str]) -> set[str]:
    for name in _references(schema):
        if name not in seen:
            seen.add(name)
            _reachable(_definitions()[name], seen)
    return seen


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)
