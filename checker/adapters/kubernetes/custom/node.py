"""A schema of the table, made ready for reading values: references are resolved, and what each keyword is about is at hand."""

import marshal
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from checker.adapters.kubernetes.schemas import Definitions, Schema, flattened
from checker.cel import rule

_MOST_HELD, _LONGEST_HELD = 1000, 500


class Node(NamedTuple):
    """What is known of a value. `fields` is None where it has none; `open`: fields that are not among them are kept."""

    fields: "Mapping[str, Node] | None"
    others: "Node | None"
    items: "Node | None"
    open: bool
    defaults: tuple[tuple[str, Any], ...]
    keys: tuple[str, ...] | None
    is_set: bool
    rules: "Rule | None"


class Rule:
    """The rules of one schema; they are compiled when the first value comes, first as one that all of them must hold."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self._each: list[tuple[str, Callable[[Any], bool | None]]] = []
        self._all: Callable[[Any], bool | None] | None = None
        self._held: set[bytes | None] = set()  # small values that come again and again

    def broken(self, value: Any) -> list[str]:
        """Those that a value breaks for sure."""
        if self._all is None:
            self._all = rule(" && ".join(f"({text})" for text in self._texts))
        known = _known(value)
        if known in self._held:
            return []
        if self._all(value):
            if known is not None and len(self._held) < _MOST_HELD:
                self._held.add(known)
            return []
        self._each = self._each or [(text, rule(text)) for text in self._texts]
        return [text for text, holds in self._each if holds(value) is False]


def _known(value: Any) -> bytes | None:
    try:
        text = marshal.dumps(value)
    except ValueError:  # of a type that no JSON has
        return None
    return text if len(text) <= _LONGEST_HELD else None


def node_of(definitions: Definitions, schema: Schema) -> Node:
    """The node of a schema; those of its definitions are shared."""
    return _Maker(definitions).node(schema)


class _Maker:
    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._shared: dict[str, Node] = {}

    def node(self, schema: Schema) -> Node:
        reference = schema.get("$ref")
        if reference is None:
            return self._made(schema)
        if reference not in self._shared:
            self._shared[reference] = self._made(schema)
        return self._shared[reference]

    def _made(self, schema: Schema) -> Node:
        whole = self._whole(schema)
        is_mapping = whole.get("type") == "object" and "additionalProperties" not in whole
        inner = {name: self._whole(each) for name, each in whole.get("properties", {}).items()}
        rules = tuple(whole.get("rules", ()))
        return Node(
            fields={name: self.node(each) for name, each in whole.get("properties", {}).items()} if is_mapping else None,
            others=self.node(whole["additionalProperties"]) if "additionalProperties" in whole else None,
            items=self.node(whole["items"]) if "items" in whole else None,
            open=bool(whole.get("open")),
            defaults=tuple((name, each["default"]) for name, each in inner.items() if "default" in each),
            keys=tuple(whole["keys"]) if "keys" in whole else None,
            is_set=bool(whole.get("set")),
            rules=Rule(rules) if rules else None,
        )

    def _whole(self, schema: Schema) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for each in reversed(tuple(flattened(self._definitions, schema))):
            whole.update(each)
        return whole
