"""Facts about autoscalers and disruption budgets."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.facts.fields import NO_WORKLOADS, Anchor, Field, Judged, Unknown
from checker.facts.workload import replicas_floor
from checker.findings import Subject
from checker.model.build import Model, scaled, selected
from checker.model.types import Autoscaler, Budget, Workload
from checker.units import scaled as count_of

_METRICS = ("spec", "metrics")
_SCALE_DOWN = ("spec", "behavior", "scaleDown")
_AUTOSCALED_KINDS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "CloneSet"})

AUTOSCALER_FIELDS = {
    "autoscaler.name": Field("string", "name of the autoscaler", ("metadata", "name")),
    "autoscaler.kind": Field("string", "HorizontalPodAutoscaler or ScaledObject", ("kind",)),
    "autoscaler.target": Field("string", "the workload it scales, as kind and name", ("spec", "scaleTargetRef", "name")),
    "autoscaler.target_found": Field("bool", "that workload is in the input", ("spec", "scaleTargetRef", "name")),
    "autoscaler.minimum": Field("int", "fewest replicas; default 1, for KEDA 0", ("spec", "minReplicas")),
    "autoscaler.maximum": Field("int", "most replicas", ("spec", "maxReplicas")),
    "autoscaler.missing_requests": Field("list(string)", "resources scaled by utilisation that some container of the target does not request", _METRICS),
    "autoscaler.scale_down_unlimited": Field("bool", "scale-down neither waits nor is bounded by a policy", _SCALE_DOWN),
    "autoscaler.scale_up_disabled": Field("bool", "scaling up is switched off", ("spec", "behavior", "scaleUp")),
    "autoscaler.vertical": Field("string", "a VerticalPodAutoscaler that changes the same resource of the same target; empty if none", _METRICS),
    "autoscaler.siblings": Field("int", "autoscalers with the same target, this one included"),
}
BUDGET_FIELDS = {
    "budget.name": Field("string", "name of the budget", ("metadata", "name")),
    "budget.limited": Field("bool", "minAvailable or maxUnavailable is written", ("spec",)),
    "budget.limit": Field("string", "the limit as written, for people", ("spec",)),
    "budget.workloads": Field("int", "workloads whose pods it selects", ("spec", "selector")),
    "budget.pods_floor": Field("int", "pods it selects at the fewest replicas", optional=True),
    "budget.pods_ceiling": Field("int", "pods it selects at the most replicas", optional=True),
    "budget.evictions_floor": Field("int", "pods that may be evicted at once at the fewest replicas", ("spec",), optional=True),
    "budget.evictions_ceiling": Field("int", "pods that may be evicted at once at the most replicas", ("spec",), optional=True),
    "budget.always_allows_unhealthy": Field("bool", "unhealthyPodEvictionPolicy is AlwaysAllow", ("spec", "unhealthyPodEvictionPolicy")),
}


def judge_autoscaler(model: Model, scaler: Autoscaler) -> Judged:
    """A HorizontalPodAutoscaler or ScaledObject."""
    item = scaler.source
    targets = scaled(model.in_namespace, scaler)
    siblings = model.autoscalers_of.get(targets[0], ()) if targets else ()
    behavior = item.data["spec"].get("behavior") or {}
    anchors = {"autoscaler": Anchor(item)}
    if targets:
        anchors["workload"] = Anchor(targets[0].source)
    absent = _absence(model, scaler)
    unseen = absent if isinstance(absent, Unknown) and not targets else None
    facts = {
        "autoscaler.name": item.name,
        "autoscaler.kind": item.kind,
        "autoscaler.target": f"{scaler.target_kind} {scaler.target_name}",
        "autoscaler.target_found": True if targets else absent,
        "autoscaler.minimum": scaler.minimum,
        "autoscaler.maximum": scaler.maximum,
        "autoscaler.missing_requests": unseen or tuple(sorted({name for target in targets for name in _unrequested(model, item.data["spec"], target)})),
        "autoscaler.scale_down_unlimited": _unlimited(behavior.get("scaleDown") or {}),
        "autoscaler.scale_up_disabled": (behavior.get("scaleUp") or {}).get("selectPolicy") == "Disabled",
        "autoscaler.vertical": unseen or next((name for target in targets for name in _vertical(model, item.data["spec"], target)), ""),
        "autoscaler.siblings": unseen or len(siblings),
    }
    return Judged("autoscaler", Subject(item.kind, item.namespace, item.name), anchors, facts)


def _absence(model: Model, scaler: Autoscaler) -> bool | Unknown:
    """Custom kinds may be scaled by controllers we know nothing of."""
    if scaler.target_kind not in _AUTOSCALED_KINDS:
        return Unknown(f"objects of kind {scaler.target_kind}")
    return False if model.covers_workloads(scaler.source.namespace) else NO_WORKLOADS


def _utilisation(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(resource, container or empty) of each metric that is a share of the request."""
    if spec.get("targetCPUUtilizationPercentage"):
        yield "cpu", ""
    for metric in spec.get("metrics") or ():
        source = metric.get("resource") or metric.get("containerResource") or {}
        target = source.get("target") or {}
        if target.get("averageUtilization") or source.get("targetAverageUtilization"):
            yield source.get("name") or "", source.get("container") or ""
    for trigger in spec.get("triggers") or ():
        utilisation = trigger.get("metricType", (trigger.get("metadata") or {}).get("type", "Utilization")) == "Utilization"
        if trigger.get("type") in ("cpu", "memory") and utilisation:
            yield trigger["type"], (trigger.get("metadata") or {}).get("containerName") or ""


