"""What Envoy Gateway makes of Gateways, routes and policies: the ways by which requests come in, each with what is in force on it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.backends import Backend, backend, backends
from checker.adapters.envoy_gateway.clients import Clients, scope_of
from checker.adapters.envoy_gateway.limits import rate_limits
from checker.adapters.envoy_gateway.patches import patches, with_patches
from checker.adapters.envoy_gateway.settings import Rule, cluster_settings, route_settings
from checker.adapters.envoy_gateway.spec import Spec, merged
from checker.adapters.envoy_gateway.targets import Attachments, Policy, Scope, attachments
from checker.adapters.envoy_gateway.validity import Fault, faults
from checker.model.build import Model
from checker.model.gateway_api import ROUTES, Listener, attached, entries, hosts, listeners, mapping, names_parent, spec_of
from checker.model.rate_limit import RateLimit
from checker.model.setting import Settings, object_name, said_by
from checker.model.traffic import Destination, Entry, Result, Way
from checker.objects import ApiObject

KIND = "BackendTrafficPolicy"
_BLOCKS = ("loadBalancer", "healthCheck", "circuitBreaker", "timeout", "tcpKeepalive", "connection", "dns")
_CONNECTIONS = ("TCPRoute", "TLSRoute")


class Governing(NamedTuple):
    """What policies say of a rule at a listener. `replaced`: those that others keep from it, though they are for it too.

    `fault`: why requests are answered with 500 instead; `refused`: whose fault it is.
    """

    spec: Spec
    policies: tuple[Policy, ...]
    replaced: tuple[Policy, ...] = ()
    fault: Fault | None = None
    refused: Policy | None = None


class EnvoyGateway:
    """The Gateways that Envoy Gateway runs."""

    def __init__(self, model: Model, gateways: Sequence[ApiObject]) -> None:
        self.model = model
        self.gateways = gateways
        self.listeners = [listener for gateway in gateways for listener in listeners(model, gateway)]
        self.routes = [item for kind in ROUTES for item in model.kinds.get(kind, ()) if names_parent(item, self.listeners)]
        self.clients = Clients(model, self.listeners)
        self._patches = patches(model, gateways)

    @cached_property
    def policies(self) -> Attachments:
        """BackendTrafficPolicies by what they are attached to."""
        owners = {id(listener.owner): listener.owner for listener in self.listeners}
        return attachments(self.model, KIND, [*self.routes, *owners.values()], _sections)

    @cached_property
    def attached(self) -> Mapping[int, Sequence[Listener]]:
        """The listeners of each route, in their order; of a listener for connections only the oldest route gets it."""
        taken: set[Scope] = set()
        found: dict[int, list[Listener]] = {}
        for route in sorted(self.routes, key=_age):
            offered = attached(self.model, route, self.listeners)
            if route.kind == "TCPRoute":
                offered = [listener for listener in offered if scope_of(listener) not in taken]
                taken.update(map(scope_of, offered))
            found[id(route)] = offered
        return found

    def entries(self) -> Iterator[Entry]:
        """Every way of every Gateway."""
        for gateway in self.gateways:
            for route in self.routes:
                for number, _ in enumerate(_rules(route)):
                    for names, way in self.ways(gateway, route, number):
                        yield Entry(gateway, way, names)

    def ways(self, gateway: ApiObject, route: ApiObject, number: int) -> Iterator[tuple[tuple[str, ...], Way]]:
        """What becomes of requests for a rule of a route, with the names of the listeners for which that is so."""
        here = [listener for listener in self.attached[id(route)] if listener.gateway is gateway]
        rules = _rules(route)
        if not here or number >= len(rules):
            return
        shared = cluster_settings(self.governing(route, number, here[0]).spec)
        groups: dict[tuple[Any, ...], list[Listener]] = defaultdict(list)
        for listener in here:
            governing = self.governing(route, number, listener)
            idle = self.clients.stream_idle(listener)
            key = (
                tuple(id(policy.source) for policy in governing.policies),
                governing.fault is None,
                self.clients.rate_limit_headers(listener),
                *(leaf and leaf.value for leaf in idle),
            )
            groups[key].append(listener)
        for group in groups.values():
            yield tuple(dict.fromkeys(listener.name for listener in group)), self._way(route, number, group, shared)

    def _way(self, route: ApiObject, number: int, group: Sequence[Listener], shared: Settings) -> Way:
        data, origin = _rules(route)[number], said_by(route, "spec", "rules", number)
        governing = self.governing(route, number, group[0])
        found = backends(self.model, route, number)
        answer = self._answer(route, number, governing, found)
        settings = {}
        if answer is None and route.kind not in _CONNECTIONS:
            settings = route_settings(Rule(data, origin), governing.spec, self.clients.stream_idle(group[0]))
        cluster = f"{route.kind.lower()}/{route.namespace}/{route.name}/rule/{-1 if route.kind in _CONNECTIONS else number}"
        shared = with_patches(shared, self._patches, group[0], cluster)
        common = list(dict.fromkeys(host for listener in group for host in hosts(route, listener)))
        return Way(
            name=str(data.get("name") or f"{route.namespace}/{route.name}/{number}"),
            match=_match(common, data),
            answer=answer,
            source=object_name(route),
            origin=origin,
            settings=with_patches(settings, self._patches, group[0], cluster),
            destinations=() if answer else tuple(self._destination(each, shared) for each in found if each.weight),
            limits=self._limits(governing, group[0]) if settings else (),
        )

    def _limits(self, governing: Governing, listener: Listener) -> tuple[RateLimit, ...]:
        found = rate_limits(governing.policies, headers=self.clients.rate_limit_headers(listener))
        return tuple(limit._replace(enforced_by=object_name(listener.gateway)) for limit in found)

    def _answer(self, route: ApiObject, number: int, governing: Governing, found: Sequence[Backend]) -> str | None:
        """`redirect` or `direct` where nobody is called, be it by the rule's own will or because something is wrong."""
        filters = list(entries(_rules(route)[number], "filters"))
        if route.kind in _CONNECTIONS:
            return None if any(each.weight and not (each.fault and each.fault.certain) for each in found) else "direct"
        if governing.fault is not None or any(self._breaks(route, number, position, each) for position, each in enumerate(filters)):
            return "direct"
        if any(each.get("type") == "RequestRedirect" for each in filters):
            return "redirect"
        if any(self._responds(route, each) for each in filters):
            return "direct"
        return None if any(each.weight and not (each.fault and each.fault.certain) for each in found) else "direct"

    def _breaks(self, route: ApiObject, number: int, position: int, entry: Mapping[str, Any]) -> bool:
        """A filter that cannot be done makes Envoy Gateway answer with 500."""
        if entry.get("type") == "RequestMirror":
            place = said_by(route, "spec", "rules", number, "filters", position, "requestMirror", "backendRef")
            found = backend(self.model, route, mapping(mapping(entry, "requestMirror"), "backendRef"), place)
            return found.fault is not None and found.fault.certain
        return (
            entry.get("type") == "ExtensionRef"
            and self._extension(route, entry) is None
            and self.model.covers("HTTPRouteFilter", namespace=route.namespace)
        )

    def _responds(self, route: ApiObject, entry: Mapping[str, Any]) -> bool:
        found = self._extension(route, entry) if entry.get("type") == "ExtensionRef" else None
        return found is not None and bool(mapping(spec_of(found), "directResponse"))

    def _extension(self, route: ApiObject, entry: Mapping[str, Any]) -> ApiObject | None:
        reference = mapping(entry, "extensionRef")
        found = self.model.named.get(("HTTPRouteFilter", route.namespace, str(reference.get("name"))), ())
        return found[0] if found else None

    def _destination(self, each: Backend, shared: Settings) -> Destination:
        result: Result = "ok" if each.fault is None else "no-cluster" if each.fault.certain else "unknown"
        settings = {} if each.fault else shared
        return Destination(each.host, each.port, "", each.weight, result, settings, origin=each.origin)

    def governing(self, route: ApiObject, number: int, listener: Listener) -> Governing:
        """The policies in force: the most specific counts whole; for connections each block comes from the most specific that has it."""
        own, above = self._chain(route, number, listener)
        parent = next((policy for policy in above if policy), None)
        candidates = [self._merged(policy, parent) for policy in own] + [(policy, (policy,), policy.spec) for policy in above]
        if route.kind in _CONNECTIONS:
            return _by_block(candidates)
        fault, refused = None, None
        for policy, parts, spec in candidates:
            found = next(faults(spec), None)
            if found is None:
                rest = [other for other in (*own, *above) if all(other is not part for part in parts)]
                return Governing(spec, parts, tuple(rest), fault, refused)
            if fault is None:
                fault, refused = found, policy
        return Governing({}, (), (), fault, refused)

    def backends(self) -> Iterator[tuple[str, str, str]]:
        """Kind, namespace and name of all that routes let in send to."""
        for route in self.routes:
            for rule in _rules(route) if self.attached[id(route)] else ():
                for reference in entries(rule, "backendRefs"):
                    namespace = str(reference.get("namespace") or route.namespace)
                    yield str(reference.get("kind") or "Service"), namespace, str(reference.get("name"))

    def _chain(self, route: ApiObject, number: int, listener: Listener) -> tuple[list[Policy], list[Policy]]:
        """Policies of the rule and its route; those of the listener and what it belongs to. A ListenerSet's know no Gateway's listener."""
        name = str(_rules(route)[number].get("name") or "")
        of_route = Scope(route.kind, route.namespace, route.name)
        owner, gateway = listener.owner, listener.gateway
        scopes = [*([of_route._replace(section=name)] if name else []), of_route]
        above = [scope_of(listener), Scope(owner.kind, owner.namespace, owner.name), Scope("Gateway", gateway.namespace, gateway.name)]
        by_scope = self.policies.by_scope
        return _found(by_scope, scopes), _found(by_scope, dict.fromkeys(above))

    def _merged(self, policy: Policy, parent: Policy | None) -> tuple[Policy, tuple[Policy, ...], Spec]:
        if parent is None or not policy.merges:
            return policy, (policy,), policy.spec
        return policy, (policy, parent), merged(parent.spec, policy.spec)


