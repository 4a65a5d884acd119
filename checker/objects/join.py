"""What many documents hold, put together: the same is said of a file once."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from checker.errors import Problem, Skipped
from checker.objects.templates import UNRENDERED
from checker.objects.types import Objects

Entry = TypeVar("Entry")


def join(parts: Iterable[Objects]) -> Objects:
    """All of `parts`, in their order. A file of twenty templates or of twenty Skaffold documents is mentioned once."""
    whole = Objects([], [], [])
    for part in parts:
        whole.objects.extend(part.objects)
        whole.skipped.extend(part.skipped)
        whole.problems.extend(part.problems)
    return Objects(whole.objects, _first(whole.skipped, _of_skipped), _first(whole.problems, _of_problem))


def _first(entries: list[Entry], key: Callable[[Entry], object]) -> list[Entry]:
    """The first entry of every key."""
    kept: dict[object, Entry] = {}
    for entry in entries:
        kept.setdefault(key(entry), entry)
    return list(kept.values())


def _of_skipped(entry: Skipped) -> object:
    return entry.file, entry.reason


def _of_problem(problem: Problem) -> object:
    return (problem.file, UNRENDERED) if problem.message.startswith(UNRENDERED) else problem
