"""JSON: one document or several, one after the other, as kubectl takes them."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from checker.documents.nodes import Broken
from checker.documents.parsers import MAX_DEPTH, too_deep

_BLANK = re.compile(r"[ \t\r\n]*")
_MOST_DIGITS = 400  # of a number; a longer one is beyond the largest float
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")

_WORDS = {
    "Expecting property name enclosed in double quotes": (
        "expected a key in double quotes; is there a comma too many before it?",
        "remove the comma, or write the key in double quotes",
    ),
    "Illegal trailing comma before end of object": ("a comma with nothing after it: JSON does not allow that", "remove the comma"),
    "Illegal trailing comma before end of array": ("a comma with nothing after it: JSON does not allow that", "remove the comma"),
    "Expecting value": ("expected a value; is there a comma too many before it?", "write a value, or remove the comma"),
    "Expecting ',' delimiter": ("expected a comma or a closing bracket", "write the comma or the bracket"),
    "Expecting ':' delimiter": ('expected ":" after the key', "write the colon"),
    "Unterminated string starting at": ("a quote is opened here and never closed", "close the quote"),
    "Invalid control character at": ("a line break, a tab or another control character inside a text", r"write it as an escape (\n, \t)"),
}
_ESCAPE = ("a backslash begins an escape, and this is none", r"write \\ for a backslash")


class JsonDocument(NamedTuple):
    """One value of the stream, with its text from where the one before it ended, on `line` after `column` other characters."""

    line: int
    column: int
    text: str
    data: Any
    has_duplicates: bool


def begins_json(text: str, *, named_so: bool) -> bool:
    """Whether a stream can be JSON; `{{` is a template. As kubectl does, a list is YAML, unless the file's name says JSON."""
    start = text[:256].lstrip()[:2]
    return start != "{{" and (start[:1] == "{" or (named_so and start[:1] == "["))


def read_json(text: str) -> list[JsonDocument]:
    """The values of the stream; raises Broken where it is not JSON."""
    documents: list[JsonDocument] = []
    found: list[str] = []
    decoder = json.JSONDecoder(
        object_pairs_hook=lambda pairs: _object(pairs, found), parse_constant=_constant, parse_int=_integer, parse_float=_float
    )
    at, line, column = 0, 1, 0
    while (begin := _skip_blanks(text, at)) < len(text):
        found.clear()
        try:
            data, end = decoder.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            words = next((words for start, words in _WORDS.items() if error.msg.startswith(start)), None)
            raise Broken(error.pos, *(words or _ESCAPE)) from None
        except RecursionError:
            raise too_deep(begin) from None
        except _NoNumber as error:
            raise Broken(text.find(str(error), begin), f"{error} is not a number that JSON knows", "write a number") from None
        if text.count("[", begin, end) + text.count("{", begin, end) > MAX_DEPTH and _depth(data) > MAX_DEPTH:
            raise too_deep(begin)
        if _HALF_OF_A_PAIR.search(text, begin, end):
            data = _without_halves(data)
        documents.append(JsonDocument(line, column, text[at:end], data, bool(found)))
        line += text.count("\n", at, end)
        last = text.rfind("\n", at, end)
        column = end - last - 1 if last >= 0 else column + end - at
        at = end
    return documents


class _NoNumber(Exception):  # noqa: N818  (never leaves this module)
    """NaN or Infinity."""


def _skip_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _object(pairs: list[tuple[str, Any]], found: list[str]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        found.append("")
    return value


def _constant(name: str) -> Any:
    raise _NoNumber(name)


def _integer(text: str) -> int | float:
    number = int(text) if len(text) <= _MOST_DIGITS else math.inf
    return number if -(2**63) <= number < 2**64 else _float(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NoNumber(text)
    return number


def _depth(data: Any) -> int:
    """Levels of lists and mappings."""
    depth, level = 0, [data]
    while level:
        depth += 1
        level = [child for value in level for child in _inside(value)]
    return depth - 1


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _without_halves(data: Any) -> Any:
    """Half of a surrogate pair is no character: U+FFFD, as in Go."""
    if isinstance(data, str):
        return data.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(data, list):
        return [_without_halves(item) for item in data]
    if isinstance(data, dict):
        return {_without_halves(key): _without_halves(value) for key, value in data.items()}
    return data
