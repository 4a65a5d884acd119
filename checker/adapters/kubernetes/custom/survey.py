"""An object as the API server keeps it, and what it meets on the way: unknown fields, repeated items, values with rules."""

import json
from typing import Any, NamedTuple

from checker.adapters.kubernetes.custom.node import Node, Rule
from checker.location import Path


class Unknown(NamedTuple):
    """A field that the definition does not have; `known` are those that it has there."""

    path: Path
    known: tuple[str, ...]


class Repeated(NamedTuple):
    """An item that an item before it has made impossible: by the same `keys`, or by being the same."""

    path: Path
    first: int
    keys: tuple[str, ...]


class Ruled(NamedTuple):
    """A value with rules on it."""

    rules: Rule
    value: Any
    path: Path


class Survey:
    """Of one object. `whole` has the defaults of the definition, and no nulls; `has_nulls`: there were some, or keys that are no text."""

    def __init__(self, node: Node, data: dict[str, Any]) -> None:
        self.unknown: list[Unknown] = []
        self.repeated: list[Repeated] = []
        self.ruled: list[Ruled] = []
        self.has_nulls = False
        self.whole = self._kept(node, data, ())

    def _kept(self, node: Node, value: Any, path: Path) -> Any:
        if isinstance(value, dict) and (node.fields is not None or node.others is not None):
            value = self._mapping(node, value, path)
        elif isinstance(value, list) and node.items is not None:
            value = [self._kept(node.items, item, (*path, index)) for index, item in enumerate(value)]
            if node.keys is not None or node.is_set:
                self.repeated.extend(_repeated(node.keys, value, path))
        if node.rules is not None:
            self.ruled.append(Ruled(node.rules, value, path))
        return value

    def _mapping(self, node: Node, value: dict[Any, Any], path: Path) -> dict[str, Any]:
        fields = node.fields or {}
        kept: dict[str, Any] = {}
        for key, item in value.items():
            name = key if isinstance(key, str) else json.dumps(key)
            inner = fields.get(name, node.others)
            if item is None or name is not key:
                self.has_nulls = True
            if inner is not None:
                if item is not None:
                    kept[name] = self._kept(inner, item, (*path, name))
            elif node.open:
                kept[name] = item
            elif item is not None:
                self.unknown.append(Unknown((*path, name), tuple(fields)))
        for name, default in node.defaults:
            if name not in kept:
                kept[name] = self._kept(fields[name], default, (*path, name))
        return kept


def _repeated(keys: tuple[str, ...] | None, items: list[Any], path: Path) -> list[Repeated]:
    found = []
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        known = item if keys is None else [item.get(key) for key in keys] if isinstance(item, dict) else None
        text = json.dumps(known, sort_keys=True, default=str)
        before = first.setdefault(text, index)
        if before != index and known is not None:
            found.append(Repeated((*path, index), before, keys or ()))
    return found
