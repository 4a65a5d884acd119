"""Whether an object of Istio has the shape that its custom resource defines, and which fields do not exist.

The API server refuses wrong types and words. Unknown fields it drops: with a warning if the client shows it, and
istiod, which reads what is left, never knows. So they are told apart from what is refused.
"""

from typing import Any, NamedTuple

from checker.adapters.istio.validation.flaw import Data, Flaw, Flaws, misshapen
from checker.adapters.istio.validation.schemas import Schema, kind_schema, resolved, validator
from checker.errors import did_you_mean
from checker.location import Path, field_name
from checker.objects.nulls import without_nulls
from checker.objects.words import in_words, quoted

_TYPES: dict[str, type | tuple[type, ...]] = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}


class Shape(NamedTuple):
    """An object without `key: null`, what is wrong with its shape, and the fields that do not exist."""

    data: dict[str, Any]
    refused: list[Flaw]
    unknown: list[Flaw]


def shape_of(group: str, kind: str, data: dict[str, Any]) -> Shape:
    """Of a kind that Istio has. The data is the object given where that has no flaw."""
    if validator(group, kind)(data):
        return Shape(data, [], [])
    read = without_nulls(data)
    unknown: list[Flaw] = []
    wrong = list(_flaws(kind_schema(group, kind) or {}, read, (), kind, unknown))
    return Shape(data if wrong else read, wrong, unknown)


def _flaws(schema: Schema, value: Any, path: Path, kind: str, unknown: list[Flaw]) -> Flaws:
    schema = resolved(schema)
    words, wanted = schema.get("enum"), schema.get("type")
    if words is not None:
        if value not in words:
            yield _wrong(path, value, _listed(words), _meant(value, words))
        return
    if wanted is not None and not _is_type(wanted, value):
        yield _wrong(path, value, _WORDS[wanted], _retyped(path, value, wanted))
    elif isinstance(value, dict):
        yield from _mapping(schema, value, path, kind, unknown)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _flaws(schema["items"], item, (*path, index), kind, unknown)
    elif wanted == "integer" and not schema["minimum"] <= value <= schema["maximum"]:
        yield _wrong(path, value, f"a number from {schema['minimum']} to {schema['maximum']}", "write such a number")


def _mapping(schema: Schema, value: Data, path: Path, kind: str, unknown: list[Flaw]) -> Flaws:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield misshapen((*path, name), "is missing", f"add {name}")
    for names in schema.get("exclusive", ()):
        given = [name for name in names if name in value]
        if len(given) > 1:
            yield misshapen(
                (*path, given[1]), f"is set beside {given[0]}; only one of them is possible", f"remove {given[1]} or {given[0]}"
            )
    for name, item in value.items():
        if name in properties:
            yield from _flaws(properties[name], item, (*path, name), kind, unknown)
        elif others is False:
            unknown.append(_unknown(name, properties, path, kind))
        elif isinstance(others, dict):
            yield from _flaws(others, item, (*path, name), kind, unknown)


def _unknown(name: str, properties: Schema, path: Path, kind: str) -> Flaw:
    owner = field_name(path) or f"an object of kind {kind}"
    exact = next((known for known in properties if known.lower() == name.replace("_", "").replace("-", "").lower()), None)
    fix = (
        f"did you mean `{exact}`?"
        if exact
        else did_you_mean(name, properties, f"remove it; the fields are {', '.join(sorted(properties))}")
    )
    return Flaw((*path, name), f"{quoted(name)} is no field of {owner}, so it is dropped and does nothing", fix)


def _is_type(wanted: str, value: Any) -> bool:
    if wanted == "integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return isinstance(value, _TYPES[wanted]) and (wanted != "number" or not isinstance(value, bool))


def _wrong(path: Path, value: Any, expected: str, fix: str) -> Flaw:
    return misshapen(path, f"is {in_words(value)}; {expected} is required", fix)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _meant(value: Any, words: list[str]) -> str:
    text = str(value).replace("-", "_").upper()
    return f"write {text}" if text in words else did_you_mean(text, words, f"write {_listed(words)}")


def _retyped(path: Path, value: Any, wanted: str) -> str:
    if wanted == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        timed = str(path[-1]).lower().endswith(("timeout", "time", "interval", "delay", "duration", "maxage", "ttl", "backoff"))
        return f"write {value}s" if timed else "put the value in quotes"
    if wanted in ("integer", "number") and isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        return "remove the quotes"
    return f"write {_WORDS[wanted]}"
