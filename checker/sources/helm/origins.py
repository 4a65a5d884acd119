"""Where a person edits what a chart renders: found out when it is first asked, by rendering again."""

from collections.abc import Sequence

from checker.location import Path
from checker.sources.helm.chart import Chart
from checker.sources.helm.command import HelmOptions
from checker.sources.helm.render import NotRendered, opened, render
from checker.sources.rendering import Origin, Written


def origin_later(path: str, name: str, text: str, options: HelmOptions, otherwise: Origin) -> Origin:
    """That of `text`, which the chart at `path` renders; `otherwise` tells what the experiments do not."""
    made: list[Origin] = []

    def origin(line: int, at: Path) -> Written | None:
        if not made:
            made.append(_found_out(path, name, text, options))
        return made[0](line, at) or otherwise(line, at)

    return origin


def _found_out(path: str, name: str, text: str, options: HelmOptions) -> Origin:
    from checker.sources.helm.trace import origin_of

    def again(directory: str, more_values: Sequence[str]) -> str | None:
        try:
            return render(Chart(directory, name), options, more_values)
        except NotRendered:
            return None

    try:
        with opened(path, name) as chart:
            found = origin_of(chart.directory, chart.shown, text, again, options.values, options.inline, options.later)
            found(1, ())  # while the files of a package are there
    except NotRendered:
        return lambda _line, _at: None
    return found
