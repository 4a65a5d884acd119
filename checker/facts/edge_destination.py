"""Facts about the destination of an edge: pool and outlier detection."""

from typing import Any

from checker.facts.fields import Field
from checker.facts.numbers import number, whole
from checker.model.setting import Setting
from checker.model.traffic import Destination

LIMITS = ("max_connections", "max_pending_requests", "max_requests")

DESTINATION_FIELDS = {
    "destination.host": Field("string", "the host that the mesh sends the request to"),
    "destination.subset": Field("string", "the subset it is sent to; empty for all endpoints", ("subset",)),
    "destination.subset_found": Field("bool", "a DestinationRule that the callers get defines the subset; true without a subset"),
    "refusal.reason": Field("string", "why the callee takes nothing of what the callers' proxies send; empty where it does"),
    "pool.limited": Field("bool", "connections, waiting requests or requests at a time have a limit"),
    "pool.limits": Field("string", "the limits, for people"),
    "pool.connections_limited": Field("bool", "connections at a time have a limit"),
    "pool.requests_limited": Field("bool", "requests at a time have a limit"),
    "pool.waiting_limited": Field("bool", "requests that wait for a connection have a limit"),
    "pool.streams_limited": Field("bool", "somebody wrote how many requests a connection of HTTP/2 carries at a time"),
    "pool.retries_limited": Field("bool", "retries that run at a time have a limit, or are a share of the requests"),
    "connect.written": Field("bool", "somebody wrote the time that a connection may take"),
    "connect.timeout_seconds": Field("double", "the time a connection may take to come about", optional=True),
    "idle.seconds": Field("double", "after so long without a byte a connection is closed; 0 for never", optional=True),
    "outlier.present": Field("bool", "endpoints that fail are taken out of service"),
    "outlier.trips": Field("bool", "some failures eject an endpoint: a threshold counts and is enforced"),
    "outlier.lost": Field("string", "why a threshold that is written ejects nobody, for people; empty if none is lost"),
    "outlier.consecutive_5xx": Field("int", "server errors in a row that eject an endpoint; 0 for never", optional=True),
    "outlier.max_ejection_percent": Field("int", "the most endpoints that may be ejected at a time", optional=True),
    "outlier.panic_threshold_percent": Field("int", "healthy endpoints below which ejection is ignored; 0: never", optional=True),
    "outlier.ejectable": Field("int", "endpoints that may be ejected at a time; absent where that cannot be told", optional=True),
}
_TRIPPING = frozenset((
    "outlier_consecutive_5xx", "outlier_consecutive_gateway", "outlier_consecutive_local_origin", "outlier_success_rate_stdev_factor",
    "outlier_failure_percent",
))  # fmt: skip


def destination_facts(reached: Destination) -> dict[str, Any]:
    """What holds for a destination's connections, and when its endpoints are ejected."""
    settings, count = reached.settings, reached.endpoints
    percent = whole(settings.get("outlier_max_ejection_percent"))
    limits = {name: settings[name].value for name in LIMITS if name in settings and settings[name].value is not None}
    return {
        "edge.result": reached.result,
        "edge.endpoints": count,
        "destination.host": reached.host,
        "destination.subset": reached.subset,
        "refusal.reason": reached.refused.reason if reached.refused else "",
        "pool.limited": bool(limits),
        "pool.limits": ", ".join(f"{name} {value}" for name, value in limits.items()),
        "pool.connections_limited": "max_connections" in limits,
        "pool.requests_limited": "max_requests" in limits,
        "pool.waiting_limited": "max_pending_requests" in limits,
        "pool.streams_limited": "max_concurrent_streams" in settings and settings["max_concurrent_streams"].state == "set",
        "pool.retries_limited": any(number(settings.get(name)) is not None for name in ("max_retries", "retry_budget_percent")),
        "connect.written": "connect_timeout_seconds" in settings and settings["connect_timeout_seconds"].state == "set",
        "connect.timeout_seconds": number(settings.get("connect_timeout_seconds")),
        "idle.seconds": number(settings.get("idle_timeout_seconds")),
        "outlier.present": "outlier_consecutive_5xx" in settings,
        "outlier.trips": any(_counts(setting) for name, setting in settings.items() if name in _TRIPPING),
        "outlier.lost": next((setting.reason for name, setting in settings.items() if name in _TRIPPING and setting.state == "inert"), ""),
        "outlier.consecutive_5xx": whole(settings.get("outlier_consecutive_5xx")),
        "outlier.max_ejection_percent": percent,
        "outlier.panic_threshold_percent": whole(settings.get("panic_threshold_percent")),
        "outlier.ejectable": None if count is None or percent is None else max(count * percent // 100, int(reached.ejects_one)),
    }


def _counts(setting: Setting) -> bool:
    return setting.state in ("set", "default") and bool(setting.value)
