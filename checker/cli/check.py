"""`k8s-stabcheck check`: the main job."""

import argparse

from checker.cli import FINDINGS, FINE, UNREADABLE
from checker.cli.output import outputs, style, write
from checker.cli.running import judged
from checker.findings import SEVERITIES, Report
from checker.reports import FORMATS, render


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, print the reports; the exit status."""
    wanted = outputs(arguments.format, FORMATS)
    made = judged(arguments)
    for name, file in wanted:
        write(render(name, made.report, style(arguments.color, file)), file)
    return _status(made.report, made.how.fail_on)


def _status(report: Report, fail_on: str) -> int:
    if report.inputs.errors or not report.inputs.objects:
        return UNREADABLE
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    failed = (each for each in report.findings if each.outcome == "fail" and each.change in (None, "new"))
    return FINDINGS if any(each.severity in counted for each in failed) else FINE
