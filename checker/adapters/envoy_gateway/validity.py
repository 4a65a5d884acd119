"""What Envoy Gateway's translator refuses of a BackendTrafficPolicy (buildTrafficFeatures of v1.9.1).

It does not ignore such a policy: requests of the routes that it wins are answered with 500.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.spec import Leaf, Spec, block_at, leaf_at
from checker.model.gateway_api import entries, mapping
from checker.model.setting import Origin
from checker.units import seconds_of

_LARGEST_TABLE = 5_000_011
_UNITS = {"Second": 1, "Minute": 60, "Hour": 3600, "Day": 86400, "Week": 86400 * 7, "Month": 86400 * 30, "Year": 86400 * 365}
_LARGEST_LIMIT = 2**32 - 1
_LIMITS = ("maxConnections", "maxPendingRequests", "maxParallelRequests", "maxParallelRetries", "maxRequestsPerConnection")


class Fault(NamedTuple):
    """Why it is refused, and where."""

    what: str
    origin: Origin


def faults(spec: Spec) -> Iterator[Fault]:
    """Each that makes the whole policy invalid."""
    yield from _rate_limit(spec)
    yield from _load_balancer(spec)
    yield from _circuit_breaker(spec)
    yield from _back_off(spec)
    if block_at(spec, "requestBuffer") is not None and leaf_at(spec, "httpUpgrade") is not None:
        upgrade = leaf_at(spec, "httpUpgrade")
        if upgrade and upgrade.value:
            yield Fault("requestBuffer cannot be used together with httpUpgrade", upgrade.origin)


def _back_off(spec: Spec) -> Iterator[Fault]:
    base, most = (leaf_at(spec, "retry", "perRetry", "backOff", key) for key in ("baseInterval", "maxInterval"))
    for name, leaf in (("baseInterval", base), ("maxInterval", most)):
        if leaf is not None and seconds_of(leaf.value) == 0:
            yield Fault(f"{name} of the back-off is 0s", leaf.origin)
            return
    if base is not None and most is not None:
        least, largest = seconds_of(base.value), seconds_of(most.value)
        if least is not None and largest is not None and least > largest:
            yield Fault(f"maxInterval ({most.value}) of the back-off is less than baseInterval ({base.value})", most.origin)


def _load_balancer(spec: Spec) -> Iterator[Fault]:
    kind, size = leaf_at(spec, "loadBalancer", "type"), leaf_at(spec, "loadBalancer", "consistentHash", "tableSize")
    if kind is not None and kind.value == "ConsistentHash" and size is not None and not _is_table_size(size.value):
        yield Fault(f"tableSize {size.value} of the consistent hash is no prime of at most {_LARGEST_TABLE}", size.origin)


def _is_table_size(size: Any) -> bool:
    return isinstance(size, int) and 1 < size <= _LARGEST_TABLE and all(size % divisor for divisor in range(2, int(size**0.5) + 1))


def _circuit_breaker(spec: Spec) -> Iterator[Fault]:
    for key in _LIMITS:
        leaf = leaf_at(spec, "circuitBreaker", key)
        if leaf is not None and isinstance(leaf.value, int) and not 0 <= leaf.value <= _LARGEST_LIMIT:
            yield Fault(f"{key} {leaf.value} is beyond 4294967295", leaf.origin)


def _rate_limit(spec: Spec) -> Iterator[Fault]:
    block = block_at(spec, "rateLimit")
    if block is None:
        return
    kind = leaf_at(spec, "rateLimit", "type")
    wanted = str(kind.value).lower() if kind is not None else ""
    if kind is not None and block_at(spec, "rateLimit", wanted) is None:
        yield Fault(f"rateLimit has type {kind.value} and no {wanted} limits", kind.origin)
        return
    rules = leaf_at(spec, "rateLimit", "local", "rules")
    if rules is not None and wanted != "global":
        yield from _local(rules)


def _local(rules: Leaf) -> Iterator[Fault]:
    """The rule for everybody is the bucket that Envoy's others are multiples of."""
    listed = list(entries({"rules": rules.value}, "rules"))
    general = [number for number, rule in enumerate(listed) if not rule.get("clientSelectors")]
    if len(general) > 1:
        yield Fault("more than one local limit has no clientSelectors", rules.origin.below(general[1]))
        return
    unit = _UNITS.get(_unit(listed[general[0]]), 0) if general else 1
    for number, rule in enumerate(listed):
        own = _UNITS.get(_unit(rule), 0)
        if unit == 0 or own % unit:
            yield Fault(
                f"the unit of a local limit ({_unit(rule)}) is no multiple of that for everybody ({_unit(listed[general[0]])})",
                rules.origin.below(number, "limit", "unit"),
            )
            return


def _unit(rule: Any) -> str:
    return str(mapping(rule, "limit").get("unit"))
