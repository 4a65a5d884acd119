"""The routes of a host and port, in the order in which the proxy tries them (httproute.go, route.go, tls.go)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import is_wildcard, within
from checker.adapters.istio.registry import Host
from checker.adapters.istio.scope import Client, Listener
from checker.adapters.istio.versions import NO_RETRIES_ON_503, RETRY_BACKOFF
from checker.adapters.istio.virtual_services import MESH_GATEWAY, Rule, VirtualService
from checker.model.setting import Origin, Setting, Settings
from checker.units import seconds_of

_RETRY_ON = ("cancelled", "connect-failure", "refused-stream", "retriable-status-codes", "unavailable")
_RETRIES = 2
_ENVOY = Origin("Envoy")
_FIRST_CODE, _LAST_CODE = 100, 599
_UNAVAILABLE = 503
_MADE_UP_PORT = 80


class Target(NamedTuple):
    """Where a route sends requests; `weight` as written, `origin` where it is written."""

    host: str
    port: int
    subset: str | None = None
    weight: int = 100
    origin: Origin | None = None


class Route(NamedTuple):
    """One route; `answer` is `redirect` or `direct` where no upstream is called, `source` the VirtualService (None: istiod's own)."""

    name: str
    match: Mapping[str, Any]
    targets: tuple[Target, ...]
    settings: Settings
    answer: str | None = None
    source: VirtualService | None = None
    rule: Rule | None = None


class Asked(NamedTuple):
    """A name that a client asks for on a port of its listener."""

    name: str
    port: int
    client: Client
    listener: Listener

    @property
    def host(self) -> Host | None:
        """The host of that name, with this port alone; None if it has no such port."""
        return self.there(self.name)

    def there(self, name: str) -> Host | None:
        """A host of the listener, with this port alone."""
        host = self.listener.hosts.get(name.lower())
        own = host.port(self.port) if host else None
        return host._replace(ports=(own,)) if host and own else None


def http_routes(mesh: Mesh, asked: Asked) -> list[Route] | None:
    """The routes for HTTP requests to a host; None where the proxy has none for it."""
    for _, routes in written_routes(mesh, asked):
        return routes
    host = asked.host
    if host is None:
        return None
    if host.alias:
        return http_routes(mesh, asked._replace(name=host.alias))
    return [default_route(mesh, Target(host.name, asked.port))] if host.ports[0].routed else None


def written_routes(mesh: Mesh, asked: Asked) -> Iterator[tuple[VirtualService, list[Route]]]:
    """The VirtualServices with routes for a caller, host and port; the first of them counts."""
    for service in asked.listener.candidates(asked.name):
        if _owns(service, asked) and (routes := rule_routes(mesh, service, asked.client, asked.port, {MESH_GATEWAY}, asked.there)):
            yield service, routes


def _owns(service: VirtualService, asked: Asked) -> bool:
    """Whether the virtual host of a name and port is the VirtualService's."""
    lowered = [name.lower() for name in service.hosts]
    host = asked.host
    if host is None:
        return asked.name.lower() in lowered and not service.of_gateway_api and _made_up(service, asked)
    if not host.ports[0].routed:
        return False
    if service.of_gateway_api and service.namespace not in (host.namespace, asked.client.namespace):
        return False
    return host.name.lower() in lowered or any(is_wildcard(name) and within(host.name, name) for name in lowered)


def _made_up(service: VirtualService, asked: Asked) -> bool:
    """A name that is no service's is served on the ports of the services that the VirtualService is for; without one on port 80."""
    return asked.port == _MADE_UP_PORT or any(_serves(service, asked, host) for host in asked.listener.hosts.values())


def _serves(service: VirtualService, asked: Asked, host: Host) -> bool:
    """Whether the VirtualService is for the host, and the host has the port with HTTP on it."""
    own = host.port(asked.port)
    return own is not None and own.routed and any(found is service for found in asked.listener.candidates(host.name))


def rule_routes(
    mesh: Mesh, service: VirtualService, client: Client, port: int, gateways: set[str], find: Callable[[str], Host | None]
) -> list[Route]:
    """Each match of each rule as a route, up to the first that takes every request."""
    routes: list[Route] = []
    every: Sequence[Mapping[str, Any]] = ({},)
    for rule in service.http:
        for match in rule.values.get("match") or every:
            if not _meant(match, client, port, gateways):
                continue
            routes.append(_route(mesh, service, rule, match, port, find))
            if is_catch_all(match):
                return routes
        if not rule.values.get("match"):
            return routes
    return routes


def _meant(match: Mapping[str, Any], client: Client, port: int, gateways: set[str]) -> bool:
    """Whether the match is for this caller and port at all; with `gateways` the source labels are not asked (sourceMatchHTTP)."""
    if match.get("port") and match["port"] != port:
        return False
    if match.get("gateways"):
        return bool(gateways & set(match["gateways"]))
    labels: Mapping[str, str] = match.get("sourceLabels") or {}
    return labels.items() <= client.labels.items() and match.get("sourceNamespace") in (None, "", client.namespace)


def is_catch_all(match: Mapping[str, Any]) -> bool:
    """Whether every request fits (IsCatchAllRoute)."""
    uri = match.get("uri") or {}
    everything = not uri or uri.get("prefix") == "/" or uri.get("regex") in (".*", "*")
    asked = ("headers", "withoutHeaders", "queryParams", "method", "scheme", "authority")
    return everything and not any(match.get(key) for key in asked)


def _route(
    mesh: Mesh, service: VirtualService, rule: Rule, match: Mapping[str, Any], port: int, find: Callable[[str], Host | None]
) -> Route:
    values = rule.values
    answer = "redirect" if values.get("redirect") is not None else "direct" if values.get("directResponse") is not None else None
    name = ".".join(part for part in (values.get("name"), match.get("name")) if part)
    targets = () if answer else tuple(rule_targets(rule, port, find))
    return Route(name, described(match), targets, {} if answer else route_settings(mesh, rule), answer, service, rule)


def _nobody(_: str) -> None:
    """No host is known to have a single port."""


def rule_targets(rule: Rule, port: int, find: Callable[[str], Host | None] = _nobody) -> Iterator[Target]:
    """Where a rule sends what it takes; `find` tells hosts whose only port is meant where none is written."""
    written: Sequence[Mapping[str, Any]] = rule.values.get("route") or ()
    place = rule.origins.get("route") or rule.origin.below("route")
    for number, entry in enumerate(written):
        destination = entry["destination"]
        weight = entry.get("weight") or 0
        if len(written) > 1 and not weight:
            continue
        known = find(str(destination.get("host")))
        host = known.alias if known and known.alias else str(destination.get("host"))
        only = known.ports[0].number if known and len(known.ports) == 1 else port
        number_of_port = (destination.get("port") or {}).get("number") or only
        origin = place.below(number) if place.path[-1] == "backendRefs" else place.below(number, "destination")
        yield Target(host, number_of_port, destination.get("subset") or None, weight or 100, origin)


def described(match: Mapping[str, Any]) -> dict[str, Any]:
    """A match as people read it: path, method, headers, query."""
    parts = {"path": match.get("uri"), "method": match.get("method"), "headers": match.get("headers"), "query": match.get("queryParams")}
    return {key: value for key, value in parts.items() if value}


def default_route(mesh: Mesh, target: Target) -> Route:
    """What istiod programs where no VirtualService does."""
    return Route("default", {}, (target,), route_settings(mesh, None))


def route_settings(mesh: Mesh, rule: Rule | None) -> Settings:
    """Timeout and retries of a route: the rule's, else the mesh's retries, else istiod's own."""
    return {
        "request_timeout_seconds": _timeout(mesh, rule),
        "stream_idle_timeout_seconds": Setting(0.0, "disabled", mesh.product),
        **_retries(mesh, rule),
    }


def _timeout(mesh: Mesh, rule: Rule | None) -> Setting:
    written = seconds_of(rule.values.get("timeout")) if rule else None
    if rule is None or written is None:
        return Setting(None, "disabled", mesh.product)
    return Setting(written, "set" if written else "disabled", rule.origins["timeout"])


def _retries(mesh: Mesh, rule: Rule | None) -> Settings:
    own = rule.values.get("retries") if rule else None
    policy, origin = (own, rule.origins["retries"]) if rule and own is not None else (mesh.values.get("defaultHttpRetryPolicy"), None)
    origin = origin or mesh.origin("defaultHttpRetryPolicy")
    if policy is None:
        return _described_retries(mesh, _RETRIES, {}, mesh.product)
    attempts = policy.get("attempts") or 0
    if attempts <= 0:
        return {"retry_attempts": Setting(0, "disabled", origin)}
    return _described_retries(mesh, attempts, policy, origin)


def _described_retries(mesh: Mesh, attempts: int, policy: Mapping[str, Any], origin: Origin) -> Settings:
    def at(key: str) -> Origin:
        return origin.below(key) if origin.item else origin

    per_try, backoff = seconds_of(policy.get("perTryTimeout")), seconds_of(policy.get("backoff"))
    if backoff and mesh.version < RETRY_BACKOFF:
        shown = Setting(backoff, "inert", at("backoff"), f"{mesh.product.name} does not know the field")
    else:
        shown = Setting(backoff, "set", at("backoff")) if backoff else Setting(0.025, "default", _ENVOY)
    return {
        "retry_attempts": Setting(attempts, "set" if policy else "default", at("attempts")),
        **(_written_conditions(policy["retryOn"], at("retryOn")) if policy.get("retryOn") else _default_conditions(mesh)),
        "per_try_timeout_seconds": Setting(per_try, "set", at("perTryTimeout")) if per_try else Setting(None, "default", _ENVOY),
        "retry_backoff_base_seconds": shown,
    }


def _written_conditions(text: str, origin: Origin) -> Settings:
    words, codes = _conditions(text)
    shown = Setting(codes, "set", origin) if codes else Setting(None, "default", _ENVOY)
    return {"retry_on": Setting(words, "set", origin), "retry_codes": shown}


def _default_conditions(mesh: Mesh) -> Settings:
    codes = None if mesh.version >= NO_RETRIES_ON_503 else [_UNAVAILABLE]
    origin = mesh.product if codes else _ENVOY
    return {"retry_on": Setting(list(_RETRY_ON), "default", mesh.product), "retry_codes": Setting(codes, "default", origin)}


def _conditions(text: str) -> tuple[list[str], list[int]]:
    """The words and the status codes of `retryOn` (parseRetryOn)."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    codes = [int(part) for part in parts if part.isdigit() and _FIRST_CODE <= int(part) <= _LAST_CODE]
    words = [part for part in parts if not part.isdigit()]
    if codes and "retriable-status-codes" not in words:
        words.append("retriable-status-codes")
    return sorted(words), codes


def tcp_targets(client: Client, listener: Listener, host: Host, port: int, call: str) -> tuple[tuple[Target, ...], VirtualService | None]:
    """Where connections to a host go, and the VirtualService that says so."""
    for service in listener.covering(host.name):
        for rule in service.tls if call == "tls" else service.tcp:
            if rule.values.get("route") and _takes_connection(rule, client, port, host.name, call):
                return tuple(rule_targets(rule, port)), service
    return (Target(host.name, port),), None


def _takes_connection(rule: Rule, client: Client, port: int, host: str, call: str) -> bool:
    matches = rule.values.get("match") or ()
    if not matches:
        return call != "tls"
    return any(_connection_fits(match, client, port, host, call) for match in matches)


def _connection_fits(match: Mapping[str, Any], client: Client, port: int, host: str, call: str) -> bool:
    gateways, labels = match.get("gateways"), match.get("sourceLabels") or {}
    if gateways and MESH_GATEWAY not in gateways:
        return False
    if match.get("port") not in (None, 0, port) or match.get("sourceNamespace") not in (None, "", client.namespace):
        return False
    if call == "tls" and not any(within(host, name) for name in match.get("sniHosts") or ()):
        return False
    return bool(labels.items() <= client.labels.items())
