"""Lines of VirtualServices that nobody's requests come to (virtualservice.go, route.go)."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from checker.adapters.istio.audience import Audience
from checker.adapters.istio.inert_policies import label
from checker.adapters.istio.names import DOMAIN, NOBODY, PUBLIC, full_name, is_wildcard, within
from checker.adapters.istio.registry import Host
from checker.adapters.istio.routes import is_catch_all
from checker.adapters.istio.virtual_services import MESH_GATEWAY, VirtualService, bound, merged_matches
from checker.model.build import Model
from checker.model.setting import said_by
from checker.model.traffic import Inert
from checker.objects import ApiObject
from checker.objects.unseen import ANY

# What of a match asks who calls, and on which port: not every request that comes is meant.
_OF_THE_CALLER = ("port", "gateways", "sourceLabels", "sourceNamespace")
_PROTECTING = {"timeout", "retries"}
_AGE = "; the oldest counts, and where no age is known the first by name"


def spec_of(item: ApiObject) -> Mapping[str, Any]:
    """The spec of a VirtualService."""
    return item.data.get("spec") or {}


def inert_routes(
    model: Model, services: Sequence[VirtualService], hosts: Sequence[Host], merged: Container[str], audience: Audience
) -> Iterator[Inert]:
    """What is dead of all VirtualServices; `merged`: hosts whose waypoint puts all of theirs together."""
    by_name: dict[str, Host] = {host.name.lower(): host for host in reversed(hosts)}
    for item in model.kinds.get("VirtualService", ()):
        yield from _after_catch_all(item)
        yield from _delegates(model, item)
    for service in services:
        yield from _without_http(service, by_name)
    for service in [service for service in services if not service.of_gateway_api]:
        yield from _nowhere(model, service, by_name)
        yield from _made_up(model, service, by_name)
    if model.complete_in(ANY, "VirtualService"):
        yield from _at_gateways_only(services, by_name)
    rivals = _rivals(services, merged)
    yield from _taken_hosts(rivals, audience, together=_imported_together if model.kinds.get("Sidecar") else _always)


def _at_gateways_only(services: Sequence[VirtualService], by_name: Mapping[str, Host]) -> Iterator[Inert]:
    """Timeouts and retries for a Service's own name, of which its callers in the mesh know nothing."""
    in_mesh = {name.lower() for service in services if MESH_GATEWAY in service.gateways for name in service.hosts}
    for service in services:
        if service.of_gateway_api or MESH_GATEWAY in service.gateways or not any(_PROTECTING & rule.values.keys() for rule in service.http):
            continue
        for written in spec_of(service.source).get("hosts") or ():
            name = full_name(written, service.namespace).lower()
            host = by_name.get(name)
            if host is not None and host.service is not None and not any(within(name, other) for other in in_mesh):
                what = f"the timeouts and retries of {label(service.source)}"
                because = "its gateways do not include mesh, and so it is only for requests that enter by a gateway under that name"
                place = said_by(service.source, "spec", "gateways")
                yield Inert(place, "at-gateways-only", what, because, f"calls within the mesh to {written}")
                break


def _after_catch_all(item: ApiObject) -> Iterator[Inert]:
    rules: Sequence[Mapping[str, Any]] = spec_of(item).get("http") or ()
    for number, rule in enumerate(rules[:-1]):
        matches: Sequence[Mapping[str, Any]] = rule.get("match") or ({},)
        if not rule.get("delegate") and any(map(_takes_all, matches)):
            later = len(rules) - number - 1
            what = f"{'the route' if later == 1 else f'the last {later} routes'} of {label(item)}"
            because = f"{_named(rule, number)} before takes every request"
            yield Inert(
                said_by(item, "spec", "http", number + 1), "after-catch-all", what, because, beaten_by=said_by(item, "spec", "http", number)
            )
            return


def _takes_all(match: Mapping[str, Any]) -> bool:
    return is_catch_all(match) and not any(match.get(key) for key in _OF_THE_CALLER)


def _named(rule: Mapping[str, Any], number: int) -> str:
    return f"route {rule['name']}" if rule.get("name") else f"route {number + 1}"


