"""Patches of EnvoyFilters that match nothing which istiod writes, and fields of their values that Envoy does not have.

Names: clusters are DIRECTION|PORT|SUBSET|HOST, virtual hosts HOST:PORT, those of a pod's own requests inbound|http|PORT with the port
of the Service (pilot/pkg/model/service.go, pilot/pkg/networking/core/networkfilter.go and listener_inbound.go of istiod 1.31).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checker.adapters.istio.calls import System
from checker.adapters.istio.names import DOMAIN
from checker.adapters.istio.patches import Patch, patches_of, spelt
from checker.adapters.istio.registry import Host
from checker.model.envoy_messages import fields_of, messages, slip
from checker.model.protobuf import Node
from checker.model.setting import object_name
from checker.model.traffic import Inert
from checker.model.types import Service, Workload
from checker.units import seconds_of

_MESSAGES = {"CLUSTER": "Cluster", "HTTP_ROUTE": "Route", "VIRTUAL_HOST": "VirtualHost", "ROUTE_CONFIGURATION": "RouteConfiguration"}
_ABOVE_ZERO = frozenset({"connect_timeout", "base_interval", "max_interval"})
_ROUTED = ("HTTP_ROUTE", "VIRTUAL_HOST")
_OWN = "inbound|http|"
_OUTBOUND = "outbound"
_PARTS = 4
_SHOWN = 3


class _Nothing(NamedTuple):
    """Why nothing matches; `namespace`: where a Service that would may lie outside of the input."""

    because: str
    namespace: str


def inert_patches(system: System) -> Iterator[Inert]:
    """What waits for a cluster or a virtual host that there is not; misspelt fields, which istiod passes over."""
    items = system.model.kinds.get("EnvoyFilter", ())
    hosts = {host.name: host for host in system.hosts} if items else {}
    for item in items:
        for patch in patches_of(item):
            found = _of_cluster(patch, hosts) or _of_virtual_host(patch, hosts) or _of_own_requests(system, patch)
            if found is not None:
                place = patch.value.origin._replace(path=(*patch.value.origin.path[:3], "match"))
                missing = "" if system.model.complete_hosts(found.namespace) else "Service with that host and port"
                what = f"the {patch.operation} of {patch.applied} in {object_name(item)}"
                yield Inert(place, "patch-matches-nothing", what, found.because, missing=missing)
            elif patch.applied in _MESSAGES and patch.operation != "REMOVE":
                yield from _lost_fields(patch.value, _MESSAGES[patch.applied])


def _lost_fields(node: Node, message: str) -> Iterator[Inert]:
    """Fields that Envoy does not have, and times that it refuses."""
    for key, inner in node.entries():
        field, what = fields_of(message).get(key), f"{key} in {inner.origin.name}"
        if hint := slip(message, key):
            yield Inert(inner.origin, "patch-field-unknown", what, f"{message} of Envoy has no such field; {hint}")
        elif field and field.kind == "duration" and _is_refused(spelt(key), inner.value):
            because = f"no Envoy takes {inner.value!r}: it refuses the update and keeps what it had"
            yield Inert(inner.origin, "patch-value-refused", what, because)
        elif field and field.kind in messages():
            for each in node.items(key) if isinstance(inner.value, list) else [inner]:
                yield from _lost_fields(each, field.kind)


def _is_refused(name: str, value: object) -> bool:
    seconds = seconds_of(value)
    return seconds is not None and (seconds < 0 or (name in _ABOVE_ZERO and seconds == 0))


def _of_cluster(patch: Patch, hosts: Mapping[str, Host]) -> _Nothing | None:
    """A host that no Service and no ServiceEntry has, or a port that it does not have; ports of own clusters are those of the pod."""
    asked = patch.match.get("cluster") or {}
    if patch.applied != "CLUSTER" or patch.operation == "ADD":
        return None
    name, port = str(asked.get("service") or ""), asked.get("portNumber")
    if patch.match.get("context") not in ("SIDECAR_OUTBOUND", "GATEWAY"):
        port = None
    if asked.get("name"):
        parts = str(asked["name"]).split("|")
        if len(parts) != _PARTS or parts[0] != _OUTBOUND or not parts[1].isdecimal():
            return None
        name, port = parts[3], int(parts[1])
    return _unserved(name, port, hosts) if name else None


def _of_virtual_host(patch: Patch, hosts: Mapping[str, Host]) -> _Nothing | None:
    name = str((((patch.match.get("routeConfiguration") or {}).get("vhost")) or {}).get("name") or "")
    host, _, port = name.rpartition(":")
    if patch.applied not in _ROUTED or patch.match.get("context") != "SIDECAR_OUTBOUND" or not port.isdecimal():
        return None
    if host in hosts:
        return _unserved(host, int(port), hosts)
    full = _full_name(host, patch.item.namespace, hosts)
    return _Nothing(f"istiod calls it by its host in full: {full}:{port}", full.split(".")[1]) if full else None


def _full_name(name: str, namespace: str, hosts: Mapping[str, Host]) -> str:
    """The Service that a short name means; empty if there is none of the kind."""
    short = name.removesuffix(".svc")
    candidates = [f"{short}.{DOMAIN}" if "." in short else f"{short}.{namespace}.{DOMAIN}"]
    candidates += sorted(host for host in hosts if "." not in short and host.startswith(f"{short}.") and host.endswith(f".{DOMAIN}"))
    return next((each for each in candidates if each in hosts), "")


def _unserved(name: str, port: int | None, hosts: Mapping[str, Host]) -> _Nothing | None:
    host = hosts.get(name)
    if host is None:
        local = name.endswith(f".{DOMAIN}")
        namespace = name.removesuffix(f".{DOMAIN}").rpartition(".")[2] if local else ""
        return _Nothing(f"no service has the host {name}", namespace)
    if not port or host.alias or host.port(port) is not None:
        return None
    return _Nothing(f"{name} has no port {port}, but {_ports({each.number for each in host.ports})}", host.namespace)


def _of_own_requests(system: System, patch: Patch) -> _Nothing | None:
    """A port that no Service of the selected pods has; Sidecars may open others."""
    name = str((((patch.match.get("routeConfiguration") or {}).get("vhost")) or {}).get("name") or "")
    number = name.removeprefix(_OWN)
    if patch.applied not in _ROUTED or not name.startswith(_OWN) or not number.isdecimal() or system.sidecars:
        return None
    pods = list(_selected(system, patch))
    ports = {port.number for pod in pods for service in system.model.part.services if _is_of(service, pod) for port in service.ports}
    if not ports or int(number) in ports:
        return None
    return _Nothing(f"the Services of the pods have no port {number}, but {_ports(ports)}", pods[0].namespace)


def _selected(system: System, patch: Patch) -> Iterator[Workload]:
    labels: Mapping[str, str] = ((patch.item.data.get("spec") or {}).get("workloadSelector") or {}).get("labels") or {}
    everywhere = patch.item.namespace == system.mesh.root_namespace
    for pod in system.model.part.workloads:
        if (everywhere or pod.namespace == patch.item.namespace) and labels.items() <= dict(pod.labels).items():
            yield pod


def _is_of(service: Service, pod: Workload) -> bool:
    return service.source.namespace == pod.namespace and service.selector is not None and service.selector.matches(pod.labels)


def _ports(numbers: set[int]) -> str:
    shown = ", ".join(map(str, sorted(numbers)[:_SHOWN]))
    return f"{shown} and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else shown
