"""Facts about Services, and about the backends that Ingresses name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from checker.facts.fields import NO_WORKLOADS, Anchor, Field, Judged, Unknown
from checker.facts.likeness import renamed
from checker.facts.ports import number_of
from checker.facts.probe import asked_by_all
from checker.facts.reach import declared_ports
from checker.facts.scheduling import config_maps
from checker.findings import Subject
from checker.model.build import Model, nearest, selected
from checker.model.types import Backend, Ingress, Service, ServicePort, Workload
from checker.objects import ApiObject

_CONFIGURING = ("command", "args")
_ANY_ADDRESS = ("", "0.0.0.0", "::", "[::]", "127.0.0.1", "::1", "localhost", "*")  # noqa: S104  (compared with, not listened on)
_SHOWN = 4
# What stands before `:port` where a program listens; any other word there is a host that it calls.
_LISTENING = frozenset({"", "0.0.0.0", "127.0.0.1", "localhost", "port", "listen", "tcp", "http", "https"})  # noqa: S104  (nothing is bound)
# Ingresses with these lie beside the one whose requests they take a share of, or whose host they add to.
_SHARING = frozenset({"nginx.ingress.kubernetes.io/canary", "nginx.org/mergeable-ingress-type"})
# The AWS controller reads the action of that name from an annotation instead of a Service.
_ACTION = "use-annotation"

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
    "port.target_found": Field(
        "bool", "a selected pod has that port; a number that is not declared is doubted only where no Service uses any port that is"
    ),
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
    "backend.claimed_elsewhere": Field(
        "string",
        "an Ingress of the same class before this one with the same host and path for another Service; empty if none, and for canaries",
    ),
}


def judge_service(model: Model, service: Service) -> Iterator[Judged]:
    """The Service, and each of its ports where it selects pods."""
    item = service.source
    workloads = nearest(item, selected(model.pods, model.in_namespace, item.namespace, service.selector))
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
        yield Judged("service-port", subject, ports, {**facts, **_port_facts(model, port, workloads)}, part=str(port.number))


def _port_facts(model: Model, port: ServicePort, workloads: list[Workload]) -> dict[str, Any]:
    declared = [candidate for workload in workloads for candidate in declared_ports(workload.containers)]
    names = dict.fromkeys(f"{candidate.name} ({candidate.number})" if candidate.name else str(candidate.number) for candidate in declared)
    return {
        "port.name": port.name,
        "port.number": port.number,
        "port.target": str(port.target),
        "port.target_found": any(_leads_to(model, port.target, workload) for workload in workloads) if workloads else NO_WORKLOADS,
        "port.declared": _some(names),
    }


def _absence(model: Model, item: ApiObject, name: str) -> bool | Unknown:
    """In an incomplete input a Service that is not there may come from elsewhere, unless a name nearly like it is there."""
    names = (service.name for service in model.kinds.get("Service", ()) if service.namespace == item.namespace)
    return (
        False
        if model.complete_in(item.namespace, "Service") or any(renamed(name, other) for other in names)
        else Unknown(f"Service {name}")
    )


def _leads_to(model: Model, target: str | int, workload: Workload) -> bool:
    """A name must be declared. A number need not be: it is taken for wrong where the pod declares ports and nothing uses one."""
    ports = list(declared_ports(workload.containers))
    names, numbers = {port.name for port in ports if port.name}, {port.number for port in ports}
    number = number_of(target)
    if number is None:
        return target in names
    if not ports or number in numbers or mentions(model, workload, str(target)):
        return True
    targets = {port.target for service in model.services_of.get(workload, ()) for port in service.ports}
    return not targets.isdisjoint(names | numbers)


def mentions(model: Model, workload: Workload, number: str) -> bool:
    """Whether arguments, environment, all probes or a ConfigMap of the pods name the port: the program may listen there."""
    if any(asked_by_all(int(number), container) for container in workload.containers):
        return True
    maps = (model.find("ConfigMap", workload.namespace, name, workload.source) for name in config_maps(workload))
    texts = chain(
        (str(container.data.get(key) or "") for container in workload.containers for key in _CONFIGURING),
        (str(list(_own_variables(container.data))) for container in workload.containers),
        (str(found.data.get("data") or "") for found in maps if found),
    )
    port = re.compile(rf"(?:([\w.-]*):)?(?<![\w.]){number}(?![\w.])")
    return any((found[1] or "").lower() in _LISTENING for text in texts if number in text for found in port.finditer(text))


def _own_variables(container: Mapping[str, Any]) -> Iterator[Any]:
    """The variables but for ports of others: CART_PORT beside a CART_HOST that is another machine's."""
    entries = [entry for entry in container.get("env") or () if isinstance(entry, dict)]
    hosts = {str(entry.get("name")): str(entry.get("value") or "") for entry in entries}
    for entry in entries:
        stem = str(entry.get("name")).removesuffix("PORT")
        if stem == entry.get("name") or hosts.get(f"{stem}HOST", "") in _ANY_ADDRESS:
            yield entry


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def judge_backend(model: Model, ingress: Ingress, backend: Backend) -> Judged:
    """One Service an Ingress sends requests to."""
    item = ingress.source
    found = model.find("Service", item.namespace, backend.service, item)
    spec = found.data["spec"] if found else {}
    ports = spec.get("ports") or ()
    number = number_of(backend.port) or backend.port
    external = spec.get("type") == "ExternalName"
    facts = {
        "ingress.name": item.name,
        "backend.service": backend.service,
        "backend.port": str(backend.port or ""),
        "backend.host": backend.host,
        "backend.path": backend.url_path,
        "backend.service_found": True if found or backend.port == _ACTION else _absence(model, item, backend.service),
        "backend.port_found": not found or external or any(number in (port.get("port"), port.get("name")) for port in ports),
        "backend.ports": ", ".join(f"{port['name']} ({port['port']})" if port.get("name") else str(port["port"]) for port in ports),
        "backend.claimed_elsewhere": _rival(model, ingress, backend),
    }
    anchors = {"ingress": Anchor(item), "backend": Anchor(item, backend.path)}
    if found:
        anchors["service"] = Anchor(found)
    return Judged("backend", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{backend.host}{backend.url_path}")


def _rival(model: Model, ingress: Ingress, backend: Backend) -> str:
    """The first Ingress with the host and path, if it sends the requests to another Service of its own accord."""
    item = ingress.source
    if not _SHARING.isdisjoint(item.data["metadata"].get("annotations") or ()):
        return ""
    claims = model.claims.get((ingress.class_name, backend.host, backend.url_path), ())
    first, service = claims[0] if claims else ("", "")
    same = service == backend.service and first.partition("/")[0] == item.namespace
    return "" if first == f"{item.namespace}/{item.name}" or same else first
