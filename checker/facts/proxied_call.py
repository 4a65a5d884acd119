"""Facts about calls that a proxy carries by its own configuration: an Envoy, or the gateways of Envoy Gateway."""

from collections.abc import Iterable, Iterator
from typing import Any

from checker.facts.edge_destination import DESTINATION_FIELDS, LIMITS, destination_facts
from checker.facts.edge_route import ROUTE_FIELDS, route_facts
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.untold import unknown
from checker.facts.worst_case import worst_case_seconds
from checker.findings import Edge, Subject
from checker.model.setting import Origin, Setting, Settings
from checker.model.traffic import Destination, Entry
from checker.objects import is_proxy

PROXIED_CALL_FIELDS = {
    "call.callee": Field("string", "whom the proxy calls: a host, or the name of a cluster"),
    "call.proxy": Field("string", "kind and name of the proxy"),
    "call.own": Field("bool", "the proxy's own configuration says so: what objects of a cluster say in vain is told there"),
    "call.http": Field("bool", "requests; else connections that the proxy does not look into"),
    "call.worst_seconds": Field("double", "how long a request can take with all its tries; absent where nothing bounds it", optional=True),
    "call.stream_bounded": Field("bool", "the time of a whole stream has a limit"),
    "call.silence_bounded": Field("bool", "a request without a byte for a while is ended: an idle timeout counts"),
    "call.checked": Field("bool", "endpoints are asked for their health, and taken out of service when they fail"),
    "lost_retries.reason": Field("string", "why what is written of retries has no effect, for people; empty if it has"),
    "lost_try.reason": Field("string", "why the timeout of a try has no effect, for people; empty if it has"),
    "lost_outlier.reason": Field("string", "why thresholds of outlier detection have no effect, for people; empty if they have"),
    "zero.limits": Field("string", "limits of zero, by which the proxy sends nothing, for people; empty if none"),
    "unbounded.limits": Field("string", "limits that are written as numbers without end, for people; empty if none"),
    **ROUTE_FIELDS,
    **DESTINATION_FIELDS,
    "edge.result": Field("string", "ok, no-endpoints, no-cluster (the call fails), unknown"),
    "destination.without": Field("string", "what becomes of requests where there is no cluster, for people; empty if there is one"),
    "edge.endpoints": Field("int", "endpoints of the cluster; absent where the input does not tell", optional=True),
}
_LOOPBACK = ("127.", "::1", "localhost", "/", "@")
_CLOSING = ("max_pending_requests", "max_requests")  # at zero; a host gets one connection whatever their limit
_RETRIES = ("retry_attempts", "retry_codes")
_TRY = ("per_try_timeout_seconds",)
_OUTLIER = ("outlier_consecutive_5xx", "outlier_consecutive_gateway", "outlier_consecutive_local_origin")
_THRESHOLDS = (*_OUTLIER, "outlier_success_rate_stdev_factor", "outlier_failure_percent")


def judge_proxied_calls(entries: Iterable[Entry]) -> Iterator[Judged]:
    """Each route and destination; what stays on the same machine is no call to a service."""
    for entry in entries:
        for reached in entry.way.destinations if entry.way.answer is None else ():
            settings = {**entry.way.settings, **reached.settings}
            if not reached.host.startswith(_LOOPBACK) and not unknown(settings):
                yield _judged(entry, reached, settings)


def _judged(entry: Entry, reached: Destination, settings: Settings) -> Judged:
    gateway, way = entry.gateway, entry.way
    callee = f"{reached.host}:{reached.port}" if reached.port else reached.host
    facts: dict[str, Any] = {
        "call.callee": callee,
        "call.proxy": f"{gateway.kind} {gateway.name}",
        "call.own": bool(way.origin and way.origin.item and is_proxy(way.origin.item)),
        "call.http": bool(way.settings),
        "call.worst_seconds": worst_case_seconds(way.settings) if way.settings else None,
        "call.stream_bounded": _value(settings.get("max_stream_duration_seconds")) is not None,
        "call.silence_bounded": bool(_value(settings.get("stream_idle_timeout_seconds"))),
        "call.checked": "health_check_interval_seconds" in settings,
        "lost_retries.reason": _lost(settings, _RETRIES) or ("max_retries of the cluster is 0" if _none_at_a_time(settings) else ""),
        "lost_try.reason": _lost(settings, _TRY),
        "lost_outlier.reason": _lost(settings, _OUTLIER) or _ejects_nobody(settings, reached),
        "zero.limits": ", ".join(name for name in _CLOSING if _is_zero(settings.get(name))),
        "unbounded.limits": ", ".join(name for name in (*LIMITS, "max_retries") if _is_unbounded(settings.get(name))),
        **route_facts(way),
        **destination_facts(reached),
        "destination.subset_found": True,
        "destination.without": reached.without,
    }
    spoken = "http" if way.settings else "tcp"
    edge = Edge(reached.host, reached.port, spoken, ((gateway.document.file, gateway.kind, gateway.namespace, gateway.name),))
    item = way.origin.item if way.origin and way.origin.item else gateway
    return Judged(
        "proxied-call", Subject(item.kind, item.namespace, item.name, edge=edge), _anchors(entry, reached, settings), facts, part=callee
    )


