"""The values of a chart: which file sets each, and copies of them that can be recognised in what is rendered.

How Helm merges them: a chart's own `values.yaml` gives way to what the chart above says under its name, that to the user's files;
mappings are merged, lists are replaced.
Source: pkg/chart/common/util/coalesce.go in Helm.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from checker.documents import Document, locate
from checker.location import Location, Path
from checker.sources.helm.chart import Chart, mapping

_FIRST_NUMBER = 41_000
_LAST_NUMBER = 65_000  # still a port
_MARKS = re.compile(r" ?#?\ue002k(\d+)\ue003")
_NUMBERS = re.compile(r"(?<!\d)\d{5}(?!\d)")
_QUANTITY = re.compile(r"\d+(?:\.\d+)?[A-Za-z%]{0,2}")
_FIELD = re.compile(r"\.(\w+)(?![\w.])")  # `resources` of `.Values.web.resources`
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_ALL_OF_IT = re.compile(r"toYaml\s+\.(?![\w.])")
_VERSION = re.compile(r"v?\d+\.\d+.*")


class Layer(NamedTuple):
    """A file of values; `prefix` is where the topmost chart has what it says."""

    prefix: Path
    document: Document

    def has(self, path: Path) -> bool:
        """Whether the file sets a value, `path` being the topmost chart's."""
        if path[: len(self.prefix)] != self.prefix or len(path) == len(self.prefix):
            return False
        return present(self.document.data, path[len(self.prefix) :])


class Values(NamedTuple):
    """All values of a chart and its subcharts, the last of `layers` winning."""

    layers: Sequence[Layer]
    merged: Any

    def where(self, path: Path) -> Location | None:
        """Where a value is set, or the nearest above it that is."""
        for length in range(len(path), 0, -1):
            for layer in reversed(self.layers):
                if layer.has(path[:length]):
                    return locate(layer.document, path[len(layer.prefix) : length])
        return None


class Marked(NamedTuple):
    """Values to give to helm, and which of them each mark means."""

    values: Any
    paths: Sequence[Path]
    numbers: dict[int, int]  # number that stands in place of another → index in `paths`
    originals: dict[int, str]
    given: Sequence[str] = ()  # what stands in place of each

    def is_whole(self, value: Any) -> bool:
        """Whether a rendered value is one of the marked ones and nothing beside it."""
        marks = self.in_text(value)
        return len(marks) == 1 and bool(self.given) and str(value).strip() == self.given[marks.pop()].strip()

    def in_text(self, value: Any) -> set[int]:
        """Indices of all marked values in a value that was rendered."""
        text = str(value)
        found = {int(mark[1]) for mark in _MARKS.finditer(text)}
        return found | {self.numbers[number] for number in map(int, _NUMBERS.findall(text)) if number in self.numbers}

    def without(self, value: Any) -> str:
        """A rendered value as it would be without marks."""
        text = _MARKS.sub("", str(value))
        return _NUMBERS.sub(lambda number: self._original(number[0]), text)

    def _original(self, number: str) -> str:
        index = self.numbers.get(int(number))
        return number if index is None else self.originals[index]


class Words(NamedTuple):
    """Words of the actions of templates: in those that write a value as YAML or look into it, in loops, where versions are compared."""

    passed: set[str]
    ranged: set[str]
    compared: set[str]
    quoted: set[str]

    def take(self, path: Path, value: Any) -> bool:
        """Whether a mapping can stand in an empty value: loops expect items of their own kind."""
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        if isinstance(value, str):
            # Names of objects and containers, by which they are found again, often come of `nameOverride` and the like.
            return name not in self.compared and not name.endswith("Override")
        return name in self.passed and name not in self.ranged

    def unlike(self, value: Any) -> bool:
        """All but texts that the templates have themselves, and versions where those are compared."""
        return not isinstance(value, str) or not (value in self.quoted or (self.compared and _VERSION.fullmatch(value)))


def load(chart: Chart, files: Sequence[str] = ()) -> Values:
    """Read what a chart and those in its directory say, then the user's files; what cannot be read is left out."""
    layers = [*_layers(chart, ()), *(layer for file in files for layer in _given(file))]
    merged: Any = {}
    for layer in layers:
        data = layer.document.data
        for step in reversed(layer.prefix):
            data = {step: data}
        merged = _merged(merged, data)
    return Values(layers, merged)


def present(data: Any, path: Path) -> bool:
    """Whether a document has an entry."""
    return deepest(data, path)[0] == len(path)


def deepest(data: Any, path: Path) -> tuple[int, Any]:
    """How many steps of a path a document has, and what is there."""
    for depth, step in enumerate(path):
        is_there = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not is_there:
            return depth, data
        data = data[step]
    return len(path), data


