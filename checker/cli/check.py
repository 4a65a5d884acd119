"""`k8s-stabcheck check`: the main job."""

import argparse
import datetime
import gc
import os
import shutil
import sys
from collections.abc import Iterable

from checker.cli import FINDINGS, FINE, UNREADABLE
from checker.cli.progress import Progress
from checker.cli.setup import catalogue, configuration, known
from checker.config import Config
from checker.engine import Catalogue, Settings, check
from checker.errors import UsageError
from checker.findings import SEVERITIES, Report
from checker.reading import read_paths
from checker.reports import FORMATS, Style, render
from checker.workers import default_jobs


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, print the reports; the exit status."""
    gc.disable()  # a run is short and keeps nearly all it makes; collecting would only look at it again and again
    outputs = [_output(text) for text in arguments.format or ["text"]]
    config = configuration(arguments)
    policies = catalogue(arguments, config)
    settings = _settings(arguments, config, policies)
    with Progress() as progress:
        progress.phase("reading the input")
        reading = read_paths(arguments.paths, settings.jobs)
        progress.phase(f"judging {reading.inputs.objects} objects")
        report = check(reading.objects, reading.inputs, policies, settings)
    for name, file in outputs:
        _write(render(name, report, _style(arguments.color, file)), file)
    return _status(report, arguments.fail_on or config.fail_on)


def _settings(arguments: argparse.Namespace, config: Config, policies: Catalogue) -> Settings:
    def ids(flag: str, given: Iterable[str]) -> frozenset[str]:
        return frozenset(known(name.strip(), policies, flag) for text in given for name in text.split(",") if name.strip())

    if arguments.jobs < 0:
        raise UsageError(f"--jobs: {arguments.jobs} is no number of processes", fix="give 1 or more")
    return Settings(
        complete=config.complete if arguments.complete is None else arguments.complete,
        only=ids("--only", arguments.only) or ids("only", config.only),
        skip=ids("--skip", arguments.skip) | ids("skip", config.skip),
        enable=ids("--enable", arguments.enable) | ids("enable", config.enable),
        severities={known(name, policies, "severities"): severity for name, severity in config.severities.items()},
        accepted=[entry for entry in config.accept if known(entry.policy, policies, "accept")],
        jobs=arguments.jobs or default_jobs(),
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )


def _output(text: str) -> tuple[str, str | None]:
    name, _, file = text.partition("=")
    if name not in FORMATS:
        raise UsageError(f"--format: there is no format `{name}`", fix=f"one of: {', '.join(FORMATS)}")
    return name, file or None


def _style(color: str, file: str | None) -> Style:
    terminal = file is None and sys.stdout.isatty()
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")
    return Style(color=wanted, width=min(shutil.get_terminal_size((100, 24)).columns, 120) if terminal else 100)


def _write(text: str, file: str | None) -> None:
    data = text.encode()
    if file is None:
        sys.stdout.buffer.write(data)
        return
    try:
        with open(file, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise UsageError(f"--format: {file} cannot be written: {error.strerror}", fix="name another file") from None


def _status(report: Report, fail_on: str) -> int:
    if report.inputs.errors or not report.inputs.objects:
        return UNREADABLE
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return FINDINGS if any(report.count(severity) for severity in counted) else FINE
