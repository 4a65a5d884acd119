"""Facts about autoscalers and disruption budgets."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from checker.facts.fields import NO_AUTOSCALERS, NO_WORKLOADS, Anchor, Field, Judged, Unknown
from checker.facts.governing.room import unreachable
from checker.facts.likeness import renamed
from checker.facts.workload import covers_autoscalers, replicas_floor
from checker.findings import Subject
from checker.model.build import Model, nearest, scaled, selected
from checker.model.owners import owners
from checker.model.types import Autoscaler, Budget, Workload
from checker.units import scaled as count_of

_TARGET = ("spec", "scaleTargetRef", "name")
_METRICS = ("spec", "metrics")
_SCALE_DOWN = ("spec", "behavior", "scaleDown")
_ALL_AT_ONCE: Final[Mapping[str, Any]] = {"type": "Percent", "value": 100, "periodSeconds": 15}
_AUTOSCALED_KINDS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "CloneSet"})

AUTOSCALER_FIELDS = {
    "autoscaler.name": Field("string", "name of the autoscaler", ("metadata", "name")),
    "autoscaler.kind": Field("string", "HorizontalPodAutoscaler or ScaledObject", ("kind",)),
    "autoscaler.target": Field("string", "the workload it scales, as kind and name", _TARGET),
    "autoscaler.target_found": Field("bool", "that workload is in the input", _TARGET),
    "autoscaler.nearest": Field("string", "a workload of that namespace with a similar name; empty if there is none", _TARGET),
    "autoscaler.minimum": Field("int", "fewest replicas; default 1, for KEDA 0", ("spec", "minReplicas")),
    "autoscaler.maximum": Field("int", "most replicas", ("spec", "maxReplicas")),
    "autoscaler.missing_requests": Field(
        "list(string)", "resources scaled by utilisation that some container does not request, as `cpu (container app)`", _METRICS
    ),
    "autoscaler.other_metrics": Field("bool", "it also scales by something else, and can at least scale up by that", _METRICS),
    "autoscaler.scale_down_unlimited": Field("bool", "scale-down neither waits nor is bounded to less than all pods at once", _SCALE_DOWN),
    "autoscaler.scale_up_disabled": Field("bool", "scaling up is switched off", ("spec", "behavior", "scaleUp")),
    "autoscaler.vertical": Field(
        "string", "a VerticalPodAutoscaler that changes the same resource of the same target; empty if none", _METRICS
    ),
    "autoscaler.unreachable": Field("string", "targets that the limits of the pods keep from being reached, for people", _METRICS),
    "autoscaler.rival": Field("string", "an autoscaler with the same target that stands before this one; empty if none", _TARGET),
}
BUDGET_FIELDS = {
    "budget.name": Field("string", "name of the budget", ("metadata", "name")),
    "budget.limited": Field("bool", "minAvailable or maxUnavailable is written", ("spec",)),
    "limit.written": Field("string", "the limit as written, for people; empty if there is none"),
    "limit.in_force": Field("string", "the limit with what its percentage comes to at the most replicas, for people"),
    "budget.rival": Field("string", "a budget before this one that selects some of the same pods; empty if none", ("spec", "selector")),
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
    rival = _rival(model, scaler, targets)
    behavior = _behavior(item.data["spec"])
    missing = {name: entry for target in targets for name, entry in _unrequested(model, item.data["spec"], target)}
    anchors = {"autoscaler": Anchor(item)}
    if targets:
        anchors["workload"] = Anchor(targets[0].source)
    if rival:
        anchors["rival"] = Anchor(rival.source)
    absent = _absence(model, scaler)
    unseen = absent if isinstance(absent, Unknown) and not targets else None
    facts = {
        "autoscaler.name": item.name,
        "autoscaler.kind": item.kind,
        "autoscaler.target": f"{scaler.target_kind} {scaler.target_name}",
        "autoscaler.target_found": True if targets else absent,
        "autoscaler.minimum": scaler.minimum,
        "autoscaler.maximum": scaler.maximum,
        "autoscaler.nearest": "" if targets else _similar(model, scaler),
        "autoscaler.missing_requests": unseen or tuple(missing[name] for name in sorted(missing)),
        "autoscaler.other_metrics": _count_of_metrics(item.data["spec"]) > len(missing),
        "autoscaler.scale_down_unlimited": _unlimited(behavior.get("scaleDown") or {}),
        "autoscaler.scale_up_disabled": (behavior.get("scaleUp") or {}).get("selectPolicy") == "Disabled",
        "autoscaler.vertical": unseen or next((name for target in targets for name in _vertical(model, item.data["spec"], target)), ""),
        "autoscaler.unreachable": "; ".join(filter(None, (unreachable(model, item.data["spec"], target) for target in targets))),
        "autoscaler.rival": unseen or (f"{rival.source.kind} {rival.source.name}" if rival else ""),
    }
    return Judged("autoscaler", Subject(item.kind, item.namespace, item.name), anchors, facts)


def _absence(model: Model, scaler: Autoscaler) -> bool | Unknown:
    """Custom kinds may be scaled by controllers we know nothing of."""
    if scaler.target_kind not in _AUTOSCALED_KINDS:
        return Unknown(f"objects of kind {scaler.target_kind}")
    if not model.covers_workloads(scaler.source.namespace):
        return NO_WORKLOADS
    return (
        False
        if model.complete_in(scaler.source.namespace, scaler.target_kind) or _similar(model, scaler)
        else Unknown(f"{scaler.target_kind} of that name, or of one like it")
    )


def _utilisation(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(resource, container or empty) of each metric that is a share of the request; without any metric that is 80 % of the CPU."""
    if spec.get("targetCPUUtilizationPercentage") or not _count_of_metrics(spec):
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


