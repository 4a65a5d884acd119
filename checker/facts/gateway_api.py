"""Facts about the Gateway API, whoever runs it: routes that no listener lets in, backends out of reach, listeners that do not serve.

Source: https://gateway-api.sigs.k8s.io/reference/spec/ (parentRefs, allowedRoutes, backendRefs, ReferenceGrant, listener conditions).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.location import Path
from checker.model.build import Model
from checker.model.gateway_api import (
    PROTOCOL_KINDS,
    Listener,
    allows_kind,
    allows_namespace,
    entries,
    hosts,
    is_granted,
    is_ours,
    listeners,
    mapping,
    reference_fault,
    spec_of,
)
from checker.objects import ApiObject

PARENT_FIELDS = {
    "parent.route": Field("string", "kind and name of the route"),
    "parent.name": Field("string", "kind, namespace and name of the Gateway or Service that it names"),
    "parent.attached": Field("bool", "one of the Gateway's listeners lets the route in, or the Service is there with that port"),
    "parent.why": Field("string", "why none does, for people; empty if one does"),
}
ROUTE_BACKEND_FIELDS = {
    "routebackend.route": Field("string", "kind and name of the route"),
    "routebackend.name": Field("string", "namespace and name of what it sends to"),
    "routebackend.reachable": Field("bool", "requests can be sent there"),
    "routebackend.why": Field("string", "why not, for people; empty if they can"),
    "routebackend.alone": Field("bool", "the rule has no other backend that gets requests"),
}
LISTENER_FIELDS = {
    "listener.name": Field("string", "the listener"),
    "listener.gateway": Field("string", "namespace and name of its Gateway"),
    "listener.serves": Field("bool", "nothing that is written keeps it from taking connections"),
    "listener.why": Field("string", "what does, for people; empty if nothing does"),
}
REFERENCE_FIELDS = {
    "reference.what": Field("string", "what the reference is for: parameters, a certificate, certificate authorities"),
    "reference.name": Field("string", "kind, namespace and name of what is referred to"),
    "reference.found": Field("bool", "it is there"),
}
_OF_ISTIO = "HBONE"  # the tunnel to waypoints
_NAMED = {"parametersRef": "parameters", "clientCertificateRef": "its certificate", "caCertificateRefs": "certificate authorities"}


def judge_references(model: Model, item: ApiObject) -> Iterator[Judged]:
    """What a Gateway or a BackendTLSPolicy refers to, beside the certificates of listeners."""
    for path, key, reference in _references(spec_of(item), ("spec",)) if is_ours(item) else ():
        kind = str(reference.get("kind") or ("Secret" if key == "clientCertificateRef" else "ConfigMap"))
        namespace, name = str(reference.get("namespace") or item.namespace), str(reference.get("name"))
        shown = f"{kind} {namespace}/{name}"
        found = bool(model.named.get((kind, namespace, name)))
        facts = {
            "reference.what": _NAMED[key],
            "reference.name": shown,
            "reference.found": found or (False if model.complete_in(namespace, kind) else Unknown(shown)),
        }
        anchors = {"reference": Anchor(item, path)}
        yield Judged("gateway-reference", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{key} {shown}")


def _references(values: Any, path: Path) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    if isinstance(values, list):
        for number, value in enumerate(values):
            yield from _references(value, (*path, number))
    for key, value in values.items() if isinstance(values, dict) else ():
        for number, reference in enumerate(value if isinstance(value, list) else [value]) if key in _NAMED else ():
            if isinstance(reference, dict):
                yield (*path, key, *([number] if isinstance(value, list) else [])), key, reference
        yield from _references(value, (*path, key))


def judge_parents(model: Model, route: ApiObject) -> Iterator[Judged]:
    """Each Gateway or Service that a route names as its parent."""
    for number, parent in enumerate(entries(spec_of(route), "parentRefs")):
        kind = str(parent.get("kind") or "Gateway")
        if kind not in _PARENTS:
            continue
        namespace, name = str(parent.get("namespace") or route.namespace), str(parent.get("name"))
        why = _PARENTS[kind](model, route, parent, namespace, name)
        facts = {
            "parent.route": f"{route.kind} {route.name}",
            "parent.name": f"{kind} {namespace}/{name}",
            "parent.attached": why if isinstance(why, Unknown) else not why,
            "parent.why": "" if isinstance(why, Unknown) else why,
        }
        anchors = {"parent": Anchor(route, ("spec", "parentRefs", number))}
        part = f"{namespace}/{name} {parent.get('sectionName') or ''} {parent.get('port') or ''}"
        yield Judged("route-parent", Subject(route.kind, route.namespace, route.name), anchors, facts, part=part)


def _why_not_of_service(model: Model, route: ApiObject, parent: Mapping[str, Any], namespace: str, name: str) -> str | Unknown:
    """A mesh has no calls to a Service, or to a port of it, that does not exist."""
    service = model.find("Service", namespace, name, route)
    if service is None:
        certain = model.covers_in("Service", namespace)
        return f"there is no Service {namespace}/{name}" if certain else Unknown(f"Service {namespace}/{name}")
    ports = [each.get("port") for each in entries(spec_of(service), "ports")]
    if parent.get("port") in (None, *ports):
        return ""
    return f"it has no port {parent['port']}, but {', '.join(map(str, ports))}"


def _why_not_attached(model: Model, route: ApiObject, parent: Mapping[str, Any], namespace: str, name: str) -> str | Unknown:
    gateway = model.find("Gateway", namespace, name, route)
    if gateway is None or not is_ours(gateway):
        certain = model.covers_in("Gateway", namespace)
        return f"there is no Gateway {namespace}/{name}" if certain else Unknown(f"Gateway {namespace}/{name}")
    section, port = parent.get("sectionName"), parent.get("port")
    offered = [each for each in listeners(model, gateway) if each.owner is gateway]
    named = [each for each in offered if section in (None, each.name)]
    if not named:
        return f"it has no listener {section}" + (f", only {_names(offered)}" if offered else "")
    meant = [each for each in named if port in (None, each.port)]
    if not meant:
        return f"{_names(named)} {'is' if len(named) == 1 else 'are'} not on port {port}"
    taking = [each for each in meant if allows_kind(each, route.kind)]
    if not taking:
        return f"{_names(meant)} ({meant[0].protocol}) takes no {route.kind}"
    allowing = [each for each in taking if allows_namespace(model, each, route.namespace) is not False]
    if not allowing:
        return f"{_names(taking)} lets no routes of namespace {route.namespace} in (allowedRoutes)"
    serving = [each for each in allowing if hosts(route, each)]
    if not serving:
        return f"its hostnames have nothing in common with {', '.join(each.hostname for each in allowing)}"
    untold = all(allows_namespace(model, each, route.namespace) is None for each in serving)
    return Unknown(f"Namespace {route.namespace} with its labels") if untold else ""


def _names(offered: list[Listener]) -> str:
    return f"listener {offered[0].name}" if len(offered) == 1 else f"listeners {', '.join(each.name for each in offered)}"


def judge_route_backends(model: Model, route: ApiObject) -> Iterator[Judged]:
    """Each backendRef that is to get requests."""
    for number, rule in enumerate(entries(spec_of(route), "rules")):
        references = list(enumerate(entries(rule, "backendRefs")))
        weighted = [(index, each) for index, each in references if each.get("weight") != 0]
        for index, reference in weighted:
            namespace, name = str(reference.get("namespace") or route.namespace), str(reference.get("name"))
            fault = reference_fault(model, route, reference)
            facts = {
                "routebackend.route": f"{route.kind} {route.name}",
                "routebackend.name": f"{namespace}/{name}",
                "routebackend.reachable": True if fault is None else False if fault.certain else Unknown(fault.missing),
                "routebackend.why": fault.why if fault else "",
                "routebackend.alone": len(weighted) == 1,
            }
            anchors = {"routebackend": Anchor(route, ("spec", "rules", number, "backendRefs", index))}
            subject = Subject(route.kind, route.namespace, route.name)
            yield Judged("route-backend", subject, anchors, facts, part=f"{namespace}/{name}:{reference.get('port')}")


def judge_listeners(model: Model, gateway: ApiObject) -> Iterator[Judged]:
    """Each listener of a Gateway's own."""
    if not is_ours(gateway):
        return
    seen: dict[tuple[int, str, str], str] = {}
    for listener in listeners(model, gateway):
        if listener.owner is not gateway:
            continue
        rival = seen.setdefault((listener.port, _transport(listener), listener.hostname), listener.name)
        why = _why_not_serving(model, listener, "" if rival == listener.name else rival)
        facts = {
            "listener.name": listener.name,
            "listener.gateway": f"{gateway.namespace}/{gateway.name}",
            "listener.serves": why if isinstance(why, Unknown) else not why,
            "listener.why": "" if isinstance(why, Unknown) else why,
        }
        anchors = {"listener": Anchor(gateway, ("spec", "listeners", listener.number))}
        yield Judged("gateway-listener", Subject(gateway.kind, gateway.namespace, gateway.name), anchors, facts, part=listener.name)


