"""What a route makes of a request for those who count: lists of keys and values (RateLimit of envoy.config.route.v3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.model.protobuf import Node
from checker.model.setting import Origin


class Entry(NamedTuple):
    """A key with its value, None where it is taken from the request: `per` is what of it.

    `only`: the requests that have it; without it there is no descriptor. An empty key is not known.
    """

    key: str
    value: str | None = None
    per: str = ""
    only: Mapping[str, Any] | None = None


class Descriptor(NamedTuple):
    """The entries of one counter. `amount` and `unit`: a limit that the route itself asks for."""

    entries: tuple[Entry, ...]
    origin: Origin


_FIXED_KEYS = {
    "remote_address": ("remote_address", "client address"),
    "masked_remote_address": ("masked_remote_address", "client network"),
    "source_cluster": ("source_cluster", ""),
}
_MATCHING = {"header_value_match": ("header_match", "headers"), "query_parameter_value_match": ("query_match", "query_parameters")}
_TAKEN = {"request_headers": ("header_name", "header"), "query_parameters": ("query_parameter_name", "query parameter")}


def descriptors(written: Iterable[Node], stage: float) -> Iterator[Descriptor]:
    """Those of a stage, one for each list of actions."""
    for each in written:
        own = each.get("stage")
        if (own.number() if own is not None else 0) == stage:
            yield Descriptor(tuple(_entry(action) for action in each.items("actions")), each.origin)


def _entry(action: Node) -> Entry:
    kind, node = next(((name, node) for name in _KINDS if (node := action.get(name)) is not None), ("", action))
    if kind == "generic_key":
        return Entry(node.text("descriptor_key") or "generic_key", node.text("descriptor_value"))
    if kind in _FIXED_KEYS:
        key, per = _FIXED_KEYS[kind]
        return Entry(key, None, per)
    if kind in _MATCHING:
        key, field = _MATCHING[kind]
        expected = node.get("expect_match")
        word = "not" if expected is not None and expected.value is False else "matching"
        asked = [each.text("name") for each in node.items(field)]
        return Entry(node.text("descriptor_key") or key, node.text("descriptor_value"), only={field.replace("_", " "): {word: asked}})
    if kind in _TAKEN:
        field, word = _TAKEN[kind]
        per = f"{word} {node.text(field)}"
        skipped = node.get("skip_if_absent")
        return Entry(node.text("descriptor_key"), None, per, None if skipped is not None and skipped.value is True else {per: "present"})
    if kind == "destination_cluster":
        return Entry("destination_cluster")
    return Entry(node.text("descriptor_key") if kind else "", None, "metadata" if kind else "")


_KINDS: Sequence[str] = ("generic_key", *_FIXED_KEYS, *_MATCHING, *_TAKEN, "destination_cluster", "metadata", "dynamic_metadata")
