"""What one proxy imports: the Sidecar that applies to it, the hosts and the VirtualServices it lets in (sidecar.go)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.known import Known
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import NOBODY, PRIVATE, PUBLIC, Names, overlap, within
from checker.adapters.istio.registry import Host, Port, created
from checker.adapters.istio.virtual_services import MESH_GATEWAY, VirtualService, bound
from checker.model.build import Model
from checker.objects import ApiObject

_EVERYTHING: Mapping[str, Any] = {"hosts": ["*/*"]}


class Client(NamedTuple):
    """Who makes the calls: its namespace, and the labels of its pods."""

    namespace: str
    labels: Mapping[str, str]


class Listener(NamedTuple):
    """One egress listener of a Sidecar; `port` is 0 for the one that takes every port.

    `aliases`: ExternalName hosts that it lets in by way of what they stand for.
    """

    port: int
    hosts: Mapping[str, Host]  # by name in small letters
    aliases: Mapping[str, str]
    services: Mapping[str, Sequence[VirtualService]]  # by each of their names, in the order in which they are tried
    owners: Names[VirtualService]
    routing: Sequence[VirtualService]  # all of them
    connecting: Sequence[VirtualService]  # those with routes for TCP or TLS
    http_ports: frozenset[int]  # shared by all hosts that have HTTP on them

    def candidates(self, name: str) -> Sequence[VirtualService]:
        """The VirtualServices that may have the routes of a host: those that name it, else the one with the closest wildcard."""
        named = self.services.get(name.lower())
        if named is not None:
            return named
        owner = self.owners.most_specific(name)
        return () if owner is None else (owner,)

    def covering(self, name: str) -> Iterator[VirtualService]:
        """The VirtualServices with routes for connections that name a host in any way."""
        return (service for service in self.connecting if any(overlap(written, name) for written in service.hosts))


class Scope(NamedTuple):
    """What the proxies of a namespace know, those that a Sidecar selects."""

    listeners: tuple[Listener, ...]
    hosts: Mapping[str, Host]
    allow_any: bool

    def listener(self, port: int) -> Listener | None:
        """The one that answers on a port."""
        return next((listener for listener in self.listeners if listener.port in (0, port)), None)


def scope_of(mesh: Mesh, known: Known, namespace: str, sidecar: ApiObject | None) -> Scope:
    """What the proxies of a namespace import."""
    spec = (sidecar.data.get("spec") or {}) if sidecar else {}
    listeners = tuple(_listener(egress, known, namespace) for egress in spec.get("egress") or (_EVERYTHING,))
    return Scope(listeners, _imported(listeners, known, namespace), _allow_any(mesh, spec))


def sidecars(model: Model) -> list[ApiObject]:
    """All Sidecar objects, oldest first."""
    return sorted(model.kinds.get("Sidecar", ()), key=lambda item: (created(item), item.name, item.namespace))


def sidecar_of(items: Sequence[ApiObject], root: str, client: Client) -> ApiObject | None:
    """The oldest that selects the pod, else the namespace's own, else the root namespace's."""
    here = [item for item in items if item.namespace == client.namespace]
    for item in here:
        selector = _selector(item)
        if selector is not None and selector.items() <= client.labels.items():
            return item
    general = (item for item in (*here, *(item for item in items if item.namespace == root)) if _selector(item) is None)
    return next(general, None)


def _selector(item: ApiObject) -> Mapping[str, str] | None:
    selector = (item.data.get("spec") or {}).get("workloadSelector")
    return None if selector is None else selector.get("labels") or {}


def _allow_any(mesh: Mesh, spec: Mapping[str, Any]) -> bool:
    """A Sidecar's policy without a mode means REGISTRY_ONLY, a mesh's ALLOW_ANY."""
    own = spec.get("outboundTrafficPolicy")
    if own is not None:
        return bool(own.get("mode", "REGISTRY_ONLY") != "REGISTRY_ONLY")
    policy: Mapping[str, Any] = mesh.values.get("outboundTrafficPolicy") or {}
    return bool(policy.get("mode", "ALLOW_ANY") != "REGISTRY_ONLY")


class _Wanted(NamedTuple):
    """Names a listener imports and leaves out, by namespace (`*` for all)."""

    names: dict[str, list[str]]
    excluded: dict[str, list[str]]


def _wanted(hosts: Iterable[str], namespace: str) -> _Wanted:
    """`~` before a namespace leaves its names out; alone it stands for all namespaces."""
    wanted = _Wanted({}, {})
    for written in hosts:
        owner, _, name = written.partition("/")
        table = wanted.excluded if owner.startswith(NOBODY) else wanted.names
        owner = owner.removeprefix(NOBODY) or PUBLIC
        table.setdefault(namespace if owner == PRIVATE else owner, []).append(name)
    return wanted


def _of(table: Mapping[str, list[str]], namespace: str) -> list[str]:
    return [*table.get(namespace, ()), *table.get(PUBLIC, ())]


def _listener(egress: Mapping[str, Any], known: Known, namespace: str) -> Listener:
    wanted = _wanted(egress.get("hosts") or (), namespace)
    port = (egress.get("port") or {}).get("number") or 0
    hosts = [host for host in known.hosts_of(wanted.names) if host.visible_to(namespace) and _imports(wanted, host)]
    if port:
        hosts = [host._replace(ports=tuple(own for own in host.ports if own.number == port)) for host in hosts if host.port(port)]
    hosts = _one_each(hosts)
    by_name: dict[str, list[VirtualService]] = defaultdict(list)
    owners: Names[VirtualService] = Names()
    routing = [service for service in bound(known.services_of(wanted.names), MESH_GATEWAY, namespace) if _takes(wanted, service)]
    taken = own_routes_first(routing, namespace)
    for service in taken:
        for name in dict.fromkeys(service.hosts):
            by_name[name.lower()].append(service)
            owners.setdefault(name, service)
    return Listener(
        port,
        {host.name.lower(): host for host in reversed(hosts)},
        dict(_aliases(wanted, hosts, known.aliases)),
        dict(by_name),
        owners,
        routing,
        [service for service in taken if service.tcp or service.tls],
        frozenset(port.number for host in hosts if not host.alias for port in host.ports if port.http),
    )


def _aliases(wanted: _Wanted, hosts: Sequence[Host], aliases: Sequence[Host]) -> Iterator[tuple[str, str]]:
    """By name, what each stands for: the same words must let in both (matchingAliasService)."""
    imported = {host.name: host for host in hosts}
    for alias in aliases:
        target = imported.get(alias.alias)
        if target is not None and any(within(alias.name, name) for name in _of(wanted.names, target.namespace)):
            yield alias.name, target.name


def _imports(wanted: _Wanted, host: Host) -> bool:
    if any(within(host.name, name) for name in _of(wanted.excluded, host.namespace)):
        return False
    return any(within(host.name, name) for name in _of(wanted.names, host.namespace))


def _takes(wanted: _Wanted, service: VirtualService) -> bool:
    fits = within if service.of_gateway_api else overlap
    return any(
        any(fits(host, name) for name in _of(wanted.names, service.namespace))
        and not any(within(host, name) for name in _of(wanted.excluded, service.namespace))
        for host in service.hosts
    )


def own_routes_first(services: Iterable[VirtualService], namespace: str) -> list[VirtualService]:
    """An HTTPRoute of the client's own namespace comes before everything else of its class."""
    ranked = [(_visibility(service, namespace), service) for service in services]
    ranked.sort(key=lambda pair: (pair[0], not (pair[1].of_gateway_api and pair[1].namespace == namespace)))
    return [service for _, service in ranked]


