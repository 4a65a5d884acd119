"""What is wrong with an object, where, and how to mend it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.location import Path, field_name

REFUSED = "so Istio refuses this object"
MISSHAPEN = "so the API server refuses this object"

Data = Mapping[str, Any]


class Flaw(NamedTuple):
    """Something in an object that Istio refuses, or drops without a word."""

    path: Path
    message: str
    fix: str


Flaws = Iterator[Flaw]


def refused(path: Path, what: str, fix: str) -> Flaw:
    """A flaw for which the whole object is refused; `what` goes on after the name of the field."""
    return Flaw(path, f"{field_name(path) or 'the object'} {what}, {REFUSED}", fix)


def misshapen(path: Path, what: str, fix: str) -> Flaw:
    """A flaw for which the API server refuses the object, before Istio sees it."""
    return Flaw(path, f"{field_name(path) or 'the object'} {what}, {MISSHAPEN}", fix)
