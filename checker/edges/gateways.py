"""What gateways route from outside: the gateway's own pods are the caller where the input holds them, else the Gateway."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.calls import System
from checker.adapters.istio.gateway_api import GROUP
from checker.adapters.istio.gateways import GATEWAY_LABEL
from checker.adapters.istio.scope import Client
from checker.edges.shapes import Edge, edges_of, place
from checker.model.build import Model
from checker.model.setting import Origin
from checker.model.traffic import Way
from checker.objects import ApiObject

_EVIDENCE = {"VirtualService": "virtual-service", "HTTPRoute": "http-route", "GRPCRoute": "grpc-route"}
_CONTROLLER = "istio.io/"
_CLASSES = frozenset({"istio", "istio-remote", "istio-east-west"})  # those that istiod makes by itself
_WAYPOINT = "istio-waypoint"


class _Caller(NamedTuple):
    """A gateway's proxy; `ours`: it is known to be Istio's, so that its settings are known."""

    item: ApiObject
    client: Client
    ours: bool = True


def gateway_edges(model: Model, system: System) -> Iterator[Edge]:
    """One edge for each route and destination of each gateway."""
    if "Gateway" not in model.kinds:
        return
    protocols = {(host.name, port.number): port.protocol for host in system.hosts for port in host.ports}
    for caller in _callers(model):
        for name, port in system.gateway_names(caller.client):
            for way in system.gateway_ways(caller.client, name, port):
                yield from _of_way(caller, way._replace(match={"host": name, **way.match} if name != "*" else way.match), protocols)
        for way in system.gateway_connections(caller.client):
            yield from _of_way(caller, way, protocols)


def _callers(model: Model) -> Iterator[_Caller]:
    gateways = model.kinds.get("Gateway", ())
    selectors: dict[frozenset[tuple[str, str]], ApiObject] = {}
    for item in gateways:
        if not item.api_version.startswith(GROUP) and (selector := (item.data.get("spec") or {}).get("selector")):
            selectors.setdefault(frozenset(selector.items()), item)
    pods = [(workload, workload.labels.items()) for workload in model.part.workloads] if selectors else []
    standing_in: set[frozenset[tuple[str, str]]] = set()
    for workload, labels in pods:
        if chosen := [selector for selector in selectors if selector <= labels]:
            standing_in.update(chosen)
            yield _Caller(workload.source, Client(workload.namespace, workload.labels))
    for selector, item in selectors.items():
        if selector not in standing_in:
            yield _Caller(item, Client(item.namespace, dict(selector)))
    for item in gateways:
        if item.api_version.startswith(GROUP):
            yield from _of_gateway_api(model, item)


def _of_gateway_api(model: Model, item: ApiObject) -> Iterator[_Caller]:
    """Istiod makes the pods of these, with a label that says so."""
    name = (item.data.get("spec") or {}).get("gatewayClassName")
    if name == _WAYPOINT:
        return
    classes = [found for found in model.kinds.get("GatewayClass", ()) if found.name == name]
    controllers = [str((found.data.get("spec") or {}).get("controllerName") or "") for found in classes]
    ours = any(controller.startswith(_CONTROLLER) for controller in controllers) if controllers else name in _CLASSES
    yield _Caller(item, Client(item.namespace, {GATEWAY_LABEL: item.name}), ours)


def _of_way(caller: _Caller, way: Way, protocols: Mapping[tuple[str, int], str]) -> Iterator[Edge]:
    named = {"kind": caller.item.kind, "namespace": caller.item.namespace, "name": caller.item.name}
    for reached in way.destinations:
        said = protocols.get((reached.host, reached.port), "")
        spoken = "grpc" if said in ("GRPC", "GRPC-Web") else "http" if way.settings else "tcp"
        callee = {"host": reached.host, "port": reached.port or None, "protocol": spoken}
        evidence = [_evidence(reached.origin)] if reached.origin else []
        for edge in edges_of(named, callee, evidence, [way._replace(destinations=(reached,))]):
            yield edge if caller.ours else {**edge, "result": None, "settings": {}}


def _evidence(origin: Origin) -> dict[str, Any]:
    kind = origin.item.kind if origin.item else ""
    return {"kind": _EVIDENCE.get(kind, kind.lower()), "key": "", **place(origin)}
