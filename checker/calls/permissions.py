"""Who is allowed, by name, to call whom. A permission shows that a call is meant, not that it is made: no policy judges it.

AuthorizationPolicies name accounts, NetworkPolicies name pods, Sidecars name hosts. What holds for everybody names nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.calls.graph import CallGraph
from checker.calls.protocols import protocol
from checker.calls.types import Call, Evidence
from checker.model.build import Model, selected
from checker.model.hosts import Callee, full_name, resolve
from checker.model.types import Path, Selector, Service, Workload

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
_PRINCIPAL_PARTS = 5  # cluster.local/ns/NAMESPACE/sa/ACCOUNT


class _Permission(NamedTuple):
    """`ports` are those of the Service; empty where none is named."""

    caller: Workload
    service: Service
    ports: Sequence[int]
    evidence: Evidence


def with_permissions(model: Model, graph: CallGraph) -> list[Call]:
    """The calls that are seen, with the permissions for them as further evidence; then those that are only permitted."""
    known: dict[tuple[Workload | None, Service | None], list[Call]] = defaultdict(list)
    for call in graph.calls:
        known[call.workload, call.callee.service].append(call)
    more: dict[Call, list[Evidence]] = defaultdict(list)
    only: dict[tuple[Workload, Service, int | None], list[Evidence]] = defaultdict(list)
    for permission in _permissions(model, graph):
        seen = known.get((permission.caller, permission.service), ())
        fitting = [call for call in seen if not permission.ports or call.port is None or call.port in permission.ports]
        for call in fitting:
            more[call].append(permission.evidence)
        for port in () if fitting else permission.ports or (_only_port(permission.service),):
            only[permission.caller, permission.service, port].append(permission.evidence)
    seen_calls = [_with_evidence(call, more[call]) if call in more else call for call in graph.calls]
    return [*seen_calls, *(_permitted(graph, key, evidence) for key, evidence in only.items())]


def _with_evidence(call: Call, more: Sequence[Evidence]) -> Call:
    return Call(
        caller=call.caller,
        workload=call.workload,
        host=call.host,
        port=call.port,
        implied=call.implied,
        protocol=call.protocol,
        telemetry=call.telemetry,
        callee=call.callee,
        evidence=(*call.evidence, *more),
    )


def _permitted(graph: CallGraph, key: tuple[Workload, Service, int | None], evidence: Sequence[Evidence]) -> Call:
    caller, service, port = key
    name = full_name(service.source)
    images = (str(each.data.get("image") or "") for pod in graph.pods.get(service, ()) for each in pod.containers if each.role == "main")
    return Call(
        caller=caller.source,
        workload=caller,
        host=name,
        port=port,
        implied=True,
        protocol=protocol("", port, service, images, ()),
        telemetry=False,
        callee=Callee("service", name, service),
        evidence=tuple(evidence),
    )


def _permissions(model: Model, graph: CallGraph) -> Iterator[_Permission]:
    for found in (_authorized(model), _let_through(model)):
        for callers, pods, ports, evidence in found:
            service = _service_of(model, pods)
            wanted = _service_ports(service, pods, ports) if service else ()
            if service is None or (ports and not wanted) or not _is_one(model, callers):
                continue
            for caller in callers:
                if caller not in pods:
                    yield _Permission(caller, service, wanted, evidence)
    yield from _imported(model, graph)


_Found = tuple[Sequence[Workload], Sequence[Workload], Sequence[int | str], Evidence]  # callers, callees, ports of the callees' pods


def _authorized(model: Model) -> Iterator[_Found]:
    """Accounts in the rules of Istio's AuthorizationPolicies that allow."""
    accounts: dict[tuple[str, str], list[Workload]] = defaultdict(list)
    for workload in model.part.workloads:
        accounts[workload.namespace, str(workload.spec.get("serviceAccountName") or "")].append(workload)
    for item in model.kinds.get("AuthorizationPolicy", ()):
        spec = _mapping(item.data, "spec")
        if not item.api_version.startswith("security.istio.io/") or spec.get("action", "ALLOW") != "ALLOW":
            continue
        pods = _pods(model, item.namespace, {"matchLabels": _mapping(_mapping(spec, "selector"), "matchLabels")})
        for number, rule in _entries(spec, "rules") if pods else ():
            ports = _operation_ports(rule)
            for index, entry in _entries(rule, "from"):
                source = _mapping(entry, "source")
                for field in ("principals", "serviceAccounts"):
                    for place, name in enumerate(_list(source, field)):
                        path: Path = ("spec", "rules", number, "from", index, "source", field, place)
                        account = _account(str(name), item.namespace)
                        yield accounts.get(account, ()), pods, ports, Evidence("authorization", item, path, field)


def _account(name: str, namespace: str) -> tuple[str, str]:
    """Namespace and account of `cluster.local/ns/web/sa/front`, `web/front` or `front`; what everybody has names nobody."""
    parts = name.split("/")
    if len(parts) == _PRINCIPAL_PARTS and parts[1] == "ns" and parts[3] == "sa":
        parts = [parts[2], parts[4]]
    space, account = parts if len(parts) == 2 else (namespace, name)  # noqa: PLR2004  (namespace/account)
    return space, "*" if account in ("", "default") else account


