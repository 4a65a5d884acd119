"""Which files a command line means, and their bytes."""

import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import BinaryIO, NamedTuple

from checker.code.languages import is_source
from checker.errors import Problem, Skipped
from checker.sources import names
from checker.sources.rendering import Rendering
from checker.sources.walk import Place, Walk, unreadable, walk

SIZE_LIMIT_BYTES = 64 * 1024 * 1024
_CHARTS_OWN = frozenset({names.CHART, "Chart.lock", "values.yaml", "values.schema.json", "requirements.yaml", "requirements.lock"})


class Input(NamedTuple):
    """One input to read."""

    path: str  # to open; "-" is standard input
    name: str  # as reported
    explicit: bool = True  # the user named this very file, rather than a directory above it
    content: bytes | None = None  # of a text that is in no file
    namespace: str = ""  # into which its objects are put that name none


class Chart(NamedTuple):
    """A Helm chart: its directory or archive to open, and as reported."""

    path: str
    name: str

    @property
    def file(self) -> str:
        """The file that a problem with the whole chart names."""
        return self.name if names.is_archive(self.name) else names.CHART if self.name == "." else f"{self.name}/{names.CHART}"


class Found(NamedTuple):
    """What the arguments of a command line lead to."""

    inputs: list[Input]
    skipped: list[Skipped]
    problems: list[Problem]
    charts: Sequence[Chart] = ()  # each in no other
    kustomizations: Sequence[str] = ()  # names of those among the inputs
    left_out: int = 0  # hidden files and directories, virtual environments and the like that were not looked into
    code: Sequence[Place] = ()  # application source, and what tells of what it becomes
    code_roots: Sequence[Place] = ()


class Made(NamedTuple):
    """What is to be read, and what is to be said of the rest.

    `variants` are labels by rendering: only those of one label exist together. `lost` are texts, by the file that a problem
    names, of what could not be made.
    """

    inputs: Sequence[Input]
    renderings: Mapping[str, Rendering] = {}
    variants: Mapping[str, str] = {}
    problems: Sequence[Problem] = ()
    skipped: Sequence[Skipped] = ()
    lost: Mapping[str, Iterable[str]] = {}


def find(paths: Sequence[str], sources: Sequence[str] = ()) -> Found:
    """The files that `paths` mean, each once, sorted by name; the order of `paths` changes nothing.

    `sources` are directories in which nothing but application source is looked for.
    """
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
        chart = None if place.path == names.STDIN else _chart_of(place.path, is_directory=is_directory)
        if chart is not None:
            charts[os.path.realpath(chart)] = names.reported(chart, cwd)
        elif is_directory:
            roots.append(place._replace(name="" if place.name == "." else place.name))
        elif reason := _not_ours(place.path):
            skipped.setdefault(place.real, Skipped(place.name, None, reason))
        else:
            files.setdefault(place.real, Input(place.path, place.name))
    met = walk(roots)
    for place in met.files:
        if place.real not in skipped:
            files.setdefault(place.real, Input(place.path, place.name, explicit=False))
    problems += met.problems
    return Found(
        sorted(files.values(), key=_by_name),
        sorted(skipped.values(), key=str),
        sorted(problems, key=str),
        list(_outermost(charts | met.charts)),
        sorted(source.name for source in files.values() if names.is_kustomization(os.path.basename(source.name))),
        len(met.left_out),
        *_code(met, roots, sources),
    )


def _code(met: Walk, roots: Sequence[Place], sources: Sequence[str]) -> tuple[list[Place], list[Place]]:
    """Application source below what is read, and below further directories; each file once."""
    if not sources:
        return (met.code, list(roots)) if any(is_source(place.name) for place in met.code) else ([], [])
    more = [place._replace(name="" if place.name == "." else place.name) for place in _places(sources, _working_directory())]
    found = {place.real: place for place in (*walk(more).code, *met.code)}
    return list(found.values()), [*roots, *more]


def read(source: Input) -> bytes | Problem:
    """The bytes of one input. Opens regular files and standard input, nothing that could block or act when it is opened."""
    if source.content is not None:
        return source.content
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
    return "a backup that an editor or a merge left behind" if names.is_backup(os.path.basename(path)) else None


def _chart_of(path: str, *, is_directory: bool) -> str | None:
    """The Helm chart that a path within it means: its templates, its values, or itself as an archive."""
    if not is_directory and names.is_archive(path):
        return path
    here = os.path.abspath(path)
    if not is_directory and os.path.basename(here) in _CHARTS_OWN:
        return _known_chart(os.path.dirname(here), path)
    while (parent := os.path.dirname(here)) != here:
        if os.path.basename(here) == "templates" and (chart := _known_chart(parent, path)):
            return chart
        here = parent
    return None


def _known_chart(directory: str, asked: str) -> str | None:
    if not os.path.exists(os.path.join(directory, names.CHART)):
        return None
    return directory if os.path.isabs(asked) else os.path.relpath(directory)


def _outermost(charts: dict[str, str]) -> Iterable[Chart]:
    """The charts that are in no other."""
    for real, name in charts.items():
        if not any(real.startswith(os.path.join(other, "")) for other in charts):
            yield Chart(real, name or ".")


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
