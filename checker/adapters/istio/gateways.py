"""The routes of a gateway's proxy (networking/core/gateway.go)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.gateway_api import GROUP
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import overlap, within
from checker.adapters.istio.registry import Host
from checker.adapters.istio.routes import Route, is_catch_all, rule_routes
from checker.adapters.istio.scope import Client
from checker.adapters.istio.virtual_services import VirtualService, bound
from checker.model.build import Model
from checker.objects import ApiObject

_LABEL = "gateway.networking.k8s.io/gateway-name"


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
        for listener in spec.get("listeners") or ():
            port = listener.get("port") or 0
            yield Server(name, port, behind.get(port, port), (listener.get("hostname") or "*",))
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
        return client.namespace == item.namespace and client.labels.get(_LABEL) == item.name
    selector: Mapping[str, str] = (item.data.get("spec") or {}).get("selector") or {}
    return selector.items() <= client.labels.items()


def gateway_routes(
    mesh: Mesh, services: Sequence[VirtualService], client: Client, opened: Sequence[Server], host: str, hosts: Mapping[str, Host]
) -> list[Route]:
    """The routes of a name on the servers of a port: all VirtualServices of it together, catch-alls last (SortVHostRoutes)."""
    here = {name.lower(): known for name, known in hosts.items()}

    def find(name: str) -> Host | None:
        return here.get(name.lower())

    found: list[tuple[str, Route]] = []
    seen: set[tuple[str, str]] = set()
    for server in opened:
        for service in bound(services, server.gateway, client.namespace):
            names = [name for name in service.hosts if any(overlap(name, own) for own in server.hosts)]
            best = _best(host, names)
            if best and (service.namespace, service.name) not in seen:
                seen.add((service.namespace, service.name))
                found += [(best, route) for route in rule_routes(mesh, service, client, server.port, {server.gateway}, find)]
    exact = _best(host, [name for name, _ in found])
    return sorted((route for name, route in found if name == exact), key=_takes_all)


def _best(host: str, names: Sequence[str]) -> str:
    fitting = [name for name in names if name == host or within(host, name)]
    return max(fitting, key=lambda name: (name == host, len(name)), default="")


def _takes_all(route: Route) -> bool:
    match: dict[str, Any] = {"uri": route.match.get("path"), "method": route.match.get("method")}
    return is_catch_all({**match, "headers": route.match.get("headers"), "queryParams": route.match.get("query")})
