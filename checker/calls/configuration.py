"""Texts of configuration files → keys in full and values, whatever the format.

JSON is parsed; all else is read line by line, so that placeholders of a template cost a line and not the file.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

# Programs, pages and certificates mention hosts without calling them.
_READ = frozenset(
    {"", "yaml", "yml", "json", "properties", "env", "ini", "toml", "conf", "config", "cfg", "cnf", "prop", "props", "settings"}
)
_LONGEST = 200_000
_PORT_SIGN = re.compile(r":[0-9]{2,5}\b|(?i:host|server|port)")
_YAML = re.compile(r"""(?P<dashes>(?:-\s+)*)["']?(?P<key>[A-Za-z0-9_.$/-]+)["']?\s*:(?:\s+(?P<value>.*))?""")
_ASSIGNED = re.compile(r"""(?:export\s+)?["']?(?P<key>[A-Za-z0-9_.-]+)["']?\s*=\s*(?P<value>.*)""")
_SECTION = re.compile(r"\[+\s*([^\]\[]+?)\s*\]+")
_ITEM = re.compile(r"-\s+(?P<value>\S.*)")
# proxy_pass http://cart:8080; server cart:8080 weight=5; as nginx and its kin write it
_DIRECTIVE = re.compile(r"(?P<key>proxy_pass|grpc_pass|fastcgi_pass|uwsgi_pass|memcached_pass|server)\s+(?P<value>[^\s;{]+)[^;{]*;")
_COMMENT = re.compile(r"(?:^|\s)(?:#|//|;).*")
LISTED = "[]"  # in keys: what follows is one of a list of records
_QUOTES = "\"'"


class Entry(NamedTuple):
    """`key` is the whole way to the value: `spring.datasource.url`, `servers[].host`."""

    key: str
    value: str


@lru_cache(maxsize=4096)
def entries(name: str, text: str) -> tuple[Entry, ...]:
    """The settings in a file of that name which may name a host or a port."""
    return parsed(name, text) if "://" in text or _PORT_SIGN.search(text) else ()


def parsed(name: str, text: str) -> tuple[Entry, ...]:
    """The settings in a file of that name."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in _READ or len(text) > _LONGEST:
        return ()
    start = text.lstrip()[:1]
    if ending == "json" or start == "{":
        return tuple(_of_json(text))
    return tuple(entry for entry in _of_lines(text) if entry.value)


def _of_json(text: str) -> Iterator[Entry]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    pending: list[tuple[str, Any]] = [("", data)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending.extend((f"{key}.{name}" if key else str(name), inner) for name, inner in value.items())
        elif isinstance(value, list):
            pending.extend((key + LISTED if isinstance(inner, dict) else key, inner) for inner in value)
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            yield Entry(key, str(value))


def _of_lines(text: str) -> Iterator[Entry]:
    parents: list[tuple[int, str]] = []
    section = ""
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;!" or stripped.startswith("//"):
            continue
        stripped = _COMMENT.sub("", stripped) if "#" in stripped or " //" in stripped else stripped
        indent = len(line) - len(line.lstrip())
        if found := _SECTION.fullmatch(stripped):
            section, parents = found[1], []
            continue
        while parents and parents[-1][0] >= indent and not (parents[-1][0] == indent and stripped.startswith("- ")):
            parents.pop()
        above = [name for _, name in parents] or ([section] if section else [])
        yield from _line(stripped, indent, above, parents)


def _line(line: str, indent: int, above: list[str], parents: list[tuple[int, str]]) -> Iterator[Entry]:
    if found := _DIRECTIVE.match(line):
        yield Entry(".".join((*above, found["key"])), found["value"])
        return
    assigned = _ASSIGNED.fullmatch(line)
    found = _YAML.fullmatch(line)
    if assigned and not found:
        yield Entry(".".join((*above, assigned["key"])), _plain(assigned["value"]))
    elif found:
        if found["dashes"]:
            parents.append((indent, LISTED))
            above = [name for _, name in parents]
        value = _plain(found["value"] or "")
        if value and value[0] not in "|>&":
            yield Entry(".".join((*above, found["key"])), value)
        else:
            parents.append((indent + len(found["dashes"]), found["key"]))
    elif above and (item := _ITEM.fullmatch(line)):
        yield Entry(".".join(above), _plain(item["value"]))


def _plain(value: str) -> str:
    value = value.strip().rstrip(",").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        return value[1:-1]
    return value
