"""Whether an object has the shape that the API server demands."""

from typing import Any, NamedTuple

from checker.location import Path


class Mistake(NamedTuple):
    """Something the API server refuses: where in the object, what, and how to mend it."""

    path: Path
    message: str
    fix: str


class Shape(NamedTuple):
    """An object as the API server reads it (`key: null` may be gone), and what it would refuse."""

    data: dict[str, Any]
    mistakes: tuple[Mistake, ...]


def check(api_version: str, kind: str, data: dict[str, Any]) -> Shape:  # noqa: ARG001
    """Compare an object with the rules of its kind. An unknown kind has no mistakes."""
    return Shape(data, ())