def _delegates(model: Model, item: ApiObject) -> Iterator[Inert]:
    for number, rule in enumerate(spec_of(item).get("http") or ()):
        delegate: Mapping[str, Any] = rule.get("delegate") or {}
        if not delegate:
            continue
        namespace, name = delegate.get("namespace") or item.namespace, str(delegate.get("name") or "")
        found = model.named.get(("VirtualService", namespace, name), ())
        what, place = f"{_named(rule, number)} of {label(item)}", said_by(item, "spec", "http", number, "delegate")
        if not found:
            missing = "" if model.complete_in(namespace, "VirtualService") else f"VirtualService {namespace}/{name}"
            yield Inert(place, "delegate-not-used", what, f"there is no VirtualService {namespace}/{name}", missing=missing)
            continue
        spec = spec_of(found[0])
        shown = {namespace if target == "." else target for target in spec.get("exportTo") or (PUBLIC,)}
        if spec.get("hosts"):
            because = f"{label(found[0])} has hosts, and such a one cannot be a delegate"
            yield Inert(place, "delegate-not-used", what, because, beaten_by=said_by(found[0], "spec", "hosts"))
        elif not shown & {PUBLIC, item.namespace}:
            because = f"{label(found[0])} is not exported to {item.namespace}"
            yield Inert(place, "delegate-not-used", what, because, beaten_by=said_by(found[0], "spec", "exportTo"))
        else:
            yield from _contradicting(label(item), rule, found[0])


def unread_delegates(model: Model) -> Iterator[str]:
    """What is not told of VirtualServices that delegate to others which the input may lack, for people."""
    for item in model.kinds.get("VirtualService", ()):
        lacking = [line.missing for line in _delegates(model, item) if line.missing]
        if lacking:
            yield f"the routes of {label(item)} that it leaves to {', '.join(lacking)} are not told: the input does not hold them"


def _contradicting(root_label: str, root: Mapping[str, Any], leaf: ApiObject) -> Iterator[Inert]:
    """Routes of a delegate that ask for what the rule that refers to it rules out."""
    for number, rule in enumerate(spec_of(leaf).get("http") or ()):
        if merged_matches(root.get("match") or (), rule.get("match") or ()) is None:
            because = f"its match contradicts that of {root_label}, which delegates to it"
            yield Inert(said_by(leaf, "spec", "http", number), "delegate-not-used", f"{_named(rule, number)} of {label(leaf)}", because)


def _without_http(service: VirtualService, by_name: Mapping[str, Host]) -> Iterator[Inert]:
    """Routes for HTTP exist only on ports that carry it, or may."""
    if not service.http or service.gateways != {MESH_GATEWAY}:
        return
    hosts = [by_name.get(name.lower()) for name in service.hosts]
    known = [host for host in hosts if host is not None and not host.alias and host.ports]
    asked = _ports_asked(service) if service.of_gateway_api else {None}
    ports = [(host, port) for host in known for port in host.ports if asked & {None, port.number}]
    if len(known) == len(hosts) and ports and not any(port.routed for _, port in ports):
        host, port = ports[0]
        because = f"port {port.number} of {host.name} is {port.protocol}, and the proxy does not look into it"
        place = said_by(service.source, "spec", "rules" if service.of_gateway_api else "http")
        yield Inert(place, "route-without-http", f"timeouts, retries and matches of {label(service.source)}", because)


def _ports_asked(service: VirtualService) -> set[int | None]:
    """None stands for all: a rule without a match, or with one that names no port."""
    nothing: tuple[Mapping[str, Any], ...] = ({},)
    return {match.get("port") for rule in service.http for match in rule.values.get("match") or nothing}


def _nowhere(model: Model, service: VirtualService, by_name: Mapping[str, Host]) -> Iterator[Inert]:
    for rule in service.http:
        for number, entry in enumerate(rule.values.get("route") or ()):
            destination = entry["destination"]
            name, port = str(destination["host"]), (destination.get("port") or {}).get("number")
            host, place = by_name.get(name.lower()), rule.origin.below("route", number, "destination")
            if host is None:
                if because := _absent(model, rule.origin.item or service.source, name, by_name):
                    yield Inert(place.below("host"), "destination-unknown", f"{name}", because)
            elif port and not host.alias and host.port(port) is None:
                known = ", ".join(str(own.number) for own in host.ports)
                because = f"it has {'no ports' if not known else f'the ports {known}' if ',' in known else f'only port {known}'}"
                yield Inert(
                    place.below("port"), "destination-unknown", f"port {port} of {host.name}", because, beaten_by=said_by(host.source)
                )


