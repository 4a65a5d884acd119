"""The files below a directory. Follows links, survives loops, stays out of what is not the user's, stops at Helm charts.

A directory is opened once, whatever number of ways lead to it: what has been seen is kept by real path. Links are followed after everything
else, in sorted order, so that a file is reported under its own name where it has one, and the order of the file system does not matter.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

from checker.code.languages import is_source, tells_of_builds
from checker.errors import Problem
from checker.sources import names


class Place(NamedTuple):
    """A file or directory."""

    path: str  # to open
    real: str  # absolute and without links
    name: str  # as reported; "" is the current directory


class Walk(NamedTuple):
    """What one walk has met so far; filled as it goes."""

    files: list[Place]
    charts: dict[str, str]  # real path → name, of every directory that is a Helm chart
    problems: list[Problem]
    seen: set[str]  # real paths of directories and files
    links: list[Place]  # links met and not followed yet
    left_out: list[str]  # names of directories and hidden files that were not looked into
    code: list[Place]  # application source, and what tells of what it becomes


def walk(roots: list[Place]) -> Walk:
    """Everything below `roots`, which are read even where they are hidden."""
    met = Walk([], {}, [], set(), [], [], [])
    for root in roots:
        _below(root, met)
    while met.links:
        links = sorted(met.links)
        met.links.clear()
        for link in links:
            if os.path.isdir(link.path):
                _below(link, met)
            elif names.is_manifest(os.path.basename(link.path)) and link.real not in met.seen:
                met.seen.add(link.real)
                met.files.append(link)
    return met


def _below(root: Place, met: Walk) -> None:
    pending = [root]
    while pending:
        directory = pending.pop()
        if directory.real not in met.seen:
            met.seen.add(directory.real)
            pending.extend(_inside(directory, met))


def _inside(directory: Place, met: Walk) -> Iterator[Place]:
    """Take the files of one directory; give the directories in it."""
    try:
        with os.scandir(directory.path) as scan:
            entries = {entry.name: entry for entry in scan}
    except OSError as error:
        met.problems.append(unreadable(directory.name or ".", error))
        return
    if names.CHART in entries:
        met.charts[directory.real] = directory.name
        return
    if names.marks_virtual_environment(set(entries)):
        met.left_out.append(directory.name)
        return
    real_prefix = os.path.join(directory.real, "")
    path_prefix = os.path.join(directory.path, "")
    name_prefix = directory.name + "/" if directory.name and directory.name != "/" else directory.name
    for name, entry in entries.items():
        if names.is_hidden(name):
            if entry.is_dir(follow_symlinks=False) or names.is_manifest(name):
                met.left_out.append(name_prefix + names.printable(name))
            continue
        path = path_prefix + name
        if entry.is_symlink():
            met.links.append(Place(path, os.path.realpath(path), name_prefix + names.printable(name)))
        elif entry.is_dir():
            if names.is_tool_directory(name):
                met.left_out.append(name_prefix + name)
            else:
                yield Place(path, real_prefix + name, name_prefix + names.printable(name))
        elif names.is_manifest(name):
            real = real_prefix + name
            if real not in met.seen:
                met.seen.add(real)
                met.files.append(Place(path, real, name_prefix + names.printable(name)))
                if tells_of_builds(name):
                    met.code.append(met.files[-1])
        elif is_source(name) or tells_of_builds(name):
            met.code.append(Place(path, real_prefix + name, name_prefix + names.printable(name)))


def reported(path: str) -> str:
    """`path` as a report writes it: relative to the current directory where it lies there."""
    try:
        return names.reported(path, os.getcwd())
    except OSError:  # the current directory was deleted
        return names.reported(path, None)


def unreadable(name: str, error: Exception) -> Problem:
    """An input that the system refuses to give."""
    if isinstance(error, FileNotFoundError):
        return Problem(name, None, None, "no such file or directory", "check the spelling, and the directory the command runs in")
    if isinstance(error, PermissionError):
        return Problem(name, None, None, "cannot be read: permission denied", "run as a user who may read it, or change its permissions")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return Problem(name, None, None, f"cannot be read: {reason[:1].lower()}{reason[1:]}", "make it readable, or leave it out")
