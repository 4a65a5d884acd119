"""What the rate limit service does not take of its configuration: one fault, and it takes none of the file.

Source: validateYamlKeys and loadDescriptors in src/config/config_impl.go of https://github.com/envoyproxy/ratelimit v1.4.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.model.protobuf import Node

UNIT_SECONDS: Mapping[str, int] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
_KEYS = frozenset({
    "domain", "key", "value", "descriptors", "rate_limit", "unit", "requests_per_unit", "unlimited", "shadow_mode", "quota_mode", "name",
    "replaces", "detailed_metric", "value_to_metric", "share_threshold",
})  # fmt: skip
_SWITCHES = frozenset({"unlimited", "shadow_mode", "quota_mode", "detailed_metric", "value_to_metric", "share_threshold"})
_MOST = 2**32 - 1


class Fault(NamedTuple):
    """Where, and why, for people."""

    at: Node
    why: str


def faults(root: Node) -> Iterator[Fault]:
    """All of a file."""
    yield from _values(root)
    if not root.text("domain"):
        yield Fault(root, "it has no domain")
    yield from _descriptors(root)


def _values(node: Node) -> Iterator[Fault]:
    if isinstance(node.value, list):
        for number, value in enumerate(node.value):
            inner = Node(value, node.origin.below(number))
            yield from _values(inner) if isinstance(value, dict) else [Fault(inner, f"{value!r} is no mapping")]
    elif isinstance(node.value, dict):
        for key, value in node.value.items():
            inner = Node(value, node.origin.below(str(key)))
            if key not in _KEYS:
                yield Fault(inner, f"it knows no key {key}")
            elif key in _SWITCHES and not isinstance(value, bool | None):
                yield Fault(inner, f"{key} is true or false, not {value!r}")
            yield from _values(inner)
    elif isinstance(node.value, float):
        yield Fault(node, f"{node.value} is neither a text nor a whole number")


def _descriptors(holder: Node) -> Iterator[Fault]:
    seen: set[str] = set()
    for each in holder.items("descriptors"):
        key, value = each.get("key"), each.get("value")
        name = str(key.value) if key is not None else ""
        whole = f"{name}_{value.value}" if value is not None and value.value != "" else name
        if not name:
            yield Fault(each, "a descriptor has no key")
        elif whole in seen:
            yield Fault(each, f"two descriptors are called {whole}")
        seen.add(whole)
        if (limit := each.get("rate_limit")) is not None:
            yield from _limit(limit)
        if (share := each.get("share_threshold")) is not None and share.value is True and not whole.endswith("*"):
            yield Fault(share, "share_threshold is for values that end in *")
        yield from _descriptors(each)


def _limit(limit: Node) -> Iterator[Fault]:
    unit, endless, number = (limit.get(name) for name in ("unit", "unlimited", "requests_per_unit"))
    known = unit is not None and str(unit.value).lower() in UNIT_SECONDS
    if endless is not None and endless.value is True:
        if known:
            yield Fault(unit or limit, "unlimited has no unit")
    elif not known:
        yield Fault(unit or limit, f"{unit.value} is no unit" if unit is not None else "a limit has no unit")
    if number is not None and not _is_count(number.value):
        yield Fault(number, f"requests_per_unit {number.value} is no number from 0 to {_MOST}")
    name = limit.text("name")
    for each in limit.items("replaces"):
        if each.text("name") in ("", name):
            yield Fault(each, "replaces names no other limit")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
