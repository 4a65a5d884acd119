"""Where in its file something of a document is written."""

import re
from collections.abc import Sequence as Path
from functools import lru_cache

from checker.documents.decode import merged
from checker.documents.glance import glance
from checker.documents.json_places import line_starts, may_be_json, offset
from checker.documents.json_places import position as position_in_json
from checker.documents.nodes import Broken, Mapping, Node, Scalar, Sequence, is_merge, written
from checker.documents.parsers import compose
from checker.documents.scalars import key_of
from checker.documents.types import Document
from checker.location import Location, field_name

_MARK = "k8s-stabcheck"
_COMMENT = re.compile(r"(?:^|(?<=[ \t\n]))#")
# What JSON may write and YAML may not: an emoji as two halves of a pair, "\/", some characters; tabs before the first bracket.
_JSON_ONLY = re.compile("\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\\\/|^\\s+|[\x7f-\x84\x86-\x9f\ufffe\uffff]")


def locate(document: Document, path: Path[str | int]) -> Location:
    """Where the entry or the item at `path` begins, or its nearest ancestor that exists.

    An entry begins with its key. What an alias or `<<` brings is found where it is really written. What is no text has no lines.
    """
    field = field_name(path)
    if not document.line:
        return Location(document.file, None, None, field)
    if may_be_json(document.text):
        at = offset(document.text, path)
        if at is not None:
            line, column = position_in_json(document.text, at)
            return Location(document.file, document.line + line, column, field)
    elif (seen := glance(document.text, path)) is not None:
        return Location(document.file, document.line + seen[0], seen[1] + 1, field)
    root = _composed(document.text)
    if root is None:
        return Location(document.file, document.line, 1, field)
    at, node = root.at, root
    for step in path:
        entry = _entry(node, step)
        if entry is None:
            break
        at, node = entry
    return Location(document.file, *place(document, at), field)


def place(document: Document, at: int) -> tuple[int, int]:
    """Line of the file and column of a place in the document's text."""
    return position(document.text, at, document.line)


def position(text: str, at: int, first: int) -> tuple[int, int]:
    """Line and column of a place in a text that begins on line `first`; of its last character if the place is beyond it."""
    at = min(at, max(len(text) - 1, 0))
    return first + text.count("\n", 0, at), at - text.rfind("\n", 0, at)


def source_line(document: Document, line: int) -> str:
    """The text of a line of the file, without its end; empty if the document does not have that line."""
    starts, number = line_starts(document.text), line - document.line
    if not 0 <= number < len(starts):
        return ""
    end = starts[number + 1] - 1 if number + 1 < len(starts) else len(document.text)
    return document.text[starts[number] : end]


def comments(document: Document) -> list[tuple[int, str]]:
    """Comments that speak to us: (line of the file, text from the `#` on)."""
    text = document.text
    if _MARK not in text or "#" not in text:
        return []
    root = _composed(text)
    spans = sorted(_spans(root, text)) if root is not None else []
    found: list[tuple[int, str]] = []
    line, counted, after, span = document.line, 0, 0, 0
    for comment in _COMMENT.finditer(text):
        at = comment.start()
        while span < len(spans) and spans[span][1] <= at:
            span += 1
        if at < after or (span < len(spans) and spans[span][0] <= at):
            continue
        end = text.find("\n", at)
        after = end if end >= 0 else len(text)
        line += text.count("\n", counted, at)
        counted = at
        if _MARK in text[at:after]:
            found.append((line, text[at:after].rstrip()))
    return found


@lru_cache(maxsize=16)
def _composed(text: str) -> Node | None:
    """None where the text, decoded by other means, is no YAML: JSON may hold what YAML refuses."""
    try:
        return compose(text).root
    except Broken:
        pass
    try:
        return compose(_JSON_ONLY.sub(_tamed, text)).root
    except Broken:
        return None


def _tamed(found: re.Match[str]) -> str:
    """As long as what was found, for places to stay where they are."""
    if found[0].startswith("\\u"):
        return r"\u0020"
    return "//" if found[0] == r"\/" else re.sub(r"[^\n]", " ", found[0])


def _entry(node: Node, step: str | int) -> tuple[int, Node] | None:
    """Where an entry of a mapping or an item of a list begins, and its value."""
    target = written(node)
    if isinstance(target, Sequence) and isinstance(step, int):
        if not 0 <= step < len(target.items):
            return None
        item = written(target.items[step])
        return item.at, item
    if isinstance(target, Mapping) and isinstance(step, str):
        return _pair(target, step, set())
    return None


def _pair(mapping: Mapping, step: str, seen: set[int]) -> tuple[int, Node] | None:
    """The last one wins, as in decoding."""
    for key, entry in reversed(mapping.pairs):
        if is_merge(key):
            for source in reversed(merged(entry)):
                target = written(source)
                if id(target) in seen or not isinstance(target, Mapping):
                    continue
                seen.add(id(target))
                if found := _pair(target, step, seen):
                    return found
            continue
        name = written(key)
        if isinstance(name, Scalar) and key_of(name) == step:
            return key.at, entry
    return None


def _spans(root: Node, text: str) -> set[tuple[int, int]]:
    """Where scalars begin and end, without the first line of a block: a `#` in there begins no comment."""
    spans: set[tuple[int, int]] = set()
    pending, seen = [root], set()
    while pending:
        node = written(pending.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            begin = text.find("\n", node.at) if text.startswith(("|", ">"), node.at) else node.at
            spans.add((begin, node.end))
        elif isinstance(node, Mapping):
            for pair in node.pairs:
                pending.extend(pair)
        else:
            pending.extend(node.items)
    return spans
