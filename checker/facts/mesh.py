"""Facts about what a mesh makes of single objects: ports, and hosts that rules are for."""

from collections.abc import Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.likeness import renamed
from checker.facts.paths import Paths
from checker.findings import Subject
from checker.model.build import Model
from checker.model.traffic import MeshHost, ServicePortProtocol
from checker.objects import ApiObject

_OFTEN_TCP = frozenset({25, 53, 3306, 27017})  # taken for TCP by their number alone
MESH_PORT_FIELDS = {
    "meshport.service": Field("string", "name of the Service"),
    "meshport.number": Field("int", "the port", ("port",)),
    "meshport.plain": Field("bool", "the mesh takes it for plain TCP because its name or appProtocol says so"),
    "meshport.http": Field("string", "what says that HTTP is spoken there nonetheless, for people; empty if nothing"),
    "meshport.declared": Field("bool", "the port's name, its appProtocol or its number says what is spoken"),
}
MESH_HOST_FIELDS = {
    "meshhost.host": Field("string", "the host of a DestinationRule, in full"),
    "meshhost.found": Field("bool", "some service of the mesh has that host"),
}
SPLIT_FIELDS = {
    "split.weights": Field("string", "the weights of a route's destinations, for people"),
    "split.total": Field("int", "what they add up to", ("route",)),
    "split.written": Field("bool", "a weight is written"),
}


def judge_mesh_port(paths: Paths, port: ServicePortProtocol) -> Judged:
    """How the mesh takes a port."""
    item = port.service.source
    index = next(number for number, each in enumerate(port.service.ports) if each.number == port.number)
    plain = port.protocol == "TCP" and port.number not in _OFTEN_TCP
    facts = {
        "meshport.service": item.name,
        "meshport.number": port.number,
        "meshport.plain": plain,
        "meshport.http": _speaks_http(paths, port) if plain else "",
        "meshport.declared": bool(port.protocol),
    }
    anchors = {"meshport": Anchor(item, ("spec", "ports", index))}
    return Judged("mesh-port", Subject(item.kind, item.namespace, item.name), anchors, facts, part=str(port.number))


def _speaks_http(paths: Paths, port: ServicePortProtocol) -> str:
    """A caller's URL, or an HTTP probe of the only port; one of several may be there for probes alone."""
    if paths.called_with_http(port.service, port.number):
        return "a caller has a URL for it"
    if len(port.service.ports) > 1:
        return ""
    target = next(each.target for each in port.service.ports if each.number == port.number)
    for pod in paths.pods(port.service):
        for container in pod.containers:
            names = {each.number: each.name for each in container.ports}
            for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
                probed = ((container.data.get(kind) or {}).get("httpGet") or {}).get("port")
                if probed is not None and target in (probed, names.get(probed)):
                    return f"the {kind} of {pod.name} is an HTTP request to it"
    return ""


def judge_mesh_host(model: Model, named: MeshHost) -> Iterator[Judged]:
    """The host of a rule."""
    item = named.origin.item
    if item is not None:
        found = named.found or _absence(model, named.host)
        facts: dict[str, Any] = {"meshhost.host": named.host, "meshhost.found": found}
        subject = Subject(item.kind, item.namespace, item.name)
        yield Judged("mesh-host", subject, {"meshhost": Anchor(item, named.origin.path)}, facts)


def _absence(model: Model, host: str) -> bool | Unknown:
    """In an incomplete input the host may come from elsewhere, unless a Service of nearly that name is there."""
    name, _, rest = host.partition(".")
    namespace = rest.partition(".")[0]
    if model.complete_hosts(namespace):
        return False
    near = (item.name for item in model.kinds.get("Service", ()) if item.namespace == namespace)
    return False if any(renamed(name, other) for other in near) else Unknown(f"service {host}")


def judge_splits(item: ApiObject) -> Iterator[Judged]:
    """How each route of a VirtualService splits its requests."""
    for number, rule in enumerate((item.data.get("spec") or {}).get("http") or ()):
        routes = rule.get("route") or ()
        weights = [route.get("weight") or 0 for route in routes]
        if len(routes) > 1:
            facts = {"split.weights": " + ".join(map(str, weights)), "split.total": sum(weights), "split.written": any(weights)}
            anchors = {"split": Anchor(item, ("spec", "http", number))}
            yield Judged("split", Subject(item.kind, item.namespace, item.name), anchors, facts, part=rule.get("name") or str(number))
