"""Waypoints of ambient mode: which of them a Service's requests go through (serviceregistry/ambient/waypoints.go)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.gateway_api import GROUP, entries
from checker.adapters.istio.injection import labels_of
from checker.adapters.istio.registry import Host
from checker.model.build import Model
from checker.model.types import Selector
from checker.objects import ApiObject

USE, _USE_NAMESPACE, _FOR = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace", "istio.io/waypoint-for"
_CLASS, _CONTROLLER = "istio-waypoint", "istio.io/mesh-controller"
_MANAGED = "gateway.istio.io/managed"
_MANAGED_BY = frozenset({"istio.io-mesh-controller", "istio.io-eastwest-controller"})
_TUNNEL = "HBONE"


class Waypoint(NamedTuple):
    """A waypoint that is asked for; `item` its Gateway, None where the input has none that takes the Service's requests.

    `why` says in words what is missing.
    """

    namespace: str
    name: str
    item: ApiObject | None
    why: str = ""


class Waypoints:
    """The waypoints of a system."""

    def __init__(self, model: Model) -> None:
        self._spaces = {item.name: item for item in model.kinds.get("Namespace", ())}
        self._classes = {item.name: item for item in model.kinds.get("GatewayClass", ())}
        self._gateways = {(item.namespace, item.name): item for item in model.kinds.get("Gateway", ()) if self._is_waypoint(item)}

    def named(self, namespace: str, name: str) -> ApiObject | None:
        """The Gateway of a waypoint."""
        return self._gateways.get((namespace, name))

    def of(self, host: Host) -> Waypoint | None:
        """The waypoint that a host asks for, itself or by its namespace; None where it asks for none, or cannot have one."""
        item = host.source
        if host.resolution == "address" or labels_of(item).get(_MANAGED) in _MANAGED_BY:
            return None  # requests to a headless Service go to its pods' addresses, which no waypoint of a Service answers for
        wanted = _wanted(labels_of(item), item.namespace) or _wanted(labels_of(self._spaces.get(item.namespace)), item.namespace)
        if wanted is None or wanted[1] == "none":
            return None
        namespace, name = wanted
        gateway = self._gateways.get(wanted)
        if gateway is None:
            return Waypoint(namespace, name, None, f"no waypoint {namespace}/{name} is in the input")
        if self._traffic_type(gateway) not in ("service", "all"):
            return Waypoint(namespace, name, None, f"waypoint {namespace}/{name} has {_FOR}: {self._traffic_type(gateway)}")
        if not self._admits(gateway, item.namespace):
            return Waypoint(namespace, name, None, f"waypoint {namespace}/{name} admits no namespace but its own (allowedRoutes)")
        return Waypoint(namespace, name, gateway)

    def _is_waypoint(self, item: ApiObject) -> bool:
        if not item.api_version.startswith(GROUP):
            return False
        name = str((item.data.get("spec") or {}).get("gatewayClassName"))
        declared = self._classes.get(name)
        return name == _CLASS or (declared is not None and (declared.data.get("spec") or {}).get("controllerName") == _CONTROLLER)

    def _traffic_type(self, gateway: ApiObject) -> str:
        declared = self._classes.get(str((gateway.data.get("spec") or {}).get("gatewayClassName")))
        return labels_of(gateway).get(_FOR) or labels_of(declared).get(_FOR) or "service"

    def _admits(self, gateway: ApiObject, namespace: str) -> bool:
        """Whether objects of the namespace may use it: by default its own only."""
        listeners = entries(gateway.data.get("spec") or {}, "listeners")
        tunnel = next((listener for listener in listeners if listener.get("protocol") == _TUNNEL), {})
        admitted = (tunnel.get("allowedRoutes") or {}).get("namespaces") or {}
        match admitted.get("from") or "Same":
            case "All":
                return True
            case "Selector":
                return namespace not in self._spaces or _selects(admitted.get("selector") or {}, labels_of(self._spaces[namespace]))
            case _:
                return gateway.namespace == namespace


def _wanted(labels: Mapping[str, str], namespace: str) -> tuple[str, str] | None:
    name = labels.get(USE)
    return None if name is None else (labels.get(_USE_NAMESPACE) or namespace, name)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    expressions: Iterable[Mapping[str, Any]] = selector.get("matchExpressions") or ()
    return Selector(selector.get("matchLabels") or {}, tuple(expressions)).matches(labels)
