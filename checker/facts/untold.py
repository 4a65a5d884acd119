"""Facts about edges that hang on settings that are unknown, because something rewrites what the mesh programs."""

from collections.abc import Mapping
from typing import Any

from checker.facts.fields import Unknown
from checker.facts.worst_case import WORST_CASE
from checker.model.setting import Setting, Settings

# Of a path's calls, as keys beside the edge's own settings: timeouts of the calls that the callee makes, retries anywhere below it.
INNER_TIMEOUT, RETRIES_BELOW = "inner request_timeout_seconds", "retry_attempts below"
_RETRIES = ("retry_attempts", "retry_on", "retry_codes", "retry_backoff_base_seconds", "per_try_timeout_seconds")
# What a fact hangs on; where it is not listed, what its room does.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "edge.inner_seconds": (INNER_TIMEOUT,),
    "edge.inner_total_seconds": (INNER_TIMEOUT,),
    "edge.worst_seconds": WORST_CASE,
    "edge.repeated": ("retry_attempts", "retry_on", RETRIES_BELOW),
    "edge.repeated_layers": ("retry_attempts", "retry_on", RETRIES_BELOW),
    "edge.amplification": ("retry_attempts", RETRIES_BELOW),
    "retries.attempts": ("retry_attempts",),
    "retries.per_try_seconds": ("per_try_timeout_seconds",),
    "retries.all_tries_seconds": ("retry_attempts", "per_try_timeout_seconds"),
    "capacity.requests": (),
    "capacity.of_callee": (),
    "capacity.of_caller": (),
    "capacity.caller": (),
    "outlier.consecutive_5xx": ("outlier_consecutive_5xx",),
    "outlier.max_ejection_percent": ("outlier_max_ejection_percent",),
    "outlier.ejectable": ("outlier_max_ejection_percent",),
    "outlier.panic_threshold_percent": ("panic_threshold_percent",),
}
ROOMS: Mapping[str, tuple[str, ...]] = {
    "timeout": ("request_timeout_seconds",),
    "retries": _RETRIES,
    "pool": ("max_", "retry_budget", "idle_timeout", "tcp_idle_timeout"),
    "connect": ("connect_timeout_seconds",),
    "pause": ("retry_backoff_base_seconds", "retry_attempts"),
    "idle": ("idle_timeout_seconds",),
    "outlier": ("outlier_", "panic_threshold_percent"),
    "capacity": ("max_",),
}


def known(settings: Settings) -> Settings:
    """Without what is unknown."""
    return {name: setting for name, setting in settings.items() if setting.state != "unknown"}


def unknown(settings: Settings) -> Settings:
    """Only what is unknown."""
    return {name: setting for name, setting in settings.items() if setting.state == "unknown"}


def with_unknown(facts: dict[str, Any], untold: Mapping[str, Setting]) -> dict[str, Any]:
    """The facts, with those unknown that hang on settings that nobody can tell."""
    if not untold:
        return facts
    return {fact: _reason(fact, untold) or value for fact, value in facts.items()}


def _reason(fact: str, untold: Mapping[str, Setting]) -> Unknown | None:
    room = ROOMS.get(fact.partition(".")[0], ())
    wanted = _FACTS.get(fact, room)
    for name, setting in untold.items():
        if name.startswith(wanted) if wanted is room else name in wanted:
            return Unknown("", f"{name.replace('_', ' ')}: {setting.reason}")
    return None
