"""Where an entry stands in a JSON text: only what lies on the way is looked at, and each container once."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json import JSONDecoder

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder()
_Children = Mapping[str | int, tuple[int, int]]  # where an entry begins, and where its value does


def may_be_json(text: str) -> bool:
    """Whether it begins as JSON does that is more than a word."""
    return text[_skip(text, 0) : _skip(text, 0) + 1] in ("{", "[")


def offset(text: str, path: Sequence[str | int]) -> int | None:
    """Where what is at `path` begins, or its nearest ancestor that exists; None where the text is no JSON."""
    at = value = _skip(text, 0)
    for step in path:
        if text[value : value + 1] not in ("{", "["):
            break
        children = _children(text, value)
        if children is None:
            return None
        found = children.get(step)
        if found is None:
            break
        at, value = found
    return at


@lru_cache(maxsize=1024)
def _children(text: str, at: int) -> _Children | None:
    """The entries of the container that begins at a place; of a key that is written twice the last counts."""
    found: dict[str | int, tuple[int, int]] = {}
    mapping, end = text[at] == "{", "}" if text[at] == "{" else "]"
    place = _skip(text, at + 1)
    try:
        while text[place] != end:
            key: str | int = len(found)
            value = place
            if mapping:
                key, after = _DECODER.raw_decode(text, place)
                value = _skip(text, _skip(text, after) + 1)
            found[key] = place, value
            _, after = _DECODER.raw_decode(text, value)
            place = _skip(text, after)
            if text[place] == ",":
                place = _skip(text, place + 1)
    except (ValueError, IndexError, RecursionError):
        return None
    return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def position(text: str, at: int) -> tuple[int, int]:
    """Line, from 0, and column, from 1, of a place."""
    starts = line_starts(text)
    line = bisect_right(starts, at) - 1
    return line, at - starts[line] + 1


@lru_cache(maxsize=8)
def line_starts(text: str) -> Sequence[int]:
    """Where each line of a text begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))]
