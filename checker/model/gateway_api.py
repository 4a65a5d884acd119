"""Gateways, their listeners, and the routes attached to them, as the Gateway API says (gateway-api.sigs.k8s.io/reference/spec)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.model.build import Model
from checker.model.labels import label_selector
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject

GROUP = "gateway.networking.k8s.io"
ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
NAME_LABEL = "kubernetes.io/metadata.name"  # every namespace has it

PROTOCOL_KINDS = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}


class Listener(NamedTuple):
    """One listener of a Gateway; `owner` is the Gateway, or the ListenerSet that adds it."""

    gateway: ApiObject
    owner: ApiObject
    number: int
    name: str
    port: int
    protocol: str
    hostname: str
    data: Mapping[str, Any]

    @property
    def plain_http(self) -> bool:
        """Whether requests come without TLS."""
        return self.protocol == "HTTP"


class RetryConstraint(NamedTuple):
    """The retry budget of an XBackendTrafficPolicy, and the Services (namespace, name) that it is for."""

    item: ApiObject
    origin: Origin
    services: frozenset[tuple[str, str]]


def retry_constraints(model: Model) -> Iterator[RetryConstraint]:
    """All of an input, whoever reads them."""
    for item in model.kinds.get("XBackendTrafficPolicy", ()):
        if "retryConstraint" in spec_of(item):
            targets = (each for each in entries(spec_of(item), "targetRefs") if each.get("kind") == "Service")
            services = frozenset((item.namespace, str(each.get("name"))) for each in targets)
            yield RetryConstraint(item, said_by(item, "spec", "retryConstraint"), services)


def is_ours(item: ApiObject) -> bool:
    """Whether a kind is the Gateway API's: others have a Gateway too."""
    return item.api_version.startswith(f"{GROUP}/")


def listeners(model: Model, gateway: ApiObject) -> list[Listener]:
    """A Gateway's own listeners in their order, then those that ListenerSets add."""
    added = (item for item in model.kinds.get("ListenerSet", ()) if _adds_to(item, gateway))
    return [listener for owner in (gateway, *added) for listener in _listeners(gateway, owner)]


def _listeners(gateway: ApiObject, owner: ApiObject) -> Iterator[Listener]:
    for number, data in enumerate(entries(spec_of(owner), "listeners")):
        name, hostname = str(data.get("name") or ""), str(data.get("hostname") or "")
        yield Listener(gateway, owner, number, name, number_of(data.get("port")), str(data.get("protocol")), hostname, data)


def _adds_to(item: ApiObject, gateway: ApiObject) -> bool:
    parent = mapping(spec_of(item), "parentRef")
    return (parent.get("namespace") or item.namespace, parent.get("name")) == (gateway.namespace, gateway.name)


def attached(model: Model, route: ApiObject, offered: Sequence[Listener]) -> list[Listener]:
    """The listeners that a route names as its parents, that let it in, and whose hostname it has something in common with."""
    return [listener for listener in offered if _is_parent(route, listener) and allows(model, listener, route) and hosts(route, listener)]


def names_parent(route: ApiObject, offered: Sequence[Listener]) -> bool:
    """Whether a route names the owner of any of the listeners, be it let in or not."""
    owners = {(listener.owner.kind, listener.owner.namespace, listener.owner.name) for listener in offered}
    return any(
        (parent.get("kind") or "Gateway", parent.get("namespace") or route.namespace, parent.get("name")) in owners
        for parent in entries(spec_of(route), "parentRefs")
    )


def _is_parent(route: ApiObject, listener: Listener) -> bool:
    for parent in entries(spec_of(route), "parentRefs"):
        owner = parent.get("kind") or "Gateway", parent.get("namespace") or route.namespace, parent.get("name")
        if owner == (listener.owner.kind, listener.owner.namespace, listener.owner.name):
            section, port = parent.get("sectionName"), parent.get("port")
            if section in (None, listener.name) and port in (None, listener.port):
                return True
    return False


def allows(model: Model, listener: Listener, route: ApiObject) -> bool:
    """allowedRoutes: by default routes of the protocol's kinds, from the listener's own namespace; also where labels are not known."""
    return allows_kind(listener, route.kind) and allows_namespace(model, listener, route.namespace) is not False


def allows_kind(listener: Listener, kind: str) -> bool:
    """Whether a listener takes routes of a kind."""
    kinds = [entry.get("kind") for entry in entries(mapping(listener.data, "allowedRoutes"), "kinds")]
    return kind in (kinds or PROTOCOL_KINDS.get(listener.protocol, ()))


