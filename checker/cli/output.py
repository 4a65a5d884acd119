"""Where reports go: standard output, or a file for each format."""

import os
import sys
from collections.abc import Collection

from checker.errors import UsageError
from checker.reports import Style


def outputs(given: list[str], known: Collection[str]) -> list[tuple[str, str | None]]:
    """(format, file or None for standard output) of each `--format NAME[=FILE]`; text without any. Raises UsageError."""
    return [_output(text, known) for text in given or ["text"]]


def _output(text: str, known: Collection[str]) -> tuple[str, str | None]:
    name, _, file = text.partition("=")
    if name not in known:
        raise UsageError(f"--format: there is no format `{name}`", fix=f"one of: {', '.join(known)}")
    return name, file or None


def style(color: str, file: str | None) -> Style:
    """How a report looks there: colour and width are for terminals."""
    terminal = file is None and sys.stdout is not None and sys.stdout.isatty()
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")
    return Style(color=wanted, width=min(_terminal_width(), 120) if terminal else 100)


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def write(text: str, file: str | None) -> None:
    """To the file, else to standard output. Raises UsageError."""
    data = text.encode()
    if file is None:
        _print(data)
        return
    try:
        with open(file, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise UsageError(f"--format: {file} cannot be written: {error.strerror}", fix="name another file") from None


def _print(data: bytes) -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed", fix="write the report to a file: --format text=report.txt")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"standard output cannot be written: {error.strerror}", fix="free some space, or write to a file") from None
