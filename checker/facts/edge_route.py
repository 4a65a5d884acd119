"""Facts about the route of an edge: timeout and retries."""

from collections.abc import Iterable
from typing import Any

from checker.facts.fields import Field
from checker.facts.numbers import number
from checker.model.setting import Setting
from checker.model.traffic import Way

_DIGITS = 6  # microseconds; what is finer comes from binary fractions

# What Envoy retries although the callee may have carried the request out already, and what it retries although the callee asks for less
# (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on).
_MAY_HAVE_BEEN_DONE = frozenset({"5xx", "gateway-error", "reset", "retriable-4xx", "deadline-exceeded", "internal"})
_SHEDDING = frozenset({"envoy-ratelimited", "resource-exhausted"})
_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500
_UNAVAILABLE = 503
# A connection that does not come about is a reset to Envoy, and so covered by the wider conditions too.
_CONNECTING = frozenset({"connect-failure", "5xx", "gateway-error", "reset", "reset-before-request"})
_CODES = "retriable-status-codes"
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})  # https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2

ROUTE_FIELDS = {
    "route.answer": Field("string", "redirect or direct where the route calls nobody; else empty"),
    "route.text": Field("string", "the requests it is for, for people; empty for all"),
    "route.idempotent": Field("bool", "it takes requests of idempotent methods only (GET, HEAD, OPTIONS, PUT, DELETE)"),
    "timeout.request_seconds": Field("double", "the request timeout in force; absent where there is none", optional=True),
    "retries.attempts": Field("int", "tries after the first"),
    "retries.written": Field("bool", "somebody wrote how to retry; else it is the mesh's default"),
    "retries.on": Field("list(string)", "what is retried on"),
    "retries.repeating": Field("string", "the conditions under which the callee may have carried the request out already, for people"),
    "retries.under_load": Field("string", "the conditions by which the callee says that it is overloaded, for people"),
    "retries.on_connecting": Field("bool", "a connection that does not come about is tried again"),
    "retries.without_codes": Field("bool", "only status codes are retried on, and none is given"),
    "pause.base_seconds": Field("double", "the base of the pauses before retries, which double", optional=True),
    "retries.per_try_seconds": Field("double", "the timeout of each try; absent where there is none", optional=True),
    "retries.all_tries_seconds": Field("double", "what all tries take at most, without the pauses between them", optional=True),
}


def route_facts(way: Way) -> dict[str, Any]:
    """What holds for requests that a way carries."""
    settings = way.settings
    tries, per_try = settings.get("retry_attempts"), number(settings.get("per_try_timeout_seconds"))
    words, codes = _listed(settings.get("retry_on")), _listed(settings.get("retry_codes"))
    return {
        "route.answer": way.answer or "",
        "route.text": " ".join(f"{key} {value}" for key, value in way.match.items()),
        "timeout.request_seconds": number(settings.get("request_timeout_seconds")),
        "retries.attempts": tries.value if tries else 0,
        "retries.written": bool(tries and tries.origin.item),
        "route.idempotent": way.match.get("method", {}).get("exact") in _IDEMPOTENT,
        "retries.on": words,
        "retries.repeating": ", ".join(_repeating(words, codes)),
        "retries.under_load": ", ".join(
            [word for word in words if word in _SHEDDING] + [str(code) for code in codes if code == _TOO_MANY_REQUESTS]
        ),
        "retries.on_connecting": not words or not _CONNECTING.isdisjoint(words),
        "retries.without_codes": words == (_CODES,) and not codes,
        "pause.base_seconds": number(settings.get("retry_backoff_base_seconds")),
        "retries.per_try_seconds": per_try,
        "retries.all_tries_seconds": None if per_try is None or not tries else round((1 + tries.value) * per_try, _DIGITS),
    }


def repeats_on_errors(way: Way) -> int:
    """Tries after the first that somebody asked for when the callee failed, and not only when the request did not reach it."""
    tries = way.settings.get("retry_attempts")
    if tries is None or not tries.value or tries.state != "set":
        return 0
    return int(tries.value) if _repeating(_listed(way.settings.get("retry_on")), _listed(way.settings.get("retry_codes"))) else 0


def _repeating(words: Iterable[str], codes: Iterable[int]) -> list[str]:
    return [word for word in words if word in _MAY_HAVE_BEEN_DONE] + _server_errors(codes)


def _listed(setting: Setting | None) -> tuple[Any, ...]:
    return tuple(setting.value) if setting is not None and setting.value is not None else ()


def _server_errors(codes: Iterable[int]) -> list[str]:
    """503 is what an overloaded or absent callee says before it has done anything; the rest tell nothing."""
    return [str(code) for code in codes if code >= _FIRST_SERVER_ERROR and code != _UNAVAILABLE]
