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
from checker.errors import Problem
from checker.location import Location, Path
from checker.sources.helm.chart import Chart, mapping
from checker.sources.walk import reported

_FIRST_NUMBER = 41_000
_LAST_NUMBER = 65_000  # still a port
_STRIDE = 7919  # so that what a template adds to one number hardly ever makes another
_MARKS = re.compile(r" ?#?\ue002k(\d+)\ue003")
_NUMBERS = re.compile(r"(?<!\d)\d{5}(?!\d)")
_QUANTITY = re.compile(r"\d+(?:\.\d+)?[A-Za-z%]{0,2}")
_FIELD = re.compile(r"\.(\w+)(?![\w.])")  # `resources` of `.Values.web.resources`
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_ALL_OF_IT = re.compile(r"toYaml\s+\.(?![\w.])")
_TURNS = re.compile(r"\b(?:until|untilStep|seq|repeat|n?indent)\b")
_ASSIGNED = re.compile(r"(\$\w+)\s*:?=")
_VARIABLE = re.compile(r"\$\w+")
_VERSION = re.compile(r"v?\d+\.\d+.*")


class Layer(NamedTuple):
    """A file of values; `prefix` is where the topmost chart has what it says."""

    prefix: Path
    document: Document

    def reach(self, path: Path) -> tuple[int, bool]:
        """How many steps of a path of the topmost chart the file has, and whether files below it have no say in them any more."""
        own = len(self.prefix)
        if path[:own] != self.prefix:
            return 0, False
        depth, value = deepest(self.document.data, path[own:])
        in_list = any(isinstance(step, int) for step in path[own : own + depth])  # which replace one another whole
        return (own + depth if depth else 0), own + depth == len(path) or in_list or not isinstance(value, dict)


class Values(NamedTuple):
    """All values of a chart and its subcharts, the last of `layers` winning."""

    layers: Sequence[Layer]
    merged: Any

    def where(self, path: Path) -> Location | None:
        """Where a value is set, or the nearest above it that is; None where no file does."""
        best: tuple[int, Layer] | None = None
        for layer in reversed(self.layers):
            reach, ends = layer.reach(path)
            if reach and (best is None or reach > best[0]):
                best = reach, layer
            if ends:
                break
        if best is None or not best[1].document.file:
            return None
        reach, layer = best
        return locate(layer.document, path[len(layer.prefix) : reach])


class Marked(NamedTuple):
    """Values to give to helm, and which of them each mark means: its path, and the text as it was."""

    values: Any
    paths: Sequence[Path]
    texts: Sequence[str]
    numbers: dict[int, int]  # number that stands in place of another → index in `paths`
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
        return number if index is None else self.texts[index]


class Words(NamedTuple):
    """Words of the actions of templates: in those that write a value as YAML or look into it, in loops, where versions are compared.

    `counted`: of numbers by which something is done as often.
    """

    passed: set[str]
    ranged: set[str]
    compared: set[str]
    quoted: set[str]
    counted: set[str]

    def take(self, path: Path, value: Any) -> bool:
        """Whether a mapping can stand in an empty value: loops expect items of their own kind."""
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        if isinstance(value, str):
            # Names of objects and containers, by which they are found again, often come of `nameOverride` and the like.
            return name not in self.compared and not name.endswith("Override")
        return name in self.passed and name not in self.ranged

    def unlike(self, path: Path, value: Any) -> bool:
        """All but texts that the templates have themselves, versions where those are compared, and numbers of turns."""
        if not isinstance(value, str):
            return path[-1] not in self.counted
        return not (value in self.quoted or (self.compared and _VERSION.fullmatch(value)))

    def careful(self, path: Path, value: Any) -> bool:
        """Numbers and quantities alone, which hardly any chart compares with anything."""
        return path[-1] not in self.counted and (not isinstance(value, str) or _QUANTITY.fullmatch(value) is not None)


