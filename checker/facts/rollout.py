"""Facts about how a workload is replaced and stopped."""

from collections.abc import Mapping
from typing import Any

from checker.facts.fields import Field, Unknown
from checker.model.types import Workload
from checker.units import scaled

_STRATEGY = ("spec", "strategy")
_GRACE = ("spec", "terminationGracePeriodSeconds")
_DEFAULT_GRACE_SECONDS = 30
_DEFAULT_SHARE = "25%"

ROLLOUT_FIELDS = {
    "workload.strategy": Field(
        "string",
        "update strategy in force: RollingUpdate, Recreate, OnDelete, canary, blueGreen; empty where the kind has none",
        (*_STRATEGY, "type"),
    ),
    "workload.max_unavailable": Field(
        "string",
        "maxUnavailable of a Deployment's rolling update, as written or by default; empty for others",
        (*_STRATEGY, "rollingUpdate", "maxUnavailable"),
    ),
    "workload.rollout_takes_all": Field(
        "bool", "a rolling update may take away all of two or more replicas at once", (*_STRATEGY, "rollingUpdate", "maxUnavailable")
    ),
    "workload.min_ready_seconds": Field(
        "int", "seconds a new pod must stay ready before it counts; default 0", ("spec", "minReadySeconds")
    ),
    "workload.progress_deadline_seconds": Field(
        "int", "seconds after which a stuck rollout is reported", ("spec", "progressDeadlineSeconds"), optional=True
    ),
    "workload.revision_history_limit": Field(
        "int", "old revisions kept for a rollback; default 10", ("spec", "revisionHistoryLimit"), optional=True
    ),
    "workload.selects_its_pods": Field("bool", "the selector matches the labels of its own pod template", ("spec", "selector")),
    "workload.gates": Field("int", "steps, pauses or analyses of a progressive delivery", (*_STRATEGY,)),
    "pod.restart_policy": Field("string", "restartPolicy in force; default Always", ("spec", "restartPolicy")),
    "pod.grace_period_seconds": Field("int", "terminationGracePeriodSeconds in force; default 30", _GRACE),
}


def rollout_facts(workload: Workload, floor: int | Unknown | None) -> dict[str, Any]:
    """How the workload is updated and how its pods end."""
    spec = workload.source.data.get("spec") or {}
    strategy = _strategy(workload, spec)
    grace = workload.spec.get("terminationGracePeriodSeconds")
    rolls = workload.kind == "Deployment" and strategy == "RollingUpdate"
    restart = workload.spec.get("restartPolicy") or "Always"
    return {
        "workload.strategy": strategy,
        "workload.max_unavailable": str(_given(_rolling(spec), "maxUnavailable")) if rolls else "",
        "workload.rollout_takes_all": rolls and _takes_all(_rolling(spec), floor),
        "workload.min_ready_seconds": (spec.get("minReadySeconds") or 0) if workload.scalable else 0,
        "workload.progress_deadline_seconds": spec.get("progressDeadlineSeconds") if workload.scalable else None,
        "workload.revision_history_limit": spec.get("revisionHistoryLimit") if workload.scalable else None,
        "workload.selects_its_pods": workload.selector is None or workload.selector.matches(workload.labels),
        "workload.gates": _gates(spec.get("strategy") or {}) if workload.kind == "Rollout" else 0,
        "pod.restart_policy": restart,
        "pod.grace_period_seconds": _DEFAULT_GRACE_SECONDS if grace is None else grace,
    }


def _strategy(workload: Workload, spec: Mapping[str, Any]) -> str:
    if workload.kind == "Rollout":
        return next((name for name in ("canary", "blueGreen") if (spec.get("strategy") or {}).get(name) is not None), "")
    if workload.kind in ("StatefulSet", "DaemonSet"):
        return (spec.get("updateStrategy") or {}).get("type") or "RollingUpdate"
    if workload.kind == "Deployment":
        return (spec.get("strategy") or {}).get("type") or "RollingUpdate"
    return ""


def _rolling(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return (spec.get("strategy") or {}).get("rollingUpdate") or {}


def _takes_all(rolling: Mapping[str, Any], floor: int | Unknown | None) -> bool | Unknown:
    """As the Deployment controller rounds: unavailable down, surge up, and one where both come to nothing."""
    written = _given(rolling, "maxUnavailable")
    if floor is None or isinstance(floor, Unknown):
        return True if scaled(written, 1, round_up=False) == 1 and isinstance(written, str) else floor or False
    unavailable = scaled(written, floor, round_up=False)
    surge = scaled(_given(rolling, "maxSurge"), floor, round_up=True)
    return floor > 1 and (unavailable or (0 if surge else 1)) >= floor


def _given(rolling: Mapping[str, Any], key: str) -> int | str:
    value: int | str | None = rolling.get(key)
    return _DEFAULT_SHARE if value is None else value


def _gates(strategy: Mapping[str, Any]) -> int:
    """What holds an Argo Rollout back: pauses and analyses of a canary, analysis or manual promotion of blue-green."""
    canary, blue_green = strategy.get("canary") or {}, strategy.get("blueGreen") or {}
    steps = [step for step in canary.get("steps") or () if "pause" in step or "analysis" in step or "experiment" in step]
    checks = [key for key in ("prePromotionAnalysis", "postPromotionAnalysis") if blue_green.get(key)]
    manual = [False] if blue_green.get("autoPromotionEnabled") is False else []
    background = [canary["analysis"]] if canary.get("analysis") else []
    return len(steps) + len(checks) + len(manual) + len(background)
