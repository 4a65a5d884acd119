"""Flaws of an object in the words of the person who wrote it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from checker.adapters.kubernetes.flaws import Flaw, is_type, types_of
from checker.adapters.kubernetes.schemas import Schema
from checker.location import Path, field_name
from checker.objects.words import in_words
from checker.units import quantity

REFUSED = "so the API server refuses this object"
# Which of the two it is depends on the controller and its version.
REFUSED_SOMEWHERE = "so the cluster refuses this object or the pods it makes"

_LONGEST_NUMBER = 11  # of 32 bits, with a sign
_TYPE_WORDS = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_CONTAINER_WORDS = {"array": "a list", "object": "a mapping"}


class Mistake(NamedTuple):
    """Something the cluster refuses: where in the object, what, and how to mend it."""

    path: Path
    message: str
    fix: str


def mistake(flaw: Flaw, given: dict[str, Any], consequence: str) -> Mistake:
    """The flaw in words; `given` is the object as it was written, where a missing key may be there without a value."""
    if item := _null_item(given, flaw.path):
        key = flaw.path[len(item) : len(item) + 1]
        what = f"{field_name(item)} is null; a mapping{f' with {key[0]}' if key else ''} is required"
        return Mistake(item, f"{what}, {consequence}", "write the item, or remove its dash")
    place = field_name(flaw.path) or "the object"
    if flaw.keyword == "combination":
        what = f"{place} {flaw.schema.get('refusal', 'has fields that exclude each other')}"
    else:
        what = f"{place} is {_found(flaw, given)}; {_expected(flaw)} is required"
    return Mistake(flaw.path, f"{what}, {consequence}", _fix(flaw, given))


def _found(flaw: Flaw, given: dict[str, Any]) -> str:
    if flaw.keyword == "required":
        return "null" if _is_null(given, flaw.path) else "missing"
    if flaw.schema.get("hidden"):
        return "a text of another form" if isinstance(flaw.value, str) else "no text"
    return in_words(flaw.value)


def _is_null(given: Any, path: Path) -> bool:
    for step in path:
        if isinstance(given, dict):
            if step not in given:
                return False
        elif not (isinstance(given, list) and isinstance(step, int) and step < len(given)):
            return False
        given = given[step]
    return given is None


def _null_item(given: Any, path: Path) -> Path:
    """The list item above or at a path that was written as a dash with nothing behind it."""
    return next((path[:end] for end in range(1, len(path) + 1) if isinstance(path[end - 1], int) and _is_null(given, path[:end])), ())


def _expected(flaw: Flaw) -> str:
    schema = flaw.schema
    types = types_of(schema)
    if flaw.keyword == "type" and types == ("string",):
        return "text"
    if "description" in schema:
        return str(schema["description"])
    if "enum" in schema:
        return _any_of(schema["enum"])
    if flaw.keyword in ("minimum", "maximum"):
        return f"{_TYPE_WORDS[types[0]]} of at {'least' if flaw.keyword == 'minimum' else 'most'} {schema[flaw.keyword]}"
    if flaw.keyword in ("minItems", "minProperties", "minLength"):
        return "at least one entry" if flaw.keyword != "minLength" else "text that is not empty"
    return " or ".join({**_TYPE_WORDS, **_CONTAINER_WORDS}[name] for name in types) or "a value"


def _any_of(values: Iterable[Any]) -> str:
    texts = [str(value) for value in values if value != ""]
    return ", ".join(texts[:-1]) + " or " + texts[-1] if len(texts) > 1 else texts[0]


def _fix(flaw: Flaw, given: dict[str, Any]) -> str:
    schema, value = flaw.schema, flaw.value
    if flaw.keyword == "type" and not schema.get("hidden"):
        return _fix_of_type(flaw)
    if isinstance(value, str) and (repaired := _repaired(flaw, value)):
        return repaired
    if "fix" in schema:
        return str(schema["fix"])
    if flaw.keyword == "required":
        key = flaw.path[-1]
        return f"give {key} a value" if _is_null(given, flaw.path) else f"add {key}"
    return "write " + _expected(flaw)


def _fix_of_type(flaw: Flaw) -> str:
    """By what is wanted and what is there."""
    types, value = types_of(flaw.schema), flaw.value
    if "string" in types and isinstance(value, bool | int | float):
        return f"put the value in quotes{_example(flaw.path, value)}"
    if isinstance(value, str) and (plain := _without_quotes(types, value)):
        return f"remove the quotes: {_entry(flaw.path)} {plain}"
    if types == ("object",):
        return "write lines of the form key: value" + (" instead of a list" if isinstance(value, list) else " below it")
    if types == ("array",):
        return "begin each item with a dash" if isinstance(value, dict) else "write a list, each item on its own line after a dash"
    return "write " + _expected(flaw)


def _entry(path: Path) -> str:
    return "-" if not path or isinstance(path[-1], int) else f"{path[-1]}:"


def _example(path: Path, value: float) -> str:
    """With the value, where it is sure to be what was written: 1.10 would be shown as 1.1, and yes as true."""
    plain = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return f', as in {_entry(path)} "{value}"' if plain else ""


def _without_quotes(types: tuple[str, ...], value: str) -> str:
    text = value.strip()
    if "boolean" in types and text.lower() in ("true", "false"):
        return text.lower()
    return text if "integer" in types and _is_short_number(text) else ""


def _is_short_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and text.isascii() and text.removeprefix("-").isdigit()


def _repaired(flaw: Flaw, value: str) -> str:
    """What was probably meant, where a small change makes it right."""
    schema = flaw.schema
    if "enum" in schema and (meant := next((each for each in schema["enum"] if each and str(each).lower() == value.strip().lower()), None)):
        return f"write {meant}"
    if "integer" in types_of(schema) and _is_short_number(value.strip()):
        return f"remove the quotes: {_entry(flaw.path)} {value.strip()}"
    return _repaired_quantity(value) if is_quantity(schema) else ""


def is_quantity(schema: Schema) -> bool:
    """Whether a schema is about amounts of memory, CPU and the like."""
    return set(types_of(schema)) == {"string", "number"} and is_type("string", schema.get("pattern"))


def _repaired_quantity(value: str) -> str:
    text = "".join(value.split()).replace(",", ".")
    if text.startswith("-"):
        return ""
    if quantity(text) is not None:
        return f"write {text}"
    number, letter = text.rstrip("bBiI"), ""
    if number[-1:].lower() in tuple("kmgtpe"):
        number, letter = number[:-1], number[-1].upper()
    if quantity(number) is None or not number:
        return ""
    if not letter:
        return f"write {number}"
    return f"write {number}{letter}i (in powers of 1024) or {number}{'k' if letter == 'K' else letter} (in powers of 1000)"
