"""Where an entry stands in a text of plain block style, found by indentation alone: many times faster than parsing it.

Whatever is not as plain as manifests mostly are is left to the parser: nothing is told of it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_LINE = re.compile(r"( *)(.*?)[ \r]*$")
_KEY = re.compile(r"""(?:"([\w./-]+)"|'([\w./-]+)'|([A-Za-z_][\w./-]*)):(?:[ ]+(.*))?$""")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ODD_ITEMS = "#&*!?-"
_OPENING = "{[&*!?"  # what begins a value that goes on in other ways than by indentation

_Lines = list[tuple[int, int, str]]  # number of the line, its indentation, what follows


def glance(text: str, path: Sequence[str | int]) -> tuple[int, int] | None:
    """Line and column, both from 0, of what is at `path`, or of its nearest ancestor that exists; None where it takes a parser."""
    lines = _content(text)
    if not lines:
        return None
    at, block, value = (lines[0][0], lines[0][1]), lines, ""
    for step in path:
        if value:  # a text has no entries; what begins otherwise may have some
            return None if value[0] in _OPENING else at
        children = _items(block) if isinstance(step, int) else _entries(block)
        if children is None:
            return None
        chosen = children.get(step)
        if chosen is None:
            return at
        at, value, block = chosen
    return at


@lru_cache(maxsize=16)
def _content(text: str) -> _Lines:
    """The lines that hold something; none if one of them is of a kind that this module does not know."""
    lines: _Lines = []
    for number, line in enumerate(text.split("\n")):
        found = _LINE.match(line)
        if found is None or not found[2] or found[2][0] == "#" or (line.startswith("---") and not found[2].strip("-")):
            continue
        if found[2][0] in "\t%" or line.startswith(("---", "...")):
            return []
        lines.append((number, len(found[1]), found[2]))
    return lines


def _entries(block: _Lines) -> dict[str | int, tuple[tuple[int, int], str, _Lines]] | None:
    """The entries of a mapping by key: place, what follows the colon, and the lines below; None if it is no plain mapping."""
    entries: dict[str | int, tuple[tuple[int, int], str, _Lines]] = {}
    for number, column, rest, below in _parts(block, dashes=False):
        found = _KEY.match(rest)
        key = (found[1] or found[2] or found[3]) if found else ""
        if found is None or key.lower() in _WORDS:
            return None
        value = found[4] or ""
        entries[key] = (number, column), "" if value.startswith("#") else value, below
    return entries


def _items(block: _Lines) -> dict[str | int, tuple[tuple[int, int], str, _Lines]] | None:
    """The items of a list by number; an item that is a mapping or a list begins its own block."""
    items: dict[str | int, tuple[tuple[int, int], str, _Lines]] = {}
    for index, (number, column, rest, below) in enumerate(_parts(block, dashes=True)):
        inner = rest[1:].lstrip(" ")
        if not rest.startswith("- ") or inner[0] in _ODD_ITEMS or (not _KEY.match(inner) and (": " in inner or inner.endswith(":"))):
            return None
        start = column + len(rest) - len(inner)
        nested = [(number, start, inner), *below]
        plain = _KEY.match(inner) is None
        items[index] = (number, start), inner if plain else "", below if plain else nested
    return items


def _parts(block: _Lines, *, dashes: bool) -> Iterator[tuple[int, int, str, _Lines]]:
    """The parts of a block that begin in its first column, each with the lines that belong to it."""
    if not block:
        return
    column = block[0][1]
    start = 0
    for index in range(1, len(block) + 1):
        if index < len(block) and not _begins(block[index], column, dashes=dashes):
            continue
        number, indent, rest = block[start]
        yield number, indent, rest, block[start + 1 : index]
        start = index


def _begins(line: tuple[int, int, str], column: int, *, dashes: bool) -> bool:
    """A list may stand in the column of the key that holds it: then its dashes begin no entry."""
    _, indent, rest = line
    return indent <= column and (dashes or not (indent == column and (rest.startswith("- ") or rest == "-")))
