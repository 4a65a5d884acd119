"""Ports as they are written: by name, by number, and by number in quotes."""

import re

_NUMBER = re.compile(r"[0-9]{1,5}")


def number_of(port: str | int | None) -> int | None:
    """The number a port is given by, None where it is given by name or not at all."""
    if isinstance(port, int):
        return port
    return int(port) if isinstance(port, str) and _NUMBER.fullmatch(port) else None
