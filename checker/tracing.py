"""From a rendered text to what a person edits: a chart's template, the patch of an overlay, the object in a cluster.

Findings are located in the text that was judged. Only when all is judged are the places that are reported traced back,
because tracing may cost as much as rendering did.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from checker.errors import Problem
from checker.findings import Finding, Related, Report, in_order, without_passwords
from checker.location import Location, field_path
from checker.sources.rendering import Rendering, Written

Renderings = Mapping[str, Rendering]  # by name


def traced(report: Report, renderings: Renderings) -> Report:
    """The report with every place in a rendered text replaced by the one where it is written."""
    if not renderings:
        return report
    tracer = _Tracer(renderings)
    errors = (_problem(problem, tracer, renderings) for problem in report.inputs.errors)
    return report._replace(
        findings=in_order(_finding(finding, tracer) for finding in report.findings),
        inputs=report.inputs._replace(errors=sorted(errors, key=lambda each: (each.file, each.line or 0, str(each)))),
        assumptions=[
            *report.assumptions,
            *(f"{name} is as `{made.via}` makes it" for name, made in sorted(renderings.items()) if made.via),
        ],
    )


def traced_places(shown: Any, renderings: Renderings) -> Any:
    """Plain data with every location in it (a mapping of `file`, `line`, `column` and `field`) traced likewise."""
    return _places(shown, _Tracer(renderings)) if renderings else shown


class _Tracer:
    """Asks each place once: one line is often reported by several policies."""

    def __init__(self, renderings: Renderings) -> None:
        self.renderings = renderings
        self.written = cache(self._written)

    def _written(self, location: Location) -> Written | None:
        """None for a place that nobody made. What cannot be traced is in the rendering as a whole."""
        rendering = self.renderings.get(location.file)
        if rendering is None:
            return None
        found = rendering.origin(location.line, field_path(location.field)) if location.line is not None else None
        if found is None:
            return Written(Location(rendering.name, None, None, location.field))
        stays = (found.location.file, found.location.line) == (location.file, location.line)
        return found._replace(location=location) if stays else found


def _finding(finding: Finding, tracer: _Tracer) -> Finding:
    related = tuple(entry for each in finding.related for entry in _related(each, tracer))
    written = tracer.written(finding.location)
    if written is None:
        return finding._replace(related=related) if related != finding.related else finding
    related = tuple(dict.fromkeys((*related, *written.related)))
    return finding._replace(location=written.location, related=related, excerpt=without_passwords(written.excerpt) or finding.excerpt)


def _related(each: Related, tracer: _Tracer) -> tuple[Related, ...]:
    written = tracer.written(each.location)
    return (each,) if written is None else (each._replace(location=written.location),)


def _problem(problem: Problem, tracer: _Tracer, renderings: Renderings) -> Problem:
    written = tracer.written(Location(problem.file, problem.line)) if problem.file in renderings else None
    if written is None or problem.line is None:
        return problem
    at = written.location
    return Problem(at.file, at.line, None, f"{problem.message} (in what `{renderings[problem.file].via}` makes)", problem.fix)


def _places(shown: Any, tracer: _Tracer) -> Any:
    if isinstance(shown, list):
        return [_places(each, tracer) for each in shown]
    if not isinstance(shown, dict):
        return shown
    if shown.keys() == {"file", "line", "column", "field"}:
        written = tracer.written(Location(**shown))
        return shown if written is None else dict(zip(("file", "line", "column", "field"), written.location, strict=True))
    return {key: _places(value, tracer) for key, value in shown.items()}
