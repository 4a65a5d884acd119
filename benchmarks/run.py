"""Measure the checker against floors taken in the same run; what counts are the ratios.

    python benchmarks/run.py [SERVICES]      default 1000

Each figure is the median of pairs that ran one after the other, so that a machine that slows down slows both.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from fleet import make

PARSE = """
import gc, os, sys, yaml
gc.disable()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as stream:
            for _ in yaml.load_all(stream.read(), Loader=yaml.CSafeLoader):
                pass
"""
FAST_PARSE = """
import gc, os, sys
from checker.documents import parse
gc.disable()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as stream:
            parse(name, stream.read())
"""
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
RUNS = 5


def seconds(*command: str) -> float:
    """Wall time of a command that must end well."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def ratio(command: list[str], floor: list[str], runs: int = RUNS) -> tuple[float, float, float]:
    """Median of the ratios of pairs, and the median seconds of both."""
    pairs = [(seconds(*command), seconds(*floor)) for _ in range(runs)]
    return (
        statistics.median(one / other for one, other in pairs),
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def peak_megabytes(command: list[str]) -> float:
    """Peak of the largest process of a command, in MB; measured in a child so that earlier commands do not count."""
    done = subprocess.run([sys.executable, "-c", PEAK, *command], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def check(folder: pathlib.Path, *flags: str) -> list[str]:
    """The main job on a folder."""
    return [sys.executable, "-m", "checker", str(folder), "--complete", "--fail-on", "none", "--format", "json", *flags]


def report(label: str, measured: tuple[float, float, float]) -> None:
    """One line."""
    times, one, other = measured
    print(f"{label:58} {times:6.2f} x   ({one:.3f} s / {other:.3f} s)")


def main() -> None:
    """Print all ratios."""
    services = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        small, large, one = pathlib.Path(name, "small"), pathlib.Path(name, "large"), pathlib.Path(name, "one")
        make(small, services)
        make(large, services * 5)
        make(one, 1)
        print(f"{services} services, {len(os.sched_getaffinity(0))} cores")
        report("check / libyaml parsing of the same files on one core", ratio(check(small), [python, "-c", PARSE, str(small)]))
        report("check on one core / the same parsing", ratio(check(small, "--jobs", "1"), [python, "-c", PARSE, str(small)]))
        report("our parsing / libyaml parsing", ratio([python, "-c", FAST_PARSE, str(small)], [python, "-c", PARSE, str(small)]))
        report(f"check of {services * 5} / of {services} services (linear: 5)", ratio(check(large), check(small), runs=3))
        report("check of one small file / an empty Python", ratio(check(one), [python, "-c", "pass"]))
        report("--version / an empty Python", ratio([python, "-m", "checker", "--version"], [python, "-c", "pass"], runs=9))
        print(f"{'largest process at ' + str(services * 5) + ' services':58} {peak_megabytes(check(large)):6.0f} MB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