def _found(by_scope: Mapping[Scope, Policy], scopes: Iterable[Scope]) -> list[Policy]:
    return [by_scope[scope] for scope in scopes if scope in by_scope]


def _by_block(candidates: Sequence[tuple[Policy, tuple[Policy, ...], Spec]]) -> Governing:
    spec: Spec = {}
    policies: dict[int, Policy] = {}
    for _, parts, found in candidates:
        for block in _BLOCKS:
            if block in found and block not in spec:
                spec[block] = found[block]
                policies.update((id(part.source), part) for part in parts)
    return Governing(spec, tuple(policies.values()))


def _sections(item: ApiObject) -> Iterable[str]:
    key = "listeners" if item.kind in ("Gateway", "ListenerSet") else "rules"
    return (str(entry["name"]) for entry in entries(spec_of(item), key) if entry.get("name"))


def _rules(route: ApiObject) -> list[Mapping[str, Any]]:
    return list(entries(spec_of(route), "rules"))


def _age(item: ApiObject) -> tuple[str, str, str]:
    return str((item.data.get("metadata") or {}).get("creationTimestamp") or ""), item.namespace, item.name


def _match(common: Sequence[str], data: Mapping[str, Any]) -> dict[str, Any]:
    """For which requests the rule counts; several possibilities stand below `any`."""
    match: dict[str, Any] = {} if list(common) == ["*"] else {"host": list(common)}
    asked = [shown for entry in entries(data, "matches") if (shown := _shown(entry))]
    if len(asked) == 1:
        return {**match, **asked[0]}
    return {**match, "any": asked} if asked else match


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    path, method = mapping(entry, "path"), entry.get("method")
    shown: dict[str, Any] = {}
    if path:
        kind = {"Exact": "exact", "RegularExpression": "regex"}.get(str(path.get("type")), "prefix")
        shown["path"] = {kind: path.get("value") or "/"}
    if isinstance(method, dict):
        shown["path"] = {"exact" if method.get("method") else "prefix": f"/{method.get('service') or '*'}/{method.get('method') or ''}"}
    elif method:
        shown["method"] = {"exact": method}
    for key in ("headers", "queryParams"):
        if listed := [{str(each.get("name")): each.get("value")} for each in entries(entry, key)]:
            shown[key] = listed
    return shown
