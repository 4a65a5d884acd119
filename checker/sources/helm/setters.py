"""Which value of a chart sets an entry of what was rendered: shown by rendering with values that can be recognised."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from checker.documents import Document, locate, parse
from checker.location import Path
from checker.sources.helm.deciding import Deciding, Known
from checker.sources.helm.lines import Chain, Part, parts
from checker.sources.helm.marks import Template
from checker.sources.helm.values import Marked, deepest

_NO_VALUES = Marked({}, (), (), {})
_MISSING = object()


class Identity(NamedTuple):
    """What makes an object the same in two renderings."""

    source: str
    kind: str
    namespace: str
    name: str


class Entry(NamedTuple):
    """An entry of an object, which may not exist, and the lines of templates that wrote it or its nearest ancestor.

    `alone`: its template renders no other object of the kind.
    """

    identity: Identity
    alone: bool
    data: Any
    path: Path
    chain: Chain


class Rendered:
    """What came of one rendering, its marks taken out of the text and its documents read."""

    def __init__(self, text: str, templates: Mapping[int, Template], values: Marked = _NO_VALUES) -> None:
        self.values = values
        self.text, self.parts = parts(text, templates)

    @cached_property
    def known(self) -> Known:
        """The values that were changed for this rendering."""
        return Known.of(zip(self.values.paths, self.values.texts, strict=True))

    @cached_property
    def chains(self) -> dict[int, Chain]:
        """By line, from 1."""
        return {part.number + index: chain for part in self.parts for index, chain in enumerate(part.chains)}

    @cached_property
    def objects(self) -> dict[Identity, Document]:
        """Those of which there is just one."""
        found: dict[Identity, list[Document]] = {}
        for identity, document in self._identified():
            found.setdefault(identity, []).append(document)
        return {identity: documents[0] for identity, documents in found.items() if len(documents) == 1}

    @cached_property
    def by_line(self) -> dict[int, tuple[Identity, Document]]:
        """By the line at which the text of the document begins."""
        return {document.line: (identity, document) for identity, document in self._identified()}

    @cached_property
    def only(self) -> dict[tuple[str, str], Document]:
        """By template and kind, those that are the only one of theirs; names and namespaces may come of values."""
        found: dict[tuple[str, str], list[Document]] = {}
        for identity, document in self._identified():
            found.setdefault(identity[:2], []).append(document)
        return {key: documents[0] for key, documents in found.items() if len(documents) == 1}

    def same(self, entry: "Entry") -> Document | None:
        """The object that an entry of another rendering is in."""
        return self.objects.get(entry.identity) or (self.only.get(entry.identity[:2]) if entry.alone else None)

    def chain(self, document: Document, path: Path) -> Chain:
        """What wrote the entry at a path."""
        return self.chains.get(locate(document, path).line or 0, ())

    def _identified(self) -> Iterator[tuple[Identity, Document]]:
        by_line: dict[int, Part] = {part.number: part for part in self.parts}
        for document in parse("", self.text.encode()).documents:
            data, part = document.data, by_line.get(document.line)
            metadata = data.get("metadata") if isinstance(data, dict) else None
            if part and isinstance(metadata, dict):
                kind, namespace, name = data.get("kind", ""), metadata.get("namespace", ""), metadata.get("name", "")
                yield Identity(part.source, str(kind), *map(self.values.without, (namespace, name))), document


def setting(entry: Entry, marked: Rendered, doubtful: Callable[[Chain, Path, Known], bool]) -> tuple[Path, bool] | None:
    """The value that an entry which exists is made of, if it is made of just one, and whether of nothing else."""
    document = marked.same(entry)
    there = _followed(entry.data, document.data, entry.path, marked.values) if document else None
    if document is None or there is None:
        return None
    before, after = _pair_value(at(entry.data, entry.path)), _pair_value(at(document.data, there))
    if before is _MISSING or after is _MISSING or marked.chain(document, there) != entry.chain:
        return None
    found: set[Path] = set()
    for below, value in _sources(before, after, marked.values):
        if value is None or value[len(value) - len(below) :] != below:
            return None
        found.add(value[: len(value) - len(below)])
    value = found.pop() if len(found) == 1 else ()
    if not value or doubtful(entry.chain, value, marked.known):
        return None
    return value, all(marked.values.is_whole(leaf) for _, leaf in _leaves(after, ()) if marked.values.in_text(leaf))


def would_set(
    entry: Entry, filled: Rendered, written: Sequence[Chain], templates: Mapping[int, Template], deciding: Deciding
) -> Path | None:
    """The empty value that would make an entry which does not exist, or set one otherwise. `written`: what wrote the object."""
    if isinstance(there := at(entry.data, entry.path), dict | list) and there:
        return None
    document = filled.same(entry)
    path = _followed(entry.data, document.data, entry.path, filled.values) if document else None
    if document is None or path is None:
        return None
    depth, here = deepest(document.data, path)
    rest = path[depth:]
    keys = [key for key in here if filled.values.in_text(key)] if isinstance(here, dict) else []
    marks = {index for key in keys for index in filled.values.in_text(key)}
    if not rest and isinstance(here, str):
        marks = filled.values.in_text(here)
    if len(marks) != 1 or depth < deepest(entry.data, entry.path)[0]:
        return None
    value = filled.values.paths[marks.pop()]
    chain = filled.chain(document, (*path[:depth], *keys))
    if deciding.needs_another(chain, value, filled.known) or (rest and deciding.leaves_out(chain, rest[0])):
        return None
    if not all(_open_to(value, place.line, templates[place.file], _lines_of(written, place.file)) for place in chain):
        return None
    return (*value, *rest)


def carried(marked: Rendered) -> set[Path]:
    """The mappings of values of which some entry is rendered under its own name: others in them may be as well."""
    found: set[Path] = set()
    for document in marked.objects.values():
        for path, leaf in _leaves(document.data, ()):
            sources = marked.values.in_text(leaf)
            if len(sources) == 1 and path:
                value = marked.values.paths[sources.pop()]
                same = next((n for n, (a, b) in enumerate(zip(reversed(value), reversed(path), strict=False)) if a != b), len(value))
                found.update(value[:-length] for length in range(1, min(same, len(value) - 1) + 1))
    return found


def at(data: Any, path: Path) -> Any:
    """The value at a path of a document."""
    depth, value = deepest(data, path)
    return value if depth == len(path) else _MISSING


def existing(data: Any, path: Path) -> Path:
    """As much of a path as a document has."""
    return path[: deepest(data, path)[0]]


def _sources(before: Any, after: Any, values: Marked) -> Iterator[tuple[Path, Path | None]]:
    """For each text and number: where it is below the entry, and its value's path; None where that is not sure."""
    rest = dict(_leaves(after, ()))
    for below, leaf in _leaves(before, ()):
        marks = values.in_text(rest.get(below, ""))
        if below not in rest or len(marks) > 1 or values.without(rest[below]) != str(leaf):
            yield below, None
        elif marks:
            yield below, values.paths[marks.pop()]
        elif not isinstance(leaf, bool) and leaf:
            yield below, None


