"""Every call that the input shows, with what is in force on it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from checker.adapters.ingress_nginx.limits import NginxIngresses, nginx_of
from checker.adapters.istio.calls import System
from checker.adapters.istio.names import is_wildcard
from checker.calls.graph import CallGraph
from checker.calls.permissions import with_permissions
from checker.calls.protocols import protocol
from checker.calls.types import Call, Evidence, Protocol
from checker.edges.gateways import gateway_edges
from checker.edges.shapes import Edge, edges_of, place, shown_limit
from checker.facts.edge import call_kind
from checker.facts.paths import host_of
from checker.model.build import Model
from checker.model.setting import said_by
from checker.model.traffic import Gateways, Traffic, Way
from checker.model.types import Service
from checker.objects import ApiObject

_KINDS = {"http": "http", "grpc": "http", "unknown": "http", "https": "tls"}  # all others are connections of their own


def edges(model: Model, graph: CallGraph, traffic: Traffic | None, system: System, gateways: Iterable[Gateways] = ()) -> Iterator[Edge]:
    """Calls of workloads and Ingresses, what gateways route, and what any caller would get of Services that nobody is seen to call."""
    called: set[tuple[str, int | None]] = set()
    for found in (_of_calls(with_permissions(model, graph), traffic, nginx_of(model)), gateway_edges(system, gateways)):
        for edge in found:
            reached = edge["destination"] or {}
            called.add((edge["callee"]["host"], edge["callee"]["port"]))
            called.add((reached.get("host", ""), reached.get("port")))
            yield edge
    yield from _of_anybody(model, traffic, called)
    if traffic is not None:
        yield from _of_entries(traffic, system, called)


def _of_calls(calls: Iterable[Call], traffic: Traffic | None, nginx: NginxIngresses | None) -> Iterator[Edge]:
    for call in calls:
        limits = nginx.of(call.caller) if nginx is not None and call.caller.kind == "Ingress" else ()
        for edge in edges_of_call(call, traffic):
            yield {**edge, "rate_limits": [*map(shown_limit, limits), *edge["rate_limits"]]} if limits else edge


def edges_of_call(call: Call, traffic: Traffic | None) -> Iterator[Edge]:
    """What is in force on a call; unknown where a mesh carries it and nothing tells the port."""
    service, item = call.callee.service, call.caller
    host = host_of(service) if service else call.callee.name
    port = only_port(service) if call.port is None else call.port
    ways: Sequence[Way] = ()
    otherwise: dict[str, Any] = {}
    if traffic is not None and call.workload is not None:
        if left_out := traffic.left_out(call.workload):
            otherwise = {"reason": left_out.reason}
        elif port is None:
            otherwise = {"result": "unknown", "reason": "nothing tells the port"}
        else:
            ways = traffic.overriding_ways(call.workload, item.namespace, host, port, spoken(call.protocol))
    callee = {"host": host, "port": port, "protocol": call.protocol}
    yield from edges_of(named(item), callee, [_shown(each) for each in call.evidence], ways, otherwise)


def named(item: ApiObject) -> dict[str, str]:
    """A caller as it stands in edges."""
    return {"kind": item.kind, "namespace": item.namespace, "name": item.name}


def spoken(protocol: Protocol) -> str:
    """What a mesh takes a protocol for: `http`, `tls` or `tcp`; what nothing tells counts as HTTP."""
    return _KINDS.get(protocol, "tcp")


def only_port(service: Service | None) -> int | None:
    """The port that a caller must mean who names none."""
    return service.ports[0].number if service and len(service.ports) == 1 else None


def _shown(evidence: Evidence) -> dict[str, Any]:
    return {"kind": evidence.kind, "key": evidence.key, **place(said_by(evidence.source, *evidence.path))}


def _of_anybody(model: Model, traffic: Traffic | None, called: set[tuple[str, int | None]]) -> Iterator[Edge]:
    """Ports of Services that nobody is seen to call."""
    carried = {(port.service, port.number): port.protocol for port in traffic.ports()} if traffic else {}
    for service in model.part.services:
        host = host_of(service)
        for port in service.ports:
            if port.protocol == "UDP" or {(host, port.number), (host, None)} & called:
                continue
            called.add((host, port.number))
            kind = carried.get((service, port.number))
            ways: Sequence[Way] = ()
            if traffic is not None and kind is not None:
                ways = traffic.overriding_ways(None, service.source.namespace, host, port.number, call_kind(kind))
            callee = {"host": host, "port": port.number, "protocol": protocol("", port.number, service, (), ())}
            yield from edges_of(None, callee, (), ways)


def _of_entries(traffic: Traffic, system: System, called: set[tuple[str, int | None]]) -> Iterator[Edge]:
    """Hosts of ServiceEntries that nobody is seen to call."""
    for host in system.hosts:
        if host.service is not None or is_wildcard(host.name) or (host.name, None) in called:
            continue
        for port in host.ports:
            if port.protocol == "UDP" or (host.name, port.number) in called:
                continue
            called.add((host.name, port.number))
            kind = call_kind(port.protocol)
            ways = traffic.overriding_ways(None, host.namespace, host.name, port.number, kind)
            spoken = "grpc" if "GRPC" in port.protocol else "https" if port.protocol == "HTTPS" else kind if port.http else "tcp"
            yield from edges_of(None, {"host": host.name, "port": port.number, "protocol": spoken}, (), ways)
