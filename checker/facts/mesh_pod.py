"""Facts about pods that keep a mesh's proxy from doing its work.

Sources: https://istio.io/latest/docs/ops/deployment/application-requirements/ (user 1337, Services that share a pod's port),
https://istio.io/latest/docs/setup/additional-setup/gateway/ (`image: auto` is replaced when the proxy is injected).
"""

from collections.abc import Iterator, Mapping, Sequence

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model
from checker.model.traffic import ServicePortProtocol, Traffic
from checker.model.types import Container, Service, ServicePort, Workload

MESH_POD_FIELDS = {
    "meshpod.container": Field("string", "the container"),
    "meshuser.id": Field("int", "the user it runs as, as the manifest has it; absent where it says nothing", ("runAsUser",), optional=True),
    "meshpod.proxy": Field("bool", "it is the mesh's own proxy"),
    "meshpod.image_filled_in": Field("bool", "its image is a real one, or is put in when the proxy is injected"),
}
SHARED_PORT_FIELDS = {
    "sharedport.service": Field("string", "name of the Service"),
    "sharedport.number": Field("int", "its port", ("port",)),
    "sharedport.target": Field("int", "the pods' port behind it"),
    "sharedport.protocol": Field("string", "what the mesh takes it for"),
    "sharedport.rival": Field("string", "an older Service that leads to the same port of the same pods with another protocol; else empty"),
    "sharedport.rival_protocol": Field("string", "what the mesh takes that one for"),
}
_PROXY = "istio-proxy"
_AUTO = "auto"
_INJECT, _REVISION, _NAMESPACE = "sidecar.istio.io/inject", "istio.io/rev", "istio-injection"
_HTTP = frozenset({"HTTP", "HTTP_PROXY", "HTTP2", "GRPC", "GRPC-Web"})
_UNTOLD = frozenset({"", "UDP"})


def judge_mesh_pods(model: Model, traffic: Traffic) -> Iterator[Judged]:
    """The containers of pods that have a proxy, or are one."""
    for workload in model.part.workloads:
        if not traffic.carries(workload) and not any(container.name == _PROXY for container in workload.containers):
            continue
        for container in workload.containers:
            if container.role != "init":
                yield _container(model, workload, container)


def _container(model: Model, workload: Workload, container: Container) -> Judged:
    own = container.data.get("securityContext") or {}
    path = (*container.path, "securityContext") if "runAsUser" in own else (*workload.pod_path, "spec", "securityContext")
    user = own.get("runAsUser", (workload.spec.get("securityContext") or {}).get("runAsUser"))
    facts = {
        "meshpod.container": container.name,
        "meshuser.id": user,
        "meshpod.proxy": container.name == _PROXY,
        "meshpod.image_filled_in": container.data.get("image") != _AUTO or _injected(model, workload),
    }
    subject = Subject(workload.kind, workload.namespace, workload.name, container=container.name)
    anchors = {"meshpod": Anchor(workload.source, container.path), "meshuser": Anchor(workload.source, path)}
    return Judged("mesh-pod", subject, anchors, facts)


def _injected(model: Model, workload: Workload) -> bool | Unknown:
    said = workload.labels.get(_INJECT) or workload.annotations.get(_INJECT)
    if said is not None:
        return str(said).lower() != "false"
    if workload.labels.get(_REVISION):
        return True
    spaces = model.named.get(("Namespace", "", workload.namespace), ())
    labels: list[Mapping[str, str]] = [space.data["metadata"].get("labels") or {} for space in spaces]
    if not labels:
        return Unknown(f"Namespace {workload.namespace}")
    return any(each.get(_NAMESPACE) == "enabled" or each.get(_REVISION) for each in labels)


def judge_shared_ports(model: Model, pods: Mapping[Service, Sequence[Workload]], ports: Sequence[ServicePortProtocol]) -> Iterator[Judged]:
    """The ports of Services beside those of older Services of the same pods."""
    told = {(id(each.service), each.number): each.protocol for each in ports if each.protocol not in _UNTOLD}
    for each in ports:
        protocol = told.get((id(each.service), each.number))
        if protocol is None:
            continue
        index, port = next((number, port) for number, port in enumerate(each.service.ports) if port.number == each.number)
        target, rival, theirs = 0, None, ""
        for pod in pods.get(each.service, ()):
            target = _target(pod, port)
            rival, theirs = _rival(model, pod, each.service, target, protocol, told)
            if rival:
                break
        item = each.service.source
        facts = {
            "sharedport.service": item.name,
            "sharedport.number": each.number,
            "sharedport.target": target,
            "sharedport.protocol": protocol,
            "sharedport.rival": rival.source.name if rival else "",
            "sharedport.rival_protocol": theirs,
        }
        anchors = {"sharedport": Anchor(item, ("spec", "ports", index))} | ({"rival": Anchor(rival.source)} if rival else {})
        yield Judged("shared-port", Subject(item.kind, item.namespace, item.name), anchors, facts, part=str(each.number))


def _rival(
    model: Model, pod: Workload, service: Service, target: int, protocol: str, told: Mapping[tuple[int, int], str]
) -> tuple[Service | None, str]:
    for other in model.services_of.get(pod, ()):
        if other is service or _age(other) > _age(service):
            continue
        for port in other.ports:
            theirs = told.get((id(other), port.number))
            if theirs is not None and (theirs in _HTTP) != (protocol in _HTTP) and _target(pod, port) == target:
                return other, theirs
    return None, ""


def _target(pod: Workload, port: ServicePort) -> int:
    """The pod's port behind a Service's; 0 where it is named and the pod has no such name."""
    if isinstance(port.target, int):
        return port.target
    return next((known.number for container in pod.containers for known in container.ports if known.name == port.target), 0)


def _age(service: Service) -> tuple[str, str]:
    return str(service.source.data["metadata"].get("creationTimestamp") or ""), service.source.name
