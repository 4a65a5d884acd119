"""What is wrong with an object of a custom resource, in the words of the person who wrote it."""

from typing import Any

from checker.adapters.kubernetes.custom.rules import sentence
from checker.adapters.kubernetes.custom.survey import Repeated, Unknown
from checker.adapters.kubernetes.flaws import Flaw, flaws, types_of
from checker.adapters.kubernetes.mistakes import REFUSED, Mistake, mistake
from checker.adapters.kubernetes.schemas import Schema
from checker.errors import did_you_mean
from checker.location import Path, field_name
from checker.objects.words import quoted

__all__ = ["broken_rule", "flaws", "misshapen", "repeated", "unknown_field"]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"
_DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
_PATTERNS = {
    _DURATION: "a duration such as 500ms, 10s or 1h30m",
    f"^$|^{_NAME}$": "an API group such as gateway.networking.k8s.io, or an empty text",
    "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$": "a kind such as Service",
    f"^{_LABEL}$": "a name of lower-case letters, digits and dashes",
    f"^{_NAME}$": "a name of lower-case letters, digits, dashes and dots",
    rf"^(\*\.)?{_NAME}$": "a host name such as shop.example.com or *.example.com, in lower case and without scheme and port",
    "^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$": "a quantity such as 10 or 64Ki",
    r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$": "a name that HTTP takes (letters, digits, dashes)",
    r"^[^\x00\n\r]*$": "a text without line breaks",
    r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$": "a path of a URL",
    rf"^{_NAME}\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$": "DOMAIN/PATH such as example.com/gateway-controller",
    "^[a-f0-9]{64}$": "a SHA-256 of 64 digits",
}  # fmt: skip
_OF_32_BITS = 2**31 - 1
_ENTRIES = {"array": "items", "object": "entries", "string": "characters"}
_SINGLE = {"items": "item", "entries": "entry", "characters": "character"}


def misshapen(flaw: Flaw, data: dict[str, Any]) -> Mistake:
    """A value that does not fit its schema; `data` is the object as it was written."""
    words = _expected(flaw.keyword, flaw.schema)
    schema = {**flaw.schema, "description": words} if words else flaw.schema
    told = mistake(flaw._replace(schema=schema), data, REFUSED)
    is_bare_duration = flaw.schema.get("pattern") == _DURATION and isinstance(flaw.value, int) and not isinstance(flaw.value, bool)
    return told._replace(fix=f"write it with a unit, such as {flaw.value}s") if is_bare_duration else told


def _expected(keyword: str, schema: Schema) -> str:
    """Nothing where the type says it all."""
    if keyword == "pattern":
        return _PATTERNS.get(schema["pattern"], f"a text that matches {schema['pattern']}")
    if keyword in ("minimum", "maximum") and {"minimum", "maximum"} <= schema.keys() and schema["maximum"] != _OF_32_BITS:
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    if keyword.startswith(("min", "max")) and keyword not in ("minimum", "maximum"):
        bound = "at least" if keyword.startswith("min") else "at most"
        entries = _ENTRIES[types_of(schema)[0]]
        return f"{bound} {schema[keyword]} {entries if schema[keyword] != 1 else _SINGLE[entries]}"
    return ""


def repeated(item: Repeated, whole: dict[str, Any]) -> Mistake:
    """An item of a list that may not have it twice."""
    path = (*item.path, *item.keys) if len(item.keys) == 1 else item.path
    value = _at(whole, path)
    shown = f" ({quoted(value)})" if isinstance(value, str) else ""
    if item.keys:
        keys = " and ".join(item.keys)
        what, fix = (
            f"has the {keys} of item {item.first} of the list{shown}, and no two may",
            f"remove one of the two, or give it another {keys}",
        )
    else:
        what, fix = f"is the same as item {item.first} of the list{shown}, and no two may be", "remove one of the two"
    return Mistake(path, f"{field_name(item.path)} {what}, {REFUSED}", fix)


def broken_rule(text: str, value: Any, path: Path) -> Mistake:
    """A rule of the definition that a value at a path breaks."""
    below, what, fix = sentence(text, value)
    place = (*path, *below)
    return Mistake(place, f"{field_name(place) or 'the object'} {what}, {REFUSED}", fix)


def unknown_field(found: Unknown, kind: str, product: str) -> Mistake:
    """A field that the API server drops, if it takes the object at all."""
    owner, name = field_name(found.path[:-1]) or f"an object of kind {kind}", str(found.path[-1])
    exact = next((known for known in found.known if known.lower() == name.replace("_", "").replace("-", "").lower()), None)
    fix = f"did you mean `{exact}`?" if exact else did_you_mean(name, found.known, _without(found.known))
    return Mistake(found.path, f"{quoted(name)} is no field of {owner} in {product}, so it is dropped and does nothing", fix)


def _without(known: tuple[str, ...]) -> str:
    return f"remove it; the fields are {', '.join(sorted(known))}" if known else "remove it"


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
