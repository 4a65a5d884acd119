"""Facts about Services, and about the backends that Ingresses name."""

from collections.abc import Iterator
from typing import Any

from checker.facts.fields import NO_SERVICES, NO_WORKLOADS, Anchor, Field, Judged
from checker.facts.reach import declared_ports
from checker.findings import Subject
from checker.model.build import Model, selected
from checker.model.types import Backend, Ingress, Service, ServicePort, Workload

SERVICE_FIELDS = {
    "service.name": Field("string", "name of the Service", ("metadata", "name")),
    "service.type": Field("string", "ClusterIP, NodePort, LoadBalancer, ExternalName", ("spec", "type")),
    "service.headless": Field("bool", "clusterIP is None: callers get the pods' addresses", ("spec", "clusterIP")),
    "service.publishes_not_ready": Field("bool", "pods get traffic before they are ready", ("spec", "publishNotReadyAddresses")),
    "service.workloads": Field("int", "workloads whose pods it selects"),
}
SERVICE_PORT_FIELDS = {
    **SERVICE_FIELDS,
    "port.name": Field("string", "name of the Service's port", ("name",)),
    "port.number": Field("int", "number of the Service's port", ("port",)),
    "port.target": Field("string", "the container port it leads to, by name or number", ("targetPort",)),
    "port.target_found": Field("bool", "a pod that the Service selects has that port; also true where its containers declare none and the target is a number"),
    "port.declared": Field("string", "the ports that the selected pods declare, for people"),
}
BACKEND_FIELDS = {
    "ingress.name": Field("string", "name of the Ingress", ("metadata", "name")),
    "backend.service": Field("string", "the Service it sends requests to", ("name",)),
    "backend.port": Field("string", "the port of that Service, by name or number", ("port",)),
    "backend.host": Field("string", "host of the rule; empty for all"),
    "backend.path": Field("string", "path of the rule"),
    "backend.service_found": Field("bool", "the Service is in the input"),
    "backend.port_found": Field("bool", "the Service has that port; true if the Service is not there"),
    "backend.ports": Field("string", "the ports the Service has, for people"),
    "backend.claimed_elsewhere": Field("string", "another Ingress of the same class with the same host and path; empty if none"),
}


def judge_service(model: Model, service: Service) -> Iterator[Judged]:
    """The Service, and each of its ports where it selects pods."""
    item = service.source
    workloads = selected(model.pods, model.in_namespace, item.namespace, service.selector)
    spec = item.data["spec"]
    facts = {
        "service.name": item.name,
        "service.type": spec.get("type") or "ClusterIP",
        "service.headless": service.headless,
        "service.publishes_not_ready": bool(spec.get("publishNotReadyAddresses")),
        "service.workloads": len(workloads) if workloads or model.covers_workloads(item.namespace) else NO_WORKLOADS,
    }
    subject, anchors = Subject(item.kind, item.namespace, item.name), {"service": Anchor(item)}
    yield Judged("service", subject, anchors, facts)
    covered = model.covers_workloads(item.namespace)
    if service.selector is None or (covered and not workloads):
        return
    for port in service.ports:
        ports = {**anchors, "port": Anchor(item, port.path)}
        yield Judged("service-port", subject, ports, {**facts, **_port_facts(port, workloads)}, part=str(port.number))


def _port_facts(port: ServicePort, workloads: list[Workload]) -> dict[str, Any]:
    declared = [candidate for workload in workloads for candidate in declared_ports(workload.containers)]
    names = dict.fromkeys(f"{candidate.name} ({candidate.number})" if candidate.name else str(candidate.number) for candidate in declared)
    return {
        "port.name": port.name,
        "port.number": port.number,
        "port.target": str(port.target),
        "port.target_found": any(_leads_to(port.target, workload) for workload in workloads) if workloads else NO_WORKLOADS,
        "port.declared": ", ".join(names),
    }


def _leads_to(target: str | int, workload: Workload) -> bool:
    ports = list(declared_ports(workload.containers))
    if isinstance(target, str) and not target.isdigit():
        return any(port.name == target for port in ports)
    return not ports or any(port.number == int(target) for port in ports)


def judge_backend(model: Model, ingress: Ingress, backend: Backend) -> Judged:
    """One Service an Ingress sends requests to."""
    item = ingress.source
    found = model.find("Service", item.namespace, backend.service)
    ports = (found.data["spec"].get("ports") or ()) if found else ()
    number = int(backend.port) if str(backend.port).isdigit() else backend.port
    external = bool(found) and (found.data["spec"].get("type") == "ExternalName")
    claims = model.claims.get((ingress.class_name, backend.host, backend.url_path), ())
    facts = {
        "ingress.name": item.name,
        "backend.service": backend.service,
        "backend.port": str(backend.port or ""),
        "backend.host": backend.host,
        "backend.path": backend.url_path,
        "backend.service_found": True if found else (False if model.covers("Service") else NO_SERVICES),
        "backend.port_found": not found or external or any(number in (port.get("port"), port.get("name")) for port in ports),
        "backend.ports": ", ".join(f"{port['name']} ({port['port']})" if port.get("name") else str(port["port"]) for port in ports),
        "backend.claimed_elsewhere": next((name for name in claims if name != f"{item.namespace}/{item.name}"), ""),
    }
    anchors = {"ingress": Anchor(item), "backend": Anchor(item, backend.path)}
    if found:
        anchors["service"] = Anchor(found)
    return Judged("backend", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{backend.host}{backend.url_path}")
