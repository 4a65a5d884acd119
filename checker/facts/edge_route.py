"""Facts about the route of an edge: timeout and retries."""

from typing import Any

from checker.facts.fields import Field
from checker.facts.numbers import number
from checker.model.traffic import Way

_DIGITS = 6  # microseconds; what is finer comes from binary fractions

ROUTE_FIELDS = {
    "route.answer": Field("string", "redirect or direct where the route calls nobody; else empty"),
    "route.text": Field("string", "the requests it is for, for people; empty for all"),
    "timeout.request_seconds": Field("double", "the request timeout in force; absent where there is none", optional=True),
    "retries.attempts": Field("int", "tries after the first"),
    "retries.written": Field("bool", "somebody wrote how to retry; else it is the mesh's default"),
    "retries.on": Field("list(string)", "what is retried on"),
    "retries.per_try_seconds": Field("double", "the timeout of each try; absent where there is none", optional=True),
    "retries.all_tries_seconds": Field("double", "what all tries take at most, without the pauses between them", optional=True),
}


def route_facts(way: Way) -> dict[str, Any]:
    """What holds for requests that a way carries."""
    settings = way.settings
    tries, per_try = settings.get("retry_attempts"), number(settings.get("per_try_timeout_seconds"))
    return {
        "route.answer": way.answer or "",
        "route.text": " ".join(f"{key} {value}" for key, value in way.match.items()),
        "timeout.request_seconds": number(settings.get("request_timeout_seconds")),
        "retries.attempts": tries.value if tries else 0,
        "retries.written": bool(tries and tries.origin.item),
        "retries.on": tuple(settings["retry_on"].value) if "retry_on" in settings else (),
        "retries.per_try_seconds": per_try,
        "retries.all_tries_seconds": None if per_try is None or not tries else round((1 + tries.value) * per_try, _DIGITS),
    }
