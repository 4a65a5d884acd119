"""Configuration files of programs → keys and values."""

import re
from collections.abc import Iterator
from functools import lru_cache

from checker.calls.configuration import Entry, parsed

# maxmemory 100mb · worker_connections 1024; · as Redis, nginx and their kin write it
_DIRECTIVE = re.compile(r"^\s*(?P<key>[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*)\s+(?P<value>[^\s#;{=][^#;{=]*);?\s*$")


@lru_cache(maxsize=1024)
def settings_in(name: str, text: str) -> tuple[Entry, ...]:
    """The settings of a file in full; those of sections as `section.key`."""
    found = parsed(name, text)
    return (*found, *_directives(text)) if name.endswith(".conf") else found


def _directives(text: str) -> Iterator[Entry]:
    for line in text.split("\n"):
        if found := _DIRECTIVE.match(line):
            yield Entry(found["key"], found["value"].strip())
