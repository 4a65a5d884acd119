"""Whom a rule sends its requests to, and which of its backendRefs Envoy Gateway cannot (internal/gatewayapi/validate.go of v1.9.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.model.build import Model
from checker.model.gateway_api import Fault, entries, mapping, number_of, reference_fault, spec_of
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject

_DOMAIN = "svc.cluster.local"
_GROUPS = {"Service": ("", "core"), "Backend": ("gateway.envoyproxy.io",), "ServiceImport": ("multicluster.x-k8s.io",)}


class Backend(NamedTuple):
    """One backendRef; `fault`: why nothing can be sent there."""

    host: str
    port: int
    weight: int
    origin: Origin
    fault: Fault | None = None


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
    fault = _fault(model, route, reference, (kind, namespace, name))
    if kind == "Backend" and not port:
        port = _port_of_backend(model, namespace, name)
    return Backend(host, port, 1 if weight is None else number_of(weight), origin, fault)


def _fault(model: Model, route: ApiObject, reference: Mapping[str, Any], target: tuple[str, str, str]) -> Fault | None:
    """Why a reference is bad: the Gateway API's reasons and Envoy Gateway's own."""
    kind, group = target[0], str(reference.get("group") or "")
    if kind not in _GROUPS or group not in _GROUPS[kind]:
        return Fault(f"{group or 'the core group'} has no {kind} that Envoy Gateway can send to")
    found = reference_fault(model, route, reference)
    item = next(iter(model.named.get(target, ())), None)
    if found is None and kind == "Service" and item is not None and spec_of(item).get("type") == "ExternalName":
        return Fault("it is an alias (ExternalName), which Envoy Gateway does not follow")
    return found


def _port_of_backend(model: Model, namespace: str, name: str) -> int:
    for item in model.named.get(("Backend", namespace, name), ()):
        for endpoint in entries(spec_of(item), "endpoints"):
            for kind in ("fqdn", "ip"):
                if port := number_of(mapping(endpoint, kind).get("port")):
                    return port
    return 0
