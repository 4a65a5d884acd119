"""From a place in what a chart renders to the line of a template that wrote it, and the value that sets it.

Both are shown by rendering changed copies of the chart, three times at most; what cannot be shown is not said.
"""

import json
import os
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from checker.findings import Related
from checker.location import Location, Path, field_name
from checker.sources.helm import contents, setters, values
from checker.sources.helm.chart import Chart
from checker.sources.helm.deciding import Deciding
from checker.sources.helm.lines import Chain, Part, traced
from checker.sources.helm.marks import FIRST, Template, breaking
from checker.sources.helm.unpacked import copy, unpacked
from checker.sources.process import private_directory
from checker.sources.rendering import Origin, Written

# (directory of a chart, more files of values, which win over all others but `--set`) → what it renders, None where helm fails.
Render = Callable[[str, Sequence[str]], str | None]

_MOST_RENDERS = 3
_TEMPLATES = (".yaml", ".yml", ".tpl")
_PRIVATE_USE = re.compile("[\ue000-\ue003]")


class _Found(NamedTuple):
    """All that was shown of a chart. `chains`: by line of the plain text."""

    plain: setters.Rendered
    chains: Mapping[int, Chain]
    marked: setters.Rendered | None = None
    filled: setters.Rendered | None = None


def origin_of(chart: str, name: str, text: str, render: Render, *given: Sequence[str]) -> Origin:
    """Where a person edits what `text` says, which the chart in the directory `chart` rendered.

    `name`: of the chart in reports. `given`: values, as `values.load` takes them.
    """
    return _Trace(chart, name, text, render, given).origin


