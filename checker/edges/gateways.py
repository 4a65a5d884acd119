"""What gateways route from outside: the gateway's own pods are the caller where the input holds them, else the Gateway."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.adapters.istio.calls import System
from checker.adapters.istio.entrances import Entrance, entering
from checker.adapters.istio.overrides import with_overrides_of_gateway
from checker.adapters.istio.scope import Client
from checker.edges.shapes import Edge, edges_of, place
from checker.edges.undecided import undecided
from checker.model.setting import Origin
from checker.model.traffic import Entry, Gateways, Way

_EVIDENCE = {
    "VirtualService": "virtual-service",
    "HTTPRoute": "http-route",
    "GRPCRoute": "grpc-route",
    "TCPRoute": "tcp-route",
    "TLSRoute": "tls-route",
}
_NOBODY = Client("", {})


def gateway_edges(system: System, others: Iterable[Gateways]) -> Iterator[Edge]:
    """One edge for each route and destination of each gateway; `others` are run by products that are no mesh."""
    protocols = {(host.name, port.number): port.protocol for host in system.hosts for port in host.ports}
    theirs: set[int] = set()
    for entry in (entry for each in others for entry in each.entries()):
        theirs.add(id(entry.gateway))
        yield from _of_way(Entrance(entry.gateway, _NOBODY), _of_listeners(entry), protocols)
    if "Gateway" not in system.model.kinds:
        return
    for entrance, way in entering(system):
        if id(entrance.item) in theirs:
            continue
        for explained in with_overrides_of_gateway(system, entrance.client, [way]):
            yield from _of_way(entrance, explained, protocols)


def _of_listeners(entry: Entry) -> Way:
    return entry.way._replace(match={"listener": list(entry.listeners), **entry.way.match}) if entry.listeners else entry.way


def _of_way(entrance: Entrance, way: Way, protocols: Mapping[tuple[str, int], str]) -> Iterator[Edge]:
    named = {"kind": entrance.item.kind, "namespace": entrance.item.namespace, "name": entrance.item.name}
    for reached in way.destinations:
        said = protocols.get((reached.host, reached.port), "")
        spoken = "grpc" if said in ("GRPC", "GRPC-Web") else "http" if way.settings else "tcp"
        callee = {"host": reached.host, "port": reached.port or None, "protocol": spoken}
        evidence = [_evidence(reached.origin)] if reached.origin else []
        told = way if entrance.ours else way._replace(settings=undecided(entrance.item, way.origin))
        for edge in edges_of(named, callee, evidence, [told._replace(destinations=(reached,))]):
            yield edge if entrance.ours else {**edge, "result": None, "facts": {}, "settings": _of_route(edge, told)}


def _of_route(edge: Edge, way: Way) -> dict[str, Any]:
    return {name: setting for name, setting in edge["settings"].items() if name in way.settings}


def _evidence(origin: Origin) -> dict[str, Any]:
    kind = origin.item.kind if origin.item else ""
    return {"kind": _EVIDENCE.get(kind, kind.lower()), "key": "", **place(origin)}
