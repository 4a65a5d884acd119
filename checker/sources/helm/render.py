"""From a chart to its manifests, by the user's own Helm."""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from checker.errors import Problem, Skipped
from checker.location import Location, Path, field_name
from checker.sources import names, process
from checker.sources.helm import command
from checker.sources.helm.chart import Chart
from checker.sources.helm.command import HelmOptions
from checker.sources.helm.comments import source_of, sources
from checker.sources.helm.review import review
from checker.sources.rendering import Origin, Rendering, Written
from checker.sources.walk import unreadable

_INSTALL = (
    "install Helm 3 or 4 (https://helm.sh/docs/intro/install), or name it with the environment variable "
    f"{command.PROGRAM}; or render elsewhere: helm template NAME {{chart}} | k8s-stabcheck -"
)
_RENDER_YOURSELF = "render it yourself, if you trust it: helm template NAME {chart} | k8s-stabcheck -"
_NO_SCHEMA = "--skip-schema-validation"
_SINCE = {_NO_SCHEMA: "3.16"}
_DEFAULTS = HelmOptions()
_UNKNOWN_FLAG = re.compile(r"unknown flag: (\S+)")


class NotRendered(Exception):  # noqa: N818 - an outcome that is reported
    """Why there are no manifests of a chart."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(str(problems[0]))
        self.problems = list(problems)


def render_chart(path: str, name: str, options: HelmOptions = _DEFAULTS) -> Rendering | Skipped | list[Problem]:
    """The manifests of the chart in a directory or an archive, which reports call `name`; Skipped for charts that have none to give."""
    try:
        with opened(path, name) as chart:
            if chart.kind == "library":
                reason = "a library chart: it has templates for other charts and no objects of its own"
                return Skipped(chart.manifest, chart.line("type"), reason)
            text = render(chart, options)
            templates = {source: chart.template(source) for source in sources(text)}
    except NotRendered as why:
        return why.problems
    from checker.sources.helm.origins import origin_later

    origin = origin_later(path, name, text, options, _by_comments(text, templates))
    return Rendering(name, command.as_typed(name, options), text.encode(), origin)


@contextmanager
def opened(path: str, name: str) -> Iterator[Chart]:
    """The chart in a directory or an archive, which is unpacked for as long as this lasts. Raises NotRendered."""
    if os.path.isdir(path):
        yield Chart(os.path.abspath(path), name)
        return
    if not os.path.isfile(path):
        raise NotRendered(Problem(name, None, None, "is neither a chart's directory nor a packaged chart", "check the spelling"))
    from checker.sources.helm import archive

    with process.private_directory() as private:
        try:
            directory = archive.unpack(path, private)
        except archive.Refused as why:
            raise NotRendered(Problem(name, None, None, str(why), "make it anew with `helm package`, if you trust its contents")) from None
        except OSError as error:
            raise NotRendered(unreadable(name, error)) from None
        yield Chart(directory, f"{name}/{os.path.basename(directory)}")


def render(chart: Chart, options: HelmOptions, more_values: Sequence[str] = ()) -> str:
    """The manifests of an opened chart, by values in `more_values` too, which win over all but `sets`. Raises NotRendered."""
    if chart.problems:
        raise NotRendered(*chart.problems)
    helm = command.program()
    if helm is None:
        message = "a Helm chart is rendered by helm, and there is none to be found"
        raise NotRendered(Problem(chart.manifest, None, None, message, _INSTALL.format(chart=chart.shown or ".")))
    _check_values(options)
    found = review(chart)
    if found.problem:
        raise NotRendered(found.problem)
    flags = [_NO_SCHEMA] if more_values or found.reaches_out else []
    release = options.release or command.release_name(chart.name)
    with process.private_directory() as private:
        values = [*_written(options.inline, private), *map(os.path.abspath, options.later), *more_values]
        given = command.arguments(chart.directory, release, options, values, flags)
        ended = _run(helm, given, private, chart)
        if not ended.status and not ended.stopped:
            return ended.output.decode(errors="replace")
        if problem := _stopped(ended, chart) or _old(ended, helm, private, chart):
            raise NotRendered(problem)
        from checker.sources.helm.complaints import complaints

        def debugged() -> str:
            return _run(helm, ["--debug", *given], private, chart).output.decode(errors="replace")

        raise NotRendered(*complaints(ended.errors.decode(errors="replace"), chart, options, debugged))


def _written(texts: Sequence[str], private: str) -> Iterator[str]:
    """Values that are in no file of their own, as files."""
    for number, text in enumerate(texts):
        path = os.path.join(private, f"inline-{number}.yaml")
        with open(path, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        yield path


def _run(helm: str, given: Sequence[str], private: str, chart: Chart) -> process.Ended:
    try:
        return command.run(helm, given, private)
    except (OSError, ValueError) as error:
        if not isinstance(error, OSError) or error.errno == errno.E2BIG:
            message = "what --set gives is too long for a command line" if isinstance(error, OSError) else "what --set gives holds a NUL"
            raise NotRendered(Problem(chart.manifest, None, None, message, "write the values to a file and name it with -f")) from None
        reason = error.strerror or str(error)
        message = f"{names.printable(helm)} cannot be run: {reason}"
        raise NotRendered(Problem(chart.manifest, None, None, message, _INSTALL.format(chart=chart.shown))) from None


def _stopped(ended: process.Ended, chart: Chart) -> Problem | None:
    if ended.stopped == "time":
        message = f"helm did not finish in {command.SECONDS:.0f} seconds and was stopped"
    elif ended.stopped == "output":
        message = f"renders to more than {process.OUTPUT_LIMIT_BYTES // 1024**2} MiB, more than any system needs"
    elif ended.status and b"out of memory" in ended.errors[:1000]:
        message = f"helm needed more than {process.MEMORY_LIMIT_BYTES // 1024**3} GiB of memory for it"
    else:
        return None
    fix = "look for a loop in its templates; or " + _RENDER_YOURSELF.format(chart=chart.shown)
    return Problem(chart.manifest, None, None, message, fix)


def _old(ended: process.Ended, helm: str, private: str, chart: Chart) -> Problem | None:
    """A Helm that does not know a flag of ours."""
    flag = _UNKNOWN_FLAG.search(ended.errors.decode(errors="replace"))
    if flag is None:
        return None
    known = command.version(helm, private)
    wanted = _SINCE.get(flag[1], command.OLDEST)
    is_this = f"is version {known}" if known else "does not tell its version"
    message = f"{names.printable(helm)} {is_this} and does not know {flag[1]}: Helm {wanted} or newer is needed"
    return Problem(chart.manifest, None, None, message, _INSTALL.format(chart=chart.shown or "."))


def _check_values(options: HelmOptions) -> None:
    for file in options.files:
        if "://" in file:
            raise NotRendered(Problem(file, None, None, "values are not fetched", "download the file and name it with -f"))
        if file == "-":
            raise NotRendered(Problem("<stdin>", None, None, "values are not read from standard input", "write them to a file"))
        try:
            with open(file, "rb") as stream:
                regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
        except (OSError, ValueError) as error:
            raise NotRendered(unreadable(names.printable(file), error)) from None
        if not regular:
            message = "is no plain file, which values must be, for they are read several times"
            raise NotRendered(Problem(names.printable(file), None, None, message, "write them to a file"))


def _by_comments(text: str, templates: dict[str, str | None]) -> Origin:
    """To the template alone: Helm does not say by which of its lines."""

    def origin(line: int, path: Path) -> Written | None:
        file = templates.get(source_of(text, line) or "")
        return Written(Location(file, None, None, field_name(path))) if file else None

    return origin
