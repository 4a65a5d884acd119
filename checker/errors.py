"""What can go wrong, as values where the run goes on and as exceptions where it cannot.

Problem          an input that could not be read: reported, the rest of the input is judged (exit status 3)
Skipped          an input that is not ours to judge: listed with the reason (no exit status of its own)

StabcheckError   the run cannot go on as asked (exit status 2)
├── UsageError   wrong arguments
├── ConfigError  a mistake in a configuration file
└── PolicyError  a mistake in a policy file
"""

from collections.abc import Iterable
from typing import NamedTuple

from checker.location import Location


class Problem(NamedTuple):
    """An input, or a part of it, that could not be read: what, where, why and what to do."""

    file: str
    line: int | None
    column: int | None
    message: str
    fix: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"{Location(self.file, self.line, self.column)}: {self.message}"


class Skipped(NamedTuple):
    """An input, or a part of it, that was left out on purpose."""

    file: str
    line: int | None
    reason: str


class StabcheckError(Exception):
    """The run cannot go on as asked: what is wrong, where, and what to do."""

    def __init__(self, what: str, *, at: Location | None = None, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.fix = fix

    def __str__(self) -> str:
        """`file:line:column: what (fix)`."""
        where = f"{self.at}: " if self.at else ""
        return f"{where}{self.what}" + (f"\n  fix: {self.fix}" if self.fix else "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint for a name that is not known: the closest one that is, else `otherwise`."""
    import difflib

    close = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean `{close[0]}`?" if close else otherwise


class UsageError(StabcheckError):
    """Wrong arguments."""


class ConfigError(StabcheckError):
    """A mistake in a configuration file."""


class PolicyError(StabcheckError):
    """A mistake in a policy file."""