def _absent(model: Model, item: ApiObject, name: str, by_name: Mapping[str, Host]) -> str:
    """Why no service has a name; empty where the input may lack it, or leaves to the command line in which namespace things are."""
    if f"{name}.{DOMAIN}" in by_name:
        return f"a name with a dot is not completed: in full it is {name}.{DOMAIN}"
    short, _, rest = name.partition(".")
    namespace = rest.partition(".")[0]
    if rest != f"{namespace}.{DOMAIN}":
        return "no Service or ServiceEntry of the input has that name" if model.complete_in(ANY, "Service", "ServiceEntry") else ""
    alike = [service for service in model.kinds.get("Service", ()) if service.name == short]
    said = has_namespace(item) or item.namespace != namespace
    if not model.complete_hosts(namespace) or (alike and not (said and all(map(has_namespace, alike)))):
        return ""
    return "no Service of the input has that name" + (f"; there is one in {alike[0].namespace}" if alike else "")


def has_namespace(item: ApiObject) -> bool:
    """Whether an object says where it is; else that is up to who applies it."""
    return bool(item.data["metadata"].get("namespace"))


def _made_up(model: Model, service: VirtualService, by_name: Mapping[str, Host]) -> Iterator[Inert]:
    """A host that is no service's counts on port 80, if any service has HTTP there, and on ports of the other hosts."""
    known = any(name.lower() in by_name or is_wildcard(name) for name in service.hosts)
    if known or service.gateways != {MESH_GATEWAY} or any((port := host.port(80)) and port.routed for host in by_name.values()):
        return
    for number, written in enumerate(spec_of(service.source).get("hosts") or ()):
        name = full_name(written, service.namespace)
        if because := _absent(model, service.source, name, by_name):
            yield Inert(
                said_by(service.source, "spec", "hosts", number), "host-unknown", f"host {name} of {label(service.source)}", because
            )


def _rivals(services: Sequence[VirtualService], merged: Container[str]) -> Mapping[str, Sequence[VirtualService]]:
    """By host, the VirtualServices of which a caller in the mesh gets one only: there is no merging outside of gateways."""
    by_host: dict[str, list[VirtualService]] = defaultdict(list)
    for service in services:
        if MESH_GATEWAY in service.gateways and NOBODY not in service.export_to and service.http:
            for name in dict.fromkeys(host.lower() for host in service.hosts):
                by_host[name].append(service)
    return {
        name: rivals
        for name, rivals in by_host.items()
        if len(rivals) > 1 and name not in merged and not any(service.of_gateway_api for service in rivals)
    }


def _taken_hosts(
    by_host: Mapping[str, Sequence[VirtualService]], audience: Audience, together: Callable[[VirtualService, VirtualService], bool]
) -> Iterator[Inert]:
    for name, rivals in by_host.items():
        for service in rivals:
            winner = _winner(service, rivals, audience)
            if winner is not None and together(service, winner):
                yield _taken(name, service, winner)


def _always(_: VirtualService, __: VirtualService) -> bool:
    return True


def _imported_together(service: VirtualService, winner: VirtualService) -> bool:
    """Whether a Sidecar that lets in the one lets in the other: it chooses by namespace and host."""
    return service.namespace == winner.namespace and set(service.hosts) <= set(winner.hosts)


def _winner(service: VirtualService, rivals: Sequence[VirtualService], audience: Audience) -> VirtualService | None:
    """One that comes before it for all who see it, and has a route for each of their requests."""
    named = [name for rival in rivals for name in (rival.namespace, *rival.export_to) if name != PUBLIC]
    winner = None
    for namespace in audience.among(named):
        seen = bound(rivals, MESH_GATEWAY, namespace)
        if service not in seen:
            continue
        before = seen[: seen.index(service)]
        winner = next((rival for rival in before if _always_routes(rival)), None)
        if winner is None:
            return None
    return winner


def _always_routes(service: VirtualService) -> bool:
    """Whether it has a route for every caller and port; else the next one of the host would count there."""
    return any(
        not rule.values.get("match") or any(not any(match.get(key) for key in _OF_THE_CALLER) for match in rule.values["match"])
        for rule in service.http
    )


def _taken(name: str, service: VirtualService, winner: VirtualService) -> Inert:
    written: Sequence[str] = spec_of(service.source).get("hosts") or ()
    number = next(index for index, host in enumerate(written) if full_name(host, service.namespace).lower() == name)
    what = f"what {label(service.source)} says of {name}"
    because = f"{label(winner.source)} routes that host, and VirtualServices of one host are not merged{_AGE}"
    place = said_by(service.source, "spec", "hosts", number)
    return Inert(place, "host-taken", what, because, "calls within the mesh", said_by(winner.source, "spec", "hosts"))
