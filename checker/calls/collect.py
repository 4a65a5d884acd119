"""Settings of workloads and rules of Ingresses → calls: one for each caller and each host and port."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from checker.calls.mentions import Mention, is_placeholder, mentions
from checker.calls.protocols import protocol
from checker.calls.telemetry import observes, of_keys
from checker.calls.types import Call, Evidence
from checker.model.build import Model, nearest
from checker.model.hosts import Callee, Hosts, resolve
from checker.model.types import Backend, Ingress, Service, Workload

# The AWS controller reads the action of that name from an annotation instead of a Service.
_ACTION = "use-annotation"


class _Target(NamedTuple):
    """What is called, as it was first written."""

    host: str
    scheme: str
    implied: bool
    callee: Callee
    evidence: list[Evidence]


def calls(model: Model, index: Hosts, behind: Mapping[Service, Sequence[Workload]]) -> list[Call]:
    """All calls, in the order of the callers. `behind`: the pods of each Service."""
    monitors = {workload for workload in model.part.workloads if observes(workload)}
    by_space: dict[str, dict[str, Service]] = defaultdict(dict)
    for service in model.part.services:
        by_space[service.source.namespace].setdefault(service.source.name, service)
    found: list[Call] = []
    for workload in model.part.workloads:
        targets = _targets(model, index, workload, mentions(model, workload, by_space[workload.namespace]), behind)
        for (_, port), target in targets.items():
            found.append(_call(workload, port, target, behind, monitors))
    for ingress in model.part.ingresses:
        found += _routed(index, ingress)
    return found


def pods_behind(model: Model) -> dict[Service, list[Workload]]:
    """The workloads that each Service sends its callers to; those it is meant for, where its selector finds none."""
    behind: dict[Service, list[Workload]] = defaultdict(list)
    for namespace, idle in model.idle_services.items():
        for service in idle:
            behind[service] += [each for each in model.in_namespace.get(namespace, ()) if each.name == service.source.name]
    for workload, services in model.services_of.items():
        for service in services:
            behind[service].append(workload)
    return {service: nearest(service.source, workloads) if len(workloads) > 1 else workloads for service, workloads in behind.items()}


def _targets(
    model: Model, index: Hosts, workload: Workload, found: Iterable[Mention], behind: Mapping[Service, Sequence[Workload]]
) -> dict[tuple[str, int | None], _Target]:
    targets: dict[tuple[str, int | None], _Target] = {}
    for mention in found:
        address, setting = mention.address, mention.setting
        callee = resolve(index, address.host, workload.source)
        if _is_itself(model, workload, address.host, callee, behind) or not _borne_out(mention, callee, behind):
            continue
        evidence = Evidence(setting.kind, setting.source, setting.path, setting.key, setting.role)
        key = callee.name, address.port
        if key in targets:
            targets[key] = _of_several(targets[key], callee)
            if evidence not in targets[key].evidence:
                targets[key].evidence.append(evidence)
        else:
            targets[key] = _Target(address.host, address.scheme, address.implied, callee, [evidence])
    return _merged(targets)


def _of_several(target: _Target, callee: Callee) -> _Target:
    """Whoever names several pods of a Service, as clients of etcd and the like do, means no single one of them."""
    one, other = target.callee.pod, callee.pod
    return target._replace(callee=target.callee._replace(pod="")) if one and other and one != other else target


def _merged(targets: dict[tuple[str, int | None], _Target]) -> dict[tuple[str, int | None], _Target]:
    """A host that is also named without a port, or with one that only its scheme implies, is called on the port that is written."""
    written: dict[str, int] = {}
    for (name, port), target in targets.items():
        if port is not None and not target.implied:
            written.setdefault(name, port)
    for (name, port), target in list(targets.items()):
        if name in written and (port is None or target.implied):
            targets[name, written[name]].evidence.extend(target.evidence)
            del targets[name, port]
    return targets


def _is_itself(model: Model, workload: Workload, host: str, callee: Callee, behind: Mapping[Service, Sequence[Workload]]) -> bool:
    """Whether a name leads back to the workload: its own Service, which it may advertise, or the name of its pod."""
    if callee.service is not None:
        item = callee.service.source
        own = {service.source.name for service in model.services_of.get(workload, ())}
        if workload.kind == "StatefulSet":
            own.add(workload.source.data["spec"].get("serviceName") or "")
        return item.namespace == workload.namespace and (item.name in own or workload in behind.get(callee.service, ()))
    stem, _, number = host.lower().rpartition("-")
    return host.lower() == workload.name or (stem == workload.name and number.isdigit())


def _borne_out(mention: Mention, callee: Callee, behind: Mapping[Service, Sequence[Workload]]) -> bool:
    """Whether the text means a host that is called."""
    host, port = mention.address.host, mention.address.port
    service = callee.service
    if service is None:
        return mention.certain and not is_placeholder(host) and not (mention.bare and "." not in host)
    if mention.certain or mention.bare:
        return True
    declared = {each.number for workload in behind.get(service, ()) for container in workload.containers for each in container.ports}
    return any(each.number == port for each in service.ports) or port in declared


def _call(
    workload: Workload, port: int | None, target: _Target, behind: Mapping[Service, Sequence[Workload]], monitors: set[Workload]
) -> Call:
    service = target.callee.service
    pods = behind.get(service, ()) if service else ()
    images = (str(container.data.get("image") or "") for pod in pods for container in pod.containers if container.role == "main")
    keys = [evidence.key for evidence in target.evidence]
    return Call(
        caller=workload.source,
        workload=workload,
        host=target.host,
        port=port,
        implied=target.implied,
        protocol=protocol(target.scheme, port, service, images, keys),
        telemetry=workload in monitors or (bool(pods) and all(pod in monitors for pod in pods)) or of_keys(keys),
        callee=target.callee,
        evidence=tuple(target.evidence),
    )


def _routed(index: Hosts, ingress: Ingress) -> list[Call]:
    """The Services that an Ingress sends requests to."""
    found: dict[tuple[str, int | None], tuple[Callee, str, list[Evidence]]] = {}
    for backend in ingress.backends:
        if backend.port == _ACTION or not backend.service:
            continue
        callee = resolve(index, backend.service, ingress.source)
        evidence = Evidence("ingress", ingress.source, backend.path, backend.host)
        found.setdefault((callee.name, _number(backend, callee.service)), (callee, backend.service, []))[2].append(evidence)
    return [
        Call(
            caller=ingress.source,
            workload=None,
            host=host,
            port=port,
            implied=False,
            protocol=protocol("", port, callee.service, (), ("http",)),
            telemetry=False,
            callee=callee,
            evidence=tuple(evidence),
        )
        for (_, port), (callee, host, evidence) in found.items()
    ]


def _number(backend: Backend, service: Service | None) -> int | None:
    if isinstance(backend.port, int):
        return backend.port
    if backend.port and backend.port.isdigit():
        return int(backend.port)
    return next((port.number for port in service.ports if port.name == backend.port), None) if service else None