def load(chart: Chart, files: Sequence[str] = (), inline: Sequence[str] = (), later: Sequence[str] = ()) -> Values:
    """Read what a chart and those in its directory say, then files and texts given to it, as `HelmOptions` has them.

    What cannot be read is left out.
    """
    texts = (layer for text in inline for layer in _layer(mapping("", text.encode(errors="replace"))))
    layers = [
        *_layers(chart, ()),
        *(each for file in files for each in _given(file)),
        *texts,
        *(each for file in later for each in _given(file)),
    ]
    merged: Any = {}
    for layer in layers:
        data = layer.document.data
        for step in reversed(layer.prefix):
            data = {step: data}
        merged = _merged(merged, data)
    return Values(layers, merged)


def deepest(data: Any, path: Path) -> tuple[int, Any]:
    """How many steps of a path a document has, and what is there."""
    for depth, step in enumerate(path):
        is_there = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not is_there:
            return depth, data
        data = data[step]
    return len(path), data


def changed(values: Values, choose: Callable[[Path, Any], bool], taken: str) -> Marked:
    """Every text and whole number that `choose` takes, with a mark; no number that `taken` has is used."""
    used = set(map(int, _NUMBERS.findall(taken)))
    spread = (_FIRST_NUMBER + turn * _STRIDE % (_LAST_NUMBER - _FIRST_NUMBER) for turn in range(_LAST_NUMBER - _FIRST_NUMBER))
    free = (number for number in spread if number not in used)
    paths: list[Path] = []
    numbers: dict[int, int] = {}
    texts: list[str] = []
    given: list[str] = []

    def mark(value: Any, path: Path) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int) or not value or not choose(path, value):
            return value
        index = len(paths)
        if isinstance(value, str):
            paths.append(path)
            texts.append(value)
            # In a text of many lines, which may be YAML, a mark is a comment.
            given.append(f"{value.rstrip()} #{_mark(index)}\n" if "\n" in value else value + _mark(index))
            return given[-1]
        number = next(free, None)
        if number is None or value < 0:
            return value
        paths.append(path)
        texts.append(str(value))
        given.append(str(number))
        numbers[number] = index
        return number

    return Marked(_rewritten(values.merged, (), mark), paths, texts, numbers, given)


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

    made = _rewritten(values.merged, (), fill)
    return Marked(made, paths, [""] * len(paths), {}, [_mark(index) for index in range(len(paths))])


def words(actions: Iterable[str]) -> Words:
    """What is to be known of the actions of all templates."""
    found = Words(set(), set(), set(), set(), set())
    entered: list[str] = []
    assigned: dict[str, list[str]] = {}
    actions = list(actions)
    for action in actions:
        if variable := _ASSIGNED.match(action):
            assigned.setdefault(variable[1], []).extend(_FIELD.findall(action))
    for action in actions:
        found.quoted.update(_QUOTED.findall(action))
        if action.startswith("range"):
            found.ranged.update(_FIELD.findall(action))
        elif action.startswith("with"):
            entered = _FIELD.findall(action)
        if "toYaml" in action:
            found.passed.update(entered if _ALL_OF_IT.search(action) else _FIELD.findall(action))
        if _TURNS.search(action):
            found.counted.update(_FIELD.findall(action), *(assigned.get(name, ()) for name in _VARIABLE.findall(action)))
        if "semver" in action:
            found.compared.update(_FIELD.findall(action))
    return found


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
        part = Chart(os.path.join(below, directory), chart.file(f"charts/{directory}"), chart.packed)
        named = [each.alias or each.name for each in chart.dependencies if each.name == part.name]
        for called in named or filter(None, [part.name]):
            yield from _layers(part, (*prefix, called))
    if own := chart.values():
        yield Layer(prefix, own)


def _given(file: str) -> Iterator[Layer]:
    try:
        with open(file, "rb") as stream:
            yield from _layer(mapping(reported(file), stream.read()))
    except (OSError, ValueError):
        return


def _layer(found: Document | Sequence[Problem]) -> Iterator[Layer]:
    if isinstance(found, Document):
        yield Layer((), found)
