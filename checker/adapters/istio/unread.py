"""What is written and read by no proxy: for requests in ambient mode without a waypoint, for callers that a selector does not find."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from checker.adapters.istio.ambient import GATEWAY_NAME
from checker.adapters.istio.calls import System
from checker.adapters.istio.gateway_api import GROUP
from checker.adapters.istio.injection import Proxy
from checker.adapters.istio.names import full_name
from checker.adapters.istio.registry import Host
from checker.adapters.istio.virtual_services import MESH_GATEWAY
from checker.adapters.istio.waypoints import USE
from checker.model.build import selected
from checker.model.setting import Origin, said_by
from checker.model.traffic import LostSelector, Unread
from checker.model.types import Selector, Workload
from checker.objects import ApiObject

_BLOCKS = ("connectionPool", "outlierDetection")


def unread(system: System) -> list[Unread]:
    """By namespace and what is missing. None where callers with a sidecar of their own may read what is written."""
    if not _in_ambient(system) or _has_sidecars(system):
        return []
    written = _written(system)
    groups: dict[tuple[str, str], list[tuple[Host, Sequence[Origin]]]] = defaultdict(list)
    for host in system.hosts:
        waypoint = system.waypoints.of(host)
        served = waypoint is not None and waypoint.item is not None
        if host.service is not None and host.resolution == "pods" and host.name in written and not served and _is_ambient(system, host):
            groups[host.namespace, waypoint.why if waypoint else ""].append((host, written[host.name]))
    return [_unread(system, namespace, why, found) for (namespace, why), found in groups.items()]


def _unread(system: System, namespace: str, why: str, found: Sequence[tuple[Host, Sequence[Origin]]]) -> Unread:
    spaces = system.model.named.get(("Namespace", "", namespace), ())
    first = found[0][0].source
    labelled = next((item for item in (first, *spaces) if USE in (item.data["metadata"].get("labels") or {})), None)
    at = said_by(labelled, "metadata", "labels", USE) if labelled is not None else said_by(spaces[0] if spaces else first)
    rules = tuple({origin.name: origin for _, origins in found for origin in origins}.values())
    names = tuple(host.source.name for host, _ in found)
    return Unread(at, namespace, names, rules, why or "there is no waypoint", system.model.complete_in(namespace, "Gateway"))


def _in_ambient(system: System) -> bool:
    labels = (item.data["metadata"].get("labels") or {} for item in system.model.kinds.get("Namespace", ()))
    return any(each.get("istio.io/dataplane-mode") == "ambient" for each in labels)


def _has_sidecars(system: System) -> bool:
    """Whether any pod is said to have one; a gateway's proxy reads routes that are bound to it, and no others."""
    members = ((pod, system.memberships.of(pod)) for pod in system.model.part.workloads)
    return any(member.said and member.proxy == "sidecar" and not _is_gateway(pod) for pod, member in members)


def _is_gateway(pod: Workload) -> bool:
    return pod.annotations.get("inject.istio.io/templates") == "gateway" or "istio" in pod.labels or GATEWAY_NAME in pod.labels


def _is_ambient(system: System, host: Host) -> bool:
    pods = selected(system.model.pods, system.model.in_namespace, host.namespace, host.service.selector) if host.service else []
    proxies: set[Proxy] = {system.memberships.of(pod).proxy for pod in pods}
    return (proxies or {system.memberships.of_namespace(host.namespace).proxy}) == {"ztunnel"}


def _written(system: System) -> Mapping[str, Sequence[Origin]]:
    """By host: routes for the mesh alone; and rules, where no gateway is there to read them."""
    written: dict[str, list[Origin]] = defaultdict(list)
    for service in system.services:
        if service.gateways == {MESH_GATEWAY} and service.http:
            for name in service.hosts:
                written[name].append(said_by(service.source))
    if not any(_opens_the_mesh(item) for item in system.model.kinds.get("Gateway", ())):
        for item in system.model.kinds.get("DestinationRule", ()):
            spec = item.data.get("spec") or {}
            if any(key in (spec.get("trafficPolicy") or {}) for key in _BLOCKS):
                written[full_name(str(spec.get("host") or ""), item.namespace)].append(said_by(item))
    return written


def _opens_the_mesh(gateway: ApiObject) -> bool:
    return not gateway.api_version.startswith(GROUP) or "waypoint" not in str((gateway.data.get("spec") or {}).get("gatewayClassName"))


def lost_selectors(system: System) -> list[LostSelector]:
    """DestinationRules with a workloadSelector, which is asked of callers with a proxy of their own."""
    return list(_lost_selectors(system))


def _lost_selectors(system: System) -> Iterator[LostSelector]:
    for item in system.model.kinds.get("DestinationRule", ()):
        spec = item.data.get("spec") or {}
        labels: Mapping[str, str] = (spec.get("workloadSelector") or {}).get("matchLabels") or {}
        if not labels:
            continue
        host = full_name(str(spec.get("host") or ""), item.namespace)
        why = _why_lost(system, item.namespace, labels, host)
        if why:
            yield LostSelector(said_by(item, "spec", "workloadSelector"), host, why)


def _why_lost(system: System, namespace: str, labels: Mapping[str, str], host: str) -> str:
    if system.waypoints.named(namespace, labels.get(GATEWAY_NAME, "")):
        return f"it selects waypoint {labels[GATEWAY_NAME]}, and a waypoint does not read rules with a selector"
    pods = selected(system.model.pods, system.model.in_namespace, namespace, Selector(labels))
    if not pods:
        return ""
    names = ", ".join(dict.fromkeys(pod.name for pod in pods))
    if all(system.memberships.of(pod).proxy == "ztunnel" for pod in pods):
        return f"it selects {names}, which in ambient mode has no proxy of its own to read it, and a waypoint does not read selectors"
    called = next((known for known in system.known.by_name.get(host, ()) if known.service), None)
    if called is None or called.service is None or called.namespace != namespace:
        return ""
    behind = selected(system.model.pods, system.model.in_namespace, namespace, called.service.selector)
    if all(pod in behind for pod in pods):
        return f"it selects {names}, the pods that are called: a selector is for callers, and the rule counts for none of them"
    return ""
