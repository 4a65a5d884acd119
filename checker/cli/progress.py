"""A word on the terminal when work takes longer than a second."""

import signal
import sys
from types import FrameType, TracebackType
from typing import Self


class Progress:
    """Shows the current phase on standard error, after the first second and only on a terminal."""

    def __init__(self) -> None:
        self.text = ""
        self.shown = False
        self.active = sys.stderr.isatty() and hasattr(signal, "setitimer")

    def __enter__(self) -> Self:
        if self.active:
            signal.signal(signal.SIGALRM, self._show)
            signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.active:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._write("")

    def phase(self, text: str) -> None:
        """What is being done now."""
        self.text = text
        if self.shown:
            self._write(f"{text} …")

    def _show(self, _signal: int, _frame: FrameType | None) -> None:
        self._write(f"{self.text} …")
        self.shown = True

    def _write(self, text: str) -> None:
        if text or self.shown:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
