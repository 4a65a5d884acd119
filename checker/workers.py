"""Work shared out among forked processes.

A forked child inherits everything its parent holds, so only results travel. That is why this is not
`concurrent.futures`: its workers are started before the data is there, and every task and every item is pickled both ways.
"""

import itertools
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Below this many items a fork costs more than it saves.
_WORTH_FORKING = 64


def default_jobs() -> int:
    """As many processes as this one may use cores."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def share_out(work: Callable[[Sequence[Item]], Result], items: Sequence[Item], jobs: int) -> list[Result]:
    """`work` on consecutive parts of `items`, one part a process; the results in the order of the items.

    Results must be picklable. An exception of any part is raised here; the first part's comes first.
    """
    count = min(jobs, len(items) // _WORTH_FORKING) if _can_fork() else 1
    if count <= 1:
        return [work(items)]
    bounds = [len(items) * part // count for part in range(count + 1)]
    parts = [items[start:end] for start, end in itertools.pairwise(bounds)]
    children = [_fork(work, part) for part in parts[1:]]
    try:
        results = [work(parts[0])]
    except BaseException:
        for child, pipe in children:
            os.close(pipe)
            os.waitpid(child, 0)
        raise
    return results + [_collect(child, pipe) for child, pipe in children]


def _can_fork() -> bool:
    """On macOS there is fork, but its system libraries may not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def _fork(work: Callable[[Sequence[Item]], Result], part: Sequence[Item]) -> tuple[int, int]:
    """Start a child on its part: its process id and the pipe its outcome comes through."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.close(reading)
        outcome: tuple[bool, object]
        try:
            outcome = (True, work(part))
        except Exception as error:  # noqa: BLE001  (it is raised again in the parent)
            outcome = (False, error)
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(outcome, stream, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _collect(child: int, pipe: int) -> Result:  # type: ignore[type-var]
    with os.fdopen(pipe, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    if not data:
        raise RuntimeError("a worker process ended without a result; try --jobs 1")
    succeeded, outcome = pickle.loads(data)
    if not succeeded:
        raise outcome
    result: Result = outcome
    return result