def _anchors(entry: Entry, reached: Destination, settings: Settings) -> dict[str, Anchor]:
    route = _anchor(entry.way.origin) or Anchor(entry.gateway)
    target = _anchor(reached.origin) or route
    cluster = _anchor(reached.rule) or target
    return {
        "call": target,
        "route": route,
        "destination": target,
        "refusal": target,
        "timeout": _written(settings, ("request_timeout_seconds",)) or route,
        "pause": _written(settings, ("retry_backoff_base_seconds",)) or route,
        "retries": _written(settings, ("retry_attempts", "retry_on")) or route,
        "lost_retries": _lost_at(settings, _RETRIES) or route,
        "lost_try": _lost_at(settings, _TRY) or route,
        "lost_outlier": _lost_at(settings, _OUTLIER) or _written(settings, _THRESHOLDS) or cluster,
        "unbounded": next((_anchor(settings[name].origin) for name in (*LIMITS, "max_retries") if _is_unbounded(settings.get(name))), None)
        or cluster,
        "zero": next((_anchor(settings[name].origin) for name in _CLOSING if _is_zero(settings.get(name))), None) or cluster,
        "pool": _written(settings, LIMITS) or cluster,
        "connect": _written(settings, ("connect_timeout_seconds",)) or cluster,
        "idle": _written(settings, ("idle_timeout_seconds",)) or cluster,
        "outlier": _written(settings, ("outlier_max_ejection_percent", "outlier_consecutive_5xx")) or cluster,
        "edge": target,
    }


def _anchor(origin: Origin | None) -> Anchor | None:
    return Anchor(origin.item, origin.path) if origin is not None and origin.item is not None else None


def _written(settings: Settings, names: Iterable[str]) -> Anchor | None:
    places = (_anchor(settings[name].origin) for name in names if name in settings)
    return next((place for place in places if place), None)


def _inert(setting: Setting | None) -> Iterator[Setting]:
    """The setting, if it is written in vain; what it was preferred to, if that leaves nothing."""
    if setting is not None:
        for found in (setting, *(setting.overrides if not setting.value else ())):
            if found.state == "inert":
                yield found


def _lost(settings: Settings, names: Iterable[str]) -> str:
    return next((lost.reason for name in names for lost in _inert(settings.get(name))), "")


def _lost_at(settings: Settings, names: Iterable[str]) -> Anchor | None:
    return next((anchor for name in names for lost in _inert(settings.get(name)) if (anchor := _anchor(lost.origin))), None)


def _ejects_nobody(settings: Settings, reached: Destination) -> str:
    """Why outlier detection ejects nothing, however many endpoints there are; empty if it may."""
    share = settings.get("outlier_max_ejection_percent")
    if share is None or "outlier_success_rate_stdev_factor" not in settings:
        return ""
    if all(_value(settings.get(name)) is None for name in _THRESHOLDS):
        return "all enforcing percentages are 0: errors are counted, and nobody is ejected"
    return "max_ejection_percent is 0" if reached.endpoints is None and _is_zero(share) and not reached.ejects_one else ""


def _none_at_a_time(settings: Settings) -> bool:
    return bool(_value(settings.get("retry_attempts"))) and _is_zero(settings.get("max_retries"))


def _is_zero(setting: Setting | None) -> bool:
    return setting is not None and setting.state == "set" and setting.value == 0


def _is_unbounded(setting: Setting | None) -> bool:
    return setting is not None and setting.state == "unbounded" and setting.origin.item is not None


def _value(setting: Setting | None) -> Any:
    return setting.value if setting is not None else None
