"""Facts about one call: how many may call at a time, against how many that answer."""

from collections.abc import Iterator
from typing import Any

from checker.calls.graph import CallGraph
from checker.calls.types import Call
from checker.facts.coupling.limited import Ways, limited
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.scaling import replicas_ceiling
from checker.facts.workload import replicas_floor, workload_subject
from checker.model.build import Model
from checker.model.types import Service, Workload

DEPENDENCY_FIELDS = {
    "dependency.caller": Field("string", "name of the workload that calls"),
    "dependency.callee": Field("string", "name of the Service that is called"),
    "dependency.parallelism": Field(
        "int", "pods of a job at a time, no more than it is to complete; absent for what is no job", optional=True
    ),
    "dependency.callers_least": Field("int", "pods of the caller at its autoscaler's minimum; absent without one", optional=True),
    "dependency.callers_most": Field("int", "pods of the caller at its autoscaler's maximum; absent without one", optional=True),
    "dependency.callee_pods": Field("int", "pods behind the Service at the most; absent where nothing tells", optional=True),
    "dependency.callee_autoscaled": Field("bool", "an autoscaler adds pods to the callee"),
    "dependency.limited": Field("bool", "the mesh limits connections or requests at a time, of the caller or of each pod of the callee"),
    "scaler.maximum": Field("int", "the autoscaler's maximum", ("spec", "maxReplicas"), optional=True),
    "job.parallelism": Field("int", "pods of the job at a time", ("parallelism",), optional=True),
}
_STYLES = frozenset({"http", "https", "grpc", "tcp", "unknown"})


def judge_dependencies(model: Model, graph: CallGraph, ways: Ways | None) -> Iterator[Judged]:
    """Calls of services by jobs of several pods, and by workloads that an autoscaler multiplies."""
    for call in graph.calls:
        workload, service = call.workload, call.callee.service
        if workload is None or service is None or call.telemetry or call.protocol not in _STYLES:
            continue
        parallelism = _parallelism(workload)
        if (parallelism or 1) == 1 and workload not in model.autoscalers_of:
            continue
        yield _judged(model, graph, call, workload, service, ways)


def _judged(model: Model, graph: CallGraph, call: Call, workload: Workload, service: Service, ways: Ways | None) -> Judged:
    pods = graph.pods.get(service, ())
    scalers = model.autoscalers_of.get(workload, ())
    facts: dict[str, Any] = {
        "dependency.caller": workload.name,
        "dependency.callee": service.source.name,
        "dependency.parallelism": _parallelism(workload),
        "dependency.callers_least": replicas_floor(model, workload)[0] if scalers else None,
        "dependency.callers_most": replicas_ceiling(model, workload) if scalers else None,
        "dependency.callee_pods": _together([replicas_ceiling(model, pod) for pod in pods]),
        "dependency.callee_autoscaled": any(pod in model.autoscalers_of for pod in pods),
        "dependency.limited": limited(call, ways),
        "scaler.maximum": scalers[0].maximum if scalers else None,
        "job.parallelism": _parallelism(workload),
    }
    evidence = call.evidence[0]
    anchors = {"dependency": Anchor(evidence.source, evidence.path)}
    if scalers:
        anchors["scaler"] = Anchor(scalers[0].source)
    if workload.kind in ("Job", "CronJob"):
        path = ("spec", "jobTemplate", "spec") if workload.kind == "CronJob" else ("spec",)
        anchors["job"] = Anchor(workload.source, path)
    return Judged("dependency", workload_subject(workload), anchors, facts, part=f"{service.source.namespace}/{service.source.name}")


def _parallelism(workload: Workload) -> int | None:
    spec: Any = workload.source.data.get("spec") or {}
    if workload.kind == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    if workload.kind not in ("Job", "CronJob"):
        return None
    given, most = spec.get("parallelism"), spec.get("completions")
    parallelism = given if isinstance(given, int) else 1
    return min(parallelism, most) if isinstance(most, int) else parallelism


def _together(counts: list[int | Unknown | None]) -> int | Unknown | None:
    """All of them added up; None where one has no fixed count, or nobody is there."""
    if not counts or any(count is None for count in counts):
        return None
    unseen = next((count for count in counts if isinstance(count, Unknown)), None)
    return unseen or sum(count for count in counts if isinstance(count, int))
