"""Envoy's filters that let only so much through, and who is refused by them.

Sources: envoy.extensions.filters.http.local_ratelimit.v3 and .ratelimit.v3, envoy.extensions.filters.network.local_ratelimit.v3
and .connection_limit.v3, with the defaults that their descriptions name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from checker.limits.descriptors import Descriptor, Entry
from checker.limits.faults import UNIT_SECONDS
from checker.limits.service import Found, Tables
from checker.model.envoy_messages import word
from checker.model.protobuf import Node
from checker.model.rate_limit import TOO_MANY_REQUESTS, RateLimit, Refusing

LOCAL, SHARED = "LocalRateLimit", "RateLimit"
LOCAL_NETWORK, CONNECTIONS = "LocalRateLimit", "ConnectionLimit"
PER_ROUTE = "RateLimitPerRoute"
Runtime = Mapping[str, Node]
_SERVICE_TIMEOUT_SECONDS = 0.02
_LOWEST_REFUSAL = 400
_PARTS = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000}
_STATUS = {"TooManyRequests": 429, "ServiceUnavailable": 503, "Forbidden": 403, "BadRequest": 400}


def local_limits(config: Node, made: Sequence[Descriptor], runtime: Runtime) -> Iterator[RateLimit]:
    """Of a local rate limit that counts for a route; `made`: the descriptors of its requests."""
    bucket = config.get("token_bucket")
    connection = config.get("local_rate_limit_per_downstream_connection")
    per = ("connection",) if connection is not None and connection.value is True else ()
    for each in config.items("descriptors"):
        wanted = [(entry.text("key"), entry.text("value")) for entry in each.items("entries")]
        matching = next((found for found in made if _is_verbatim(found, wanted)), None)
        limit = _enforced(_bucket(each, config), config, runtime, otherwise=0.0)
        if matching is None:
            yield limit.inert("no-match", "no rate_limits of the route make this descriptor")
        else:
            yield limit._replace(only=_only(matching.entries, [value or None for _, value in wanted]), per=(*per, *_per(matching, wanted)))
    if bucket is not None:
        yield _enforced(_bucket(config, config), config, runtime, otherwise=0.0)._replace(per=per)


def _is_verbatim(made: Descriptor, wanted: Sequence[tuple[str, str]]) -> bool:
    """Entry by entry; a value that is left open, on either side, is any."""
    return len(made.entries) == len(wanted) and all(
        entry.key == key and (not value or entry.value in (None, value)) for entry, (key, value) in zip(made.entries, wanted, strict=True)
    )


def _per(made: Descriptor, wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(entry.per for entry, (_, value) in zip(made.entries, wanted, strict=True) if entry.per and not value)


def _only(entries: Sequence[Entry], values: Sequence[str | None]) -> tuple[Mapping[str, Any], ...]:
    """The requests that have these values."""
    only: list[Mapping[str, Any]] = []
    for entry, value in zip(entries, values, strict=True):
        if entry.per and value is not None:
            only.append({entry.per: value})
        elif entry.only is not None:
            only.append(entry.only)
    return tuple(only)


def _bucket(holder: Node, config: Node) -> RateLimit:
    bucket = holder.get("token_bucket")
    most, refilled, interval = (bucket.get(name) if bucket else None for name in ("max_tokens", "tokens_per_fill", "fill_interval"))
    limit = RateLimit(
        "proxy",
        (bucket or holder).origin,
        amount=_whole(refilled, 1),
        unit_seconds=interval.seconds() if interval is not None else None,
        burst=_whole(most, None),
        refusing=_refusing(config, "status"),
    )
    if limit.unit_seconds is None or limit.burst is None:
        return limit._replace(state="unknown", reason="the token bucket is not whole", amount=None)
    return limit


def _enforced(limit: RateLimit, config: Node, runtime: Runtime, *, otherwise: float) -> RateLimit:
    """`otherwise`: the share of requests where nothing is written."""
    if limit.state != "set":
        return limit
    shares = {name: percent(config.get(name), runtime, otherwise) for name in ("filter_enabled", "filter_enforced")}
    none = next((name for name, share in shares.items() if share == 0), None)
    if none is not None:
        because = f"{none} is {'0 %' if config.get(none) is not None else 'missing, which is 0 %'}: nothing is refused"
        return limit.inert("not-enforced", because)
    return limit._replace(enforced_percent=shares["filter_enabled"] * shares["filter_enforced"] / 100)


def _refusing(config: Node, key: str) -> Refusing:
    code = config.get(key, "code")
    status = _STATUS.get(code.value) if code is not None and isinstance(code.value, str) else _whole(code, None)
    headers = [name.lower() for each in config.items("response_headers_to_add") if (name := each.text("header", "key"))]
    draft = config.get("enable_x_ratelimit_headers")
    told = [name for name in headers if name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset")]
    exhausted = config.get("rate_limited_as_resource_exhausted")
    return Refusing(
        status if status is not None and status >= _LOWEST_REFUSAL else TOO_MANY_REQUESTS,
        (*told, *(["x-ratelimit-reset"] if word(draft, "XRateLimitHeadersRFCVersion") == "DRAFT_VERSION_03" else [])),
        exhausted is not None and exhausted.value is True,
    )


def shared_limits(
    config: Node, domain: str, made: Sequence[Descriptor], runtime: Runtime, tables: Callable[[], Tables]
) -> Iterator[RateLimit]:
    """Of a rate limit that a service counts, for a route whose requests have these descriptors."""
    deny, timeout = config.get("failure_mode_deny"), config.get("timeout")
    closed = deny is not None and deny.value is True
    seconds = timeout.seconds() if timeout is not None else _SERVICE_TIMEOUT_SECONDS
    common = RateLimit(
        "service", config.origin, refusing=_refusing(config, "rate_limited_status"), fails_closed=closed, timeout_seconds=seconds
    )
    for descriptor in made:
        for limit in _asked(common._replace(origin=descriptor.origin), domain, descriptor, tables()):
            yield _enforced(limit, config, runtime, otherwise=100.0)


def _asked(common: RateLimit, domain: str, descriptor: Descriptor, tables: Tables) -> Iterator[RateLimit]:
    if any(not entry.key for entry in descriptor.entries):
        yield common._replace(state="unknown", reason="what an action sends is not known")
        return
    if not tables.knows(domain):
        yield common._replace(state="unknown", reason=f"the input holds no configuration of the rate limit service for the domain {domain}")
        return
    fault = tables.fault(domain)
    if fault is not None:
        yield common._replace(origin=fault.at.origin).inert(
            "refused", f"the rate limit service does not take its configuration: {fault.why}"
        )
        return
    found = list(tables.limits(domain, descriptor.entries))
    if not found:
        sent = ", ".join(entry.key if entry.value is None else f"{entry.key}={entry.value}" for entry in descriptor.entries)
        yield common.inert("no-match", f"the rate limit service has no limit for the descriptor {sent} in the domain {domain}")
    for each in found:
        yield _told(common, descriptor, each)


def _told(common: RateLimit, descriptor: Descriptor, found: Found) -> RateLimit:
    unit, amount, endless = (found.limit.get(name) for name in ("unit", "requests_per_unit", "unlimited"))
    seconds = UNIT_SECONDS.get(str(unit.value).lower()) if unit is not None else None
    per = tuple(entry.per for entry, value in zip(descriptor.entries, found.values, strict=True) if value is None and entry.per)
    limit = common._replace(origin=found.limit.origin, only=_only(descriptor.entries, found.values), per=per)
    if endless is not None and endless.value is True:
        return limit._replace(state="unbounded", reason="unlimited")
    number = _whole(amount, 0)
    limit = limit._replace(amount=number, unit_seconds=float(seconds or 1), burst=number)
    return limit.inert("shadow", "shadow_mode: what is too much is counted and let through") if found.shadow else limit


def connection_limits(config: Node) -> Iterator[RateLimit]:
    """Of a network filter: so many connections at once, or new ones in a time."""
    switch = config.get("runtime_enabled", "default_value")
    if config.type() == CONNECTIONS:
        limit = RateLimit("proxy", config.origin, amount=_whole(config.get("max_connections"), None))
    else:
        limit = _bucket(config, config)
    limit = limit._replace(counts="connections", refusing=Refusing(0))
    yield limit.inert("not-enforced", "runtime_enabled is false") if switch is not None and switch.value is False else limit


def percent(fraction: Node | None, runtime: Runtime, otherwise: float) -> float:
    """The share that a RuntimeFractionalPercent comes to; a number that the runtime has for its key is of a hundred."""
    if fraction is None:
        return otherwise
    override = runtime.get(fraction.text("runtime_key"))
    if override is not None and (number := override.number()) is not None:
        return number
    numerator, part = (fraction.get("default_value", name) for name in ("numerator", "denominator"))
    return min(100.0, float(_whole(numerator, 0)) * 100 / _PARTS.get(word(part, "FractionalPercent.DenominatorType"), 100))


def _whole(node: Node | None, otherwise: Any) -> Any:
    number = node.number() if node is not None else None
    return otherwise if number is None else int(number)