def allows_namespace(model: Model, listener: Listener, namespace: str) -> bool | None:
    """Whether a listener takes routes of a namespace; None where that hangs on labels of a namespace that is not in the input."""
    namespaces = mapping(mapping(listener.data, "allowedRoutes"), "namespaces")
    match namespaces.get("from") or "Same":
        case "All":
            return True
        case "Same":
            return namespace == listener.owner.namespace
        case "Selector":
            return _selects(model, namespaces, namespace)
    return False


def _selects(model: Model, namespaces: Mapping[str, Any], namespace: str) -> bool | None:
    selector = namespaces.get("selector")
    if not isinstance(selector, dict):
        return False
    found = model.named.get(("Namespace", "", namespace), ())
    labels = (found[0].data.get("metadata") or {}).get("labels") if found else None
    matches = label_selector(selector).matches({**(labels or {}), NAME_LABEL: namespace})
    return matches if found or matches or model.complete_in("", "Namespace") else None


def hosts(route: ApiObject, listener: Listener) -> list[str]:
    """The host names for which a route counts at a listener: what both have in common."""
    if route.kind in ("TCPRoute", "UDPRoute"):
        return ["*"]
    written = [str(host) for host in spec_of(route).get("hostnames") or ()]
    if not written:
        return [listener.hostname or "*"]
    if not listener.hostname:
        return written
    return [both for host in written if (both := _common(host, listener.hostname))]


def _common(one: str, other: str) -> str:
    if one == other or _covers(other, one):
        return one
    return other if _covers(one, other) else ""


def _covers(pattern: str, host: str) -> bool:
    return pattern.startswith("*.") and host.endswith(pattern[1:]) and host != pattern


def is_granted(model: Model, route: ApiObject, group: str, kind: str, namespace: str, name: str) -> bool:
    """Whether a route may refer to an object: those of other namespaces need a ReferenceGrant there."""
    return namespace == route.namespace or any(
        any(
            (entry.get("group"), entry.get("kind"), entry.get("namespace")) == (GROUP, route.kind, route.namespace)
            for entry in entries(spec_of(grant), "from")
        )
        and any(
            (entry.get("group") or "", entry.get("kind")) == (group, kind) and entry.get("name") in (None, "", name)
            for entry in entries(spec_of(grant), "to")
        )
        for grant in model.kinds.get("ReferenceGrant", ())
        if grant.namespace == namespace
    )


class Fault(NamedTuple):
    """Why requests cannot be sent to what a backendRef names. `missing`: what may mend it and may lie outside of the input, for people."""

    why: str
    missing: str = ""

    @property
    def certain(self) -> bool:
        """Whether the input tells."""
        return not self.missing


def reference_fault(model: Model, route: ApiObject, reference: Mapping[str, Any]) -> Fault | None:
    """What is wrong with a backendRef, whoever runs the gateway; kinds of other groups are theirs to know."""
    kind, name, group = str(reference.get("kind") or "Service"), str(reference.get("name")), str(reference.get("group") or "")
    namespace = str(reference.get("namespace") or route.namespace)
    if group in ("", "core") and kind != "Service":
        return Fault(f"Kubernetes has no {kind} that requests could be sent to")
    if _needs_grant(route) and not is_granted(model, route, "" if group == "core" else group, kind, namespace, name):
        why = f"no ReferenceGrant in {namespace} lets {route.kind}s of {route.namespace} refer to it"
        return Fault(why, "" if model.covers_in("ReferenceGrant", namespace) else f"ReferenceGrant in {namespace}")
    found = model.named.get((kind, namespace, name), ())
    if not found:
        missing = "" if model.covers_in(kind, namespace) else f"{kind} {namespace}/{name}"
        return Fault(f"there is no {kind} {namespace}/{name}", missing)
    return _fault_of_service(route, found, reference) if kind == "Service" else None


def _needs_grant(route: ApiObject) -> bool:
    """A route of a Service's own calls needs none."""
    return any((parent.get("kind") or "Gateway") != "Service" for parent in entries(spec_of(route), "parentRefs"))


def _fault_of_service(route: ApiObject, found: Sequence[ApiObject], reference: Mapping[str, Any]) -> Fault | None:
    if reference.get("port") is None:
        return Fault("it names no port")
    ports = [entry for item in found for entry in entries(spec_of(item), "ports")]
    wanted = "UDP" if route.kind == "UDPRoute" else "TCP"
    if spec_of(found[0]).get("type") == "ExternalName" or any(
        entry.get("port") == reference["port"] and (entry.get("protocol") or "TCP") == wanted for entry in ports
    ):
        return None
    return Fault(f"Service {found[0].namespace}/{found[0].name} has no port {reference['port']}")


def spec_of(item: ApiObject) -> Mapping[str, Any]:
    """An object's spec; empty where there is none."""
    return mapping(item.data, "spec")


def mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A mapping below a key; empty where there is none."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def entries(values: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    """The mappings of a list below a key."""
    found = values.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def number_of(value: Any) -> int:
    """A port, or 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
