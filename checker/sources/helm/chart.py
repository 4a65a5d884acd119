"""A chart as it lies on the disk: what its Chart.yaml says, what it depends on, and where its templates and values are."""

import os
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from checker.documents import Document, locate, parse
from checker.errors import Problem
from checker.sources import names
from checker.sources.walk import unreadable

_MANIFEST_LIMIT_BYTES = 5 * 1024 * 1024  # as Helm's for any file
_REQUIREMENTS = "requirements.yaml"  # of charts of version 1


class Dependency(NamedTuple):
    """Another chart that a chart asks for, and the line of the file that does."""

    name: str
    version: str
    repository: str
    alias: str
    can_be_off: bool  # by a condition or a tag
    file: str
    line: int

    def __str__(self) -> str:
        """`redis 19.0.1 from https://charts.example.com`."""
        return " ".join(filter(None, (self.name, self.version, self.repository and f"from {self.repository}")))


class Chart:
    """A chart in a directory. `shown` is how reports call it; what is in a packaged chart is reported below the name of the archive.

    `packed`: directory below it → how reports call it, where that is not by its own name.
    """

    def __init__(self, directory: str, shown: str, packed: dict[str, str] | None = None) -> None:
        self.directory = directory
        self.shown = shown
        self.packed = {} if packed is None else packed

    @property
    def name(self) -> str:
        """As its author calls it; "" if that is not to be found out."""
        return self._text("name")

    @property
    def kind(self) -> str:
        """`application`, `library`, or what else stands there."""
        return self._text("type") or "application"

    @property
    def manifest(self) -> str:
        """Chart.yaml, as reported."""
        return self.file(names.CHART)

    def file(self, path: str) -> str:
        """A file of the chart, as reported."""
        full = os.path.join(self.directory, path)
        for directory in sorted(self.packed, key=len, reverse=True):
            if full == directory or full.startswith(os.path.join(directory, "")):
                return self.packed[directory] + full[len(directory) :]
        return f"{self.shown}/{path}" if self.shown not in ("", ".") else path

    @cached_property
    def problems(self) -> Sequence[Problem]:
        """What keeps its Chart.yaml from being read."""
        found = self._read(names.CHART)
        if isinstance(found, Document):
            return []
        return found or [Problem(self.manifest, None, None, "the chart has no Chart.yaml", "make one, with apiVersion, name and version")]

    @cached_property
    def dependencies(self) -> Sequence[Dependency]:
        """What Chart.yaml asks for, and the requirements.yaml of an older chart."""
        return [each for name in (names.CHART, _REQUIREMENTS) for each in self._dependencies(name)]

    def line(self, key: str) -> int | None:
        """The line of an entry of Chart.yaml."""
        return locate(self._metadata, (key,)).line if self._metadata else None

    def template(self, source: str) -> str | None:
        """The file, as reported, that Helm calls `shop/charts/cart/templates/web.yaml`; None if it is not there or may be several."""
        steps = source.split("/")
        if len(steps) > 3 and steps[1] == "charts" and "templates" in steps[3:]:  # noqa: PLR2004 - CHART/charts/CHART/templates
            found = {file for part in self.parts(steps[2]) if (file := part.template("/".join(steps[2:])))}
            return found.pop() if len(found) == 1 else None
        path = "/".join(steps[1:])
        return self.file(names.printable(path)) if path and self._has(path) else None

    def parts(self, name: str) -> "Iterator[Chart | PackedChart]":
        """The charts in it that go by a name: their own, or the alias that a dependency gives them."""
        own = {each.name for each in self.dependencies if each.alias == name} or {name}
        for part in self._parts:
            if part.name in own:
                yield part

    def values(self, name: str = "values.yaml") -> Document | None:
        """The values that the chart brings along."""
        found = self._read(name)
        return found if isinstance(found, Document) else None

    @cached_property
    def _parts(self) -> "Sequence[Chart | PackedChart]":
        folder = os.path.join(self.directory, "charts")
        try:
            inside = sorted(os.listdir(folder))
        except OSError:
            return []
        paths = [(os.path.join(folder, name), self.file(f"charts/{names.printable(name)}")) for name in inside if name[0] not in "._"]
        return [
            *(Chart(path, shown, self.packed) for path, shown in paths if os.path.isdir(path)),
            *(part for path, shown in paths if path.endswith(".tgz") and os.path.isfile(path) for part in _packed(path, shown)),
        ]

    @cached_property
    def _metadata(self) -> Document | None:
        found = self._read(names.CHART)
        return found if isinstance(found, Document) else None

    def _text(self, key: str) -> str:
        value = self._metadata.data.get(key) if self._metadata else None
        return value if isinstance(value, str) else ""

    def _has(self, path: str) -> bool:
        return os.path.isfile(os.path.join(self.directory, *path.split("/"))) and ".." not in path.split("/")

    def _dependencies(self, name: str) -> Iterator[Dependency]:
        document = self._read(name)
        if not isinstance(document, Document):
            return
        listed = document.data.get("dependencies")
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, dict):
                line = locate(document, ("dependencies", index)).line or 1
                name, version, repository, alias = (_plain(each.get(key)) for key in ("name", "version", "repository", "alias"))
                yield Dependency(name, version, repository, alias, bool(each.get("condition") or each.get("tags")), document.file, line)

    def _read(self, name: str) -> Document | list[Problem]:
        """One mapping of a YAML file; problems otherwise, none where there is no file or it is empty."""
        path = os.path.join(self.directory, name)
        if not os.path.isfile(path):
            return []
        try:
            with open(path, "rb") as stream:
                content = stream.read(_MANIFEST_LIMIT_BYTES)
        except OSError as error:
            return [unreadable(self.file(name), error)]
        return mapping(self.file(name), content)


class PackedChart(NamedTuple):
    """A packaged chart within another: only the names of its files are of use, for nobody edits them."""

    files: Collection[str]
    top: str  # how the names of its own files begin
    shown: str

    @property
    def name(self) -> str:
        """The name of its directory, which Helm makes that of the chart."""
        return self.top.rpartition("/")[2]

    def template(self, source: str) -> str | None:
        """As of a `Chart`."""
        path = f"{self.top}/{source.partition('/')[2]}"
        return f"{self.shown}/{path}" if path in self.files else None


def _packed(path: str, shown: str) -> Iterator[PackedChart]:
    from checker.sources.helm import archive

    try:
        files = archive.read(path).keys()
    except (archive.Refused, OSError):
        return
    yield PackedChart(files, next(iter(files)).partition("/")[0], shown)


def mapping(file: str, content: bytes) -> Document | list[Problem]:
    """The one mapping that a file is to hold."""
    parsed = parse(file, content)
    if parsed.problems or not parsed.documents:
        return parsed.problems
    if not isinstance(parsed.documents[0].data, dict):
        return [Problem(file, parsed.documents[0].line, 1, "is not a mapping of names to values", "write `name: value` on each line")]
    return parsed.documents[0]


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""
