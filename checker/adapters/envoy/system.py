"""What an Envoy does with requests and connections: listeners → routes → clusters."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from checker.adapters.envoy.clusters import Address, addresses, cluster_settings, priority_of, time_of, type_of
from checker.adapters.envoy.filters import network_filters, reached_filters
from checker.adapters.envoy.front import front_listeners
from checker.adapters.envoy.idle import idle_lines
from checker.adapters.envoy.resources import Resources, is_discovered, is_dump, resources
from checker.adapters.envoy.routes import route_settings
from checker.adapters.envoy.shedding import shedding
from checker.adapters.envoy.strangers import Stranger, limits_of_strangers, strange_ends, strange_http_filters, strangers
from checker.limits.routes import connection_filters, http_limits
from checker.limits.service import Tables
from checker.model.envoy_messages import word
from checker.model.protobuf import Node
from checker.model.rate_limit import RateLimit
from checker.model.setting import Origin, Settings
from checker.model.traffic import Destination, Entry, FrontListener, Inert, Result, Way
from checker.objects import ApiObject

_MANAGER, _TCP_PROXY = "HttpConnectionManager", "TcpProxy"
_TCP_IDLE_SECONDS = 3600.0
_NO_START = "Envoy does not start with a static route to a cluster that its static_resources do not hold"
_NOT_FOUND = {"NOT_FOUND": 404, "INTERNAL_SERVER_ERROR": 500}
_OF_MESH_PARTS = 4  # outbound|9080|v1|reviews.prod.svc.cluster.local


class Proxy:
    """One Envoy; `items` are the files that configure it, `runner` the workload that it runs in, where that is known.

    `tables`: what the rate limit service limits.
    """

    def __init__(self, items: Sequence[ApiObject], tables: Callable[[], Tables], runner: ApiObject | None = None) -> None:
        self._items = items
        self._tables = tables
        self.item = items[0]
        self._caller = runner or items[0]

    @cached_property
    def resources(self) -> Resources:
        """What it is configured with."""
        return resources(self._items)

    @cached_property
    def _clusters(self) -> dict[str, Node]:
        return {node.text("name"): node for node in reversed(self.resources.clusters)}

    @cached_property
    def _routes(self) -> dict[str, Node]:
        return {node.text("name"): node for node in reversed(self.resources.routes)}

    def entries(self) -> Iterator[Entry]:
        """Every way by which requests and connections leave it."""
        for listener in self.resources.listeners:
            name = listener.text("name")
            for way in self._of_listener(listener):
                yield Entry(self._caller, way, (name,) if name else ())
        if not self.resources.listeners:
            for config in self.resources.routes:
                for way in self._of_routes(config, config):
                    yield Entry(self._caller, way)

    def _of_listener(self, listener: Node) -> Iterator[Way]:
        filters = list(network_filters(listener))
        limits = self._named((*connection_filters(filters), *limits_of_strangers(filters, connections=True)))
        for config in filters:
            if config.type() == _MANAGER:
                yield from (way._replace(limits=(*limits, *way.limits)) for way in self._of_manager(config))
            elif config.type() == _TCP_PROXY:
                yield self._of_tcp(config)._replace(limits=limits)
        for each in strange_ends(listener):
            nobody = Destination(f"(known to filter {each.type})", 0, "", 1, "unknown", {}, origin=each.origin)
            yield Way(each.type, {}, None, self._source(), each.origin, {}, (nobody,))

    def _named(self, limits: Iterable[RateLimit]) -> tuple[RateLimit, ...]:
        return tuple(limit._replace(enforced_by=self._source()) for limit in limits)

    def _config(self, manager: Node) -> Node | None:
        return manager.get("route_config") or self._routes.get(manager.text("rds", "route_config_name"))

    def _of_manager(self, manager: Node) -> Iterator[Way]:
        config = self._config(manager)
        if config is not None:
            yield from self._of_routes(config, manager)

    def _of_routes(self, config: Node, manager: Node) -> Iterator[Way]:
        without = self._without(config, manager)
        strange = self._named(limits_of_strangers(strange_http_filters(manager), connections=False))
        for host in config.items("virtual_hosts"):
            domains = [each.value for each in host.items("domains")]
            for number, route in enumerate(host.items("routes")):
                match = {} if domains == ["*"] else {"host": domains}
                levels, filters = ((route,), (host,), (config,)), reached_filters(manager)
                limits = (*self._named(http_limits(filters, levels, self.resources.runtime, self._tables)), *strange)
                way = self._of_route(route, (host, manager, without), {**match, **_match(route.get("match"))}, number)
                shed = shedding(manager, (route, host, config), self.resources.runtime) if way.settings else {}
                yield way._replace(limits=limits, settings={**way.settings, **shed})

    def _without(self, config: Node, manager: Node) -> str:
        """Why the Envoy does not start with a route to no cluster; empty if it does.

        A table that stands in a listener is validated when it is read, before clusters are discovered
        (https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route.proto, validate_clusters).
        """
        asked = config.get("validate_clusters")
        static = manager.get("route_config") is not None and not any(is_discovered(item) or is_dump(item) for item in self._items)
        return _NO_START if static and (asked is None or asked.value is True) else ""

    def _of_route(self, route: Node, around: tuple[Node, Node, str], match: dict[str, Any], number: int) -> Way:
        """`around`: its virtual host, the manager, and why there is no start without its cluster."""
        host, manager, without = around
        name = route.text("name") or f"{host.text('name')}/{number}"
        action = route.get("route")
        source = self._source()
        if action is None:
            answer = "redirect" if route.get("redirect") else "direct" if route.get("direct_response") else None
            return Way(name, match, answer, source, route.origin, {}, ())
        priority = priority_of(action)
        code = _NOT_FOUND.get(word(action.get("cluster_not_found_response_code"), "RouteAction.ClusterNotFoundResponseCode"), 503)
        destinations = self._destinations(action, priority, without or f"requests are answered with {code}")
        return Way(
            name, match, None, source, route.origin, route_settings(action, host, manager, self.resources.runtime), tuple(destinations)
        )

    def _of_tcp(self, proxy: Node) -> Way:
        idle: Settings = {"tcp_idle_timeout_seconds": time_of([proxy.get("idle_timeout")], _TCP_IDLE_SECONDS)}
        reached = self._destinations(proxy, "DEFAULT", "connections are closed")
        found = (each._replace(settings={**each.settings, **idle} if each.settings else {}) for each in reached)
        return Way(proxy.text("stat_prefix"), {}, None, self._source(), proxy.origin, {}, tuple(found))

    def _source(self) -> str:
        return f"Envoy/{self.item.name}"

    def _destinations(self, action: Node, priority: str, without: str) -> Iterator[Destination]:
        single = action.get("cluster")
        if single is not None:
            yield self._destination(str(single.value), 1, single.origin, priority, without)
        for entry in action.items("weighted_clusters", "clusters"):
            weight = entry.get("weight")
            number = weight.number() if weight is not None else None
            if number is None or number > 0:
                yield self._destination(entry.text("name"), int(number) if number is not None else 1, entry.origin, priority, without)
        header = action.get("cluster_header")
        if header is not None:
            yield Destination(f"(named by header {header.value})", 0, "", 1, "unknown", {}, origin=header.origin)

    def _destination(self, name: str, weight: int, origin: Origin, priority: str, without: str) -> Destination:
        cluster = self._clusters.get(name)
        if cluster is None:
            known = without == _NO_START or "clusters" not in self.resources.dynamic
            result: Result = "no-cluster" if known else "unknown"
            return Destination(*_called(name, None), weight, result, {}, origin=origin, without=without if known else "")
        found = addresses(cluster, self.resources)
        host, port, subset = _called(name, found)
        result = "no-endpoints" if found == [] else "ok"
        settings = cluster_settings(cluster, self.resources, priority)
        static = type_of(cluster) == "STATIC" and found is not None
        one = cluster.get("outlier_detection", "always_eject_one_host")
        return Destination(
            *(host, port, subset, weight, result, settings),
            rule=cluster.origin,
            endpoints=1 if type_of(cluster) == "LOGICAL_DNS" else len(found) if found and static else None,
            origin=origin,
            ejects_one=one is not None and one.value is True,
        )

    def strangers(self) -> Iterator[Stranger]:
        """Filters of which nobody here knows what they do."""
        return strangers(self.resources.listeners)

    def front(self) -> Iterator[FrontListener]:
        """Listeners at the edge."""
        return front_listeners(self._items, self.resources, self.item.name)

    def inert(self) -> Iterator[Inert]:
        """Written lines without effect."""
        roots = [Node(item.data, Origin("", item)) for item in self._items if isinstance(item.data, dict)]
        return idle_lines(roots, self.resources, self._routes)


def _called(name: str, found: Sequence[Address] | None) -> tuple[str, int, str]:
    """Whom a cluster stands for: its only address, the host in the name that a mesh gives it, or just its name."""
    parts = name.split("|")
    if len(parts) == _OF_MESH_PARTS and parts[1].isdecimal():
        return parts[3] or name, int(parts[1]), parts[2]
    distinct = set(found or ())
    if len(distinct) == 1:
        (address,) = distinct
        return address.host, address.port, ""
    return name, next(iter({address.port for address in distinct}), 0) if len({address.port for address in distinct}) == 1 else 0, ""


def _match(match: Node | None) -> dict[str, Any]:
    if match is None:
        return {}
    shown: dict[str, Any] = {}
    for key, how in (("prefix", "prefix"), ("path", "exact"), ("path_separated_prefix", "prefix")):
        if text := match.text(key):
            shown["path"] = {how: text}
    if regex := match.text("safe_regex", "regex"):
        shown["path"] = {"regex": regex}
    if shown.get("path") == {"prefix": "/"}:
        del shown["path"]
    headers = [each.text("name") for each in match.items("headers")]
    return {**shown, "headers": headers} if headers else shown
