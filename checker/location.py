"""Where something is written. Imported by everything, imports nothing of ours."""

import re
from collections.abc import Sequence
from typing import NamedTuple

Path = tuple[str | int, ...]


class Location(NamedTuple):
    """A place in a file, as people and editors count: lines and columns start at 1."""

    file: str
    line: int | None = None
    column: int | None = None
    field: str = ""

    def __str__(self) -> str:
        """`file:line:column`, as far as it is known."""
        known = [self.file, *(str(number) for number in (self.line, self.column) if number is not None)]
        return ":".join(known)


def field_name(path: Sequence[str | int]) -> str:
    """`("spec", "containers", 0, "app.io/x")` → `spec.containers[0]["app.io/x"]`, as kubectl writes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not step or not _QUOTED.isdisjoint(step):
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text


def field_path(field: str) -> Path:
    """The path that `field_name` wrote as `field`."""
    return tuple(int(index) if index else quoted or plain for quoted, index, plain in _STEP.findall(field)) if field else ()


_QUOTED = frozenset("./[")
_STEP = re.compile(r"""\["(.*?)"\]|\[(\d+)\]|\.?([^.\[]+)""", re.DOTALL)
