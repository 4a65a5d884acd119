"""The one module that knows the YAML parsers: a fast one for values, an exact one for values with their places."""

import re
from functools import cache
from typing import Any, NamedTuple

from checker.documents.explain import in_plain_words
from checker.documents.mending import mended
from checker.documents.nodes import Alias, Broken, Mapping, Node, Scalar, Sequence, Written

MAX_DEPTH = 200  # levels of a document; real ones have 20 to 40
_MAX_SIZE = 10**9  # nodes, aliases expanded; no need to count further
_MAX_MENDS = 20
# Kubernetes refuses a document when more than 99 of 100 values come from aliases, but never below 990 of them.
_MAX_REPLAYED = 990
# An escape of JSON that go-yaml does not know.
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


class Composed(NamedTuple):
    """The first document of a text (Kubernetes reads no other), and where the rest begins if there is any."""

    root: Node | None
    has_alias: bool
    rest: int | None


class _Open(NamedTuple):
    """A mapping or a sequence that is not yet closed."""

    start: Any
    children: list[Node]


def fast(text: str) -> Any:
    """The value of a document; raises ValueError for what it refuses, which the exact parser may well accept."""
    import yaml_rs

    return yaml_rs.loads(text, parse_datetime=False, alias_limits=_alias_limits())


@cache
def _alias_limits() -> Any:
    import yaml_rs

    return yaml_rs.AliasLimits(max_total_replayed_events=_MAX_REPLAYED)


def compose(text: str) -> Composed:
    """The first document of `text` as it is written; raises Broken."""
    import yaml

    for attempt in range(_MAX_MENDS + 1):
        try:
            return _compose(text)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark.index if error.problem_mark else 0
            better = mended(text, error.problem or "", at) if attempt < _MAX_MENDS else None
            if better is None:
                opened = error.context_mark.index if error.context_mark else None
                raise in_plain_words(text, error.problem or "", at, error.context or "", opened) from None
            text = better
        except yaml.reader.ReaderError as error:
            raise Broken(0, f"not YAML: {error.reason}", "save the file as UTF-8") from None
    raise AssertionError


def _compose(text: str) -> Composed:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    next_event = loader.get_event
    stack: list[_Open] = []
    anchors: dict[str, Written | None] = {}  # None while the node is open
    node: Node | None = None
    has_alias, slashes = False, "\\/" in text
    while (event := next_event()) is not None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            plain = event.implicit[0]
            if slashes and event.style == '"' and (slash := _ESCAPED_SLASH.search(text, event.start_mark.index, event.end_mark.index)):
                raise in_plain_words(text, "found unknown escape character", slash.end() - 2, "", None)
            node = Scalar(event.value, event.tag, plain, event.start_mark.index, event.end_mark.index)
            if plain and "?" in node.value and stack and stack[-1].start.flow_style:
                raise _question_mark(node)
            if event.anchor is not None:
                anchors[event.anchor] = node
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if len(stack) >= MAX_DEPTH:
                raise too_deep(event.start_mark.index)
            if event.anchor is not None:
                anchors[event.anchor] = None
            stack.append(_Open(event, []))
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            opened = stack.pop()
            node = _closed(opened, is_mapping=kind is yaml.MappingEndEvent)
            if opened.start.anchor is not None:
                anchors[opened.start.anchor] = node
        elif kind is yaml.AliasEvent:
            node, has_alias = _alias(event, anchors), True
        elif kind is yaml.DocumentEndEvent:
            return Composed(node, has_alias, _rest(loader))
        else:
            continue
        if stack:
            stack[-1].children.append(node)
    return Composed(None, has_alias, None)


def _closed(opened: _Open, *, is_mapping: bool) -> Mapping | Sequence:
    start, children = opened
    at = start.start_mark.index
    height = 1 + max([child.height for child in children], default=0)
    if height > MAX_DEPTH:  # by way of aliases
        raise too_deep(at)
    size = min(_MAX_SIZE, 1 + sum([child.size for child in children]))
    if is_mapping:
        return Mapping(list(zip(children[::2], children[1::2], strict=True)), start.tag, at, height, size)
    return Sequence(children, start.tag, at, height, size)


def _alias(event: Any, anchors: dict[str, Written | None]) -> Alias:
    at, name = event.start_mark.index, event.anchor
    if name not in anchors:
        fix = f"write `&{name}` before the value that is meant, or put the text in quotes if no alias is meant"
        raise Broken(at, f"the alias *{name} refers to nothing: no value before it has the anchor &{name}", fix)
    target = anchors[name]
    if target is None:
        raise Broken(at, f"the alias *{name} stands inside the value it refers to: the value would contain itself", "remove the alias")
    return Alias(target, at, target.height, min(_MAX_SIZE, 1 + target.size))


def _rest(loader: Any) -> int | None:
    """Where something follows the document's end."""
    import yaml

    try:
        event = loader.get_event()
    except yaml.MarkedYAMLError as error:
        return error.problem_mark.index if error.problem_mark else 0
    return None if event is None or isinstance(event, yaml.StreamEndEvent) else event.start_mark.index


def _question_mark(node: Scalar) -> Broken:
    return Broken(node.at, 'a "?" inside [ ] or { } begins a key', f'put the text in quotes: "{node.value}"')


def too_deep(at: int) -> Broken:
    """The problem of a document that nests deeper than we follow."""
    message = f"more than {MAX_DEPTH} levels of lists and mappings in one another; no deeper document is read"
    return Broken(at, message, "flatten the document")
