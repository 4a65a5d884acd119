"""Whom a rule sends its requests to, and which of its backendRefs Envoy Gateway cannot (internal/gatewayapi/validate.go of v1.9.1)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from checker.model.build import Model
from checker.model.gateway_api import entries, is_granted, mapping, number_of, spec_of
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject

_DOMAIN = "svc.cluster.local"
_GROUPS = {"Service": ("", "core"), "Backend": ("gateway.envoyproxy.io",), "ServiceImport": ("multicluster.x-k8s.io",)}


class Backend(NamedTuple):
    """One backendRef. `fault`: why nothing can be sent there; `endpoints`: whether there is anybody, None where the input does not tell."""

    host: str
    port: int
    weight: int
    origin: Origin
    fault: str = ""
    certain: bool = True


def backends(model: Model, route: ApiObject, rule: int) -> list[Backend]:
    """The backendRefs of a rule that get requests, and those that make them fail."""
    data = _rule(route, rule)
    found = []
    for number, reference in enumerate(entries(data, "backendRefs")):
        origin = said_by(route, "spec", "rules", rule, "backendRefs", number)
        found.append(backend(model, route, reference, origin))
    return found


def _rule(route: ApiObject, number: int) -> Mapping[str, Any]:
    rules = spec_of(route).get("rules")
    return rules[number] if isinstance(rules, list) and number < len(rules) and isinstance(rules[number], dict) else {}


def backend(model: Model, route: ApiObject, reference: Mapping[str, Any], origin: Origin) -> Backend:
    """What a reference comes to."""
    kind, name = str(reference.get("kind") or "Service"), str(reference.get("name"))
    namespace = str(reference.get("namespace") or route.namespace)
    weight = reference.get("weight")
    port = number_of(reference.get("port"))
    host = f"{name}.{namespace}.{_DOMAIN}" if kind == "Service" else f"{name}.{namespace}"
    fault, certain = _fault(model, route, reference, (kind, namespace, name))
    if kind == "Backend" and not port:
        port = _port_of_backend(model, namespace, name)
    return Backend(host, port, 1 if weight is None else number_of(weight), origin, fault, certain)


def _fault(model: Model, route: ApiObject, reference: Mapping[str, Any], target: tuple[str, str, str]) -> tuple[str, bool]:
    """Why a reference is bad, in words, and whether the input says so for certain."""
    kind, namespace, name = target
    group = str(reference.get("group") or "")
    if kind not in _GROUPS or group not in _GROUPS[kind]:
        return f"{group or 'the core group'} has no {kind} that Envoy Gateway can send to", True
    if not is_granted(model, route, group, kind, namespace, name):
        return f"no ReferenceGrant in {namespace} lets {route.kind}s of {route.namespace} refer to it", model.covers("ReferenceGrant")
    if kind == "ServiceImport":
        return "", False
    if kind == "Service" and reference.get("port") is None:
        return "it names no port", True
    found = model.named.get(target, ())
    if not found:
        return f"{kind} {namespace}/{name} is not in the input", model.covers_in(kind, namespace)
    return (_fault_of_service(found, number_of(reference.get("port"))) if kind == "Service" else ""), True


def _fault_of_service(found: Sequence[ApiObject], port: int) -> str:
    spec = spec_of(found[0])
    if spec.get("type") == "ExternalName":
        return "it is an alias (ExternalName), which Envoy Gateway does not follow"
    ports = [entry for item in found for entry in entries(spec_of(item), "ports")]
    if not any(entry.get("port") == port and (entry.get("protocol") or "TCP") == "TCP" for entry in ports):
        return f"the Service has no port {port}"
    return ""


def _port_of_backend(model: Model, namespace: str, name: str) -> int:
    for item in model.named.get(("Backend", namespace, name), ()):
        for endpoint in entries(spec_of(item), "endpoints"):
            for kind in ("fqdn", "ip"):
                if port := number_of(mapping(endpoint, kind).get("port")):
                    return port
    return 0
