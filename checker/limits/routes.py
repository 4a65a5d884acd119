"""The rate limits that count for a route: those of the chain of filters, as the route, its virtual host and its table say."""

from collections.abc import Callable, Iterator, Sequence

from checker.limits.descriptors import Descriptor, descriptors
from checker.limits.filters import CONNECTIONS, LOCAL, PER_ROUTE, SHARED, Runtime, connection_limits, local_limits, shared_limits
from checker.limits.service import Tables
from checker.model.envoy_messages import word
from checker.model.protobuf import Node
from checker.model.rate_limit import RateLimit

Levels = Sequence[Sequence[Node]]


def http_limits(filters: Sequence[Node], levels: Levels, runtime: Runtime, tables: Callable[[], Tables]) -> Iterator[RateLimit]:
    """`levels`: the route, its virtual host and the route table, each in as many parts as it is written in."""
    for each in filters:
        config = each.get("typed_config")
        if config is None or _is_off(each, levels):
            continue
        config, told = config.unwrapped(), _told(each.text("name"), levels)
        if config.type() == LOCAL:
            counting = told if told is not None and told.type() == LOCAL else config
            yield from local_limits(counting, _made(counting, counting, levels), runtime)
        elif config.type() == SHARED:
            domain = (told.text("domain") if told is not None and told.type() == PER_ROUTE else "") or config.text("domain")
            yield from shared_limits(config, domain, _made(config, told or config, levels), runtime, tables)


def connection_filters(filters: Sequence[Node]) -> Iterator[RateLimit]:
    """Of a chain of network filters."""
    for config in filters:
        if config.type() in (CONNECTIONS, LOCAL):
            yield from connection_limits(config)


def _told(name: str, levels: Levels) -> Node | None:
    """What the most specific level says to a filter."""
    found = (node for level in levels for part in level for key, node in part.entries("typed_per_filter_config") if key == name)
    return next((node.unwrapped() for node in found), None)


def _is_off(entry: Node, levels: Levels) -> bool:
    told = _told(entry.text("name"), levels)
    switch = told.get("disabled") if told is not None and told.type() == "FilterConfig" else entry.get("disabled") if told is None else None
    return switch is not None and switch.value is True


def _made(config: Node, told: Node, levels: Levels) -> list[Descriptor]:
    """What requests are counted by: the filter's own words, else the route's, else its virtual host's."""
    stage = config.get("stage")
    number = (stage.number() if stage is not None else 0) or 0
    for own in (told, config):
        if written := own.items("rate_limits"):
            return list(descriptors(written, 0))
    route, host = ([limit for part in level for limit in part.items("rate_limits")] for level in (_actions(levels[0]), levels[1]))
    option = word(told.get("vh_rate_limits"), "VhRateLimitsOptions")
    switches = [part.get("include_vh_rate_limits") for part in _actions(levels[0])]
    included = any(switch is not None and switch.value is True for switch in switches)
    with_host = included or option == "INCLUDE" or (option == "OVERRIDE" and not route)
    return list(descriptors([*route, *(host if with_host else ())], number))


def _actions(route: Sequence[Node]) -> list[Node]:
    return [action for part in route if (action := part.get("route")) is not None]
