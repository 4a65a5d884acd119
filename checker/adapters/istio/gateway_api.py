"""HTTPRoutes and GRPCRoutes as the VirtualServices that istiod makes of them (pilot/pkg/config/kube/gateway/conversion.go)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import DOMAIN, exported
from checker.adapters.istio.registry import created
from checker.adapters.istio.virtual_services import MESH_GATEWAY, Rule, VirtualService
from checker.model.build import Model
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject
from checker.units import seconds_of

GROUP = "gateway.networking.k8s.io/"
_RETRY_ON = ("connect-failure", "refused-stream", "unavailable", "cancelled")
_RETRIES = 2
_PATHS = {"Exact": "exact", "PathPrefix": "prefix", "RegularExpression": "regex"}
_RANKS = {"exact": 3, "prefix": 2, "regex": 1}


class Bound(NamedTuple):
    """A route and the one parent that is looked at; `gateway` is `mesh` or the Gateway's namespace/name, with its section."""

    route: ApiObject
    parent: Mapping[str, Any]
    gateway: str


def route_services(model: Model, mesh: Mesh) -> list[VirtualService]:
    """One VirtualService for the routes of a namespace that are bound to the same host and port, or to the same Gateway and host."""
    groups: dict[tuple[str, ...], list[Bound]] = defaultdict(list)
    for bound in _bindings(model):
        for host in _hosts(model, bound):
            port = str(_number(bound.parent.get("port")) or "")
            key = (bound.gateway, bound.route.namespace, port if bound.gateway == MESH_GATEWAY else "", host)
            groups[key].append(bound)
    return [_service(mesh, key, group) for key, group in groups.items()]


def _bindings(model: Model) -> Iterator[Bound]:
    for kind in ("HTTPRoute", "GRPCRoute"):
        for item in model.kinds.get(kind, ()):
            for parent in entries(_spec(item), "parentRefs"):
                namespace = parent.get("namespace") or item.namespace
                match parent.get("kind") or "Gateway":
                    case "Service" | "ServiceEntry":
                        yield Bound(item, parent, MESH_GATEWAY)
                    case "Gateway":
                        yield Bound(item, parent, f"{namespace}/{parent.get('name')}")


def _hosts(model: Model, bound: Bound) -> list[str]:
    namespace, name = bound.parent.get("namespace") or bound.route.namespace, bound.parent.get("name")
    if bound.gateway != MESH_GATEWAY:
        return [str(host) for host in _spec(bound.route).get("hostnames") or ()] or ["*"]
    if bound.parent.get("kind") == "ServiceEntry":
        found = model.named.get(("ServiceEntry", namespace, str(name)), ())
        return list(_spec(found[0]).get("hosts") or ()) if found else []
    return [f"{name}.{namespace}.{DOMAIN}"]


def _service(mesh: Mesh, key: tuple[str, ...], group: list[Bound]) -> VirtualService:
    gateway, namespace, port, host = key
    group.sort(key=lambda bound: (created(bound.route), bound.route.namespace, bound.route.name))
    rules = [rule for bound in group for rule in _rules(bound, int(port or 0))]
    first = group[0].route
    return VirtualService(
        "~".join(part for part in (namespace, port, host) if part),
        namespace,
        created(first),
        (host,),
        frozenset({gateway}),
        exported(mesh.export_to("VirtualService"), namespace),
        tuple(sorted(rules, key=_precedence)),
        (),
        (),
        first,
        of_gateway_api=True,
    )


def _precedence(rule: Rule) -> tuple[bool, int, int, bool, int, int]:
    """sortHTTPRoutes: exact before prefix before regex, longer paths, methods, more headers, more query parameters."""
    matches = rule.values["match"]
    if not matches:
        return True, 0, 0, False, 0, 0
    match = matches[0]
    kind, path = next(iter((match.get("uri") or {}).items()), ("", ""))
    asked = len(match.get("headers") or ()), len(match.get("queryParams") or ())
    return False, -_RANKS.get(kind, -1), -len(path), "method" not in match, -asked[0], -asked[1]


