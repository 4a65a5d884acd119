"""Which files a command line means, and their bytes."""

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import BinaryIO, NamedTuple

from checker.errors import Problem, Skipped
from checker.sources import names
from checker.sources.walk import Place, unreadable, walk

SIZE_LIMIT_BYTES = 64 * 1024 * 1024

_CHART_FIX = "render it and check the output: helm template NAME {directory} | k8s-stabcheck -"


class Input(NamedTuple):
    """One input to read."""

    path: str  # to open; "-" is standard input
    name: str  # as reported
    explicit: bool = True  # the user named this very file, rather than a directory above it


class Chart(NamedTuple):
    """An unrendered Helm chart: its directory, and the file that a problem with it names."""

    path: str
    file: str


class Found(NamedTuple):
    """What the arguments of a command line lead to."""

    inputs: list[Input]
    skipped: list[Skipped]
    problems: list[Problem]
    charts: Sequence[Chart] = ()  # not rendered, each in no other
    left_out: int = 0  # hidden files and directories, virtual environments and the like that were not looked into


def find(paths: Sequence[str]) -> Found:
    """The files that `paths` mean, each once, sorted by name; the order of `paths` changes nothing."""
    cwd = _working_directory()
    files: dict[str, Input] = {}
    skipped: dict[str, Skipped] = {}
    problems: list[Problem] = []
    roots: list[Place] = []
    charts: dict[str, str] = {}
    for place in sorted(_places(paths, cwd), key=_own_names_first):
        try:
            is_directory = place.path != names.STDIN and stat.S_ISDIR(os.stat(place.path).st_mode)
        except (OSError, ValueError) as error:
            problems.append(unreadable(place.name, error))
            continue
        if is_directory:
            chart = _chart_of_templates(place.path)
            if chart is None:
                roots.append(place._replace(name="" if place.name == "." else place.name))
            else:
                charts[os.path.realpath(chart)] = names.reported(chart, cwd)
        elif reason := _not_ours(place.path):
            skipped.setdefault(place.real, Skipped(place.name, None, reason))
        else:
            files.setdefault(place.real, Input(place.path, place.name))
    met = walk(roots)
    for place in met.files:
        if place.real not in skipped:
            files.setdefault(place.real, Input(place.path, place.name, explicit=False))
    problems += met.problems
    unrendered = list(_unrendered(charts | met.charts))
    problems += map(_not_rendered, unrendered)
    return Found(
        sorted(files.values(), key=_by_name),
        sorted(skipped.values(), key=str),
        sorted(problems, key=str),
        unrendered,
        len(met.left_out),
    )


def read(source: Input) -> bytes | Problem:
    """The bytes of one input. Opens regular files and standard input, nothing that could block or act when it is opened."""
    try:
        return _standard_input(source.name) if source.path == names.STDIN else _file(source)
    except FileNotFoundError as error:
        if not os.path.islink(source.path):
            return unreadable(source.name, error)
        message = f"is a link to {names.printable(os.readlink(source.path))!r}, which does not exist"
        return Problem(source.name, None, None, message, "remove the link, or make what it points to")
    except (OSError, ValueError) as error:
        return unreadable(source.name, error)


def _standard_input(name: str) -> bytes | Problem:
    if sys.stdin is None:
        return Problem(name, None, None, "cannot be read: standard input is closed", "give it the text to check")
    return _within_limit(sys.stdin.buffer, name)


def _file(source: Input) -> bytes | Problem:
    status = os.stat(source.path)
    regular = stat.S_ISREG(status.st_mode)
    if not regular and not names.is_open_already(source.path):
        return Problem(source.name, None, None, f"is {_kind(status.st_mode)}, not a file", "name a file, or use standard input")
    if status.st_size > SIZE_LIMIT_BYTES:
        return _too_big(source.name)
    if regular and status.st_size:
        return _content(source.path, status.st_size)
    with open(source.path, "rb", buffering=0) as stream:
        return _within_limit(stream, source.name)


def _content(path: str, size: int) -> bytes:
    """A file's bytes by system calls alone: with thousands of small files a stream for each is felt."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        parts = []
        while part := os.read(descriptor, size + 1):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _places(paths: Iterable[str], cwd: str | None) -> Iterable[Place]:
    real_directory = cache(os.path.realpath)
    for path in sorted(set(paths)):
        if path == names.STDIN:
            yield Place(path, path, names.STDIN_NAME)
            continue
        directory, base = os.path.split(path)
        # The last step alone can be a link that the cached path of its directory does not know.
        plain = base not in ("", ".", "..") and "\0" not in path and not os.path.islink(path)
        real = os.path.join(real_directory(directory or "."), base) if plain else _real(path)
        yield Place(path, real, names.reported(path, cwd))


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL in the path
        return path


def _own_names_first(place: Place) -> tuple[bool, str, str]:
    """So that a file reached by two spellings is reported by the one that needs no link, whichever was given first."""
    absolute = os.path.abspath(place.path) if place.path != names.STDIN else place.path
    return absolute != place.real, absolute, place.path


def _by_name(source: Input) -> tuple[str, str]:
    return source.name, source.path


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return None


def _not_ours(path: str) -> str | None:
    """Why a file that the user named is not read all the same."""
    directory, base = os.path.split(path)
    if names.is_backup(base):
        return "a backup that an editor or a merge left behind"
    if base == names.CHART or (names.is_chart_file(base) and os.path.exists(os.path.join(directory, names.CHART))):
        return "a part of a Helm chart; " + _CHART_FIX.format(directory="DIR")
    return None


def _chart_of_templates(path: str) -> str | None:
    """The Helm chart whose templates the directory `path` holds, if it does."""
    below, here = "", os.path.abspath(path)
    while here != below:
        parent = os.path.dirname(here)
        if os.path.basename(here) == "templates" and os.path.exists(os.path.join(parent, names.CHART)):
            return os.path.relpath(parent) if not os.path.isabs(path) else parent
        below, here = here, parent
    return None


def _unrendered(charts: dict[str, str]) -> Iterable[Chart]:
    """The charts that are in no other."""
    for real, name in charts.items():
        if not any(real.startswith(os.path.join(other, "")) for other in charts):
            yield Chart(real, f"{name}/{names.CHART}" if name else names.CHART)


def _not_rendered(chart: Chart) -> Problem:
    import shlex

    fix = _CHART_FIX.format(directory=shlex.quote(os.path.dirname(chart.file) or "."))
    return Problem(chart.file, 1, None, "an unrendered Helm chart cannot be judged: nothing in its directory was read", fix)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _within_limit(stream: BinaryIO, name: str) -> bytes | Problem:
    parts = []
    left = SIZE_LIMIT_BYTES
    while part := stream.read(min(left + 1, 1 << 20)):
        parts.append(part)
        left -= len(part)
        if left < 0:
            return _too_big(name)
    return b"".join(parts)


def _too_big(name: str) -> Problem:
    limit = SIZE_LIMIT_BYTES // (1024 * 1024)
    return Problem(name, None, None, f"is bigger than {limit} MiB, more than any manifest needs", "split it, or leave it out")
