"""The patches of an EnvoyFilter, and what they are for.

Source: pilot/pkg/networking/core/envoyfilter/{rc_patch,cluster_patch,listener_patch}.go of istiod 1.31.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.names import overlap
from checker.model.protobuf import Node, camel
from checker.model.setting import Setting, Settings, object_name, said_by
from checker.model.traffic import Destination, Way
from checker.objects import ApiObject

MANAGER = "envoy.filters.network.http_connection_manager"
MERGES = ("MERGE", "MERGE_AND_REPLACE_LIST")
FIRST = ("INSERT_BEFORE", "INSERT_FIRST")
_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")
_ROUTED = {"ROUTE": None, "REDIRECT": "redirect", "DIRECT_RESPONSE": "direct"}

Certainty = bool | None  # None: it may be


class Proxy(NamedTuple):
    """Whose configuration is asked for: `context` is SIDECAR_OUTBOUND, SIDECAR_INBOUND, GATEWAY or WAYPOINT."""

    context: str
    namespace: str
    labels: Mapping[str, str]


class Called(NamedTuple):
    """What requests ask a proxy for; `declared`: the port is said to speak HTTP, which its listener and its routes are named after."""

    proxy: Proxy
    host: str
    port: int
    declared: bool = False


class Patch(NamedTuple):
    """One patch of an EnvoyFilter."""

    item: ApiObject
    applied: str
    operation: str
    match: Mapping[str, Any]
    value: Node

    @property
    def selects_metadata(self) -> bool:
        """Whether it is for proxies with certain metadata, which the input does not tell."""
        return bool((self.match.get("proxy") or {}).get("metadata"))

    @property
    def merges(self) -> bool:
        """Whether its value is merged into what istiod wrote."""
        return self.operation in MERGES

    def unknown(self, names: tuple[str, ...]) -> Settings:
        """Settings that it touches in a way that is not read."""
        place = self.value.origin._replace(path=self.value.origin.path[:3])
        reason = f"{object_name(self.item)} changes it"
        return {name: Setting(None, "unknown", place, reason) for name in names}


def patches_of(item: ApiObject) -> Iterator[Patch]:
    """All of an EnvoyFilter, in their order."""
    for number, entry in enumerate((item.data.get("spec") or {}).get("configPatches") or ()):
        patch = entry.get("patch") or {}
        value = Node(patch.get("value") or {}, said_by(item, "spec", "configPatches", number, "patch", "value"))
        yield Patch(item, str(entry.get("applyTo") or ""), str(patch.get("operation") or ""), entry.get("match") or {}, value)


def fields(node: Node | None) -> dict[str, Node]:
    """The fields of a message, in Envoy's own spelling; null is none, and of two spellings istiod takes the camel's."""
    entries = [(key, value) for key, value in node.entries() if value.value is not None] if node is not None else []
    return {spelt(key): value for key, value in sorted(entries, key=lambda entry: spelt(entry[0]) != entry[0])}


def spelt(key: str) -> str:
    """`connectTimeout` → `connect_timeout`; what is neither of the two spellings of a field stays as it is."""
    found = _UPPER.sub(r"_\1", key).lower().replace("consecutive5xx", "consecutive_5xx")
    return found if key in (found, camel(found)) else key


def has_cluster(patch: Patch, destination: Destination) -> bool:
    """Whether a patch of clusters is for that of a destination."""
    match = patch.match.get("cluster") or {}
    if match.get("name"):
        return bool(match["name"] == f"outbound|{destination.port}|{destination.subset}|{destination.host}")
    asked = (
        (match.get("service"), destination.host),
        (match.get("subset"), destination.subset),
        (match.get("portNumber"), destination.port),
    )
    return all(not wanted or wanted == own for wanted, own in asked)


def has_own_cluster(patch: Patch, host: str, target: int) -> bool:
    """Whether a patch of clusters is for that of a pod's own port `target`, behind a Service of that host."""
    match = patch.match.get("cluster") or {}
    if match.get("name"):
        return bool(match["name"] == f"inbound|{target}||")
    return not match.get("subset") and match.get("service") in (None, "", host) and match.get("portNumber") in (None, 0, target)


def has_route(patch: Patch, way: Way, called: Called) -> Certainty:
    """Whether a patch of routes, virtual hosts or tables is for the route of a way."""
    match = patch.match.get("routeConfiguration") or {}
    virtual_host = match.get("vhost") or {}
    table = _of_gateway(match) if called.proxy.context == "GATEWAY" else _has_table(match, called)
    found = [table, _has_name(virtual_host, called), _has_domain(virtual_host, called.host)]
    if patch.applied == "HTTP_ROUTE" and patch.operation not in FIRST:
        wanted = virtual_host.get("route") or {}
        found.append(wanted.get("name") in (None, "", way.name) and wanted.get("action") in (None, "ANY", _action(way)))
    if called.proxy.context == "WAYPOINT":
        found.append(None)  # its tables and virtual hosts have other names
    return _all(found)


def has_listener(patch: Patch, called: Called) -> Certainty:
    """Whether a patch of listeners, their chains or filters is for the listener that takes the requests."""
    match = patch.match.get("listener") or {}
    name, chain = str(match.get("name") or ""), match.get("filterChain") or {}
    if match.get("portNumber") not in (None, 0, called.port) or (name and not name.endswith(f"_{called.port}")):
        return False
    picked = any(chain.get(key) for key in ("name", "sni", "transportProtocol", "applicationProtocols", "destinationPort"))
    sure = called.proxy.context == "SIDECAR_OUTBOUND" and called.declared and not name and not picked
    return True if sure else None


def _all(found: list[Certainty]) -> Certainty:
    return False if False in found else None if None in found else True


def _action(way: Way) -> str:
    return next(word for word, answer in _ROUTED.items() if answer == way.answer)


def _of_gateway(match: Mapping[str, Any]) -> Certainty:
    """Tables of gateways are named after ports that Services may map."""
    return None if any(match.get(key) for key in ("name", "portNumber", "portName", "gateway")) else True


def _has_table(match: Mapping[str, Any], called: Called) -> Certainty:
    """One for each port, by its number; where the protocol is found out, one for each host and port."""
    name, number = match.get("name"), match.get("portNumber")
    if number not in (None, 0, called.port) or name not in (None, "", str(called.port), f"{called.host}:{called.port}"):
        return False
    if not name and not number:
        return True
    return (name in (None, "", str(called.port))) if called.declared else None


def _has_name(virtual_host: Mapping[str, Any], called: Called) -> Certainty:
    name = str(virtual_host.get("name") or "")
    if name in ("", f"{called.host}:{called.port}"):
        return True
    return None if name.endswith(f":{called.port}") and overlap(name.rpartition(":")[0], called.host) else False


def _has_domain(virtual_host: Mapping[str, Any], host: str) -> Certainty:
    written = str(virtual_host.get("domainName") or "")
    if written in ("", host):
        return True
    domain = written.partition(":")[0]
    return None if overlap(domain, host) or host.startswith(f"{domain}.") else False
