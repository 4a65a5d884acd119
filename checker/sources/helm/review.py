"""A chart's directory before Helm reads it: what Helm must not be given, and what would make it read or fetch still more."""

import os
from typing import NamedTuple

from checker.errors import Problem
from checker.sources import names
from checker.sources.helm import contents
from checker.sources.helm.chart import Chart
from checker.sources.walk import unreadable

_SCHEMA = "values.schema.json"


class Review(NamedTuple):
    """Why Helm must not be given a chart, and whether its schemas refer to what is not in them."""

    problem: Problem | None
    reaches_out: bool = False


def review(chart: Chart) -> Review:
    """Looks through all that Helm would read."""
    reaches_out = False
    try:
        for file in contents.files(chart.directory):
            path = os.path.join(chart.directory, file.path)
            if file.leads_out or not os.path.isfile(path):
                return Review(_not_to_be_read(chart.file(names.printable(file.path)), path))
            directory, _, base = file.path.rpartition("/")
            if names.printable(file.path) != file.path and "templates" in file.path.split("/"):
                message = "has line breaks or the like in its name, by which Helm's output falls apart"
                return Review(Problem(chart.file(names.printable(file.path)), None, None, message, "rename it"))
            if base == _SCHEMA:
                with open(path, "rb") as stream:
                    reaches_out |= _refers_elsewhere(stream.read())
            elif base.endswith(".tgz") and os.path.basename(directory) == "charts":
                found = _packed(path, chart.file(names.printable(file.path)))
                if found.problem:
                    return found
                reaches_out |= found.reaches_out
    except OSError as error:
        return Review(unreadable(names.printable(str(error.filename or "").replace(chart.directory, chart.shown or ".")), error))
    return Review(None, reaches_out)


def reviewed(directory: str, shown: str) -> Problem | None:
    """Why Helm must not be given the chart in a directory."""
    return review(Chart(directory, shown)).problem


def _packed(path: str, shown: str) -> Review:
    from checker.sources.helm import archive

    try:
        files = archive.read(path)
    except archive.Refused as why:
        return Review(Problem(shown, None, None, str(why), "fetch it anew: helm dependency build"))
    return Review(None, any(_refers_elsewhere(files[name]) for name in files if name.endswith("/" + _SCHEMA)))


def _refers_elsewhere(content: bytes) -> bool:
    from checker.sources.helm.schema import reaches_out

    return reaches_out(content)


def _not_to_be_read(shown: str, path: str) -> Problem:
    if not os.path.islink(path):
        message = "is neither a file nor a directory: Helm does not read a chart that holds it"
        return Problem(shown, None, None, message, "remove it, or leave it out with .helmignore")
    if not os.path.exists(path):
        message = f"is a link to {names.printable(os.readlink(path))}, which does not exist"
        return Problem(shown, None, None, message, "remove the link, or make what it points to")
    to = names.printable(os.path.realpath(path))
    message = f"is a link that leads out of the chart and its repository, to {to}: Helm would let templates read it"
    return Problem(shown, None, None, message, "put a copy in its place, or leave it out with .helmignore")
