"""What an Envoy would not take of its configuration: values of the wrong kind, fields of API v2, slips in the names of fields.

Fields that are merely not known are left alone: an Envoy newer than `envoy_messages.json` may know them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.envoy.resources import resources
from checker.location import Path
from checker.model.envoy_messages import fields_of, messages, slip
from checker.model.protobuf import Node, camel
from checker.objects import ApiObject

_LONGEST_SECONDS = 9223372035  # that Envoy counts in nanoseconds
_LARGEST = {"uint32": 2**32 - 1, "uint64": 2**64 - 1}
_REMOVED: Mapping[str, Mapping[str, str]] = {
    "Cluster": {
        "hosts": "load_assignment",
        "tls_context": "transport_socket",
        "extension_protocol_options": "typed_extension_protocol_options",
    },
    "FilterChain": {"tls_context": "transport_socket"},
    "listener.Filter": {"config": "typed_config"},
    "HttpFilter": {"config": "typed_config"},
    "Route": {"per_filter_config": "typed_per_filter_config"},
    "VirtualHost": {"per_filter_config": "typed_per_filter_config"},
    "WeightedCluster.ClusterWeight": {"per_filter_config": "typed_per_filter_config"},
    "RouteMatch": {"regex": "safe_regex"},
}
_TYPED = {
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": "HttpConnectionManager",
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": "TcpProxy",
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": "http.HttpProtocolOptions",
    "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit": "LocalRateLimit",
    "envoy.extensions.filters.http.ratelimit.v3.RateLimit": "ratelimit.RateLimit",
}
_PREFIX = "type.googleapis.com/"
_ROOTS = {"clusters": "Cluster", "listeners": "Listener", "routes": "RouteConfiguration", "endpoints": "ClusterLoadAssignment"}
_SHOWN = 40
_PLACEHOLDER = re.compile(r"\{\{|\$\{|<%")


class Mistake(NamedTuple):
    """What is wrong, where in the document, and what to do."""

    path: Path
    message: str
    fix: str


def mistakes(item: ApiObject) -> Iterator[Mistake]:
    """All of one configuration."""
    found = resources([item])
    for kind, message in _ROOTS.items():
        for node in getattr(found, kind):
            yield from _of_message(node, message)


def _of_message(node: Node, message: str) -> Iterator[Mistake]:
    fields = fields_of(message)
    if not isinstance(node.value, dict):
        yield _mistake(node, f"a {message.rpartition('.')[2]} is {_shown(node.value)}, not a mapping", "write its fields")
        return
    removed = {key: instead for name, instead in _REMOVED.get(message, {}).items() for key in (name, camel(name))}
    for key, value in node.value.items():
        inner = Node(value, node.origin.below(key))
        if key in removed:
            yield _mistake(inner, f"{key} is of API v2, which no Envoy has taken since 1.18", f"use {removed[key]} of API v3")
        elif key in fields:
            yield from _of_field(inner, key, fields[key])
        elif hint := slip(message, str(key)):
            yield _mistake(inner, f"{message} has no field {_shown(key)}", hint)


def _of_field(node: Node, key: str, kind: str) -> Iterator[Mistake]:
    if node.value is None:
        return
    if isinstance(node.value, str) and _PLACEHOLDER.search(node.value) and kind not in ("text", "any"):
        yield _mistake(node, f"{key} is {_shown(node.value)}: a template that nobody filled", "fill it first, and check the outcome")
        return
    if isinstance(node.value, list):
        for number, value in enumerate(node.value):
            yield from _of_field(Node(value, node.origin.below(number)), key, kind)
    elif kind == "duration":
        yield from _duration(node, key)
    elif kind in _LARGEST:
        yield from _whole(node, key, _LARGEST[kind])
    elif kind == "bool" and not isinstance(node.value, bool):
        yield _mistake(node, f"{key} is {_shown(node.value)}, not true or false", "write true or false")
    elif kind in messages():
        yield from _of_message(node, kind)
    elif kind == "any":
        yield from _typed(node)


def _typed(node: Node) -> Iterator[Mistake]:
    """A configuration that names its type, or a mapping of such."""
    if not isinstance(node.value, dict):
        return
    inner = node.unwrapped()
    kind = inner.value.get("@type")
    if isinstance(kind, str):
        name = kind.removeprefix(_PREFIX)
        if name.startswith("envoy.api.v2.") or ".v2." in f"{name}.":
            yield _mistake(node, f"{name} is of API v2, which no Envoy has taken since 1.18", "use its successor of API v3")
        elif name in _TYPED:
            yield from _of_message(inner, _TYPED[name])
        return
    for key, value in node.value.items():
        if isinstance(value, dict) and "@type" in value:
            yield from _typed(Node(value, node.origin.below(str(key))))


def _duration(node: Node, key: str) -> Iterator[Mistake]:
    seconds = node.seconds()
    if seconds is None:
        fix = (
            f'write "{node.value}s"'
            if isinstance(node.value, int | float) and not isinstance(node.value, bool)
            else 'write seconds, such as "1.5s"'
        )
        yield _mistake(node, f"{key} is {_shown(node.value)}, and no duration: a text of seconds that ends in s", fix)
    elif seconds < 0:
        yield _mistake(node, f"{key} is {_shown(node.value)}: less than nothing", "write a time of zero or more")
    elif seconds > _LONGEST_SECONDS:
        yield _mistake(
            node, f"{key} is {_shown(node.value)}: longer than Envoy can count", 'write a shorter time, or "0s" where that means none'
        )


def _whole(node: Node, key: str, largest: int) -> Iterator[Mistake]:
    number = node.number()
    if number is None or number != int(number) or not 0 <= number <= largest:
        yield _mistake(node, f"{key} is {_shown(node.value)}, not a whole number from 0 to {largest}", "write such a number")


def _mistake(node: Node, message: str, fix: str) -> Mistake:
    return Mistake(node.origin.path, message, fix)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
