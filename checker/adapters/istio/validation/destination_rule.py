"""What Istio refuses in a DestinationRule. Source: `ValidateDestinationRule` of `validation.go`."""

from checker.adapters.istio.validation.amounts import port, readable_durations
from checker.adapters.istio.validation.balancing import load_balancer
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import FULL_NAME, domain_fault, export_to, host_fault, is_address, is_label, labels, selector
from checker.adapters.istio.validation.pools import connection_pool, outlier_detection
from checker.adapters.istio.validation.targets import unfit_name
from checker.adapters.istio.validation.tls import client_tls
from checker.location import Path

_OF_A_PORT = ("connectionPool", "outlierDetection", "loadBalancer", "tls")
_OF_ALL_PORTS = (*_OF_A_PORT, "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget")


def destination_rule(spec: Data, namespace: str) -> Flaws:
    """Its host, its policy, and those of its subsets."""
    if fault := host_fault(spec["host"]):
        yield refused(("spec", "host"), fault, FULL_NAME)
    yield from _traffic_policy(spec, ("spec",), namespace)
    seen: set[str] = set()
    for index, subset in enumerate(spec.get("subsets") or ()):
        name, path = subset["name"], ("spec", "subsets", index)
        if name in seen:
            yield refused((*path, "name"), f"is {name!r}, as that of another subset is", "choose another name")
        seen.add(name)
        if not is_label(name):
            yield refused((*path, "name"), *unfit_name(name))
        yield from labels(subset.get("labels", {}), (*path, "labels"))
        yield from _traffic_policy(subset, path, namespace)
    yield from export_to(spec, namespace)
    if "workloadSelector" in spec:
        yield from _selected(spec, namespace)


def _selected(spec: Data, namespace: str) -> Flaws:
    """`validateExportTo`: a rule for some workloads is for those of its own namespace."""
    wide = next((index for index, entry in enumerate(spec.get("exportTo") or ()) if entry not in (".", namespace)), None)
    if wide is not None:
        what = "names another namespace, but a rule with workloadSelector holds in its own namespace alone"
        yield refused(("spec", "exportTo", wide), what, "remove exportTo, or remove workloadSelector")
    yield from selector(spec, "workloadSelector", "matchLabels", ("spec",))


def _traffic_policy(owner: Data, path: Path, namespace: str) -> Flaws:
    """`validateTrafficPolicy`."""
    policy = owner.get("trafficPolicy")
    if policy is None:
        return
    path = (*path, "trafficPolicy")
    if not any(policy.get(key, []) != [] for key in _OF_ALL_PORTS):
        yield refused(path, "is empty; a policy has at least one setting", "remove trafficPolicy, or add what it is for")
        return
    if "tunnel" in policy and "proxyProtocol" in policy:
        yield refused((*path, "proxyProtocol"), "is set beside tunnel; only one of them is possible", "remove one of the two")
        return
    yield from _settings(policy, path, namespace)
    for index, setting in enumerate(policy.get("portLevelSettings") or ()):
        place = (*path, "portLevelSettings", index)
        if "port" not in setting:
            yield refused((*place, "port"), "is missing; the settings of a port need its number", "add port: {number: 8080}")
        if not any(key in setting for key in _OF_A_PORT):
            yield refused(place, "is empty; the settings of a port have at least one", "remove the entry, or add what it is for")
        yield from _settings(setting, place, namespace)
    yield from readable_durations(policy.get("retryBudget", {}), ("budgetInterval",), (*path, "retryBudget"))
    if "tunnel" in policy:
        yield from _tunnel(policy["tunnel"], (*path, "tunnel"))


def _settings(policy: Data, path: Path, namespace: str) -> Flaws:
    if "outlierDetection" in policy:
        yield from outlier_detection(policy["outlierDetection"], (*path, "outlierDetection"))
    if "connectionPool" in policy:
        yield from connection_pool(policy["connectionPool"], (*path, "connectionPool"))
    if "loadBalancer" in policy:
        yield from load_balancer(policy["loadBalancer"], (*path, "loadBalancer"))
    if "tls" in policy:
        yield from client_tls(policy["tls"], (*path, "tls"), namespace)


def _tunnel(tunnel: Data, path: Path) -> Flaws:
    """`validateTunnelSettings`."""
    if tunnel.get("protocol", "") not in ("", "CONNECT", "POST"):
        yield refused((*path, "protocol"), f"is {tunnel['protocol']!r}; CONNECT or POST is required", "write CONNECT or POST")
    host = tunnel["targetHost"]
    if (fault := domain_fault(host)) and not is_address(host):
        yield refused((*path, "targetHost"), fault, FULL_NAME)
    yield from port(tunnel["targetPort"], (*path, "targetPort"))
