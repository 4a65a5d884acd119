"""Other programs, run without a shell, within bounds of time, memory and output."""

import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Literal, NamedTuple

MEMORY_LIMIT_BYTES = 2 * 1024**3
OUTPUT_LIMIT_BYTES = 64 * 1024**2
_CHUNK_BYTES = 1 << 18


class Ended(NamedTuple):
    """How a program ended and what it wrote; `stopped` says what it ran out of, if we stopped it."""

    status: int
    output: bytes
    errors: bytes
    stopped: Literal["", "time", "output"] = ""


def run(arguments: Sequence[str], *, environment: Mapping[str, str], directory: str, seconds: float) -> Ended:
    """Run a program, with nothing on its standard input. Raises OSError if it cannot be started, ValueError for a NUL."""
    process = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd=directory,
        start_new_session=True,  # so that what it starts ends with it
    )
    with process:
        try:
            _limit(process.pid)
            deadline = time.monotonic() + seconds
            output, errors, stopped = _written(process, deadline)
            if not stopped:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(deadline - time.monotonic(), 0))
                stopped = "time" if process.returncode is None else ""
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    return Ended(process.returncode, output, errors, stopped)


@contextmanager
def private_directory() -> Iterator[str]:
    """A directory of our own, which is gone whatever ends the run, short of SIGKILL."""
    with ending_in_order(), tempfile.TemporaryDirectory(prefix="k8s-stabcheck-") as directory:
        yield directory


@contextmanager
def ending_in_order() -> Iterator[None]:
    """What asks this process to end lets it tidy up meanwhile: the programs it runs end, and its files are removed."""
    signals = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    in_main = threading.current_thread() is threading.main_thread()
    ours = {number for number in signals if in_main and signal.getsignal(number) is signal.SIG_DFL}
    for number in ours:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _limit(pid: int) -> None:
    """Bound the memory of a process, where the system can do that from outside."""
    import resource

    if hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def _written(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[bytes, bytes, Literal["", "time", "output"]]:
    """Standard output and error until both are closed, or the time or the room for them is used up."""
    output, errors = bytearray(), bytearray()
    stopped: Literal["", "time", "output"] = ""
    with selectors.DefaultSelector() as open_streams:
        for stream, text in ((process.stdout, output), (process.stderr, errors)):
            if stream is not None:
                open_streams.register(stream, selectors.EVENT_READ, text)
        while open_streams.get_map() and not stopped:
            left = deadline - time.monotonic()
            if left <= 0:
                stopped = "time"
            for key, _ in open_streams.select(max(left, 0)):
                part = os.read(key.fd, _CHUNK_BYTES)
                if not part:
                    open_streams.unregister(key.fileobj)
                key.data.extend(part)
                if len(key.data) > OUTPUT_LIMIT_BYTES:
                    stopped = "output"
    return bytes(output), bytes(errors), stopped
