"""Values that know where they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from checker.documents import Document, locate, source_line
from checker.location import Location, Path


class Place(NamedTuple):
    """An entry of a document. `text`: the document is any text, such as a file of settings, and `path` means nothing."""

    document: Document
    path: Path
    text: bool = False

    def location(self) -> Location:
        """Where that is in its file."""
        return Location(self.document.file, self.document.line, 1) if self.text else locate(self.document, self.path)

    def excerpt(self) -> str:
        """Its line of the file."""
        line = self.location().line
        return source_line(self.document, line) if line is not None else ""


@dataclass(slots=True)
class Tracked:
    """A value and where a person edits it; `value` holds more of these in mappings and lists. `over`: what it replaced."""

    value: Any
    place: Place
    over: "Tracked | None" = None


@dataclass(slots=True)
class Thing:
    """An object on its way through a build; `names` are all (name, namespace) it had, the last is what it has now."""

    root: Tracked
    names: list[tuple[str, str]]
    generated: bool = False

    @property
    def kind(self) -> str:
        """As written."""
        return str(at(self.root, ("kind",)) or "")

    @property
    def group(self) -> str:
        """The API group, empty for the core."""
        return str(at(self.root, ("apiVersion",)) or "").rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version of the API group."""
        return str(at(self.root, ("apiVersion",)) or "").rpartition("/")[2]

    def renamed(self) -> None:
        """Remember the name that the object has now."""
        now = identity(self.root)
        if now != self.names[-1]:
            self.names.append(now)


def tracked(data: Any, document: Document, path: Path = ()) -> Tracked:
    """All of a document's value, or what stands at `path`."""
    place = Place(document, path)
    if isinstance(data, dict):
        return Tracked({key: tracked(value, document, (*path, key)) for key, value in data.items()}, place)
    if isinstance(data, list):
        return Tracked([tracked(value, document, (*path, index)) for index, value in enumerate(data)], place)
    return Tracked(data, place)


def thing(root: Tracked) -> Thing:
    """An object as it is first met."""
    return Thing(root, [identity(root)])


def identity(root: Tracked) -> tuple[str, str]:
    """Name and namespace."""
    return str(at(root, ("metadata", "name")) or ""), str(at(root, ("metadata", "namespace")) or "")


def copied(node: Tracked) -> Tracked:
    """The same with mappings and lists of its own."""
    if isinstance(node.value, dict):
        return Tracked({key: copied(value) for key, value in node.value.items()}, node.place, node.over)
    if isinstance(node.value, list):
        return Tracked([copied(value) for value in node.value], node.place, node.over)
    return Tracked(node.value, node.place, node.over)


def plain(node: Tracked) -> Any:
    """The value alone."""
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(value) for value in node.value]
    return node.value


def node_at(node: Tracked | None, path: Sequence[str | int]) -> Tracked | None:
    """What stands at `path`, if anything does."""
    for step in path:
        if node is None:
            return None
        node = child(node, step)
    return node


def child(node: Tracked, step: str | int) -> Tracked | None:
    """An entry of a mapping or an item of a list."""
    if isinstance(node.value, dict):
        return node.value.get(step)
    if isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
        found: Tracked = node.value[step]
        return found
    return None


def at(node: Tracked, path: Sequence[str | int]) -> Any:
    """The scalar at `path`; None for what is none."""
    found = node_at(node, path)
    return None if found is None or isinstance(found.value, (dict, list)) else found.value


def put(node: Tracked, path: Sequence[str], new: Tracked, *, create: bool) -> None:
    """Set the entry at `path` in mappings; with `create`, mappings on the way are made where they are missing."""
    for step in path[:-1]:
        if not isinstance(node.value, dict):
            return
        if step not in node.value:
            if not create:
                return
            node.value[step] = Tracked({}, new.place)
        node = node.value[step]
    if isinstance(node.value, dict) and (create or path[-1] in node.value):
        old = node.value.get(path[-1])
        node.value[path[-1]] = Tracked(new.value, new.place, old)


def spread(node: Tracked, path: Sequence[str]) -> Iterator[Tracked]:
    """All that stands at `path`, where a step `*` means every item or entry."""
    if not path:
        yield node
    elif path[0] == "*":
        values = node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
        for each in values:
            yield from spread(each, path[1:])
    elif (found := child(node, path[0])) is not None:
        yield from spread(found, path[1:])
