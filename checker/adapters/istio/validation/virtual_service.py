"""What Istio refuses in a VirtualService. Source: `ValidateVirtualService` of `validation.go`, `virtualservice.go`."""

from itertools import combinations

from checker.adapters.istio.validation.amounts import port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.http_route import http_route
from checker.adapters.istio.validation.matches import is_claim
from checker.adapters.istio.validation.names import FULL_NAME, export_to, gateways, host_fault, is_address, is_subnet, labels
from checker.adapters.istio.validation.targets import destinations
from checker.location import Path

_MESH = "mesh"


def virtual_service(spec: Data, namespace: str) -> Flaws:
    """Hosts, gateways, and each route."""
    hosts = spec.get("hosts") or ()
    if not hosts:
        yield from _delegate(spec)
    named = spec.get("gateways") or ()
    yield from gateways(named, ("spec", "gateways"))
    bound = bool(named) and _MESH not in named
    if not bound:
        yield from _claims(spec)
    yield from _hosts(spec, bound=bound)
    if not (spec.get("http") or spec.get("tcp") or spec.get("tls")):
        yield refused(("spec",), "has no http, tcp or tls routes", "add an http route")
    for index, route in enumerate(spec.get("http") or ()):
        yield from http_route(route, ("spec", "http", index), delegate=not hosts)
    for index, route in enumerate(spec.get("tls") or ()):
        yield from _tls_route(route, hosts, ("spec", "tls", index), bound=bound)
    for index, route in enumerate(spec.get("tcp") or ()):
        for number, match in enumerate(route.get("match") or ()):
            yield from _connection(match, ("spec", "tcp", index, "match", number))
        yield from _targets(route, ("spec", "tcp", index))
    yield from export_to(spec, namespace)


def _delegate(spec: Data) -> Flaws:
    """Without hosts it can only be what another VirtualService delegates to."""
    for key in ("gateways", "tls", "tcp"):
        if spec.get(key):
            what = f"is set, but there are no hosts: a VirtualService that others delegate to has no {key}"
            yield refused(("spec", key), what, f"add spec.hosts, or remove {key}")


def _claims(spec: Data) -> Flaws:
    for index, route in enumerate(spec.get("http") or ()):
        for number, match in enumerate(route.get("match") or ()):
            for key in ("headers", "withoutHeaders"):
                for name in match.get(key) or ():
                    if is_claim(name):
                        what = "routes by a claim of a token, which only a gateway can, and no gateway is named"
                        yield refused(("spec", "http", index, "match", number, key, name), what, "name the Gateway under spec.gateways")


def _hosts(spec: Data, *, bound: bool) -> Flaws:
    hosts = spec.get("hosts") or ()
    by_name = any(match.get("sniHosts") for route in spec.get("tls") or () for match in route.get("match") or ())
    sound = True
    for index, host in enumerate(hosts):
        fault = "" if bound and by_name and host.startswith("outbound_") else host_fault(host)
        if fault and not is_address(host):
            yield refused(("spec", "hosts", index), fault, FULL_NAME)
            sound = False
        elif host == "*" and not bound:
            what = "is '*', which a VirtualService without gateway (or with gateway mesh) cannot have"
            yield refused(("spec", "hosts", index), what, "list the hosts, or name the Gateway under spec.gateways")
            sound = False
    if sound and len(hosts) > 1:
        for (first, one), (second, other) in combinations(enumerate(hosts), 2):
            if _overlap(one, other):
                what = f"is {other!r}, which overlaps with {one!r} (spec.hosts[{first}])"
                yield refused(("spec", "hosts", second), what, "remove one of the two")


def _overlap(one: str, other: str) -> bool:
    """`host.Name.Matches`: equal, or one covers the other with an asterisk."""
    if one.startswith("*") and other.startswith("*"):
        longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
        return longer[1:].endswith(shorter[1:])
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(wide: str, narrow: str) -> bool:
    """`host.Name.SubsetOf`."""
    if not wide.startswith("*"):
        return wide == narrow
    return narrow.endswith(wide[1:]) if not narrow.startswith("*") else len(narrow) >= len(wide) and narrow[1:].endswith(wide[1:])


def _tls_route(route: Data, hosts: tuple[str, ...], path: Path, *, bound: bool) -> Flaws:
    """`validateTLSRoute`, `validateTLSMatch`, `validateSniHost`."""
    if not route.get("match"):
        yield refused((*path, "match"), "is empty; a tls route needs a match with sniHosts", "add a match with sniHosts")
    for number, match in enumerate(route.get("match") or ()):
        place = (*path, "match", number)
        if not match.get("sniHosts"):
            yield refused((*place, "sniHosts"), "is empty; at least one host is required", "list the host names that clients ask for")
        for index, host in enumerate(match.get("sniHosts") or ()):
            yield from _server_name(host, hosts, (*place, "sniHosts", index), bound=bound)
        yield from _connection(match, place)
    yield from _targets(route, path)


def _server_name(host: str, hosts: tuple[str, ...], path: Path, *, bound: bool) -> Flaws:
    fault = "" if bound and host.startswith("outbound_") else host_fault(host)
    if fault:
        if not is_address(host):
            yield refused(path, fault, FULL_NAME)
    elif not any(_covers(wide, host) for wide in hosts):
        yield refused(path, f"is {host!r}, which is none of spec.hosts, nor covered by one", "add it to spec.hosts")


def _connection(match: Data, path: Path) -> Flaws:
    """`validateTCPMatch`: subnets, port, labels, gateways."""
    for index, subnet in enumerate(match.get("destinationSubnets") or ()):
        if not is_subnet(subnet):
            yield refused(
                (*path, "destinationSubnets", index),
                f"is {subnet!r}; an address or a block is required",
                "write a block such as 10.0.0.0/8",
            )
    if match.get("port"):
        yield from port(match["port"], (*path, "port"))
    yield from labels(match.get("sourceLabels") or {}, (*path, "sourceLabels"))
    yield from gateways(match.get("gateways") or (), (*path, "gateways"))


def _targets(route: Data, path: Path) -> Flaws:
    if not route.get("route"):
        yield refused((*path, "route"), "is missing; a route to a destination is required", "add a route with a destination")
    yield from destinations(route.get("route") or (), (*path, "route"))
