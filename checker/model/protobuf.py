"""Values of an Envoy configuration with their places, whatever spelling they are written in.

Protocol buffers in JSON take both `connect_timeout` and `connectTimeout` (https://protobuf.dev/programming-guides/json/).
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from checker.model.setting import Origin

_DURATION = re.compile(r"-?[0-9]+(\.[0-9]{1,9})?s")
_STRUCT = ("type.googleapis.com/udpa.type.v1.TypedStruct", "type.googleapis.com/xds.type.v3.TypedStruct")


class Node(NamedTuple):
    """A value and where it stands."""

    value: Any
    origin: Origin

    def get(self, *names: str) -> "Node | None":
        """The value below names in snake case; None where it is not written."""
        node: Node | None = self
        for name in names:
            node = _field(node, name) if node is not None else None
        return node

    def items(self, *names: str) -> "list[Node]":
        """The items of a list below names; Envoy takes a single mapping for a list of one."""
        node = self.get(*names)
        if node is None or not isinstance(node.value, list):
            return [node] if node is not None and isinstance(node.value, dict) else []
        return [Node(value, node.origin.below(number)) for number, value in enumerate(node.value)]

    def entries(self, *names: str) -> "Iterator[tuple[str, Node]]":
        """The keys and values of a mapping below names."""
        node = self.get(*names)
        if node is not None and isinstance(node.value, dict):
            for key, value in node.value.items():
                yield str(key), Node(value, node.origin.below(str(key)))

    def text(self, *names: str) -> str:
        """A text below names; empty where there is none."""
        node = self.get(*names)
        return node.value if node is not None and isinstance(node.value, str) else ""

    def number(self) -> float | None:
        """A number; those of 64 bits are written as text."""
        if isinstance(self.value, bool):
            return None
        if isinstance(self.value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", self.value):
            return float(self.value) if "." in self.value else int(self.value)
        return self.value if isinstance(self.value, int | float) else None

    def seconds(self) -> float | None:
        """A duration: a text that ends in `s`."""
        if not isinstance(self.value, str) or not _DURATION.fullmatch(self.value):
            return None
        return float(self.value[:-1])

    def type(self) -> str:
        """The message that a typed configuration holds, by its last word."""
        node = self.unwrapped()
        return str(node.value.get("@type") or "").rpartition(".")[2] if isinstance(node.value, dict) else ""

    def unwrapped(self) -> "Node":
        """A typed configuration without the struct that stands around it."""
        if isinstance(self.value, dict) and self.value.get("@type") in _STRUCT and isinstance(self.value.get("value"), dict):
            kind = self.value.get("type_url") or self.value.get("typeUrl")
            return Node({"@type": kind, **self.value["value"]}, self.origin.below("value"))
        return self


def _field(node: Node, name: str) -> Node | None:
    if isinstance(node.value, dict):
        for key in (name, camel(name)):
            if node.value.get(key) is not None:
                return Node(node.value[key], node.origin.below(key))
    return None


@cache
def camel(name: str) -> str:
    """`connect_timeout` → `connectTimeout`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() if not word[:1].isdigit() else word for word in rest)