def _count_of_metrics(spec: Mapping[str, Any]) -> int:
    return len(spec.get("metrics") or ()) + len(spec.get("triggers") or ()) + ("targetCPUUtilizationPercentage" in spec)


def _unrequested(model: Model, spec: Mapping[str, Any], target: Workload) -> Iterator[tuple[str, str]]:
    """(resource, text for people) of what some container does not request."""
    from checker.facts.resources import resource_facts

    facts = {"cpu": "container.cpu_request_cores", "memory": "container.memory_request_bytes"}
    for name, only in _utilisation(spec):
        for container in target.containers:
            counted = container.role != "init" and only in ("", container.name)
            if counted and name in facts and resource_facts(model, target, container)[facts[name]] is None:
                yield name, f"{name} (container {container.name})"


def _behavior(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """KEDA passes it on to the HorizontalPodAutoscaler that it makes."""
    return spec.get("behavior") or ((spec.get("advanced") or {}).get("horizontalPodAutoscalerConfig") or {}).get("behavior") or {}


def _unlimited(rules: Mapping[str, Any]) -> bool:
    """Kubernetes waits 300 s before it scales down; with 0 its default policy removes every surplus pod at once."""
    if rules.get("stabilizationWindowSeconds") != 0 or rules.get("selectPolicy") == "Disabled":
        return False
    policies = rules.get("policies") or [_ALL_AT_ONCE]
    takes_all = [policy.get("type") == "Percent" and (policy.get("value") or 0) >= _ALL_AT_ONCE["value"] for policy in policies]
    return all(takes_all) if rules.get("selectPolicy") == "Min" else any(takes_all)


def _rival(model: Model, scaler: Autoscaler, targets: list[Workload]) -> Autoscaler | None:
    """A HorizontalPodAutoscaler that KEDA made for its ScaledObject is none."""
    same = model.autoscalers_of.get(targets[0], ()) if targets else ()
    first = next((other for other in same if not _made_by_keda(other)), None)
    return None if first is scaler or _made_by_keda(scaler) else first


def _made_by_keda(scaler: Autoscaler) -> bool:
    return scaler.source.name.startswith("keda-hpa-") or any(owner["kind"] == "ScaledObject" for owner in owners(scaler.source))


def _similar(model: Model, scaler: Autoscaler) -> str:
    names = [workload.name for workload in model.in_namespace.get(scaler.source.namespace, ()) if workload.scalable]
    if scaler.source.name in names:
        return scaler.source.name
    return next((name for name in names if renamed(name, scaler.target_name)), "")


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
    workloads = nearest(item, selected(model.pods, model.in_namespace, item.namespace, budget.selector))
    unseen = None if workloads or model.covers_workloads(item.namespace) else NO_WORKLOADS
    floor, ceiling = unseen or _pods(model, workloads, lowest=True), unseen or _pods(model, workloads, lowest=False)
    spec = item.data["spec"]
    rival = _second_to(model, budget, workloads)
    idle = not workloads and not isinstance(unseen, Unknown)
    key = next((key for key in ("minAvailable", "maxUnavailable") if spec.get(key) is not None), "")
    limit = f"{key}: {spec[key]}" if key else ""
    facts = {
        "budget.name": item.name,
        "budget.limited": bool(limit),
        "limit.written": limit,
        "limit.in_force": _come_to(spec.get(key), limit, ceiling),
        "budget.rival": unseen or (rival.source.name if rival else ""),
        "budget.workloads": len(workloads) if workloads or model.covers_workloads(item.namespace) else NO_WORKLOADS,
        "budget.pods_floor": floor,
        "budget.pods_ceiling": ceiling,
        "budget.evictions_floor": None if idle else evictions(budget, floor),
        "budget.evictions_ceiling": None if idle else evictions(budget, ceiling),
        "budget.always_allows_unhealthy": spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow",
    }
    anchors = {"budget": Anchor(item), "limit": Anchor(item, ("spec", key) if key else ("spec",))}
    if workloads:
        anchors["workload"] = Anchor(workloads[0].source)
    if rival:
        anchors["rival"] = Anchor(rival.source)
    if scalers := [scaler for workload in workloads for scaler in model.autoscalers_of.get(workload, ())]:
        anchors["autoscaler"] = Anchor(scalers[0].source)
    return Judged("budget", Subject(item.kind, item.namespace, item.name), anchors, facts)


def _come_to(value: Any, limit: str, pods: int | Unknown | None) -> str:
    if not isinstance(value, str) or not isinstance(pods, int) or not pods:
        return limit
    return f"{limit} of {pods} pods is {count_of(value, pods, round_up=True)}, which"


def _second_to(model: Model, budget: Budget, workloads: Iterable[Workload]) -> Budget | None:
    """The pods of a DaemonSet are left out: draining a node does not evict them."""
    firsts = (model.budgets_of[workload][0] for workload in workloads if workload.kind != "DaemonSet")
    return next((first for first in firsts if first is not budget and first.source.name != budget.source.name), None)


def _pods(model: Model, workloads: Iterable[Workload], *, lowest: bool) -> int | Unknown | None:
    """None where nothing is selected or some selected kind has no replica count, such as a DaemonSet."""
    counts = [replicas_floor(model, workload)[0] if lowest else replicas_ceiling(model, workload) for workload in workloads]
    if not counts or any(count is None for count in counts):
        return None
    for count in counts:
        if isinstance(count, Unknown):
            return count
    return sum(count for count in counts if isinstance(count, int))


def replicas_ceiling(model: Model, workload: Workload) -> int | Unknown | None:
    """Without autoscalers in the input no count is certain to be the highest."""
    if not workload.scalable or workload.replicas == 0:
        return 0 if workload.scalable else None
    if scalers := model.autoscalers_of.get(workload):
        return max(scaler.maximum for scaler in scalers)
    return replicas_floor(model, workload)[0] if covers_autoscalers(model, workload.namespace) else NO_AUTOSCALERS


def evictions(budget: Budget, pods: int | Unknown | None) -> int | Unknown | None:
    """Voluntary disruptions allowed while all pods are healthy; percentages round up, as the disruption controller does.

    Some limits need no pod count: maxUnavailable 0 and minAvailable 100% never allow one. Without pods there is nothing to evict.
    """
    if pods == 0:
        return None
    if str(budget.max_unavailable) in ("0", "0%") or str(budget.min_available) == "100%":
        return 0
    if pods is None or isinstance(pods, Unknown):
        return pods
    if budget.max_unavailable is not None:
        return count_of(budget.max_unavailable, pods, round_up=True)
    if budget.min_available is not None:
        return max(0, pods - (count_of(budget.min_available, pods, round_up=True) or 0))
    return None
