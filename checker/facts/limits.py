"""Facts about rate limits, whoever enforces them, and about gateways without any."""

from collections.abc import Iterable, Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.location import Path
from checker.model.build import Model
from checker.model.rate_limit import RateLimit
from checker.model.traffic import Entry
from checker.objects import ApiObject
from checker.objects.unseen import ANY

RATE_LIMIT_FIELDS = {
    "rate.what": Field("string", "the limit, for people"),
    "rate.cause": Field("string", "why nothing is refused, in a word: no-match, other-type, shadow, …; empty if something is"),
    "rate.because": Field("string", "the cause, for people"),
    "rate.http": Field("bool", "of requests; else of connections, which are closed"),
    "rate.status": Field("int", "what the caller gets; 0 for connections"),
    "rate.says_when": Field("bool", "the answer says when to come again; absent where the proxy cannot be told to", optional=True),
    "rate.counter": Field("string", "who counts: proxy or service"),
    "rate.timeout_seconds": Field("double", "how long the rate limit service is waited for", optional=True),
    "rate.fails_closed": Field("bool", "all is refused while the rate limit service does not answer"),
}
ENTRANCE_FIELDS = {
    "entrance.gateway": Field("string", "kind and name of the gateway, or of the workload that its proxies run in"),
    "entrance.limited": Field("bool", "a rate limit counts for some of its requests, or connections have one"),
}
_BEST = {"set": 0, "unknown": 1, "unbounded": 2, "inert": 3}
_PERIODS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86_400.0: "day"}


def limits_of(entries: Iterable[Entry]) -> Iterator[RateLimit]:
    """All that counts on the ways of gateways, and where they lead."""
    for entry in entries:
        yield from entry.way.limits
        for reached in entry.way.destinations:
            yield from reached.limits()


def judge_limits(limits: Iterable[RateLimit]) -> Iterator[Judged]:
    """Each that is written; one that several routes have is lost where all of them have it in vain."""
    best: dict[tuple[int, Path], RateLimit] = {}
    for limit in limits:
        if limit.origin.item is not None:
            key = id(limit.origin.item), limit.origin.path
            if key not in best or _BEST[limit.state] < _BEST[best[key].state]:
                best[key] = limit
    for limit in best.values():
        if limit.origin.item is not None and limit.state in ("set", "inert"):
            yield _judged(limit, limit.origin.item)


def _judged(limit: RateLimit, item: ApiObject) -> Judged:
    facts: dict[str, Any] = {
        "rate.what": _in_words(limit),
        "rate.cause": limit.cause,
        "rate.because": limit.reason,
        "rate.http": limit.counts == "requests",
        "rate.status": limit.refusing.status,
        "rate.says_when": None if limit.refusing.retry_headers is None else bool(limit.refusing.retry_headers),
        "rate.counter": limit.counter,
        "rate.timeout_seconds": limit.timeout_seconds,
        "rate.fails_closed": limit.fails_closed is True,
    }
    anchors = {"rate": Anchor(item, limit.origin.path)}
    return Judged("rate-limit", Subject(item.kind, item.namespace, item.name), anchors, facts, part="/".join(map(str, limit.origin.path)))


def _in_words(limit: RateLimit) -> str:
    if limit.amount is None:
        return "the rate limit"
    if limit.unit_seconds is None:
        return f"the limit of {limit.amount} {limit.counts} at a time"
    period = _PERIODS.get(limit.unit_seconds)
    return f"the limit of {limit.amount} {limit.counts} {f'a {period}' if period else f'in {limit.unit_seconds:g} seconds'}"


def judge_entrances(model: Model, entries: Iterable[Entry], limiting_kind: str) -> Iterator[Judged]:
    """Each gateway; objects of the `limiting_kind` would limit it. Without such a kind it may be any proxy, and no gateway."""
    if not limiting_kind:
        return
    found: dict[int, tuple[ApiObject, bool]] = {}
    for entry in entries:
        if entry.way.settings or entry.way.limits:
            _, limited = found.get(id(entry.gateway), (entry.gateway, False))
            found[id(entry.gateway)] = entry.gateway, limited or any(limit.state in ("set", "unknown") for limit in entry.way.limits)
    for item, limited in found.values():
        told: bool | Unknown = limited or (False if model.complete_in(ANY, limiting_kind) else Unknown(f"{limiting_kind}s"))
        facts = {"entrance.gateway": f"{item.kind} {item.name}", "entrance.limited": told}
        yield Judged("entrance", Subject(item.kind, item.namespace, item.name), {"entrance": Anchor(item)}, facts)
