"""The packaged JSON Schemas: which one an object is compared with, and two readings of it that JSON Schema leaves open.

The files in `schema/` hold those parts of the Kubernetes API that this program reads, with the API server's rules on
them; other fields are never judged. Sources: https://kubernetes.io/docs/reference/kubernetes-api/ and the validation
code of Kubernetes 1.34. Extra keywords (`fix`, `refusal`, `hidden`, see `common.json`) are for our messages.
"""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
Definitions = Mapping[str, Schema]

_FILES = ("common", "pods", "workloads", "networking", "scaling", "others")
_REFERENCE = "#/$defs/"

# What only the API server's own kinds can be sure of: a controller of another kind may fill in or accept more.
_FINER_RULES = frozenset({
    "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "minProperties", "pattern",
    "not", "oneOf", "anyOf", "allOf", "refusal",
})  # fmt: skip
_EXACT_EVERYWHERE = frozenset({"Quantity", "Int32", "Int64", "Count", "PositiveCount", "LongCount"})
_FILLED_IN_BY_CONTROLLERS = frozenset({"Container"})  # Knative names the container itself


class Rules(NamedTuple):
    """What an object is compared with: one of the definitions; of kinds that are not built in, the types alone."""

    name: str
    definitions: Definitions
    built_in: bool

    @property
    def schema(self) -> Schema:
        """The definition of the whole object."""
        return self.definitions[self.name]

    def standalone(self) -> dict[str, Any]:
        """The same as one JSON Schema, with no more definitions than it needs: a validator takes its time over each."""
        needed = _reachable(self.definitions, self.name, set())
        return {"$ref": _REFERENCE + self.name, "$defs": {each: self.definitions[each] for each in sorted(needed)}}


@lru_cache(maxsize=1024)
def rules(api_version: str, kind: str) -> Rules | None:
    """The rules of a kind, if it has any here."""
    kinds = _load("kinds")
    if name := kinds["exact"].get(f"{api_version} {kind}"):
        return Rules(name, _definitions(exact=True), built_in=True)
    if name := kinds["custom"].get(f"{api_version.rpartition('/')[0]} {kind}"):
        return Rules(name, _definitions(exact=False), built_in=False)
    return None


def pod_owner_rules() -> Rules:
    """The rules of any other kind that has a pod template at `spec.template`."""
    return Rules("PodOwner", _definitions(exact=False), built_in=False)


def flattened(definitions: Definitions, *schemas: Schema) -> Iterator[Schema]:
    """The schemas and what they refer to: all of them hold for the same value, the special before the general."""
    for schema in schemas:
        yield schema
        if reference := schema.get("$ref"):
            yield from flattened(definitions, definitions[reference.removeprefix(_REFERENCE)])


def as_the_server_reads(definitions: Definitions, schemas: tuple[Schema, ...], value: Any) -> Any:
    """A copy, as far as the schemas reach: absent instead of null, keys as text, and the defaults that we count on.

    In lists, and in maps of text, null is what the JSON decoder of Go makes of it: an empty text or an empty mapping.
    """
    nodes = tuple(flattened(definitions, *schemas))
    if isinstance(value, dict) and nodes:
        return _mapping_as_read(definitions, nodes, value)
    items = tuple(node["items"] for node in nodes if "items" in node)
    if isinstance(value, list) and items:
        return [as_the_server_reads(definitions, items, _empty(definitions, items) if item is None else item) for item in value]
    return value


def _mapping_as_read(definitions: Definitions, nodes: tuple[Schema, ...], value: Mapping[Any, Any]) -> dict[str, Any]:
    properties = {name: schema for node in nodes for name, schema in node.get("properties", {}).items()}
    copy: dict[str, Any] = {}
    for key, item in value.items():
        name = _key(key)
        inner = below(nodes, name)
        if item is not None:
            copy[name] = as_the_server_reads(definitions, inner, item)
        elif name not in properties and _empty(definitions, inner) == "":
            copy[name] = ""
    for name, schema in properties.items():
        if name not in copy and "default" in schema:
            copy[name] = as_the_server_reads(definitions, (schema,), schema["default"])
    return copy


def below(nodes: tuple[Schema, ...], key: str) -> tuple[Schema, ...]:
    """What the schemas of a mapping say of the value at one of its keys."""
    named = tuple(node["properties"][key] for node in nodes if key in node.get("properties", ()))
    return named or tuple(node["additionalProperties"] for node in nodes if "additionalProperties" in node)


def _empty(definitions: Definitions, schemas: tuple[Schema, ...]) -> Any:
    types = {node.get("type") for node in flattened(definitions, *schemas) if isinstance(node.get("type"), str)}
    return "" if "string" in types else {} if "object" in types else None


def _key(key: Any) -> str:
    """Unquoted keys such as 8080 and true become text on the way from YAML to JSON."""
    return key if isinstance(key, str) else json.dumps(key)


@cache
def _load(name: str) -> dict[str, Any]:
    text = pkgutil.get_data(__package__, f"schema/{name}.json")
    loaded: dict[str, Any] = json.loads(text or b"{}")
    return loaded


@cache
def _definitions(*, exact: bool) -> dict[str, Schema]:
    whole = {name: schema for file in _FILES for name, schema in _load(file)["$defs"].items()}
    return whole if exact else {name: _types_alone(name, schema) for name, schema in whole.items()}


def _types_alone(name: str, schema: Schema) -> Schema:
    if name in _EXACT_EVERYWHERE:
        return schema
    loose = _without_finer_rules(schema)
    if name in _FILLED_IN_BY_CONTROLLERS:
        del loose["required"]
    return loose


def _without_finer_rules(schema: Schema) -> dict[str, Any]:
    loose = {key: value for key, value in schema.items() if key not in _FINER_RULES}
    for keyword in ("items", "additionalProperties"):
        if keyword in loose:
            loose[keyword] = _without_finer_rules(loose[keyword])
    if "properties" in loose:
        loose["properties"] = {key: _without_finer_rules(value) for key, value in loose["properties"].items()}
    return loose


def _reachable(definitions: Definitions, name: str, seen: set[str]) -> set[str]:
    """The definition and all that it refers to."""
    if name not in seen:
        seen.add(name)
        for reference in _references(definitions[name]):
            _reachable(definitions, reference, seen)
    return seen


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)