def changed(values: Values, choose: Callable[[Any], bool], taken: str) -> Marked:
    """Every text and whole number that `choose` takes, with a mark; no number that `taken` has is used."""
    used = set(map(int, _NUMBERS.findall(taken)))
    free = (number for number in range(_FIRST_NUMBER, _LAST_NUMBER) if number not in used)
    paths: list[Path] = []
    numbers: dict[int, int] = {}
    originals: dict[int, str] = {}
    given: list[str] = []

    def mark(value: Any, path: Path) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int) or not value or not choose(value):
            return value
        index = len(paths)
        if isinstance(value, str):
            paths.append(path)
            # In a text of many lines, which may be YAML, a mark is a comment.
            given.append(f"{value.rstrip()} #{_mark(index)}\n" if "\n" in value else value + _mark(index))
            return given[-1]
        number = next(free, None)
        if number is None or value < 0:
            return value
        paths.append(path)
        given.append(str(number))
        numbers[number], originals[index] = index, str(value)
        return number

    return Marked(_rewritten(values.merged, (), mark), paths, numbers, originals, given)


def filled(values: Values, more: Iterable[Path], words: Words) -> Marked:
    """A marked entry in what is empty and can hold one without breaking the templates, and in the mappings `more`."""
    wanted = set(more)
    paths: list[Path] = []

    def fill(value: Any, path: Path) -> Any:
        if isinstance(value, dict) and path in wanted:
            return {**value, next_mark(path): "x"}
        if isinstance(value, bool) or value or isinstance(value, int | float) or not words.take(path, value):
            return value
        mark = next_mark(path)
        if isinstance(value, str):
            return mark
        return [{mark: "x"}] if isinstance(value, list) else {mark: "x"}

    def next_mark(path: Path) -> str:
        paths.append(path)
        return _mark(len(paths) - 1)

    return Marked(_rewritten(values.merged, (), fill), paths, {}, {}, [_mark(index) for index in range(len(paths))])


def words(actions: Iterable[str]) -> Words:
    """What is to be known of the actions of all templates."""
    found = Words(set(), set(), set(), set())
    entered: list[str] = []
    for action in actions:
        found.quoted.update(_QUOTED.findall(action))
        if action.startswith("range"):
            found.ranged.update(_FIELD.findall(action))
        elif action.startswith("with"):
            entered = _FIELD.findall(action)
        if "toYaml" in action:
            found.passed.update(entered if _ALL_OF_IT.search(action) else _FIELD.findall(action))
        if "semver" in action:
            found.compared.update(_FIELD.findall(action))
    return found


def careful(value: Any) -> bool:
    """Numbers and quantities, which hardly any chart compares with anything."""
    return not isinstance(value, str) or _QUANTITY.fullmatch(value) is not None


def _mark(index: int) -> str:
    return f"\ue002k{index}\ue003"


def _rewritten(value: Any, path: Path, change: Callable[[Any, Path], Any]) -> Any:
    """A copy with only what was changed, lists whole; None if nothing was."""
    if isinstance(value, dict):
        inside = {key: _rewritten(item, (*path, key), change) for key, item in value.items()}
        inside = {key: item for key, item in inside.items() if item is not None}
        own = change(value, path)
        extra = {key: item for key, item in own.items() if key not in value}
        return {**inside, **extra} or None
    if isinstance(value, list) and value:
        items = [_rewritten(item, (*path, index), change) for index, item in enumerate(value)]
        if all(item is None for item in items):
            return None
        return [_completed(old, new) for old, new in zip(value, items, strict=True)]
    new = change(value, path)
    return None if new is value else new


def _completed(old: Any, new: Any) -> Any:
    """Within a list nothing is merged: what did not change must be there as well."""
    if new is None:
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _completed(old.get(key), item) for key, item in new.items()}}
    return new


def _merged(lower: Any, upper: Any) -> Any:
    if not isinstance(lower, dict) or not isinstance(upper, dict):
        return upper
    return {**lower, **{key: _merged(lower[key], item) if key in lower else item for key, item in upper.items()}}


def _layers(chart: Chart, prefix: Path) -> Iterator[Layer]:
    below = os.path.join(chart.directory, "charts")
    for directory in sorted(os.listdir(below)) if os.path.isdir(below) else ():
        part = Chart(os.path.join(below, directory), chart.file(f"charts/{directory}"))
        named = [each.alias or each.name for each in chart.dependencies if each.name == part.name]
        for called in named or filter(None, [part.name]):
            yield from _layers(part, (*prefix, called))
    if own := chart.values():
        yield Layer(prefix, own)


def _given(file: str) -> Iterator[Layer]:
    try:
        with open(file, "rb") as stream:
            found = mapping(file, stream.read())
    except (OSError, ValueError):
        return
    if isinstance(found, Document):
        yield Layer((), found)
