"""What each setting of a call was preferred to: other words for it, the next best first, and what holds where nobody says anything.

Heavy, and for those who ask: judgements need what is in force alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.calls import System
from checker.adapters.istio.clusters import cluster_settings, policy_of, replaced_policies
from checker.adapters.istio.inert_policies import label
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import PUBLIC
from checker.adapters.istio.registry import Host
from checker.adapters.istio.routes import Asked, Route, route_settings, written_routes
from checker.adapters.istio.rules import Destination as Rule
from checker.adapters.istio.rules import Rules, candidates, choose, read_rule
from checker.adapters.istio.scope import Client
from checker.adapters.istio.virtual_services import VirtualService
from checker.model.setting import Origin, Setting, Settings
from checker.model.traffic import Destination, Way

_Routing = Sequence[tuple[VirtualService, list[Route]]]  # of one host, the first in force
_NOT_WRITTEN = "holds where nobody writes it"


class Layer(NamedTuple):
    """What would hold, and why it does not."""

    settings: Settings
    reason: str


def with_overrides(system: System, client: Client, host: str, port: int, ways: Iterable[Way]) -> list[Way]:
    """The ways of a call of a sidecar, each setting with what it was preferred to; what is written and lost altogether is `inert`."""
    routing, hosts = _routing(system, client, host, port), system.scope(client).hosts
    return [_explained_way(system, client, way, routing, hosts) for way in ways]


def with_overrides_of_gateway(system: System, client: Client, ways: Iterable[Way]) -> list[Way]:
    """The same for the ways of a gateway, whose VirtualServices add up: none of them beats another."""
    hosts = system.visible(client.namespace)
    return [_explained_way(system, client, way, (), hosts) for way in ways]


def _explained_way(system: System, client: Client, way: Way, routing: _Routing, hosts: Mapping[str, Host]) -> Way:
    return way._replace(
        settings=_told(way.settings, _route_layers(system.mesh, way, routing), _base_of_route(system.mesh)),
        destinations=tuple(_explained(system, client, reached, hosts.get(reached.host)) for reached in way.destinations),
    )


def _explained(system: System, client: Client, reached: Destination, host: Host | None) -> Destination:
    port = host.port(reached.port) if host else None
    if host is None or port is None or not reached.settings:
        return reached
    mesh = system.mesh
    layers = (Layer(cluster_settings(mesh, host, port, policy), reason) for policy, reason in _policies(system, client, host, reached))
    return reached._replace(settings=_told(reached.settings, layers, cluster_settings(mesh, host, port, {})))


def _policies(system: System, client: Client, host: Host, reached: Destination) -> Iterator[tuple[dict[str, Any], str]]:
    """All other traffic policies for a destination, those first that would count next."""
    rule = choose(candidates(system.rules, host, client.namespace), client.namespace, client.labels)
    if rule is not None:
        yield from replaced_policies(rule, reached.port, reached.subset)
        for part in _later_parts(rule):
            reason = f"{label(rule.policy_origin.item or rule.sources[0])} is for the same host, and the first policy counts whole"
            yield policy_of(system.mesh, part, reached.port, reached.subset, baseline=False), reason
    for other, reason in beaten_rules(system.rules, host, client, rule):
        yield policy_of(system.mesh, other, reached.port, reached.subset, baseline=False), reason
    baseline = policy_of(system.mesh, None, reached.port, None)
    if baseline and rule is not None:
        yield baseline, f"{label(rule.sources[0])} replaces it"


def _later_parts(rule: Rule) -> Iterator[Rule]:
    """The rules that were folded into one and whose trafficPolicy is not that one's."""
    if len(rule.sources) > 1:
        yield from (read_rule(item) for item in rule.sources if item is not rule.policy_origin.item)


def beaten_rules(rules: Rules, host: Host, client: Client, counts: Rule | None) -> Iterator[tuple[Rule, str]]:
    """The rules for a host that a client does not get, each with the reason; without those whose selector is for other pods."""
    home = client.namespace
    local = rules.local.get(home) if home != rules.root else rules.root_private
    tables = [local, *(rules.exported.get(owner) for owner in dict.fromkeys((host.namespace, rules.root)))]
    told = {id(item) for item in counts.sources} if counts else set()
    for shared, table in enumerate(tables):
        groups = table.covering(host.name) if table else []
        for group in groups:
            for rule in group:
                visible = not shared or not rule.export_to or bool(rule.export_to & {PUBLIC, home})
                selects = rule.selector is None or (rule.namespace == home and rule.selector.items() <= client.labels.items())
                if visible and selects and id(rule.sources[0]) not in told:
                    told.update(id(item) for item in rule.sources)
                    yield rule, _why(rules, rule, counts, groups[0])
                elif visible and not selects:
                    yield from _taken_in(rule)


