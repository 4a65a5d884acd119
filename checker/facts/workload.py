"""Facts about workloads."""

from typing import Any

from checker.facts.batch import BATCH_FIELDS, batch_facts
from checker.facts.fields import NO_AUTOSCALERS, NO_BUDGETS, Anchor, Field, Path, Unknown
from checker.facts.likeness import alike
from checker.facts.reach import Reach
from checker.facts.rollout import ROLLOUT_FIELDS, rollout_facts
from checker.facts.scheduling import SCHEDULING_FIELDS, scheduling_facts
from checker.findings import Subject
from checker.model.build import Model, selected
from checker.model.owners import owners
from checker.model.types import Budget, Workload

_METADATA = ("metadata", "name")
_HOOKS = frozenset({"helm.sh/hook", "argocd.argoproj.io/hook"})
# Set by the kubelet on the API object of a static pod.
_MIRROR = "kubernetes.io/config.mirror"

WORKLOAD_FIELDS = {
    "workload.kind": Field("string", "kind of the object", ("kind",)),
    "workload.name": Field("string", "name of the object", _METADATA),
    "workload.namespace": Field("string", "namespace of the object", _METADATA),
    "workload.scalable": Field("bool", "the kind has a replica count", ("spec", "replicas")),
    "workload.runs_to_completion": Field("bool", "its pods are meant to end: jobs, and pods that are not restarted"),
    "workload.is_hook": Field("bool", "a hook of Helm or Argo CD, or a test: not part of the running system", ("metadata", "annotations")),
    "workload.serves": Field("bool", "some container answers requests"),
    "workload.reached_through": Field("string", "how callers find its pods: service, headless, nothing"),
    "workload.replicas": Field("int", "the replica count as written", ("spec", "replicas"), optional=True),
    "workload.replicas_floor": Field(
        "int",
        "the fewest replicas: the autoscaler's minimum, else the written count, else 1; a written 0 stops autoscaling",
        ("spec", "replicas"),
        optional=True,
    ),
    "workload.replicas_by": Field("string", "what sets the floor: an autoscaler's kind and name, `spec.replicas`, or `default`"),
    "workload.replicated": Field(
        "bool", "configured to run two pods or more; where no autoscaler is given, the written count says so", ("spec", "replicas")
    ),
    "workload.peers": Field("bool", "every Service that selects its pods selects pods of other workloads too: callers have another one"),
    "workload.live": Field("bool", "read from a cluster: counts are what controllers have made of them", ("metadata", "uid")),
    "workload.owned": Field("bool", "made by a controller or by the kubelet: not what somebody wrote", ("metadata", "ownerReferences")),
    "workload.autoscaled": Field("bool", "a HorizontalPodAutoscaler or ScaledObject targets it"),
    "workload.autoscalers": Field("int", "how many autoscalers target it"),
    "workload.budgets": Field("int", "how many PodDisruptionBudgets select its pods"),
    "workload.budget_astray": Field("bool", "a budget named like it selects nothing: that is the fault to mend"),
    "workload.criticality": Field(
        "string", "the k8s-stabcheck/criticality annotation: critical, normal, batch", ("metadata", "annotations")
    ),
    **ROLLOUT_FIELDS,
    **SCHEDULING_FIELDS,
    **BATCH_FIELDS,
}


def workload_facts(model: Model, workload: Workload, reached: Reach) -> dict[str, Any]:
    """Every fact of a workload, by name."""
    floor, by = replicas_floor(model, workload)
    scalers = model.autoscalers_of.get(workload, ())
    budgets = model.budgets_of.get(workload, ())
    annotations = workload.source.data["metadata"].get("annotations") or {}
    return {
        "workload.kind": workload.kind,
        "workload.name": workload.name,
        "workload.namespace": workload.namespace,
        "workload.scalable": workload.scalable,
        "workload.runs_to_completion": workload.runs_to_completion,
        "workload.is_hook": is_hook(workload),
        "workload.serves": reached.serves,
        "workload.reached_through": reached.through,
        "workload.replicas": workload.replicas,
        "workload.replicas_floor": floor,
        "workload.replicas_by": by,
        "workload.replicated": _replicated(workload, floor),
        "workload.peers": has_peers(model, workload),
        "workload.live": _is_live(workload),
        "workload.owned": any(owner.get("controller") for owner in owners(workload.source)) or _MIRROR in annotations,
        "workload.autoscaled": True if scalers else False if covers_autoscalers(model, workload.namespace) else NO_AUTOSCALERS,
        "workload.autoscalers": len(scalers) if scalers or covers_autoscalers(model, workload.namespace) else NO_AUTOSCALERS,
        "workload.budgets": len(budgets) if budgets or model.covers("PodDisruptionBudget", namespace=workload.namespace) else NO_BUDGETS,
        "workload.budget_astray": not budgets and bool(astray(model, workload)),
        "workload.criticality": annotations.get("k8s-stabcheck/criticality") or workload.annotations.get("k8s-stabcheck/criticality") or "",
        **rollout_facts(workload, floor),
        **scheduling_facts(model, workload),
        **batch_facts(workload),
    }


