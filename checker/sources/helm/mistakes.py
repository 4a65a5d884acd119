"""Mistakes in values: files that are no YAML, and values that a chart's schema does not take."""

import os
import re
from collections.abc import Iterator, Sequence

from checker.documents import Document, locate
from checker.errors import Problem
from checker.location import Path, field_name
from checker.sources.helm.chart import Chart, mapping
from checker.sources.helm.command import HelmOptions
from checker.sources.walk import reported

_YAML_LINE = re.compile(r"yaml: line (\d{1,9}): (.*)", re.DOTALL)
_POINTED = re.compile(r"- at '(?P<pointer>[^']*)': (?P<message>.*)")  # Helm from 3.18
_DOTTED = re.compile(r"- (?P<dotted>[^:\s]+): (?P<message>.*)")
_LONGEST_INDEX = 9
_CORRECT = "give a value that the chart's schema takes, with --set or -f"


def in_values_file(chart: Chart | None, path: str, message: str) -> Sequence[Problem]:
    """A file that Helm could not read: by our own reader, which says more, or by Helm's message. Without a chart it was given with -f."""
    shown = chart.file(path) if chart else reported(path)
    try:
        with open(os.path.join(chart.directory, path) if chart else path, "rb") as stream:
            found = mapping(shown, stream.read())
    except OSError:
        found = []
    if not isinstance(found, Document) and found:
        return found
    at = _YAML_LINE.search(message)
    line, reason = (int(at[1]), at[2]) if at else (None, message)
    return [Problem(shown, line, None, f"is no YAML that Helm can read: {reason}", "correct the file")]


def in_schema(said: str, chart: Chart, options: HelmOptions) -> Sequence[Problem]:
    """One problem for each value that a schema refuses, at the line that gives it."""
    found: list[Problem] = []
    owner = chart.name
    for line in said.split("\n")[1:]:
        if violation := _POINTED.match(line) or _DOTTED.match(line):
            path = _path(violation)
            found.append(_violation(chart, owner, path, violation["message"], options))
        elif line.strip().endswith(":"):
            owner = line.strip().removesuffix(":")
        elif line.strip():
            message = f"is no schema that Helm can read: {line.strip()}"
            found.append(Problem(chart.file("values.schema.json"), None, None, message, "correct the schema"))
    return found


def _violation(chart: Chart, owner: str, path: Path, message: str, options: HelmOptions) -> Problem:
    prefix: Path = () if owner == chart.name else (owner,)
    what = f"`{field_name((*prefix, *path))}`" if path or prefix else "the values"
    told = f"the schema of the chart {owner} does not take {what}: {message}"
    dotted = ".".join(map(str, (*prefix, *path)))
    if path and any(given.startswith((dotted + "=", dotted + "[")) for each in options.sets for given in each.split(",")):
        return Problem(chart.manifest, None, None, f"{told} (it is given with --set)", _CORRECT)
    for document, steps in _places(chart, prefix, path, options):
        if _holds(document, steps):
            at = locate(document, steps)
            return Problem(document.file, at.line if steps else None, at.column if steps else None, told, _CORRECT)
    return Problem(chart.file("values.yaml"), None, None, told, _CORRECT)


def _places(chart: Chart, prefix: Path, path: Path, options: HelmOptions) -> Iterator[tuple[Document, Path]]:
    """What may give a value, the one that wins first."""
    for file in reversed(options.files):
        try:
            with open(file, "rb") as stream:
                found = mapping(reported(file), stream.read())
        except OSError:
            continue
        if isinstance(found, Document):
            yield found, (*prefix, *path)
    if own := chart.values():
        yield own, (*prefix, *path)
    for part in chart.parts(str(prefix[0])) if prefix else ():
        if isinstance(part, Chart) and (theirs := part.values()):
            yield theirs, path


def _holds(document: Document, path: Path) -> bool:
    value = document.data
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _path(violation: re.Match[str]) -> Path:
    if (dotted := violation.groupdict().get("dotted")) is not None:
        steps = [] if dotted == "(root)" else dotted.split(".")
    else:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in violation["pointer"].split("/")[1:]]
    return tuple(int(step) if step.isdecimal() and len(step) < _LONGEST_INDEX else step for step in steps)
