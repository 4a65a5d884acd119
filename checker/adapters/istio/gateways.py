"""The routes of a gateway's proxy (networking/core/gateway.go)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.gateway_api import GROUP, entries
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import is_wildcard, overlap, within
from checker.adapters.istio.registry import Host
from checker.adapters.istio.routes import Route, is_catch_all, rule_routes, rule_targets
from checker.adapters.istio.scope import Client
from checker.adapters.istio.virtual_services import MESH_GATEWAY, VirtualService, bound
from checker.model.build import Model
from checker.objects import ApiObject

GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"


class Server(NamedTuple):
    """One server of a Gateway, or one listener of Gateway API; `listens` is the pod's port behind the one that is written."""

    gateway: str  # namespace/name
    port: int
    listens: int
    hosts: tuple[str, ...]


def servers(model: Model, client: Client) -> Iterator[Server]:
    """What the Gateways that select the client's pods open."""
    behind = _pod_ports(model, client)
    for item in model.kinds.get("Gateway", ()):
        if not _selects(item, client):
            continue
        spec = item.data.get("spec") or {}
        name = f"{item.namespace}/{item.name}"
        for listener in entries(spec, "listeners"):
            written = listener.get("port")
            port = written if isinstance(written, int) else 0
            yield Server(name, port, behind.get(port, port), (str(listener.get("hostname") or "*"),))
        for server in spec.get("servers") or ():
            hosts = tuple(str(host).rpartition("/")[2] for host in server.get("hosts") or ())
            port = (server.get("port") or {}).get("number") or 0
            yield Server(name, port, behind.get(port, port), hosts)


def _pod_ports(model: Model, client: Client) -> dict[int, int]:
    """The pod's port behind each port of the Services that select the pod."""
    selecting = (
        service
        for service in model.part.services
        if service.source.namespace == client.namespace and service.selector is not None and service.selector.matches(client.labels)
    )
    return {port.number: port.target for service in selecting for port in service.ports if isinstance(port.target, int)}


def is_gateway(model: Model, client: Client) -> bool:
    """Whether any Gateway selects the client's pods."""
    return any(_selects(item, client) for item in model.kinds.get("Gateway", ()))


def _selects(item: ApiObject, client: Client) -> bool:
    if item.api_version.startswith(GROUP):
        return client.namespace == item.namespace and client.labels.get(GATEWAY_LABEL) == item.name
    selector: Mapping[str, str] = (item.data.get("spec") or {}).get("selector") or {}
    return selector.items() <= client.labels.items()


class GatewayServices:
    """VirtualServices by the gateways they are bound to, and there by the names they are for."""

    def __init__(self, services: Sequence[VirtualService]) -> None:
        self._exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._wild: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._services = services
        for number, service in enumerate(services):
            for gateway in service.gateways - {MESH_GATEWAY}:
                for name in dict.fromkeys(service.hosts):
                    (self._wild[gateway][name] if is_wildcard(name) else self._exact[gateway, name]).append(number)
        self._names: dict[str, list[str]] = defaultdict(list)
        for gateway, name in self._exact:
            self._names[gateway].append(name)

    def of(self, gateway: str, host: str) -> list[VirtualService]:
        """Those that may have routes for a host, in their order."""
        numbers = {*self._exact.get((gateway, host), ())}
        for name, found in self._wild[gateway].items() if gateway in self._wild else ():
            if name == host or within(host, name):
                numbers.update(found)
        return [self._services[number] for number in sorted(numbers)]

    def bound_to(self, gateway: str) -> list[VirtualService]:
        """All of a gateway, in their order."""
        numbers = {number for name in self._names.get(gateway, ()) for number in self._exact[gateway, name]}
        numbers.update(number for found in self._wild.get(gateway, {}).values() for number in found)
        return [self._services[number] for number in sorted(numbers)]

    def names(self, server: Server) -> Iterator[str]:
        """The names that a server has routes for; where both it and the routes know several, the narrower one."""
        for written in (*self._names.get(server.gateway, ()), *self._wild.get(server.gateway, ())):
            if any(within(written, own) for own in server.hosts):
                yield written
            elif is_wildcard(written):
                yield from (own for own in server.hosts if within(own, written))


def gateway_routes(
    mesh: Mesh, services: GatewayServices, client: Client, opened: Sequence[Server], host: str, hosts: Mapping[str, Host]
) -> list[Route]:
    """The routes of a name on the servers of a port: all VirtualServices of it together, catch-alls last (SortVHostRoutes).

    `hosts`: what the gateway knows, by name in small letters.
    """

    def find(name: str) -> Host | None:
        return hosts.get(name.lower())

    found: list[tuple[str, Route]] = []
    seen: set[tuple[str, str]] = set()
    for server in opened:
        for service in bound(services.of(server.gateway, host), server.gateway, client.namespace):
            names = [name for name in service.hosts if any(overlap(name, own) for own in server.hosts)]
            best = _best(host, names)
            if best and (service.namespace, service.name) not in seen:
                seen.add((service.namespace, service.name))
                found += [(best, route) for route in rule_routes(mesh, service, client, server.port, {server.gateway}, find)]
    exact = _best(host, [name for name, _ in found])
    return sorted((route for name, route in found if name == exact), key=_takes_all)


def connection_routes(services: GatewayServices, client: Client, server: Server) -> Iterator[Route]:
    """Where a server sends connections of TCP, and of TLS by the name that is asked for."""
    for service in bound(services.bound_to(server.gateway), server.gateway, client.namespace):
        for rule in (*service.tls, *service.tcp):
            matches: Sequence[Mapping[str, Any]] = rule.values.get("match") or ({},)
            if fitting := [match for match in matches if _takes(match, server)]:
                names = fitting[0].get("sniHosts")
                yield Route("", {"sni": names} if names else {}, tuple(rule_targets(rule, server.port)), {}, None, service, rule)


def _takes(match: Mapping[str, Any], server: Server) -> bool:
    gateways, names = match.get("gateways"), match.get("sniHosts")
    if (gateways and server.gateway not in gateways) or match.get("port") not in (None, 0, server.port):
        return False
    return not names or any(overlap(name, own) for name in names for own in server.hosts)


def _best(host: str, names: Sequence[str]) -> str:
    fitting = [name for name in names if name == host or within(host, name)]
    return max(fitting, key=lambda name: (name == host, len(name)), default="")


def _takes_all(route: Route) -> bool:
    match: dict[str, Any] = {"uri": route.match.get("path"), "method": route.match.get("method")}
    return is_catch_all({**match, "headers": route.match.get("headers"), "queryParams": route.match.get("query")})
