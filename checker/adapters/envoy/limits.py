"""The rate limits that count for a route of an Envoy: those of its chain of filters, as the route, its virtual host and its table say."""

from collections.abc import Callable, Iterator, Sequence

from checker.limits.descriptors import Descriptor, descriptors
from checker.limits.filters import CONNECTIONS, LOCAL, PER_ROUTE, SHARED, Runtime, connection_limits, local_limits, shared_limits
from checker.limits.service import Tables
from checker.model.protobuf import Node
from checker.model.rate_limit import RateLimit


def http_limits(manager: Node, levels: Sequence[Node], runtime: Runtime, tables: Callable[[], Tables]) -> Iterator[RateLimit]:
    """`levels`: the route, its virtual host and the route table, the most specific first."""
    for each in manager.items("http_filters"):
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


def _told(name: str, levels: Sequence[Node]) -> Node | None:
    """What the most specific level says to a filter."""
    found = (node for level in levels for key, node in level.entries("typed_per_filter_config") if key == name)
    return next((node.unwrapped() for node in found), None)


def _is_off(entry: Node, levels: Sequence[Node]) -> bool:
    told = _told(entry.text("name"), levels)
    switch = told.get("disabled") if told is not None and told.type() == "FilterConfig" else entry.get("disabled") if told is None else None
    return switch is not None and switch.value is True


def _made(config: Node, told: Node, levels: Sequence[Node]) -> list[Descriptor]:
    """What requests are counted by: the filter's own words, else the route's, else its virtual host's."""
    stage = config.get("stage")
    number = (stage.number() if stage is not None else 0) or 0
    for own in (told, config):
        if written := own.items("rate_limits"):
            return list(descriptors(written, 0))
    route, host = levels[0], levels[1]
    action = route.get("route")
    of_route = action.items("rate_limits") if action is not None else []
    option = told.get("vh_rate_limits")
    word = {0: "OVERRIDE", 1: "INCLUDE", 2: "IGNORE"}.get(option.value, option.value) if option is not None else "OVERRIDE"
    included = action.get("include_vh_rate_limits") if action is not None else None
    if (included is not None and included.value is True) or word == "INCLUDE" or (word == "OVERRIDE" and not of_route):
        of_route = [*of_route, *host.items("rate_limits")]
    return list(descriptors(of_route, number))
