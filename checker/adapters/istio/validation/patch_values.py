"""Values of patches, as far as their types are those of timeouts, retries, thresholds and outlier detection.

istiod reads a value as the message of Envoy that is patched (`xds.BuildXDSObjectFromStruct`): numbers may be written as text, durations
as Go writes them, null is not written, and fields that it does not know are passed over. Messages:
https://www.envoyproxy.io/docs/envoy/latest/api-v3/api.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from checker.adapters.istio.patches import spelt
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path
from checker.units import seconds_of

_DURATION, _COUNT, _NUMBER, _TEXT, _FLAG = "duration", "count", "number", "text", "flag"
_LARGEST = 2**32 - 1
_MESSAGE = Mapping[str, Any]
_PERCENT: _MESSAGE = {"value": _NUMBER}
_BUDGET: _MESSAGE = {"budget_percent": _PERCENT, "min_retry_concurrency": _COUNT}
_THRESHOLDS: _MESSAGE = {
    **dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries", "max_connection_pools"), _COUNT),
    "retry_budget": _BUDGET,
    "track_remaining": _FLAG,
}
_OUTLIER: _MESSAGE = {
    **dict.fromkeys(("interval", "base_ejection_time", "max_ejection_time"), _DURATION),
    **dict.fromkeys(
        ("consecutive_5xx", "max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate", "consecutive_gateway_failure",
         "enforcing_consecutive_gateway_failure", "consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure",
         "failure_percentage_threshold", "enforcing_failure_percentage"),
        _COUNT,
    ),
    "split_external_local_origin_errors": _FLAG,
}  # fmt: skip
_CLUSTER: _MESSAGE = {
    "connect_timeout": _DURATION,
    "max_requests_per_connection": _COUNT,
    "circuit_breakers": {"thresholds": [_THRESHOLDS], "per_host_thresholds": [_THRESHOLDS]},
    "outlier_detection": _OUTLIER,
    "common_lb_config": {"healthy_panic_threshold": _PERCENT},
}
_RETRIES: _MESSAGE = {
    "retry_on": _TEXT,
    "num_retries": _COUNT,
    "per_try_timeout": _DURATION,
    "per_try_idle_timeout": _DURATION,
    "retriable_status_codes": [_COUNT],
    "retry_back_off": {"base_interval": _DURATION, "max_interval": _DURATION},
}
_VALUES: Mapping[str, _MESSAGE] = {
    "CLUSTER": _CLUSTER,
    "HTTP_ROUTE": {"route": {"timeout": _DURATION, "idle_timeout": _DURATION, "retry_policy": _RETRIES}},
    "VIRTUAL_HOST": {"retry_policy": _RETRIES},
}


def patch_value(applied: str, value: Data, path: Path) -> Flaws:
    """What istiod cannot read of a patch's value."""
    if applied in _VALUES:
        yield from _of_message(value, _VALUES[applied], path)


def _of_message(value: Any, fields: _MESSAGE, path: Path) -> Flaws:
    if not isinstance(value, dict):
        yield _wrong(value, "a mapping", path)
        return
    for key, inner in value.items():
        wanted = fields.get(spelt(str(key)))
        if wanted is not None and inner is not None:
            yield from _of_field(inner, wanted, (*path, key))


def _of_field(value: Any, wanted: Any, path: Path) -> Flaws:
    if isinstance(wanted, list):
        if not isinstance(value, list):
            yield _wrong(value, "a list", path)
            return
        for index, entry in enumerate(value):
            yield from _of_field(entry, wanted[0], (*path, index))
    elif isinstance(wanted, str):
        words, fits = _WANTED[wanted]
        if not fits(value):
            yield _wrong(value, words, path)
    else:
        yield from _of_message(value, wanted, path)


def _is_count(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]{1,10}", value, re.ASCII) is not None and int(value) <= _LARGEST
    return _is_number(value) and not isinstance(value, str) and 0 <= float(str(value)) <= _LARGEST and float(str(value)).is_integer()


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value, re.ASCII) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(value: object, wanted: str, path: Path) -> Any:
    shown = f"the text {value!r}" if isinstance(value, str) else "a mapping" if isinstance(value, dict) else f"{value}"
    return refused(path, f"is {shown[:60]}; {wanted} is required", f"write {wanted}")


_WANTED: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    _DURATION: ("a duration such as 1.5s", lambda value: seconds_of(value) is not None),
    _COUNT: (f"a whole number from 0 to {_LARGEST}", _is_count),
    _NUMBER: ("a number", _is_number),
    _TEXT: ("a text", lambda value: isinstance(value, str)),
    _FLAG: ("true or false", lambda value: isinstance(value, bool)),
}
