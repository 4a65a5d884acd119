"""What Helm reads of a chart's directory: every file that `.helmignore` does not leave out, through links too.

Links may lead anywhere in the chart's own repository, whose files are no secret to the chart's author; but not into its `.git`,
where checkouts leave credentials.
Source: pkg/chart/loader/directory.go, pkg/ignore/rules.go and internal/sympath/walk.go in helm 3.
"""

import fnmatch
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

_RULES = ".helmignore"
_REPOSITORY = ".git"

_LeftOut = Callable[[str, bool], bool]


class File(NamedTuple):
    """A file below the chart's directory, or a link that leads out of what is its author's, with where it leads."""

    path: str  # with "/"
    leads_out: str = ""


def files(directory: str) -> Iterator[File]:
    """All of them, of each directory once. Raises OSError where a directory cannot be read."""
    top = os.path.realpath(directory)
    own = _repository(top)
    left_out = _rules(os.path.join(directory, _RULES))
    seen = {top}
    pending = [""]
    while pending:
        below = pending.pop()
        with os.scandir(os.path.join(directory, below)) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            path = below + entry.name
            is_directory = os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()
            if left_out(path, is_directory):
                continue
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                if not _is_below(target, top) and not _is_shared(target, own):
                    yield File(path, target)
                    continue
                if is_directory and target in seen:
                    continue
                seen.add(target)
            if is_directory:
                pending.append(path + "/")
            else:
                yield File(path)


def _repository(top: str) -> str:
    """The repository that holds the chart; the chart itself where none does."""
    below, here = "", top
    while here != below:
        if os.path.exists(os.path.join(here, _REPOSITORY)):
            return here
        below, here = here, os.path.dirname(here)
    return top


def _is_shared(path: str, repository: str) -> bool:
    return _is_below(path, repository) and not _is_below(path, os.path.join(repository, _REPOSITORY))


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(os.path.join(directory, ""))


def _rules(file: str) -> _LeftOut:
    lines = []
    if os.path.isfile(file):
        with open(file, encoding="utf-8-sig", errors="replace") as stream:
            lines = [line.strip() for line in stream]
    rules = [_Rule.of(line) for line in lines if line and not line.startswith("#")]
    return lambda path, is_directory: any(rule.leaves_out(path, is_directory=is_directory) for rule in rules)


class _Rule(NamedTuple):
    pattern: str
    of_names: bool  # not of paths
    of_directories: bool
    turned_round: bool

    @classmethod
    def of(cls, line: str) -> "_Rule":
        pattern = line.removeprefix("!")
        path = pattern.removesuffix("/")
        return cls(path.removeprefix("/"), "/" not in path, pattern.endswith("/"), line.startswith("!"))

    def leaves_out(self, path: str, *, is_directory: bool) -> bool:
        if self.of_directories and not is_directory:
            return self.turned_round
        name = path.rpartition("/")[2] if self.of_names else path
        same_depth = name.count("/") == self.pattern.count("/")  # a star stands for no slash
        return (same_depth and fnmatch.fnmatchcase(name, self.pattern)) != self.turned_round