def workload_anchors(model: Model, workload: Workload) -> dict[str, Anchor]:
    """What the names `workload`, `pod`, `autoscaler`, `budget` and `service` stand for."""
    job: Path = ("spec", "jobTemplate", "spec") if workload.kind == "CronJob" else ("spec",)
    anchors = {
        "workload": Anchor(workload.source),
        "pod": Anchor(workload.source, workload.pod_path),
        "job": Anchor(workload.source, job),
    }
    if scalers := model.autoscalers_of.get(workload):
        anchors["autoscaler"] = Anchor(scalers[0].source)
    if budgets := model.budgets_of.get(workload):
        anchors["budget"] = Anchor(budgets[0].source)
    if services := model.services_of.get(workload):
        anchors["service"] = Anchor(services[0].source)
    return anchors


def workload_subject(workload: Workload) -> Subject:
    """How findings name the workload."""
    return Subject(workload.kind, workload.namespace, workload.name)


def is_hook(workload: Workload) -> bool:
    """Whether Helm or Argo CD runs it while something is deployed."""
    annotations = workload.source.data["metadata"].get("annotations") or {}
    return not _HOOKS.isdisjoint(annotations) or not _HOOKS.isdisjoint(workload.annotations)


def replicas_floor(model: Model, workload: Workload) -> tuple[int | Unknown | None, str]:
    """The fewest replicas, and what says so. A written count counts beside an autoscaler too: every apply goes back to it.

    Without autoscalers in the input only a written count of 0 or 1 is certain: an autoscaler that was not given
    could have a lower minimum than any other count.
    """
    if not workload.scalable:
        return None, ""
    if workload.replicas == 0:
        # .../docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
        return 0, "spec.replicas"
    claims = [(scaler.minimum, f"{scaler.source.kind} {scaler.source.name}") for scaler in model.autoscalers_of.get(workload, ())]
    if workload.replicas is not None and not (claims and _is_live(workload)):
        claims.append((workload.replicas, "spec.replicas"))
    certain = covers_autoscalers(model, workload.namespace) or workload.replicas == 1
    return min(claims or [(1, "default")]) if certain else (NO_AUTOSCALERS, "")


def _replicated(workload: Workload, floor: int | Unknown | None) -> bool | Unknown:
    """A written count of two or more is enough, even if an autoscaler that was not given might go below it at times."""
    if isinstance(floor, Unknown):
        return True if workload.replicas else floor
    return (floor or 0) > 1


def _is_live(workload: Workload) -> bool:
    """Whether its count is what an autoscaler or a person has made of it in a cluster."""
    return "uid" in workload.source.data["metadata"]


def covers_autoscalers(model: Model, namespace: str) -> bool:
    """Whether a workload of the namespace without an autoscaler in the input has none."""
    return model.covers("HorizontalPodAutoscaler", "ScaledObject", namespace=namespace)


def has_peers(model: Model, workload: Workload) -> bool:
    """Whether callers of each of its Services also find pods of another workload, as with versions of one program side by side."""
    services = model.services_of.get(workload, ())
    return bool(services) and all(
        any((other.kind, other.name) != (workload.kind, workload.name) and other.scalable and other.replicas != 0 for other in found)
        for found in (selected(model.pods, model.in_namespace, service.source.namespace, service.selector) for service in services)
    )


def astray(model: Model, workload: Workload) -> list[str]:
    """Budgets of the namespace that select nothing and are meant for the workload: by their selector, else by their name."""
    return [budget.source.name for budget in model.idle_budgets.get(workload.namespace, ()) if _meant(model, budget, workload)]


def _meant(model: Model, budget: Budget, workload: Workload) -> bool:
    labels = budget.selector.labels if budget.selector else {}
    if labels and all(key in workload.labels and alike(workload.labels[key], value) for key, value in labels.items()):
        return True
    here = model.in_namespace.get(budget.source.namespace, ())
    alike_named = [other for other in here if named_like(budget.source.name, other.name)]
    named = max(alike_named, key=lambda other: len(other.name), default=None)
    return named is not None and (named is workload or _behind_one_service(model, named, workload))


def _behind_one_service(model: Model, one: Workload, other: Workload) -> bool:
    """Versions of one program side by side."""
    return any(service in model.services_of.get(other, ()) for service in model.services_of.get(one, ()))


def named_like(name: str, workload: str) -> bool:
    """Whether an object's name says that it belongs to a workload: the same name, or that name and a suffix of words."""
    return name == workload or name.startswith(f"{workload}-")