def _rules(bound: Bound, port: int) -> Iterator[Rule]:
    item = bound.route
    for number, rule in enumerate(entries(_spec(item), "rules")):
        path = ("spec", "rules", number)
        values = {
            "name": rule.get("name") or f"{item.namespace}.{item.name}.{number}",
            **_answer(rule),
            **_retries_and_timeouts(rule),
            "route": [_destination(backend, item.namespace) for backend in entries(rule, "backendRefs")],
        }
        origins = _origins(item, path, rule)
        for match in entries(rule, "matches") or (None,):
            asked = {} if match is None else _grpc_match(match) if item.kind == "GRPCRoute" else _match(match)
            wanted = {**asked, **({"port": port} if port else {})}
            yield Rule({**values, "match": [wanted] if wanted or match is not None else []}, origins, said_by(item, *path))


def _answer(rule: Mapping[str, Any]) -> dict[str, Any]:
    for entry in entries(rule, "filters"):
        if entry.get("type") == "RequestRedirect":
            return {"redirect": entry.get("requestRedirect") or {}}
    if not sum(_weight(backend) for backend in entries(rule, "backendRefs")):
        return {"directResponse": {"status": 500}}
    return {}


def _retries_and_timeouts(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Without `retry` a backend's timeout is the timeout of the whole; with it, of each try. 0 means none."""
    values: dict[str, Any] = {}
    retry = rule.get("retry")
    if isinstance(retry, dict):
        attempts = retry.get("attempts", _RETRIES)
        words = [*_RETRY_ON, *(str(code) for code in retry.get("codes") or ())]
        values["retries"] = {"attempts": attempts, "retryOn": ",".join(words) if attempts else ""}
        if retry.get("backoff"):
            values["retries"]["backoff"] = retry["backoff"]
    timeouts = _mapping(rule, "timeouts")
    if seconds_of(timeouts.get("request")):
        values["timeout"] = timeouts["request"]
    if seconds_of(timeouts.get("backendRequest")):
        if "retries" in values:
            values["retries"]["perTryTimeout"] = timeouts["backendRequest"]
        else:
            values["timeout"] = timeouts["backendRequest"]
    return values


def _origins(item: ApiObject, path: tuple[str | int, ...], rule: Mapping[str, Any]) -> dict[str, Origin]:
    timeouts = _mapping(rule, "timeouts")
    whole = "backendRequest" if seconds_of(timeouts.get("backendRequest")) and rule.get("retry") is None else "request"
    backends = said_by(item, *path, "backendRefs")
    return {"timeout": said_by(item, *path, "timeouts", whole), "retries": said_by(item, *path, "retry"), "route": backends}


def _destination(backend: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    if backend.get("kind") == "Hostname":
        host = str(backend.get("name"))
    else:
        host = f"{backend.get('name')}.{backend.get('namespace') or namespace}.{DOMAIN}"
    return {"destination": {"host": host, "port": {"number": _number(backend.get("port"))}}, "weight": _weight(backend)}


def _match(match: Mapping[str, Any]) -> dict[str, Any]:
    path = _mapping(match, "path")
    asked: dict[str, Any] = {"uri": {_PATHS.get(path.get("type") or "PathPrefix", "prefix"): path.get("value") or "/"}}
    if match.get("method"):
        asked["method"] = {"exact": match["method"]}
    asked |= {"headers": _texts(entries(match, "headers")), "queryParams": _texts(entries(match, "queryParams"))}
    return {key: value for key, value in asked.items() if value}


def _grpc_match(match: Mapping[str, Any]) -> dict[str, Any]:
    method = _mapping(match, "method")
    service, name = method.get("service"), method.get("method")
    asked: dict[str, Any] = {"headers": _texts(entries(match, "headers"))}
    if service and name:
        asked["uri"] = {"exact": f"/{service}/{name}"}
    elif service:
        asked["uri"] = {"prefix": f"/{service}/"}
    elif name:
        asked["uri"] = {"regex": f"/[^/]+/{name}"}
    return {key: value for key, value in asked.items() if value}


def _texts(asked: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    kinds = {"RegularExpression": "regex"}
    return {str(entry.get("name")): {kinds.get(str(entry.get("type")), "exact"): str(entry.get("value"))} for entry in asked}


def _spec(item: ApiObject) -> Mapping[str, Any]:
    return _mapping(item.data, "spec")


def _mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """These kinds come unchecked: what is no mapping counts as not written."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def entries(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings of a list; what else is in it counts as not written."""
    found = values.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _number(port: object) -> int:
    return port if isinstance(port, int) else 0


def _weight(backend: Mapping[str, Any]) -> int:
    weight = backend.get("weight", 1)
    return weight if isinstance(weight, int) else 1
