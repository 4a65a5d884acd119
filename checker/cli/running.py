"""From arguments to a judged input: what `check` and `review` have in common."""

import argparse
import gc
import os
from typing import TYPE_CHECKING

from checker.cli.making import making, source_directories
from checker.cli.progress import Progress
from checker.errors import UsageError
from checker.reading import begin_reading
from checker.workers import default_jobs

if TYPE_CHECKING:
    from checker.cli.judging import Judged


def judged(arguments: argparse.Namespace) -> "Judged":
    """The paths, or the cluster, read and judged. Raises StabcheckError."""
    gc.disable()  # a run is short and keeps nearly all it makes; collecting would only look at it again and again
    if arguments.jobs < 0:
        raise UsageError(f"--jobs: {arguments.jobs} is no number of processes", fix="give 1 or more")
    jobs = arguments.jobs or default_jobs()
    _check_directory()
    with Progress() as progress:
        progress.phase("reading the input")
        if arguments.cluster:
            from checker.cli.cluster import judge_cluster

            return judge_cluster(arguments, jobs, progress)
        reading = begin_reading(arguments.paths, jobs, making(arguments), source_directories(arguments))
        # Loaded only now, while other processes read: policies and what judges by them take longer to load than a small input.
        from checker.cli.judging import judge

        return judge(arguments, reading, jobs, progress)


def _check_directory() -> None:
    try:
        os.getcwd()
    except OSError:
        raise UsageError("the current directory does not exist any more", fix="change to another one") from None
