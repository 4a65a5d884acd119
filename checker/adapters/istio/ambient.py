"""Calls in ambient mode: ztunnel carries connections, and a waypoint, where the callee has one, the requests in them."""

from collections.abc import Iterator, Sequence

from checker.adapters.istio.calls import System
from checker.adapters.istio.names import overlap
from checker.adapters.istio.patches import Called, Proxy
from checker.adapters.istio.registry import Host, endpoints
from checker.adapters.istio.routes import Route, Target, default_route, rule_routes
from checker.adapters.istio.scope import Client, own_routes_first
from checker.adapters.istio.virtual_services import MESH_GATEWAY, Rule, VirtualService, bound
from checker.adapters.istio.waypoints import Waypoint
from checker.model.setting import Origin, Setting, Settings
from checker.model.traffic import Destination, Way

GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
_ZTUNNEL = Origin("ztunnel")
_NOT_READ = "ztunnel carries connections and does not look into requests; no waypoint does for this Service"


def ztunnel_ways(system: System, name: str, port: int, call: str) -> list[Way]:
    """The ways of a call from a pod in ambient mode: those of the callee's waypoint, else a plain connection."""
    host = _host(system, name)
    if host is None or host.port(port) is None:
        return [Way("", {}, None, None, None, {}, (Destination("", 0, "", 100, "passthrough", {}),))]
    waypoint = system.waypoints.of(host)
    if waypoint is None:
        return [_connection(system, host, port, _NOT_READ)]
    if waypoint.item is not None:
        return waypoint_ways(system, waypoint, host, port, call)
    if system.model.complete_in(waypoint.namespace, "Gateway") or system.waypoints.named(waypoint.namespace, waypoint.name):
        return [_connection(system, host, port, f"ztunnel does not look into requests, and {waypoint.why}")]
    return [Way("", {}, None, None, None, {}, (Destination(host.name, port, "", 100, "unknown", {}),))]


def waypoint_ways(system: System, waypoint: Waypoint, host: Host, port: int, call: str) -> list[Way]:
    """What a waypoint does with calls to a Service that uses it (listener_waypoint.go)."""
    client = waypoint_client(waypoint.namespace, waypoint.name)
    hosts = {**system.visible(client.namespace), host.name: host}
    own = host.port(port)
    if own is None:
        return []
    routed = call == "http" and own.routed
    routes = _routes(system, client, host, port) if routed else [Route("", {}, (Target(host.name, port),), {})]
    ways = [system.led(route, client, hosts, waypoint) for route in routes]
    return system.filters.applied(ways, Called(Proxy("WAYPOINT", *client), host.name, port)) if system.filters else ways


def waypoint_client(namespace: str, name: str) -> Client:
    """A waypoint as a client of its own: it chooses rules as its namespace does."""
    return Client(namespace, {GATEWAY_NAME: name})


def of_waypoint(system: System, namespace: str, name: str, called: str, port: int, call: str) -> list[Way] | None:
    """The ways of a call that a waypoint passes on; None where no waypoint has that name, none where it is not the callee's."""
    if system.waypoints.named(namespace, name) is None:
        return None
    host = _host(system, called)
    waypoint = system.waypoints.of(host) if host else None
    if host is None or waypoint is None or (waypoint.namespace, waypoint.name) != (namespace, name):
        return []
    return waypoint_ways(system, waypoint, host, port, call)


def _host(system: System, name: str) -> Host | None:
    """The host of a name, a Service before a ServiceEntry; an ExternalName is what it stands for."""
    found: Sequence[Host] = system.known.by_name.get(name, ())
    host = next((each for each in found if each.service), None) or next(iter(found), None)
    return _host(system, host.alias) if host is not None and host.alias else host


def _routes(system: System, client: Client, host: Host, port: int) -> list[Route]:
    """Those of every VirtualService of the waypoint's or the Service's namespace that names the host, one after the other."""
    visible = system.visible(client.namespace)
    naming = (
        service
        for service in own_routes_first(bound(system.services, MESH_GATEWAY, client.namespace), client.namespace)
        if service.namespace in (client.namespace, host.namespace) and any(overlap(name, host.name) for name in service.hosts)
    )
    routes = [
        route for service in naming for route in rule_routes(system.mesh, _sourceless(service), client, port, {MESH_GATEWAY}, visible.get)
    ]
    return routes or [default_route(system.mesh, Target(host.name, port))]


def _sourceless(service: VirtualService) -> VirtualService:
    """Without the matches that ask for labels of the caller: a waypoint leaves them out, and with them rules that have no other."""
    return service._replace(http=tuple(_without_source_labels(service)))


def _without_source_labels(service: VirtualService) -> Iterator[Rule]:
    for rule in service.http:
        matches = rule.values.get("match") or ()
        kept = [match for match in matches if not match.get("sourceLabels")]
        if kept or not matches:
            yield rule._replace(values={**rule.values, "match": kept}) if len(kept) < len(matches) else rule


def _connection(system: System, host: Host, port: int, reason: str) -> Way:
    """A connection and nothing else; what a waypoint of the Service's namespace would do with its requests has no effect."""
    inert = _inert(waypoint_ways(system, Waypoint(host.namespace, "", None), host, port, "http"), reason)
    settings: Settings = {
        "request_timeout_seconds": Setting(None, "disabled", _ZTUNNEL, reason),
        "retry_attempts": Setting(0, "disabled", _ZTUNNEL, reason),
        **inert,
    }
    count = endpoints(system.model, host)
    empty = count == 0 and host.service is not None
    reached = Destination(host.name, port, "", 100, "no-endpoints" if empty else "ok", settings, endpoints=count)
    return Way("", {}, None, None, None, {}, (reached,))


def _inert(ways: Sequence[Way], reason: str) -> Settings:
    """What is written of the last way, which takes what no other does, to one destination."""
    if not ways or len(ways[-1].destinations) != 1:
        return {}
    written = {**ways[-1].settings, **ways[-1].destinations[0].settings}
    return {name: setting._replace(state="inert", reason=reason) for name, setting in written.items() if setting.origin.item is not None}
