"""`k8s-stabcheck check`: the main job."""

import argparse
import gc
import os
import sys

from checker.cli import FINDINGS, FINE, UNREADABLE
from checker.cli.making import making
from checker.cli.progress import Progress
from checker.errors import UsageError
from checker.findings import SEVERITIES, Report
from checker.reading import begin_reading
from checker.reports import FORMATS, Style, render
from checker.workers import default_jobs


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, print the reports; the exit status."""
    gc.disable()  # a run is short and keeps nearly all it makes; collecting would only look at it again and again
    outputs = [_output(text) for text in arguments.format or ["text"]]
    if arguments.jobs < 0:
        raise UsageError(f"--jobs: {arguments.jobs} is no number of processes", fix="give 1 or more")
    jobs = arguments.jobs or default_jobs()
    _check_directory()
    with Progress() as progress:
        progress.phase("reading the input")
        if arguments.cluster:
            from checker.cli.cluster import judge_cluster

            report, fail_on = judge_cluster(arguments, jobs, progress)
        else:
            reading = begin_reading(arguments.paths, jobs, making(arguments))
            # Loaded only now, while other processes read: policies and what judges by them take longer to load than a small input.
            from checker.cli.judging import judge

            report, fail_on = judge(arguments, reading, jobs, progress)
    for name, file in outputs:
        _write(render(name, report, _style(arguments.color, file)), file)
    return _status(report, fail_on)


def _check_directory() -> None:
    try:
        os.getcwd()
    except OSError:
        raise UsageError("the current directory does not exist any more", fix="change to another one") from None


def _output(text: str) -> tuple[str, str | None]:
    name, _, file = text.partition("=")
    if name not in FORMATS:
        raise UsageError(f"--format: there is no format `{name}`", fix=f"one of: {', '.join(FORMATS)}")
    return name, file or None


def _style(color: str, file: str | None) -> Style:
    terminal = file is None and sys.stdout is not None and sys.stdout.isatty()
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")
    return Style(color=wanted, width=min(_terminal_width(), 120) if terminal else 100)


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _write(text: str, file: str | None) -> None:
    data = text.encode()
    if file is None:
        _print(data)
        return
    try:
        with open(file, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise UsageError(f"--format: {file} cannot be written: {error.strerror}", fix="name another file") from None


def _print(data: bytes) -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed", fix="write the report to a file: --format text=report.txt")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"standard output cannot be written: {error.strerror}", fix="free some space, or write to a file") from None


def _status(report: Report, fail_on: str) -> int:
    if report.inputs.errors or not report.inputs.objects:
        return UNREADABLE
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    failed = (each for each in report.findings if each.outcome == "fail" and each.change in (None, "new"))
    return FINDINGS if any(each.severity in counted for each in failed) else FINE
