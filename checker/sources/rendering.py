"""Manifests that a program makes of other files: what was made, and how to find the line a person would edit."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from checker.errors import Problem
from checker.findings import Related
from checker.location import Location, Path


class Written(NamedTuple):
    """Where a person edits what a rendered text says: the place, its line of text, and what else sets it."""

    location: Location
    excerpt: str = ""
    related: tuple[Related, ...] = ()


# (line of the rendered text, from 1, where the entry or its nearest ancestor that exists begins; path of the entry within its
# document) → where it is written; None where that cannot be shown.
Origin = Callable[[int, Path], Written | None]


class Rendering(NamedTuple):
    """One text of manifests, read as if it were a file called `name`.

    `via` says how it was made, as a person would type it: `helm template charts/cart`. `origin` may be costly: it is asked only
    for what is reported.
    """

    name: str
    via: str
    text: bytes
    origin: Origin
    problems: Sequence[Problem] = ()