class _Trace:
    """What is known of one chart, found out when it is first asked for."""

    def __init__(self, chart: str, name: str, text: str, render: Render, given: Sequence[Sequence[str]]) -> None:
        self._chart = self._whole = Chart(chart, name)
        self._text = text
        self._render = render
        self._given = given

    def origin(self, line: int, path: Path) -> Written | None:
        parts = self._found.plain.parts
        index = bisect_right(parts, line, key=lambda part: part.number) - 1
        if index < 0 or line >= parts[index].number + len(parts[index].lines):
            return None
        identity, document = self._found.plain.by_line.get(parts[index].number, (None, None))
        data = document.data if document else None
        if not path:  # a document begins with comments of helm
            line = next((number for number in range(line, parts[index].number + len(parts[index].lines)) if self._says(number)), line)
        chain = self._found.chains.get(line, ())
        related = (
            self._related(setters.Entry(identity, identity[:2] in self._found.plain.only, data, path, chain), parts[index])
            if identity
            else ()
        )
        if not chain:
            file = self._chart.template(parts[index].source)
            return Written(Location(file, field=field_name(path)), related=related) if file else None
        template = self._templates[chain[-1].file]
        written = template.source[chain[-1].line - 1]
        column = _column(written, setters.existing(data, path))
        file = self._whole.file(self._files[chain[-1].file])
        return Written(Location(file, chain[-1].line, column, field_name(path)), written, related)

    def _says(self, line: int) -> bool:
        return self._lines[line - 1].lstrip()[:1] not in ("", "#") and not self._lines[line - 1].startswith("---")

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    def _related(self, entry: setters.Entry, part: Part) -> tuple[Related, ...]:
        found = self._found
        if not found.marked and not found.filled:
            return ()
        for marked, doubtful in ((found.marked, self._deciding.may_be_another), (found.filled, self._deciding.needs_another)):
            if marked and (shown := setters.setting(entry, marked, doubtful)):
                return self._of_value("set by the value `{}`" if shown[1] else "the value `{}` is part of it", shown[0])
        if found.filled:
            written = [found.chains.get(part.number + index, ()) for index in range(len(part.lines))]
            if value := setters.would_set(entry, found.filled, written, self._templates, self._deciding):
                return self._of_value("the value `{}` would set it", value)
        return ()

    def _of_value(self, note: str, value: Path) -> tuple[Related, ...]:
        where = self._values.where(value)
        return (Related(note.format(field_name(value)), where),) if where else ()

    @cached_property
    def _found(self) -> _Found:
        """All experiments at once, for they share a copy of the chart."""
        plain = setters.Rendered(self._text, {})
        if _PRIVATE_USE.search(self._text):
            return _Found(plain, {})
        try:
            with private_directory() as private:
                self._whole = unpacked(self._chart, os.path.join(private, "unpacked"))
                return self._experiments(plain, private)
        except OSError:  # the chart is gone, or there is no room for a copy
            return _Found(plain, {})

    def _experiments(self, plain: setters.Rendered, private: str) -> _Found:
        place = os.path.join(private, "chart")
        copy(self._files, self._whole.directory, place)
        left = _MOST_RENDERS
        chains: dict[int, Chain] = {}
        for definitions in (True, False):
            self._mark(place, definitions=definitions)
            left -= 1
            text = self._render(place, [])
            if text is not None:
                chains = traced(plain.parts, setters.Rendered(text, self._templates).parts)
                break
        else:
            copy((self._files[number] for number in self._templates), self._whole.directory, place)
        found = _Found(plain, chains)
        if not self._values.merged:
            return found
        words = values.words(token.content for template in self._templates.values() for token in template.tokens)
        for choose in (words.unlike, words.careful):
            if left and found.marked is None:
                left -= 1
                found = found._replace(marked=self._with(place, values.changed(self._values, choose, self._text)))
        if left:
            more = setters.carried(found.marked) if found.marked else ()
            found = found._replace(filled=self._with(place, values.filled(self._values, more, words)))
        return found

    def _with(self, place: str, marked: values.Marked) -> setters.Rendered | None:
        """What the chart renders with marked values."""
        file = os.path.join(os.path.dirname(place), "values.json")
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(marked.values or {}, stream)
        text = self._render(place, [file])
        return None if text is None else setters.Rendered(text, self._templates, marked)

    def _mark(self, place: str, *, definitions: bool) -> None:
        for number, template in self._templates.items():
            with open(os.path.join(place, self._files[number]), "w", encoding="utf-8", newline="") as stream:
                stream.write(template.marked(definitions=definitions))

    @cached_property
    def _values(self) -> values.Values:
        return values.load(self._whole, *self._given)

    @cached_property
    def _deciding(self) -> Deciding:
        return Deciding(self._templates)

    @cached_property
    def _files(self) -> list[str]:
        return [file.path for file in contents.files(self._whole.directory) if not file.leads_out]

    @cached_property
    def _templates(self) -> dict[int, Template]:
        found = {}
        for number, file in enumerate(self._files):
            if not _is_template(file):
                continue
            try:
                with open(os.path.join(self._whole.directory, file), encoding="utf-8", newline="") as stream:
                    text = stream.read()
                if FIRST not in text and not text.startswith("\ufeff"):
                    found[number] = Template(number, text, static="templates" not in file.split("/"))
            except (OSError, ValueError):
                continue
        known = breaking(found.values())
        for template in found.values():
            template.knows(known)
        return found


def _column(line: str, path: Path) -> int | None:
    """Of the key that a path ends in, if the line has it just once."""
    key = path[-1] if path else None
    if not isinstance(key, str):
        return None
    found = [match.start() + 1 for match in re.finditer(rf"(?<![\w./-])[\"']?{re.escape(key)}[\"']?\s*:(?!\S)", line)]
    return found[0] if len(found) == 1 else None


def _is_template(file: str) -> bool:
    """Whether Helm renders a file of a chart, or prints it, and what it makes of it are manifests."""
    steps = file.split("/")
    while len(steps) > 2 and steps[0] == "charts":  # noqa: PLR2004 - charts/CHART/templates
        steps = steps[2:]
    return len(steps) > 1 and steps[0] in ("templates", "crds") and file.endswith(_TEMPLATES)
