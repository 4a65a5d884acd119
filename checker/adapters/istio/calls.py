"""The answer to one question: which routes a caller's request takes, to whom, and what is in force on the way."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

from checker.adapters.istio.clusters import cluster_settings, policy_of
from checker.adapters.istio.envoy_filters import EnvoyFilters
from checker.adapters.istio.gateway_api import route_services
from checker.adapters.istio.gateways import GatewayServices, Server, connection_routes, gateway_routes, is_gateway, servers
from checker.adapters.istio.inbound import Inbound
from checker.adapters.istio.injection import Memberships
from checker.adapters.istio.known import Known, known
from checker.adapters.istio.limits import Limits
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.mutual_tls import Peers
from checker.adapters.istio.patches import Called, Proxy
from checker.adapters.istio.registry import Host, endpoints, registry
from checker.adapters.istio.routes import Asked, Route, Target, http_routes, tcp_targets
from checker.adapters.istio.rules import Rules, candidates, choose, destination_rules, keeps_to_itself
from checker.adapters.istio.scope import Client, Scope, scope_of, sidecar_of, sidecars
from checker.adapters.istio.versions import EJECTION_PERCENT_IS_NEVER_EXCEEDED
from checker.adapters.istio.virtual_services import VirtualService, by_age, virtual_services
from checker.adapters.istio.waypoints import Waypoint, Waypoints
from checker.model.build import Model
from checker.model.setting import Settings
from checker.model.traffic import Destination, Refusal, Result, Way
from checker.objects import ApiObject


class System:
    """One mesh. Answers are worked out when asked for, and what they share is kept."""

    def __init__(self, model: Model, mesh: Mesh) -> None:
        self.model = model
        self.mesh = mesh
        self._like_others: dict[str, bool] = {}
        self._scopes: dict[tuple[str, int], Scope] = {}
        self._clusters: dict[Any, tuple[Settings, int | None, Refusal | None]] = {}
        self._visible: dict[str, dict[str, Host]] = {}
        self._servers: dict[Any, list[Server]] = {}
        self._lowered: dict[str, Mapping[str, Host]] = {}

    @cached_property
    def hosts(self) -> list[Host]:
        """The registry."""
        return registry(self.model, self.mesh)

    @cached_property
    def services(self) -> list[VirtualService]:
        """VirtualServices, with those made of Gateway API routes."""
        return by_age([*virtual_services(self.model, self.mesh), *route_services(self.model, self.mesh)])

    @cached_property
    def rules(self) -> Rules:
        """DestinationRules."""
        return destination_rules(self.model, self.mesh)

    @cached_property
    def sidecars(self) -> list[ApiObject]:
        """Sidecar objects."""
        return sidecars(self.model)

    @cached_property
    def known(self) -> Known:
        """Hosts and VirtualServices by what is asked of them."""
        return known(self.hosts, self.services)

    @cached_property
    def memberships(self) -> Memberships:
        """Who takes part in the mesh."""
        return Memberships(self.model)

    @cached_property
    def peers(self) -> Peers:
        """Who takes mutual TLS only."""
        return Peers(self.model, self.mesh, self.memberships)

    @cached_property
    def inbound(self) -> Inbound:
        """What servers keep to."""
        return Inbound(self.model, self.mesh, self.rules, self.sidecars, self.memberships, self.filters)

    @cached_property
    def waypoints(self) -> Waypoints:
        """Waypoints of ambient mode."""
        return Waypoints(self.model)

    def visible(self, namespace: str) -> dict[str, Host]:
        """The hosts that a namespace sees, by name; of two of one name the oldest."""
        if namespace not in self._visible:
            self._visible[namespace] = {each.name: each for each in reversed(self.hosts) if each.visible_to(namespace)}
        return self._visible[namespace]

    def scope(self, client: Client) -> Scope:
        """What a client's proxy imports; most namespaces see the same where no Sidecar says otherwise."""
        sidecar = sidecar_of(self.sidecars, self.mesh.root_namespace, client) if self.sidecars else None
        namespace = client.namespace if sidecar is not None or client.namespace in self.known.apart else ""
        key = namespace, id(sidecar)
        if key not in self._scopes:
            self._scopes[key] = scope_of(self.mesh, self.known, namespace, sidecar)
        return self._scopes[key]

    def seen_like_others(self, namespace: str) -> bool:
        """Whether clients of a namespace get what all others get, for hosts that are not of their own namespace."""
        if namespace not in self._like_others:
            own_routes = any(service.of_gateway_api for _, service in self.known.ranked_services.get(namespace, ()))
            special = self.sidecars or self.filters or own_routes or namespace in self.known.apart or namespace in self._named_by_rules
            self._like_others[namespace] = not special and keeps_to_itself(self.rules, namespace)
        return self._like_others[namespace]

    @cached_property
    def _named_by_rules(self) -> frozenset[str]:
        """Namespaces that DestinationRules are exported to by name."""
        groups = (group for names in self.rules.exported.values() for group in names.values())
        return frozenset(namespace for group in groups for rule in group for namespace in rule.export_to)

    @cached_property
    def filters(self) -> EnvoyFilters:
        """EnvoyFilters."""
        return EnvoyFilters(self.model, self.mesh)

    @cached_property
    def limits(self) -> Limits:
        """What EnvoyFilters limit."""
        return Limits(self.model, self.filters, self.memberships)

    def _patched(self, ways: list[Way], called: Called) -> list[Way]:
        if not self.filters:
            return ways
        changed = self.filters.applied(ways, called)
        return self.limits.limited(changed, called) if self.limits else changed

    def sidecar_ways(self, client: Client, host: str, port: int, call: str) -> list[Way]:
        """All ways of a call, as a sidecar takes them: `call` is `http`, `tcp` or `tls`."""
        ways = self._generated(client, host, port, call)
        known = self.scope(client).hosts.get(host) if self.filters else None
        own = known.port(port) if known else None
        name = known.alias if known and known.alias else host
        return self._patched(ways, Called(Proxy("SIDECAR_OUTBOUND", *client), name, port, own is not None and own.http))

    def _generated(self, client: Client, host: str, port: int, call: str) -> list[Way]:
        scope = self.scope(client)
        listener = scope.listener(port)
        if listener is None:
            return [self._unknown_host(scope)]
        asked = Asked(host, port, client, listener)
        if call == "http":
            return self._http(scope, asked)
        return [self._connection(scope, asked, call)]

    def _http(self, scope: Scope, asked: Asked) -> list[Way]:
        host, aliases = asked.host, asked.listener.aliases
        if asked.name.lower() not in asked.listener.hosts and asked.name in aliases:
            return self._http(scope, asked._replace(name=aliases[asked.name]))
        own = host.ports[0] if host and not host.alias else None  # a name that stands for another has no listener
        shared = asked.port in asked.listener.http_ports
        apart = own is not None and not own.http  # sniffed: a listener for its own address
        if (apart and not self._has_listener(asked.client, host)) or not (shared or apart or own):
            return [self._unknown_host(scope)]
        routes = http_routes(self.mesh, asked)
        if routes is None:
            return [self._not_in_routes(scope, asked) if shared else self._unknown_host(scope)]
        return [self._way(scope, asked.client, route) for route in routes]

    def _has_listener(self, client: Client, host: Host | None) -> bool:
        """Pods of a headless Service are called by their own addresses: no pods but the caller, no listeners."""
        if host is None or host.service is None or host.resolution != "address":
            return True
        pods = endpoints(self.model, host)
        selector = host.service.selector
        itself = client.namespace == host.namespace and selector is not None and selector.matches(client.labels)
        return pods is None or pods > itself

    def _connection(self, scope: Scope, asked: Asked, call: str) -> Way:
        known = asked.listener.hosts.get(asked.name.lower())
        alias = known.alias if known else asked.listener.aliases.get(asked.name)
        if alias:
            return self._connection(scope, asked._replace(name=alias), call)
        host = asked.host
        if host is None or host.ports[0].http or not self._has_listener(asked.client, host):
            return self._unknown_host(scope)
        targets, service = tcp_targets(asked.client, asked.listener, host, asked.port, call)
        return self._way(scope, asked.client, Route("", {}, targets, {}, None, service))

    def _unknown_host(self, scope: Scope) -> Way:
        result: Result = "passthrough" if scope.allow_any else "blocked"
        return Way("", {}, None, None, None, {}, (Destination("", 0, "", 100, result, {}),))

    def _not_in_routes(self, scope: Scope, asked: Asked) -> Way:
        """HTTP to a name that no route knows, on a port that others serve: let through, or answered with 502."""
        if scope.allow_any:
            return Way("allow_any", {}, None, None, None, {}, (Destination(asked.name, asked.port, "", 100, "passthrough", {}),))
        return Way("block_all", {}, "direct", None, None, {}, ())

    def _way(self, scope: Scope, client: Client, route: Route) -> Way:
        return self.led(route, client, scope.hosts)

    def led(self, route: Route, client: Client, hosts: Mapping[str, Host], owner: Waypoint | None = None) -> Way:
        """A route with what its targets lead to; `owner` is the waypoint whose route it is."""
        return Way(
            route.name,
            route.match,
            route.answer,
            route.rule.origin.name if route.rule else route.source.label if route.source else None,
            route.rule.origin if route.rule else None,
            route.settings,
            tuple(self.reached(client, hosts, target, owner) for target in route.targets),
        )

    def reached(self, client: Client, hosts: Mapping[str, Host], target: Target, owner: Waypoint | None = None) -> Destination:
        """The cluster a target names, if there is one, with all its settings.

        A waypoint reads no baseline of the mesh, and for the Services that use it no rules with a selector (cluster_waypoint.go).
        """
        host = hosts.get(target.host)
        port = host.port(target.port) if host else None
        nowhere = Destination(target.host, target.port, target.subset or "", target.weight, "no-cluster", {}, origin=target.origin)
        if host is None or port is None or host.alias:
            return nowhere
        found = candidates(self.rules, host, client.namespace)
        if owner is not None and _is_of(self.waypoints.of(host), owner):
            found = [rule for rule in found if rule.selector is None]
        rule = choose(found, client.namespace, client.labels)
        subset = rule.subset(target.subset) if rule and target.subset else None
        if target.subset and subset is None:
            return nowhere._replace(rule=rule.origin if rule else None)
        key = host.name, host.namespace, port, target.subset, id(rule), owner is None
        if key not in self._clusters:
            policy = policy_of(self.mesh, rule, target.port, target.subset, baseline=owner is None)
            count = endpoints(self.model, host, subset.labels if subset else None)
            tls = policy.get("tls")
            refusal = None if owner else self.peers.refusal(host, target.port, tls.values if tls else None, tls.origin if tls else None)
            self._clusters[key] = cluster_settings(self.mesh, host, port, policy), count, refusal
        settings, count, refusal = self._clusters[key]
        empty = count == 0 and host.service is not None
        return nowhere._replace(
            result="no-endpoints" if empty else "blocked" if refusal else "ok",
            refused=refusal,
            server=partial(self.inbound.limits, host, target.port),
            limits=partial(self.limits.of_pods, host, target.port) if self.filters and self.limits else tuple,
            settings=settings,
            rule=rule.origin if rule else None,
            endpoints=count,
            chosen_by_client=host.resolution == "address" and owner is None and not is_gateway(self.model, client),
            ejects_one=self.mesh.version < EJECTION_PERCENT_IS_NEVER_EXCEEDED,
        )

    def gateway_ways(self, client: Client, host: str, port: int) -> list[Way]:
        """The same for a gateway's proxy: the virtual host of a name on one of its ports."""
        hosts, lowered = self.visible(client.namespace), self._visible_lowered(client.namespace)
        opened = [server for server in self.gateway_servers(client) if server.listens == port]
        routes = gateway_routes(self.mesh, self._of_gateways, client, opened, host, lowered)
        ways = [self.led(route, client, hosts) for route in routes]
        return self._patched(ways, Called(Proxy("GATEWAY", *client), host, port))

    def gateway_connections(self, client: Client) -> list[Way]:
        """Where a gateway's proxy sends connections that it does not look into."""
        hosts = self.visible(client.namespace)
        routes = (route for server in self.gateway_servers(client) for route in connection_routes(self._of_gateways, client, server))
        return [self.led(route, client, hosts) for route in routes]

    def gateway_names(self, client: Client) -> list[tuple[str, int]]:
        """The hosts and ports that a gateway's proxy has routes for."""
        served = ((name, server.listens) for server in self.gateway_servers(client) for name in self._of_gateways.names(server))
        return list(dict.fromkeys(served))

    def gateway_servers(self, client: Client) -> list[Server]:
        """What the Gateways that select a client's pods open."""
        key = client.namespace, frozenset(client.labels.items())
        if key not in self._servers:
            self._servers[key] = list(servers(self.model, client))
        return self._servers[key]

    @cached_property
    def _of_gateways(self) -> GatewayServices:
        return GatewayServices(self.services)

    def _visible_lowered(self, namespace: str) -> Mapping[str, Host]:
        """The hosts that a namespace sees, by name in small letters."""
        if namespace not in self._lowered:
            self._lowered[namespace] = {name.lower(): host for name, host in self.visible(namespace).items()}
        return self._lowered[namespace]


def _is_of(waypoint: Waypoint | None, owner: Waypoint) -> bool:
    return waypoint is not None and waypoint.item is owner.item