def _visibility(service: VirtualService, namespace: str) -> int:
    if PUBLIC in service.export_to:
        return 2
    return 0 if service.namespace == namespace else 1


def _one_each(hosts: Sequence[Host]) -> list[Host]:
    """Of hosts with one name a Service before a ServiceEntry, else the oldest."""
    best: dict[str, Host] = {}
    for host in hosts:
        earlier = best.get(host.name)
        if earlier is None or (earlier.service is None and host.service is not None):
            best[host.name] = host
    return [host for host in hosts if best[host.name].namespace == host.namespace]


def _imported(listeners: Sequence[Listener], known: Known, namespace: str) -> dict[str, Host]:
    """Hosts by name: those a listener lets in, and those that VirtualServices send requests to."""
    hosts: dict[str, Host] = {}
    for listener in listeners:
        for host in listener.hosts.values():
            _join(hosts, host)
        for service in listener.routing:
            for name, ports in destinations(service, namespace).items():
                found = _nearest(known.by_name.get(name, ()), namespace)
                if found is not None and (limited := _with_ports(found, {listener.port} if listener.port else ports)):
                    _join(hosts, limited)
    return hosts


def _join(hosts: dict[str, Host], host: Host) -> None:
    """appendSidecarServices: of two of one name the Service counts; of the same kind and namespace the ports are joined."""
    earlier = hosts.get(host.name)
    if earlier is None or (earlier.service is None and host.service is not None):
        hosts[host.name] = host
    elif earlier.namespace == host.namespace and (earlier.service is None) == (host.service is None):
        more: tuple[Port, ...] = tuple(port for port in host.ports if earlier.port(port.number) is None)
        if more and earlier.resolution == host.resolution:
            hosts[host.name] = earlier._replace(ports=(*earlier.ports, *more))


def _nearest(found: Sequence[Host], namespace: str) -> Host | None:
    own = next((host for host in found if host.namespace == namespace), None)
    seen = [host for host in found if host.visible_to(namespace)]
    return own or next((host for host in seen if host.service), None) or (seen[0] if seen else None)


def _with_ports(host: Host, ports: set[int]) -> Host | None:
    if not ports or 0 in ports:
        return host
    kept = tuple(port for port in host.ports if port.number in ports)
    return host._replace(ports=kept) if kept else None


def destinations(service: VirtualService, namespace: str) -> dict[str, set[int]]:
    """Hosts that its rules name, each with the ports (0: any), without rules for other namespaces."""
    named: dict[str, set[int]] = {}
    for rule in (*service.http, *service.tcp, *service.tls):
        matches = rule.values.get("match") or ()
        if matches and all(match.get("sourceNamespace") not in (None, "", namespace) for match in matches):
            continue
        mirrors = [rule.values.get("mirror"), *((mirror or {}).get("destination") for mirror in rule.values.get("mirrors") or ())]
        for target in (*(entry["destination"] for entry in rule.values.get("route") or ()), *filter(None, mirrors)):
            named.setdefault(str(target.get("host")), set()).add((target.get("port") or {}).get("number") or 0)
    return named
