"""Where requests enter the mesh: gateways, with what they route from outside."""

from collections.abc import Iterator
from typing import NamedTuple

from checker.adapters.istio.calls import System
from checker.adapters.istio.gateway_api import GROUP
from checker.adapters.istio.gateways import GATEWAY_LABEL
from checker.adapters.istio.scope import Client
from checker.model.build import Model
from checker.model.setting import object_name
from checker.model.traffic import Way
from checker.objects import ApiObject

_CONTROLLER = "istio.io/"
_CLASSES = frozenset({"istio", "istio-remote", "istio-east-west"})  # those that istiod makes by itself
_WAYPOINT = "istio-waypoint"


class Entrance(NamedTuple):
    """A gateway's proxy: its workload, or the Gateway where the input holds none of its pods.

    `ours`: it is known to be Istio's, so that its settings are known.
    """

    item: ApiObject
    client: Client
    ours: bool = True


def entering(system: System) -> Iterator[tuple[Entrance, Way]]:
    """Every way of every gateway; the match says for which host."""
    for entrance in _entrances(system.model):
        for name, port in system.gateway_names(entrance.client):
            for way in system.gateway_ways(entrance.client, name, port):
                limits = tuple(limit._replace(enforced_by=object_name(entrance.item)) for limit in way.limits)
                yield entrance, way._replace(match={"host": name, **way.match} if name != "*" else way.match, limits=limits)
        for way in system.gateway_connections(entrance.client):
            yield entrance, way


def _entrances(model: Model) -> Iterator[Entrance]:
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
            yield Entrance(workload.source, Client(workload.namespace, workload.labels))
    for selector, item in selectors.items():
        if selector not in standing_in:
            yield Entrance(item, Client(item.namespace, dict(selector)))
    for item in gateways:
        if item.api_version.startswith(GROUP):
            yield from _of_gateway_api(model, item)


def _of_gateway_api(model: Model, item: ApiObject) -> Iterator[Entrance]:
    """Istiod makes the pods of these, with a label that says so."""
    name = str((item.data.get("spec") or {}).get("gatewayClassName"))
    if name == _WAYPOINT:
        return
    classes = [found for found in model.kinds.get("GatewayClass", ()) if found.name == name]
    controllers = [str((found.data.get("spec") or {}).get("controllerName") or "") for found in classes]
    ours = any(controller.startswith(_CONTROLLER) for controller in controllers) if controllers else name in _CLASSES
    yield Entrance(item, Client(item.namespace, {GATEWAY_LABEL: item.name}), ours)
