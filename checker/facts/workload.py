"""Facts about workloads."""

from typing import Any

from checker.facts.batch import BATCH_FIELDS, batch_facts
from checker.facts.fields import NO_AUTOSCALERS, NO_BUDGETS, Anchor, Field, Path, Unknown
from checker.facts.reach import reach
from checker.facts.rollout import ROLLOUT_FIELDS, rollout_facts
from checker.facts.scheduling import SCHEDULING_FIELDS, scheduling_facts
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Workload

_METADATA = ("metadata", "name")

WORKLOAD_FIELDS = {
    "workload.kind": Field("string", "kind of the object", ("kind",)),
    "workload.name": Field("string", "name of the object", _METADATA),
    "workload.namespace": Field("string", "namespace of the object", _METADATA),
    "workload.scalable": Field("bool", "the kind has a replica count", ("spec", "replicas")),
    "workload.runs_to_completion": Field("bool", "its pods are meant to end: jobs, and pods that are not restarted"),
    "workload.is_hook": Field("bool", "a Helm hook or test: not part of the running system", ("metadata", "annotations")),
    "workload.serves": Field("bool", "some container answers requests"),
    "workload.reached_through": Field("string", "how callers find its pods: service, headless, nothing"),
    "workload.replicas": Field("int", "the replica count as written", ("spec", "replicas"), optional=True),
    "workload.replicas_floor": Field(
        "int", "the fewest replicas it is configured to run: the autoscaler's minimum, else the written count, else 1",
        ("spec", "replicas"), optional=True,
    ),
    "workload.replicas_by": Field("string", "what sets the floor: the object's kind and name, or `default`"),
    "workload.autoscaled": Field("bool", "a HorizontalPodAutoscaler or ScaledObject targets it"),
    "workload.autoscalers": Field("int", "how many autoscalers target it"),
    "workload.budgets": Field("int", "how many PodDisruptionBudgets select its pods"),
    "workload.budget_astray": Field("bool", "a budget named like it selects nothing: that is the fault to mend"),
    "workload.criticality": Field("string", "the k8s-stabcheck/criticality annotation: critical, normal, batch", ("metadata", "annotations")),
    **ROLLOUT_FIELDS,
    **SCHEDULING_FIELDS,
    **BATCH_FIELDS,
}


def workload_facts(model: Model, workload: Workload) -> dict[str, Any]:
    """Every fact of a workload, by name."""
    floor, by = replicas_floor(model, workload)
    scalers = model.autoscalers_of.get(workload, ())
    budgets = model.budgets_of.get(workload, ())
    annotations = workload.source.data["metadata"].get("annotations") or {}
    hook = "helm.sh/hook" in annotations or "helm.sh/hook" in workload.annotations
    reached = reach(model, workload)
    return {
        "workload.kind": workload.kind,
        "workload.name": workload.name,
        "workload.namespace": workload.namespace,
        "workload.scalable": workload.scalable,
        "workload.runs_to_completion": workload.runs_to_completion,
        "workload.is_hook": hook,
        "workload.serves": reached.serves,
        "workload.reached_through": reached.through,
        "workload.replicas": workload.replicas,
        "workload.replicas_floor": floor,
        "workload.replicas_by": by,
        "workload.autoscaled": True if scalers else False if covers_autoscalers(model) else NO_AUTOSCALERS,
        "workload.autoscalers": len(scalers) if scalers or covers_autoscalers(model) else NO_AUTOSCALERS,
        "workload.budgets": len(budgets) if budgets or model.covers("PodDisruptionBudget") else NO_BUDGETS,
        "workload.budget_astray": not budgets and bool(astray(model, workload)),
        "workload.criticality": annotations.get("k8s-stabcheck/criticality")
        or workload.annotations.get("k8s-stabcheck/criticality")
        or "",
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


def replicas_floor(model: Model, workload: Workload) -> tuple[int | None | Unknown, str]:
    """The fewest replicas, and what says so.

    Without autoscalers in the input only a written count of 0 or 1 is certain: an autoscaler that was not given
    could have a lower minimum than any other count.
    """
    if not workload.scalable:
        return None, ""
    claims = [(scaler.minimum, f"{scaler.source.kind} {scaler.source.name}") for scaler in model.autoscalers_of.get(workload, ())]
    if workload.replicas is not None:
        claims.append((workload.replicas, f"{workload.kind} {workload.name}"))
    covered = covers_autoscalers(model)
    if not claims and covered:
        claims.append((1, "default"))
    lowest = min(claims, default=None)
    return lowest if lowest and (covered or lowest[0] <= 1) else (NO_AUTOSCALERS, "")


def covers_autoscalers(model: Model) -> bool:
    """Whether a workload without an autoscaler in the input has none."""
    return model.covers("HorizontalPodAutoscaler", "ScaledObject")


def astray(model: Model, workload: Workload) -> list[str]:
    """Budgets of the namespace that select nothing and are named like the workload."""
    return [
        name
        for budget in model.idle_budgets.get(workload.namespace, ())
        if named_like(name := budget.source.name, workload.name)
    ]


def named_like(name: str, workload: str) -> bool:
    """Whether an object's name says that it belongs to a workload: the same name, or that name and a suffix of words."""
    return name == workload or name.startswith(f"{workload}-")
