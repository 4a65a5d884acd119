"""What Istio refuses of a route's retries. Source: `validateHTTPRetry` of `validation.go`."""

import re
from functools import lru_cache

from checker.adapters.istio.validation.amounts import durations
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.errors import did_you_mean
from checker.location import Path

CONDITIONS = frozenset({
    "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream", "retriable-status-codes",
    "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal",
    "resource-exhausted", "unavailable",
})  # fmt: skip
# Those that Go's `http.StatusText` has a text for.
_STATUSES = frozenset({
    *range(100, 104), *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 419), *range(421, 427), 428, 429, 431, 451,
    *range(500, 509), 510, 511,
})  # fmt: skip
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_INSTEAD = "use conditions such as connect-failure,refused-stream,503"


def retries(settings: Data, path: Path) -> Flaws:
    """Attempts, the timeout of one, and when to retry."""
    attempts = settings.get("attempts", 0)
    if attempts < 0:
        yield refused((*path, "attempts"), f"is {attempts}; a number of at least 0 is required", "write 0 for no retries")
    if attempts == 0:
        beside = next((key for key in ("perTryTimeout", "retryOn", "retryRemoteLocalities") if settings.get(key) not in (None, "")), None)
        if beside:
            found = "is 0" if "attempts" in settings else "is missing (which means 0)"
            yield refused(
                (*path, "attempts"),
                f"{found}, which switches retries off, but {beside} is set",
                f"write how many attempts, or remove {beside}",
            )
    yield from durations(settings, ("perTryTimeout",), path, zero="remove perTryTimeout: without it the timeout of the route holds")
    yield from durations(settings, ("backoff",), path)
    conditions = settings.get("retryOn")
    if conditions and (fault := _fault(conditions)):
        yield refused((*path, "retryOn"), *fault)


@lru_cache(maxsize=256)
def _fault(conditions: str) -> tuple[str, str] | None:
    """The list is cut at commas alone, so that a blank beside one belongs to the condition."""
    wrong = next((each for each in conditions.split(",") if not _is_condition(each)), None)
    if wrong is None:
        return None
    parts = [each.strip() for each in conditions.split(",")]
    repaired = ",".join(part for part in parts if part)
    if all(_is_condition(part) for part in repaired.split(",")):
        what = f"has a blank beside a comma ({wrong!r})" if wrong.strip() else "has an empty condition"
        return what, f"write {repaired}"
    wrong = next(part for part in parts if not _is_condition(part))
    return f"has the condition {wrong!r}, which Envoy does not know", did_you_mean(wrong, CONDITIONS, _INSTEAD)


def _is_condition(text: str) -> bool:
    return text in CONDITIONS or (_NUMBER.fullmatch(text) is not None and int(text) in _STATUSES)
