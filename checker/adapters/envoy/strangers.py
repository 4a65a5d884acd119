"""Filters of types that Envoy does not have: builds of one's own may, and nobody here knows what they do."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from checker.adapters.envoy.filters import filter_chains, network_filters, reached_filters
from checker.documents import locate
from checker.model.envoy_messages import filter_types
from checker.model.protobuf import Node
from checker.model.rate_limit import RateLimit, Refusing
from checker.model.setting import Origin

_PREFIX, _FILTERS = "type.googleapis.com/", "envoy.extensions.filters."
# Of contrib builds (https://www.envoyproxy.io/docs/envoy/latest/start/install#contrib-images).
_CONTRIB = frozenset({
    "http.checksum", "http.dynamo", "http.golang", "http.language", "http.squash", "http.sxg", "network.client_ssl_auth",
    "network.golang", "network.kafka_broker", "network.kafka_mesh", "network.mysql_proxy", "network.postgres_proxy",
    "network.rocketmq_proxy", "network.sip_proxy", "listener.postgres_inspector",
})  # fmt: skip
# That count, name or let pass, and limit nothing: Istio's telemetry, identity and protocol filters, Cilium's rules of who may call.
_HARMLESS = ("stats.PluginConfig", "stackdriver.config.", "io.istio.", "istio.", "envoy.tcp.metadataexchange.", "cilium.")
_UNTYPED = ("google.protobuf.", "udpa.", "xds.")
_KINDS = ("http.", "network.", "listener.")
_ALIKE = 0.85  # of two long names
_MANAGER = "HttpConnectionManager"


class Stranger(NamedTuple):
    """A filter of a type that is not known, and where it says so."""

    type: str
    origin: Origin


def strangers(listeners: Iterable[Node]) -> Iterator[Stranger]:
    """Those of listeners and of their connection managers."""
    for listener in listeners:
        for config in network_filters(listener):
            yield from _strange(config)
            for entry in config.items("http_filters") if config.type() == _MANAGER else ():
                if (inner := entry.get("typed_config")) is not None:
                    yield from _strange(inner.unwrapped())


def named(found: Iterable[Stranger]) -> Iterator[str]:
    """Each type once, for people: `what filter x.Y does is not known (envoy.yaml:12, and 3 more)`."""
    places: dict[str, list[Origin]] = {}
    for each in found:
        if not hint_of(each.type):  # which is told as a mistake
            places.setdefault(each.type, []).append(each.origin)
    for kind, origins in places.items():
        first = next((origin for origin in origins if origin.item is not None), None)
        where = ""
        if first is not None and first.item is not None:
            place = locate(first.item.document, (*first.item.base, *first.path))
            where = f" ({place.file}:{place.line}{f', and {len(origins) - 1} more' if len(origins) > 1 else ''})"
        yield f"what filter {kind} does is not known{where}: whether it limits what passes through it is unknown"


def limits_of_strangers(filters: Iterable[Node], *, connections: bool) -> Iterator[RateLimit]:
    """What filters of which nothing is known may refuse: nobody can tell."""
    for config in filters:
        for each in _strange(config):
            why = f"what filter {each.type} does is not known"
            counted: Literal["connections", "requests"] = "connections" if connections else "requests"
            yield RateLimit("proxy", each.origin, "unknown", why, counts=counted, refusing=Refusing(0))


def strange_ends(listener: Node) -> Iterator[Stranger]:
    """The last filter of each chain, which alone knows where connections go."""
    for chain in filter_chains(listener):
        for each in chain.items("filters")[-1:]:
            if (config := each.get("typed_config")) is not None:
                yield from _strange(config.unwrapped())


def strange_http_filters(manager: Node) -> Iterator[Node]:
    """The configurations of HTTP filters that run."""
    return (config.unwrapped() for entry in reached_filters(manager) if (config := entry.get("typed_config")) is not None)


def hint_of(kind: str) -> str:
    """What was probably meant by a type of Envoy's that it does not have; empty for types that it has, or that resemble none."""
    name = kind.removeprefix(_PREFIX)
    if not name.startswith(_FILTERS) or not _is_strange(name):
        return ""
    from difflib import get_close_matches

    known = [f"{package}.{message}" for package, messages in filter_types().items() for message in messages]
    close = get_close_matches(name.removeprefix(_FILTERS), known, 1, _ALIKE)
    return f"did you mean `{_FILTERS}{close[0]}`?" if close else ""


def _strange(config: Node) -> Iterator[Stranger]:
    kind = config.value.get("@type") if isinstance(config.value, dict) else None
    name = str(kind or "").removeprefix(_PREFIX)
    if name and _is_strange(name):
        yield Stranger(name, config.origin)


def _is_strange(name: str) -> bool:
    if name.startswith((*_HARMLESS, *_UNTYPED)):
        return False
    if not name.startswith(_FILTERS):
        return not name.startswith("envoy.")  # what is of API v2 is told elsewhere
    package, _, message = name.removeprefix(_FILTERS).rpartition(".")
    if package.rpartition(".")[0] in _CONTRIB or not package.startswith(_KINDS):
        return False
    return message not in filter_types().get(package, ())
