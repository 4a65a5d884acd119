"""Protection that is written and switched off, or that waits for what never comes."""

from collections.abc import Iterator, Mapping, Sequence

from checker.adapters.envoy.filters import idle_filters, kind_of, levels, network_filters, reached_filters
from checker.adapters.envoy.overload import idle_overload
from checker.adapters.envoy.resources import Resources
from checker.limits.filters import percent
from checker.model.protobuf import Node
from checker.model.traffic import Inert

_OFF = "protection-without-effect"
_SHEDDING = {"AdmissionControl": "admission control", "AdaptiveConcurrency": "adaptive concurrency"}
_CONNECTIONS, _LIMIT, _MANAGER, _FILTER = "ConnectionLimit", "RateLimit", "HttpConnectionManager", "FilterConfig"


def idle_lines(roots: Sequence[Node], found: Resources, tables: Mapping[str, Node]) -> Iterator[Inert]:
    """All of one Envoy; `roots`: its documents, `tables`: routes that its listeners ask for by name."""
    asked = [*found.routes] if not found.listeners else []
    for listener in found.listeners:
        for config in network_filters(listener):
            if config.type() == _MANAGER:
                table = config.get("route_config") or tables.get(config.text("rds", "route_config_name"))
                yield from idle_filters(config, table, found.runtime)
                yield from _of_manager(config, table, found)
                asked += [table] if table is not None and table not in asked else []
            else:
                yield from _of_connections(config, found.runtime)
    for table in asked:
        yield from _of_routes(table, found.runtime)
    for root in roots:
        yield from idle_overload(root.get("overload_manager"))


def _of_manager(manager: Node, table: Node | None, found: Resources) -> Iterator[Inert]:
    told = [told for level in (table, *levels(table)) if level is not None for told in level.entries("typed_per_filter_config")]
    for entry in reached_filters(manager):
        name, config = entry.text("name"), entry.get("typed_config")
        said = [node.unwrapped() for key, node in told if key == name]
        off = entry.get("disabled")
        if off is not None and off.value is True and not said and table is not None:
            yield Inert(off.origin, _OFF, f"filter {name}", "it is disabled, and no route enables it")
        elif config is not None and kind_of(entry) in _SHEDDING:
            yield from _shedding(config.unwrapped(), _SHEDDING[kind_of(entry)], found.runtime)
        elif config is not None and kind_of(entry) == _LIMIT and table is not None:
            yield from _shared(config.unwrapped(), name, table, found)


def _shedding(config: Node, what: str, runtime: Mapping[str, Node]) -> Iterator[Inert]:
    switch = runtime.get(config.text("enabled", "runtime_key")) or config.get("enabled", "default_value")
    if switch is not None and switch.value is False:
        yield Inert(switch.origin, _OFF, what, "it is not enabled")


def _shared(config: Node, name: str, table: Node, found: Resources) -> Iterator[Inert]:
    """Limits that a service counts: whether it is asked at all, and is there to be asked."""
    stage = _number(config.get("stage"))
    made = [limit for level in levels(table) for limit in level.items("rate_limits")]
    if made and not config.items("rate_limits") and all(_number(limit.get("stage")) != stage for limit in made):
        others = ", ".join(sorted({f"{_number(limit.get('stage')):g}" for limit in made}))
        because = f"it is of stage {stage:g}, and all rate_limits of the routes are of stage {others}"
        yield Inert(config.origin, _OFF, f"filter {name}", because)
    service = config.get("rate_limit_service", "grpc_service", "envoy_grpc", "cluster_name")
    known = {node.text("name") for node in found.clusters}
    if service is not None and service.value not in known and "clusters" not in found.dynamic:
        closed = config.get("failure_mode_deny")
        lost = "every request that is to be counted is refused" if closed is not None and closed.value is True else "nothing is limited"
        yield Inert(service.origin, _OFF, f"filter {name}", f"there is no cluster {service.value} to ask: {lost}")


def _number(node: Node | None) -> float:
    return (node.number() if node is not None else 0) or 0


def _of_connections(config: Node, runtime: Mapping[str, Node]) -> Iterator[Inert]:
    """Network filters that count connections."""
    key, switch = config.text("runtime_enabled", "runtime_key"), config.get("runtime_enabled", "default_value")
    off = runtime.get(key) or switch
    if config.type() in (_CONNECTIONS, "LocalRateLimit") and off is not None and off.value is False:
        yield Inert(off.origin, _OFF, f"the limit of connections {config.text('stat_prefix')}", "runtime_enabled is false")


def _of_routes(table: Node, runtime: Mapping[str, Node]) -> Iterator[Inert]:
    for host in table.items("virtual_hosts"):
        for route in host.items("routes"):
            fraction, action = route.get("match", "runtime_fraction"), route.get("route")
            if fraction is not None and percent(fraction, runtime, 100.0) == 0:
                yield Inert(fraction.origin, "route-never-taken", _route(route), "runtime_fraction is 0 %: no request takes it")
            elif action is not None:
                yield from _hedging(action, host)


def _hedging(action: Node, host: Node) -> Iterator[Inert]:
    """A second try beside the first is begun where a try has a timeout, and may be retried."""
    flag = (action.get("hedge_policy") or host.get("hedge_policy") or action).get("hedge_on_per_try_timeout")
    retries = action.get("retry_policy") or host.get("retry_policy")
    if flag is None or flag.value is not True:
        return
    if retries is None:
        yield Inert(flag.origin, _OFF, "hedge_on_per_try_timeout", "there is no retry_policy, and so no second try")
    elif not _seconds(retries.get("per_try_timeout")):
        yield Inert(flag.origin, _OFF, "hedge_on_per_try_timeout", "retry_policy has no per_try_timeout: no try ever reaches it")


def _seconds(node: Node | None) -> float:
    return (node.seconds() if node is not None else 0) or 0


def _route(route: Node) -> str:
    name = route.text("name")
    matched = next(
        (f"{key} {route.text('match', key)}" for key in ("prefix", "path", "path_separated_prefix") if route.text("match", key)), ""
    )
    return f"route {name or matched}".strip()