def _unrequested(model: Model, spec: Mapping[str, Any], target: Workload) -> Iterator[str]:
    from checker.facts.resources import resource_facts

    facts = {"cpu": "container.cpu_request_cores", "memory": "container.memory_request_bytes"}
    for name, only in _utilisation(spec):
        for container in target.containers:
            counted = container.role != "init" and only in ("", container.name)
            if counted and name in facts and resource_facts(model, target, container)[facts[name]] is None:
                yield name


def _unlimited(rules: Mapping[str, Any]) -> bool:
    """Kubernetes waits 300 s before it scales down; 0 without a policy of its own removes every surplus pod at once."""
    return rules.get("stabilizationWindowSeconds") == 0 and not rules.get("policies") and rules.get("selectPolicy") != "Disabled"


def _vertical(model: Model, spec: Mapping[str, Any], target: Workload) -> Iterator[str]:
    scaled_by = {name for name, _ in _utilisation(spec)}
    for item in model.kinds.get("VerticalPodAutoscaler", ()):
        vertical = item.data["spec"]
        reference = vertical.get("targetRef") or {}
        same = (item.namespace, reference.get("kind"), reference.get("name")) == (target.namespace, target.kind, target.name)
        active = (vertical.get("updatePolicy") or {}).get("updateMode") not in ("Off", "Initial")
        if same and active and scaled_by & _controlled(vertical):
            yield item.name


def _controlled(vertical: Mapping[str, Any]) -> set[str]:
    policies = (vertical.get("resourcePolicy") or {}).get("containerPolicies") or [{}]
    return {name for policy in policies if policy.get("mode") != "Off" for name in policy.get("controlledResources") or ("cpu", "memory")}


def judge_budget(model: Model, budget: Budget) -> Judged:
    """A PodDisruptionBudget against the pods it selects."""
    item = budget.source
    workloads = selected(model.pods, model.in_namespace, item.namespace, budget.selector)
    unseen = None if workloads or model.covers_workloads(item.namespace) else NO_WORKLOADS
    floor, ceiling = unseen or _pods(model, workloads, lowest=True), unseen or _pods(model, workloads, lowest=False)
    limit = next((f"{key}: {item.data['spec'][key]}" for key in ("minAvailable", "maxUnavailable") if item.data["spec"].get(key) is not None), "")
    facts = {
        "budget.name": item.name,
        "budget.limited": bool(limit),
        "budget.limit": limit,
        "budget.workloads": len(workloads) if workloads or model.covers_workloads(item.namespace) else NO_WORKLOADS,
        "budget.pods_floor": floor,
        "budget.pods_ceiling": ceiling,
        "budget.evictions_floor": evictions(budget, floor),
        "budget.evictions_ceiling": evictions(budget, ceiling),
        "budget.always_allows_unhealthy": item.data["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow",
    }
    anchors = {"budget": Anchor(item)}
    if workloads:
        anchors["workload"] = Anchor(workloads[0].source)
    return Judged("budget", Subject(item.kind, item.namespace, item.name), anchors, facts)


def _pods(model: Model, workloads: Iterable[Workload], *, lowest: bool) -> int | None | Unknown:
    """None where nothing is selected or some selected kind has no replica count, such as a DaemonSet."""
    counts = [replicas_floor(model, workload)[0] if lowest else _ceiling(model, workload) for workload in workloads]
    if not counts or any(count is None for count in counts):
        return None
    for count in counts:
        if isinstance(count, Unknown):
            return count
    return sum(count for count in counts if isinstance(count, int))


def _ceiling(model: Model, workload: Workload) -> int | None | Unknown:
    scalers = model.autoscalers_of.get(workload)
    return max(scaler.maximum for scaler in scalers) if scalers else replicas_floor(model, workload)[0]


def evictions(budget: Budget, pods: int | None | Unknown) -> int | None | Unknown:
    """Voluntary disruptions allowed while all pods are healthy; percentages round up, as the disruption controller does.

    Some limits need no pod count: maxUnavailable 0 and minAvailable 100% never allow one.
    """
    if str(budget.max_unavailable) in ("0", "0%") or str(budget.min_available) == "100%":
        return 0
    if pods is None or isinstance(pods, Unknown):
        return pods
    if budget.max_unavailable is not None:
        return count_of(budget.max_unavailable, pods, round_up=True)
    if budget.min_available is not None:
        return max(0, pods - (count_of(budget.min_available, pods, round_up=True) or 0))
    return pods
