"""From an entry of the real text to where it is written."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from checker.documents import Document, locate, parse, source_line
from checker.findings import Related
from checker.location import Location, Path, field_name
from checker.sources.kustomize.simulation.stages import built
from checker.sources.kustomize.simulation.tracked import Thing, Tracked, at, child, plain
from checker.sources.kustomize.tree import Kustomization
from checker.sources.rendering import Origin, Written

_HASH = re.compile(r"-[bcdfghkmt2456789]{10}\Z")
_BLOCK = re.compile(r":\s*\|[-+0-9]*$")
_NAMING = ("name", "containerPort", "port", "mountPath", "key", "path", "host", "number")


def tracing(root: Kustomization, members: Mapping[str, Kustomization], text: bytes) -> Origin:
    """Answers for the text that the real build made. A place is named only if what is written there is what the build says."""
    documents = parse(root.file, text).documents
    starts = [document.line for document in documents]
    met = _met(built(root, members), documents)
    names = {
        (old, document.data["metadata"]["name"]) for document, each in zip(documents, met, strict=True) if each for old, _ in each.names
    }

    def origin(line: int, path: Path) -> Written | None:
        index = bisect_right(starts, line) - 1
        each = met[index] if index >= 0 else None
        if each is None:
            return None
        within = _text_at(documents[index], line)
        if within is None:
            return written(each, documents[index], path, names)
        return _line_of(_found(each, documents[index], within, names), documents[index], line, within) or written(
            each, documents[index], within, names
        )

    return origin


def _met(things: list[Thing], documents: list[Document]) -> list[Thing | None]:
    """For each document of the real text the simulated object that it is, if exactly one has its kind, name and namespace."""
    by_name: dict[tuple[str, ...], list[Thing]] = defaultdict(list)
    for each in things:
        by_name[str(at(each.root, ("apiVersion",))), each.kind, *each.names[-1]].append(each)

    def thing_of(data: Any) -> Thing | None:
        metadata = data.get("metadata") if isinstance(data, dict) else None
        if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
            return None
        kind, name, namespace = (str(data.get("apiVersion")), str(data.get("kind"))), metadata["name"], str(metadata.get("namespace") or "")
        hashed = by_name[*kind, _HASH.sub("", name), namespace] if _HASH.search(name) else []
        found = [*by_name[*kind, name, namespace], *(each for each in hashed if each.generated)]
        return found[0] if len(found) == 1 else None

    return [thing_of(document.data) for document in documents]


def written(each: Thing, document: Document, path: Path, names: AbstractSet[tuple[str, str]]) -> Written:
    """Where the entry at `path` of an object is written; the file of the object alone if that does not say the same.

    `names`: (a name that an object had, the name it has in the real text).
    """
    found = _found(each, document, path, names)
    if found is None:
        return Written(Location(each.root.place.document.file, None, None, field_name(path)))
    place = found.place.location()
    excerpt = found.place.excerpt()
    return Written(Location(place.file, place.line, place.column, field_name(path)), excerpt, _overridden(found))


def _found(each: Thing, document: Document, path: Path, names: AbstractSet[tuple[str, str]]) -> Tracked | None:
    """The entry, or the nearest above it that the real text has."""
    real, node = document.data, each.root
    for step in path:
        below = _step(real, step)
        if below is _NOTHING:
            break
        found = _counterpart(node, step, below)
        if found is None:
            return None
        node, real = found, below
    if isinstance(real, (dict, list)):
        return node if type(real) is type(node.value) else None
    return node if _agree(node, real, each.kind, names) else None


def _line_of(found: Tracked | None, document: Document, line: int, within: Path) -> Written | None:
    """The line of a text within an object, if it is the same where that text is written."""
    if found is None:
        return None
    offset = line - (locate(document, within).line or 0) - 1
    first = found.place.location().line or 0
    number = first + offset + (0 if found.place.text else 1)
    excerpt = source_line(found.place.document, number)
    if excerpt.strip() != source_line(document, line).strip():
        return None
    column = len(excerpt) - len(excerpt.lstrip()) + 1
    return Written(Location(found.place.document.file, number, column, field_name(within)), excerpt)


def _text_at(document: Document, line: int) -> Path | None:
    """The path of the literal block that a line of the real text is within, such as a file in a ConfigMap."""
    for path, value in _texts(document.data):
        start = locate(document, path).line or 0
        if start < line <= start + value.rstrip("\n").count("\n") + 1 and _BLOCK.search(source_line(document, start)):
            return path
    return None


def _texts(data: Any, above: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(data, str):
        if "\n" in data:
            yield above, data
    elif isinstance(data, (dict, list)):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*above, step))


_NOTHING = object()


def _step(real: Any, step: str | int) -> Any:
    if isinstance(real, dict):
        return real.get(step, _NOTHING)
    if isinstance(real, list) and isinstance(step, int) and 0 <= step < len(real):
        return real[step]
    return _NOTHING


def _counterpart(node: Tracked, step: str | int, real: Any) -> Tracked | None:
    """The entry itself; of a list the item that has the same name, wherever it stands."""
    if not isinstance(node.value, list) or not isinstance(real, dict):
        return child(node, step)
    key = next((key for key in _NAMING if not isinstance(real.get(key, {}), (dict, list))), None)
    same: list[Tracked] = [each for each in node.value if key is not None and at(each, (key,)) == real[key]]
    if len(same) == 1:
        return same[0]
    found = child(node, step)
    return found if found is not None and (key is None or at(found, (key,)) == real[key]) else None


def _agree(node: Tracked, real: Any, kind: str, names: AbstractSet[tuple[str, str]]) -> bool:
    """Whether the simulated value is the real one, but for names of objects that kustomize changes in all that refer to them."""
    said = plain(node)
    if said == real and type(said) is type(real):
        return True
    if isinstance(said, str) and isinstance(real, str):
        if kind == "Secret" and said == "".join(real.split()):  # long base64 is written on several lines
            return True
        return (said, real) in names or said.rstrip("\n") == real.rstrip("\n")  # kustomize drops blank lines at the end of a file
    return isinstance(said, (int, float)) and isinstance(real, (int, float)) and said == real


def _overridden(node: Tracked) -> tuple[Related, ...]:
    if node.over is None or isinstance(node.over.value, (dict, list)):
        return ()
    place = node.over.place.location()
    return (Related("written here too, and replaced when the kustomization is built", Location(place.file, place.line, place.column)),)