def _pair_value(item: Any) -> Any:
    """What a variable is set to."""
    return item["value"] if isinstance(item, dict) and item.keys() == {"name", "value"} else item


def _leaves(data: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(data, dict):
        for key, item in data.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _leaves(item, (*path, index))
    elif data is not None:
        yield path, data


def _followed(before: Any, after: Any, path: Path, values: Marked) -> Path | None:
    """The path in another rendering, where lists may hold more items; None if it is not sure which one is meant."""
    found: list[str | int] = []
    for depth, step in enumerate(path):
        if isinstance(step, int):
            ours, theirs = at(before, path[:depth]), at(after, tuple(found))
            if not isinstance(ours, list) or not isinstance(theirs, list) or step >= len(ours):
                return None
            name = _name(ours[step])
            alike = [index for index, item in enumerate(theirs) if values.without(_name(item)) == name]
            if not name or len(alike) != 1:
                alike = [step] if len(ours) == len(theirs) and (len(ours) == 1 or not name) else []
            if not alike:
                return None
            found.append(alike[0])
        else:
            found.append(step)
    return tuple(found)


def _name(item: Any) -> str:
    return str(item.get("name", "")) if isinstance(item, dict) else ""


def _lines_of(chains: Sequence[Chain], file: int) -> set[int]:
    return {place.line for chain in chains for place in chain if place.file == file}


def _open_to(value: Path, line: int, template: Template, rendered: set[int]) -> bool:
    """Whether nothing but the value decides that a line is rendered: each branch it is in either is now, or asks for the value."""
    for condition in template.conditions(line):
        if any(condition.first <= other <= condition.last for other in rendered):
            continue
        name = str(value[-1])
        asks_for_it = name in condition.content.replace("(", " ").replace(")", " ").replace(".", " ").split()
        if condition.negated or not asks_for_it or condition.content.split()[1:2] in (["and"], ["not"], ["eq"], ["ne"]):
            return False
    return True