def _transport(listener: Listener) -> str:
    return "UDP" if listener.protocol == "UDP" else "HTTP" if listener.protocol == "HTTP" else "TLS"


def _why_not_serving(model: Model, listener: Listener, rival: str) -> str | Unknown:
    if rival:
        return f"listener {rival} has the same port and hostname"
    if listener.protocol not in PROTOCOL_KINDS and listener.protocol != _OF_ISTIO and "/" not in listener.protocol:
        return f"{listener.protocol} is no protocol of the Gateway API"
    kinds = [str(each.get("kind")) for each in entries(mapping(listener.data, "allowedRoutes"), "kinds")]
    strange = [kind for kind in kinds if kind not in PROTOCOL_KINDS.get(listener.protocol, (kind,))]
    if strange:
        return f"a listener for {listener.protocol} takes no {' and no '.join(strange)}"
    return _certificates(model, listener)


def _certificates(model: Model, listener: Listener) -> str | Unknown:
    tls = mapping(listener.data, "tls")
    if listener.protocol not in ("HTTPS", "TLS") or tls.get("mode") == "Passthrough":
        return ""
    issued = any("cert-manager.io/" in key for key in (listener.gateway.data.get("metadata") or {}).get("annotations") or ())
    for reference in entries(tls, "certificateRefs"):
        if (reference.get("kind") or "Secret") != "Secret" or reference.get("group"):
            continue
        namespace, name = str(reference.get("namespace") or listener.owner.namespace), str(reference.get("name"))
        if not is_granted(model, listener.owner, "", "Secret", namespace, name):
            if model.covers_in("ReferenceGrant", namespace):
                return f"no ReferenceGrant in {namespace} lets Gateways of {listener.owner.namespace} refer to Secret {name}"
            return Unknown(f"ReferenceGrant in {namespace}")
        found = model.named.get(("Secret", namespace, name), ())
        if not found and not issued and "Certificate" not in model.kinds and model.complete_in(namespace, "Secret", "Certificate"):
            return f"its certificate, Secret {namespace}/{name}, is not there"
    return ""


_PARENTS = {"Gateway": _why_not_attached, "Service": _why_not_of_service}
