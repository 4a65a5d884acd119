"""How long a call can take.

Sources: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter (x-envoy-upstream-rq-timeout-ms covers
all tries and the pauses between them, and so does max_stream_duration; a timeout of a try that is not shorter than the whole is ignored,
and it counts until an answer begins). Pauses: source/common/common/backoff_strategy.cc of Envoy, and measured on 1.40: before the k-th
retry anything up to 2^(k-1) times the base, at most ten times the base; the documentation says more, 2^k - 1 times.
"""

from typing import Final

from checker.facts.numbers import number
from checker.model.setting import Settings

WORST_CASE: Final = ("request_timeout_seconds", "per_try_timeout_seconds", "retry_attempts", "retry_backoff_base_seconds")
_STREAM = "max_stream_duration_seconds"
_BASES = 10
_DIGITS = 6  # microseconds; what is finer comes from binary fractions


def worst_case_seconds(settings: Settings) -> float | None:
    """From the first try to the end of the last; None where nothing bounds it."""
    timeout, per_try, stream = (number(settings.get(name)) or None for name in (*WORST_CASE[:2], _STREAM))
    whole = min((each for each in (timeout, stream) if each is not None), default=None)
    if per_try is None or (whole is not None and per_try >= whole):
        return whole
    retries = int(number(settings.get("retry_attempts")) or 0)
    tries = (1 + retries) * per_try + pauses_seconds(retries, number(settings.get("retry_backoff_base_seconds")) or 0.0)
    return round(tries if whole is None else min(whole, tries), _DIGITS)


def pauses_seconds(retries: int, base_seconds: float) -> float:
    """The longest that a proxy pauses before its retries, all together."""
    return sum(min(1 << retry, _BASES) * base_seconds for retry in range(retries))
