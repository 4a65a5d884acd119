"""Written lines that do nothing, of a whole mesh."""

from collections.abc import Iterator, Sequence

from checker.adapters.istio.audience import Audience
from checker.adapters.istio.calls import System
from checker.adapters.istio.inert_constraints import inert_constraints
from checker.adapters.istio.inert_patches import inert_patches
from checker.adapters.istio.inert_policies import inert_policies, label
from checker.adapters.istio.inert_routes import has_namespace, inert_routes
from checker.adapters.istio.inert_rules import Covered, inert_rules
from checker.adapters.istio.names import full_name
from checker.adapters.istio.registry import Host
from checker.adapters.istio.scope import Client
from checker.model.build import POD_KINDS, Model
from checker.model.traffic import Inert
from checker.objects.unseen import ANY

_OF_THE_RULE = frozenset({"host-defined-twice"})  # told once of each rule, however many of its parts are lost


def inert_lines(system: System, callers: Sequence[Client], gateways: Sequence[str]) -> list[Inert]:
    """All of them. `callers` have proxies: without any the input lacks them. `gateways`: namespaces of proxies that are in no manifest."""
    model = system.model
    audience = Audience(callers, (system.mesh.root_namespace, *gateways), open_ended=not (callers and model.complete_in(ANY, *POD_KINDS)))
    lines = [line for line in _lines(system, audience) if _certain(model, line)]
    return list(_one_for_each_fault(lines))


def _one_for_each_fault(lines: Sequence[Inert]) -> Iterator[Inert]:
    """Nothing is said of what lies within a line that is dead already; what one rule loses to others is one line."""
    dead = {(id(line.origin.item), line.origin.path) for line in lines if not line.callers}
    told: set[int] = set()
    for line in lines:
        item, path = line.origin.item, line.origin.path
        if item is None or id(item) in told or any((id(item), path[:length]) in dead for length in range(len(path))):
            continue
        several = sum(other.origin.item is item and other.reason == line.reason for other in lines) if line.reason in _OF_THE_RULE else 1
        if several > 1:
            told.add(id(item))
        yield line if several == 1 else line._replace(what=f"the trafficPolicy and the subsets of {label(item)}")


def _lines(system: System, audience: Audience) -> Iterator[Inert]:
    model = system.model
    items = model.kinds.get("DestinationRule", ())
    covered = Covered(items, system.hosts)
    routed = _routed(system)
    dead: set[int] = set()
    for line in inert_rules(items, covered, system.rules, audience):
        if line.origin.item is not None and not line.callers and line.what.startswith("DestinationRule"):
            dead.add(id(line.origin.item))
        yield line
    for item in items:
        hosts = [host for host in covered.by(item) if not host.alias]
        if hosts and id(item) not in dead:
            yield from inert_policies(item, hosts, _subsets(routed, hosts, model))
    merged = frozenset(host.name.lower() for host in system.hosts if system.waypoints.of(host) is not None)
    yield from inert_routes(model, system.services, system.hosts, merged, audience)
    yield from inert_patches(system)
    yield from inert_constraints(system)


def _routed(system: System) -> dict[str, set[str]]:
    """By host, the subsets that routes lead to."""
    routed: dict[str, set[str]] = {}
    for service in system.services:
        for rule in (*service.http, *service.tcp, *service.tls):
            mirrors = [rule.values.get("mirror"), *((mirror or {}).get("destination") for mirror in rule.values.get("mirrors") or ())]
            for target in (*(entry["destination"] for entry in rule.values.get("route") or ()), *filter(None, mirrors)):
                name = full_name(str(target.get("host")), service.namespace)
                routed.setdefault(name, set()).add(str(target.get("subset") or ""))
    return routed


def _subsets(routed: dict[str, set[str]], hosts: Sequence[Host], model: Model) -> set[str] | None:
    """Those in use; where nothing routes to the hosts, a route may be missing from the input."""
    if not model.complete_in(ANY, "VirtualService", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute") and not any(
        host.name in routed for host in hosts
    ):
        return None
    return {subset for host in hosts for subset in routed.get(host.name, ())}


def _certain(model: Model, line: Inert) -> bool:
    """Variants of a system lie side by side: which of two definitions is in force, and in which namespace, must be told."""
    here, there = line.origin.item, line.beaten_by.item if line.beaten_by else None
    items = [item for item in (here, there) if item is not None]
    if any(len(model.named.get((item.kind, item.namespace, item.name), ())) > 1 for item in items):
        return False
    return len({has_namespace(item) for item in items}) == 1 and (line.reason != "namespace-not-read" or all(map(has_namespace, items)))
