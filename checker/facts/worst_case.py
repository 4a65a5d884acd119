"""How long a call can take.

Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter (x-envoy-upstream-rq-timeout-ms covers
all tries and the pauses between them; before the k-th retry up to (2^k - 1) times the base, at most ten times the base).
"""

from checker.facts.numbers import number
from checker.model.setting import Settings

_BASES = 10
_DIGITS = 6  # microseconds; what is finer comes from binary fractions


def worst_case_seconds(settings: Settings) -> float | None:
    """From the first try to the end of the last; None where nothing bounds it."""
    whole = number(settings.get("request_timeout_seconds"))
    if whole:
        return whole
    per_try = number(settings.get("per_try_timeout_seconds"))
    if not per_try:
        return None
    tries = 1 + int(number(settings.get("retry_attempts")) or 0)
    base = number(settings.get("retry_backoff_base_seconds")) or 0.0
    pauses = sum(min((1 << retry) - 1, _BASES) * base for retry in range(1, tries))
    return round(tries * per_try + pauses, _DIGITS)