def _taken_in(rule: Rule) -> Iterator[tuple[Rule, str]]:
    """Rules for all pods that istiod folds into one for some."""
    for part in (read_rule(item) for item in rule.sources[1:]):
        if part.selector is None:
            yield part, f"{label(rule.sources[0])} selects other pods, and takes it in for these alone"


def _why(rules: Rules, rule: Rule, counts: Rule | None, closest: Sequence[Rule]) -> str:
    if rule not in closest and rule.host != closest[0].host:
        return f"{label(closest[0].sources[0])} is for a closer host and hides it"
    if counts is None:
        return "rules of the caller's namespace with a workloadSelector hide it, though they do not select the caller"
    name = label(counts.sources[0])
    if counts.namespace == rule.namespace:
        return f"{name} {'selects the caller' if counts.selector is not None else 'has another exportTo, and the last one counts'}"
    return f"{name} {'in the root namespace ' if counts.namespace == rules.root else ''}is nearer to the caller and replaces it whole"


def _routing(system: System, client: Client, host: str, port: int) -> _Routing:
    """The VirtualServices for a host and their routes; the first one's are in force."""
    listener = system.scope(client).listener(port)
    return list(written_routes(system.mesh, Asked(host, port, client, listener))) if listener else []


def _route_layers(mesh: Mesh, way: Way, routing: _Routing) -> Iterator[Layer]:
    if way.origin is not None and way.settings:
        yield from _other_routes(mesh, way, way.origin, routing) if routing else ()
        yield Layer(route_settings(mesh, None), "the route says it itself")


def _other_routes(mesh: Mesh, way: Way, origin: Origin, routing: _Routing) -> Iterator[Layer]:
    winner, routes = routing[0]
    rule = next(
        (route.rule for route in routes if route.rule and _same_place(route.rule.origin, origin) and route.match == way.match), None
    )
    if rule is None:
        return
    if rule.root is not None:
        yield Layer(route_settings(mesh, rule.root), "the delegate says it itself")
    for _, others in routing[1:]:
        alike = next((route for route in others if route.match in (way.match, {})), None)
        if alike is not None:
            reason = f"{label(winner.source)} routes the host, and VirtualServices of one host are not merged"
            yield Layer(alike.settings, reason)


def _base_of_route(mesh: Mesh) -> Settings:
    return route_settings(mesh._replace(values={key: value for key, value in mesh.values.items() if key != "defaultHttpRetryPolicy"}), None)


def _told(settings: Settings, layers: Iterable[Layer], base: Settings) -> Settings:
    """`base`: what holds where nobody writes anything."""
    beaten: dict[str, list[Setting]] = {}
    for layer in layers:
        for name, setting in layer.settings.items():
            told = [*beaten.get(name, ()), *(each[name] for each in (settings, base) if name in each)]
            if _is_written(setting) and not any(_same_place(setting.origin, other.origin) for other in told):
                beaten.setdefault(name, []).append(setting._replace(state="inert", reason=layer.reason))
    shown = {name: _overriding(name, setting, beaten.get(name, []), base) for name, setting in settings.items()}
    lost = {name: found[0]._replace(overrides=tuple(found[1:])) for name, found in beaten.items() if name not in settings}
    return {**shown, **lost} if settings else settings


def _overriding(name: str, setting: Setting, beaten: Sequence[Setting], base: Settings) -> Setting:
    if setting.state == "unknown":
        return setting
    default = base.get(name)
    if default is None or not _is_written(setting) or _same_place(setting.origin, default.origin):
        return setting._replace(overrides=(*setting.overrides, *beaten))
    state = "inert" if _is_written(default) else default.state
    return setting._replace(overrides=(*setting.overrides, *beaten, default._replace(state=state, reason=_NOT_WRITTEN)))


def _is_written(setting: Setting) -> bool:
    """Whether somebody wrote the field: the origin of one that is derived from its block is not there."""
    if setting.origin.item is None:
        return setting.state == "set"
    there: Any = setting.origin.item.data
    for key in setting.origin.path:
        try:
            there = there[key]
        except (KeyError, IndexError, TypeError):
            return isinstance(there, str)  # a configuration written as text
    return True


def _same_place(one: Origin, other: Origin) -> bool:
    return one.item is other.item and one.path == other.path and one.name == other.name
