"""Work shared out among forked processes.

A forked child inherits everything its parent holds, so only results travel. That is why this is not
`concurrent.futures`: its workers are started before the data is there, and every task and every item is pickled both ways.

The items are cut into pieces, and the numbers of the pieces lie in a pipe: whoever is free takes the next one, the parent too.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Piece = tuple[int, Result]

# Below this many items a fork costs more than it saves.
_WORTH_FORKING = 64
_PIECES = 48
_NUMBER_BYTES = 2


class Parcel(NamedTuple):
    """How a result travels from a child: what is sent in its place must be picklable, and `unpack` makes the result of it again."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


class _Child(NamedTuple):
    """A forked process, and the pipe its results come through."""

    process: int
    results: int


def default_jobs() -> int:
    """As many processes as this one may use cores."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def share_out(work: Callable[[Sequence[Item]], Result], items: Sequence[Item], jobs: int) -> list[Result]:
    """`work` on pieces of `items` in several processes; the results in the order of the items.

    Results must be picklable. An exception of any piece is raised here.
    """
    return begin(work, items, jobs)()


def begin(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item], jobs: int, parcel: Parcel | None = None
) -> Callable[[], list[Result]]:
    """As `share_out`, but the other processes begin at once, and this one joins in when the function it gets is called.

    Results that are no plain values travel faster in a `parcel` of one's own.
    """
    count = min(jobs, len(items) // _WORTH_FORKING) if _can_fork() else 1
    if count <= 1:
        return lambda: [work(items)]
    bounds = [len(items) * number // _PIECES for number in range(_PIECES + 1)]
    queue = _filled_queue(_PIECES)

    def take(finish: Callable[[Result], Any]) -> list[Piece[Any]]:
        taken = []
        while number := os.read(queue, _NUMBER_BYTES):
            piece = int.from_bytes(number, "little")
            taken.append((piece, finish(work(items[bounds[piece] : bounds[piece + 1]]))))
        return taken

    pack, unpack = parcel or (_as_it_is, _as_it_is)
    children = [_fork(lambda: take(pack)) for _ in range(count - 1)]
    return lambda: _finished(lambda: take(_as_it_is), unpack, queue, children)


def _as_it_is(result: Any) -> Any:
    return result


def _filled_queue(count: int) -> int:
    """A pipe that holds the numbers from 0 and then ends; its processes share the place up to which it is read."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(number.to_bytes(_NUMBER_BYTES, "little") for number in range(count)))
    os.close(writing)
    return reading


def _can_fork() -> bool:
    """On macOS there is fork, but its system libraries may not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def _fork(take: Callable[[], list[Piece[Result]]]) -> _Child:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return _Child(process, reading)
    status = 1
    try:
        os.close(reading)
        _send(take, writing)
        status = 0
    finally:
        os._exit(status)


def _send(take: Callable[[], list[Piece[Result]]], writing: int) -> None:
    import pickle

    outcome: tuple[bool, object]
    try:
        outcome = (True, take())
    except Exception as error:  # noqa: BLE001  (it is raised again in the parent)
        outcome = (False, error)
    with os.fdopen(writing, "wb") as stream:
        pickle.dump(outcome, stream, pickle.HIGHEST_PROTOCOL)


def _finished(
    take: Callable[[], list[Piece[Result]]], unpack: Callable[[Any], Result], queue: int, children: Sequence[_Child]
) -> list[Result]:
    try:
        pieces = take()
    except BaseException:
        for child in children:
            os.close(child.results)
            os.waitpid(child.process, 0)
        raise
    finally:
        os.close(queue)
    outcomes = [_outcome(child) for child in children]
    for succeeded, outcome in outcomes:
        if not succeeded:
            raise outcome
        pieces += [(piece, unpack(result)) for piece, result in outcome]
    return [result for _, result in sorted(pieces, key=lambda piece: piece[0])]


def _outcome(child: _Child) -> tuple[bool, Any]:
    """Whether the child ended well, and its pieces or its exception."""
    import pickle

    with os.fdopen(child.results, "rb") as stream:
        data = stream.read()
    os.waitpid(child.process, 0)
    if not data:
        return False, RuntimeError("a worker process ended without a result; try --jobs 1")
    outcome: tuple[bool, Any] = pickle.loads(data)
    return outcome
