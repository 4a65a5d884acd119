"""What an Envoy would not take of its configuration: values of the wrong kind, fields of API v2, fields in the wrong place or misspelt.

Fields that are merely not known are left alone: an Envoy newer than `envoy_messages.json` may know them.
"""

from collections.abc import Iterator, Mapping

from checker.adapters.envoy.contradictions import contradictions
from checker.adapters.envoy.resources import is_dump, resources
from checker.adapters.envoy.strangers import hint_of
from checker.adapters.envoy.values import Mistake, called, is_template, mistake, shown, value_mistakes
from checker.model.envoy_messages import Field, fields_of, home, message_of, messages, required_choice, slip
from checker.model.protobuf import Node, camel
from checker.model.setting import Origin
from checker.objects import ApiObject

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
_PREFIX = "type.googleapis.com/"
_ROOTS = {"clusters": "Cluster", "listeners": "Listener", "routes": "RouteConfiguration", "endpoints": "ClusterLoadAssignment"}
_OF_BOOTSTRAP = {"overload_manager": "OverloadManager", "layered_runtime": "LayeredRuntime"}


def mistakes(item: ApiObject) -> Iterator[Mistake]:
    """All of one configuration."""
    found = resources([item])
    for kind, message in _ROOTS.items():
        for node in getattr(found, kind):
            yield from _of_message(node, (message,))
    root = Node(item.data, Origin("", item))
    for name, message in _OF_BOOTSTRAP.items():
        if node := root.get(name):
            yield from _of_message(node, (message, "Bootstrap"))
    if not is_dump(item):
        yield from contradictions(root, found)


def _of_message(node: Node, chain: tuple[str, ...]) -> Iterator[Mistake]:
    """`chain`: the message, and those around it."""
    message = chain[0]
    fields = fields_of(message)
    if not isinstance(node.value, dict):
        if not is_template(node.value):
            yield mistake(node, f"{called(message)} is {shown(node.value)}, not a mapping", "write its fields")
        return
    removed = {key: instead for name, instead in _REMOVED.get(message, {}).items() for key in (name, camel(name))}
    lost = False
    for key, value in node.value.items():
        inner = Node(value, node.origin.below(key))
        if key in removed:
            yield mistake(inner, f"{key} is of API v2, which no Envoy has taken since 1.18", f"use {removed[key]} of API v3")
        elif key in fields:
            yield from _of_field(inner, key, fields[key], chain)
        elif key != "@type":
            lost = True
            yield from _unknown(inner, str(key), chain)
    if not lost and not _is_taken(node):
        yield from _missing(node, message)


def _unknown(node: Node, key: str, chain: tuple[str, ...]) -> Iterator[Mistake]:
    place = home(chain, key)
    if hint := f"it belongs in {place}" if place else slip(chain[0], key):
        yield mistake(node, f"{chain[0]} has no field {shown(key)}", hint)


def _missing(node: Node, message: str) -> Iterator[Mistake]:
    """What Envoy requires of a message that is there."""
    for name, field in fields_of(message).items():
        if field.required and name == _snake(name) and node.get(name) is None:
            yield mistake(node, f"{called(message)} needs {name}", f"write {name}")
    choice = required_choice(message)
    if choice and not any(node.get(name) is not None for name in choice):
        yield mistake(node, f"{called(message)} needs {' or '.join(choice)}", "write one of them")


def _snake(name: str) -> str:
    return name if name == name.lower() else ""


def _of_field(node: Node, key: str, field: Field, chain: tuple[str, ...]) -> Iterator[Mistake]:
    if node.value is None:
        return
    if is_template(node.value) and field.kind not in ("text", "any"):
        yield mistake(node, f"{key} is {shown(node.value)}: a template that nobody filled", "fill it first, and check the outcome")
    elif isinstance(node.value, list):
        if field.filled and not node.value:
            yield mistake(node, f"{key} is empty, and has to have something in it", "write at least one, or remove what it belongs to")
        for number, value in enumerate(node.value):
            yield from _of_field(Node(value, node.origin.below(number)), key, field, chain)
    elif field.kind in messages():
        yield from _of_message(node, (field.kind, *chain))
    elif field.kind == "any":
        yield from _typed(node)
    elif not _is_taken(node):
        yield from value_mistakes(node, key, field)


def _is_taken(node: Node) -> bool:
    """What a running Envoy says it has, it took."""
    return node.origin.item is not None and is_dump(node.origin.item)


def _typed(node: Node) -> Iterator[Mistake]:
    """A configuration that names its type, or a mapping of such."""
    if not isinstance(node.value, dict):
        return
    inner = node.unwrapped()
    kind = inner.value.get("@type")
    if isinstance(kind, str):
        name = kind.removeprefix(_PREFIX)
        if name.startswith("envoy.api.v2.") or ".v2." in f"{name}.":
            yield mistake(node, f"{name} is of API v2, which no Envoy has taken since 1.18", "use its successor of API v3")
        elif hint := hint_of(kind):
            yield mistake(inner, f"Envoy has no type {name}", hint)
        elif message := message_of(name):
            yield from _of_message(inner, (message,))
        return
    for key, value in node.value.items():
        if isinstance(value, dict) and "@type" in value:
            yield from _typed(Node(value, node.origin.below(str(key))))
