"""Filters of listeners, and HTTP filters that are configured and do nothing."""

from collections.abc import Iterator

from checker.limits.filters import percent
from checker.model.protobuf import Node
from checker.model.traffic import Inert

_NEXT_TO_NOTHING_PERCENT = 1.0  # by mistake of the denominator; who tries a limit out does so with more
_ROUTER, _LOCAL, _GLOBAL = "Router", "LocalRateLimit", "RateLimit"


def filter_chains(listener: Node) -> list[Node]:
    """All of a listener."""
    return [*listener.items("filter_chains"), *([chain] if (chain := listener.get("default_filter_chain")) else [])]


def network_filters(listener: Node) -> Iterator[Node]:
    """The configurations of a listener's network filters."""
    for chain in filter_chains(listener):
        for each in chain.items("filters"):
            config = each.get("typed_config") or each.get("config")
            if config is not None:
                yield config.unwrapped()


def reached_filters(manager: Node) -> list[Node]:
    """The HTTP filters that run: the router ends the chain."""
    filters = manager.items("http_filters")
    kinds = [kind_of(each) for each in filters]
    return filters[: kinds.index(_ROUTER) + 1] if _ROUTER in kinds else filters


def idle_filters(manager: Node, config: Node | None, runtime: dict[str, Node]) -> Iterator[Inert]:
    """What of a connection manager's filters, and of what routes say to them, has no effect."""
    filters = manager.items("http_filters")
    kinds = [kind_of(each) for each in filters]
    if _ROUTER in kinds:
        for late in filters[kinds.index(_ROUTER) + 1 :]:
            because = "it stands after the router, which ends the chain"
            yield Inert(late.origin, "filter-after-router", f"filter {late.text('name')}", because)
    told = list(told_filters(config)) if config is not None else []
    for each in filters:
        yield from _local(each.text("name"), each.get("typed_config"), runtime, within_chain=True)
        if kind_of(each) == _GLOBAL and not any(node.get("rate_limits") for node in levels(config)):
            because = "no route or virtual host has rate_limits: nothing is asked of the rate limit service"
            yield Inert(each.origin, "rate-limit-without-actions", f"filter {each.text('name')}", because)
    names = {each.text("name") for each in filters}
    for name, node in told:
        if names and name not in names:
            yield Inert(node.origin, "config-for-missing-filter", f"the configuration for {name}", "no filter of that name is in the chain")
        else:
            yield from _local(name, node, runtime, within_chain=False)


def kind_of(entry: Node) -> str:
    """Of which type an HTTP filter is."""
    config = entry.get("typed_config")
    return config.type() if config is not None else ""


def levels(config: Node | None) -> Iterator[Node]:
    """A route configuration's virtual hosts, their routes, and what these do."""
    for host in config.items("virtual_hosts") if config is not None else ():
        yield host
        for route in host.items("routes"):
            yield route
            if action := route.get("route"):
                yield action


def told_filters(config: Node) -> Iterator[tuple[str, Node]]:
    """What a route configuration says to filters, by their names."""
    return ((name, node) for level in (config, *levels(config)) for name, node in level.entries("typed_per_filter_config"))


def _local(name: str, config: Node | None, runtime: dict[str, Node], *, within_chain: bool) -> Iterator[Inert]:
    """A local limit counts where it is enabled, and refuses where it is enforced; by default neither is so."""
    if config is None or config.type() != _LOCAL or config.unwrapped().get("token_bucket") is None:
        return
    node = config.unwrapped()
    for key in ("filter_enabled", "filter_enforced"):
        share = percent(node.get(key), runtime, 0.0)
        if share < _NEXT_TO_NOTHING_PERCENT:
            where = "in the chain" if within_chain else "on a route"
            because = f"{key} is {_told_share(share, node.get(key), runtime)}"
            yield Inert(node.origin, "rate-limit-not-enforced", f"the local rate limit {name} {where}", because)
            return


def _told_share(share: float, fraction: Node | None, runtime: dict[str, Node]) -> str:
    if fraction is None:
        return "missing, which is 0 %"
    key = fraction.text("runtime_key")
    return f"{share:g} % by the runtime key {key}" if key in runtime else f"{share:g} %"