def _operation_ports(rule: Mapping[str, Any]) -> list[int]:
    """Ports of a rule's operations; none where one of them takes every port."""
    operations = [_mapping(entry, "operation") for _, entry in _entries(rule, "to")]
    if not all(operation.get("ports") for operation in operations):
        return []
    return [int(port) for operation in operations for port in _list(operation, "ports") if str(port).isdigit()]


def _let_through(model: Model) -> Iterator[_Found]:
    """Pods and peers that NetworkPolicies name, both with labels, on ports that they name."""
    labels = {item.name: _mapping(item.data["metadata"], "labels") for item in model.kinds.get("Namespace", ())}
    for item in model.kinds.get("NetworkPolicy", ()):
        spec = _mapping(item.data, "spec")
        own = _pods(model, item.namespace, _mapping(spec, "podSelector"))
        for direction, field in (("egress", "to"), ("ingress", "from")) if own else ():
            if spec.get("policyTypes") and direction.title() not in spec["policyTypes"]:
                continue
            for number, rule in _entries(spec, direction):
                ports = [port["port"] for _, port in _entries(rule, "ports") if port.get("port") and not port.get("endPort")]
                for index, peer in _entries(rule, field) if ports else ():
                    evidence = Evidence("network-policy", item, ("spec", direction, number, field, index), "podSelector")
                    others = [
                        pod
                        for namespace in _namespaces(model, labels, item.namespace, peer)
                        for pod in _pods(model, namespace, _mapping(peer, "podSelector"))
                    ]
                    yield (own, others, ports, evidence) if direction == "egress" else (others, own, ports, evidence)


def _namespaces(model: Model, labels: Mapping[str, Mapping[str, Any]], here: str, peer: Mapping[str, Any]) -> list[str]:
    if "namespaceSelector" not in peer:
        return [here]
    selector = _selector(_mapping(peer, "namespaceSelector"))
    if selector is None:
        return []
    return [name for name in model.in_namespace if selector.matches({**labels.get(name, {}), _NAMESPACE_NAME: name})]


def _imported(model: Model, graph: CallGraph) -> Iterator[_Permission]:
    """Hosts that Sidecars for single workloads import by their full names."""
    for item in model.kinds.get("Sidecar", ()):
        spec = _mapping(item.data, "spec")
        callers = _pods(model, item.namespace, {"matchLabels": _mapping(_mapping(spec, "workloadSelector"), "labels")})
        for number, egress in _entries(spec, "egress") if callers and _is_one(model, callers) else ():
            port = _mapping(egress, "port").get("number")
            for index, written in enumerate(_list(egress, "hosts")):
                host = str(written).rpartition("/")[2]
                callee = resolve(graph.hosts, host, item) if host and "*" not in host and not str(written).startswith("~") else None
                if callee is None or callee.service is None:
                    continue
                evidence = Evidence("sidecar", item, ("spec", "egress", number, "hosts", index), "hosts")
                for caller in callers:
                    if caller not in graph.pods.get(callee.service, ()):
                        yield _Permission(caller, callee.service, [port] if isinstance(port, int) else [], evidence)


def _is_one(model: Model, workloads: Sequence[Workload]) -> bool:
    """Whether workloads are one, or versions of one behind the same Service."""
    if len(workloads) < 2:  # noqa: PLR2004
        return bool(workloads)
    return bool(set.intersection(*(set(model.services_of.get(workload, ())) for workload in workloads)))


def _service_of(model: Model, pods: Sequence[Workload]) -> Service | None:
    """The Service that has all of these pods behind it; of several the one that selects most widely."""
    if not pods:
        return None
    shared = set.intersection(*(set(model.services_of.get(pod, ())) for pod in pods))
    return min(shared, key=lambda service: (len(service.selector.labels) if service.selector else 0, service.source.name), default=None)


def _service_ports(service: Service, pods: Sequence[Workload], ports: Iterable[int | str]) -> list[int]:
    """The ports of a Service that lead to ports of its pods, each given by number or by name."""
    declared = [port for pod in pods for container in pod.containers for port in container.ports]
    wanted = set(ports)
    wanted |= {port.name for port in declared if port.number in wanted} | {port.number for port in declared if port.name in wanted}
    return [port.number for port in service.ports if port.target in wanted]


def _only_port(service: Service) -> int | None:
    return service.ports[0].number if len(service.ports) == 1 else None


def _pods(model: Model, namespace: str, selector: Mapping[str, Any]) -> list[Workload]:
    return selected(model.pods, model.in_namespace, namespace, _selector(selector))


def _selector(written: Mapping[str, Any]) -> Selector | None:
    """None for a selector without labels: it names nobody."""
    labels = _mapping(written, "matchLabels")
    return Selector(labels, tuple(entry for _, entry in _entries(written, "matchExpressions"))) if labels else None


def _mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """These kinds come unchecked: what is no mapping counts as not written."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []


def _entries(values: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    return [(index, entry) for index, entry in enumerate(_list(values, key)) if isinstance(entry, dict)]
