"""Facts about Istio's Sidecar objects: which pods take one, and whether several claim the same pods.

Source: `getSidecarScope` of istiod (pilot/pkg/model/push_context.go): the oldest one counts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.build import Model, selected
from checker.model.types import Selector, Workload
from checker.objects import ApiObject

SIDECAR_FIELDS = {
    "sidecar.name": Field("string", "name of the Sidecar", ("metadata", "name")),
    "sidecar.rival": Field("string", "an older Sidecar for the same pods, beside which this one is not in force; else empty"),
    "sidecar.shared": Field("string", "the pods that both are for, for people"),
    "sidecar.ambient": Field("bool", "it is for pods of ambient mode only, which have no sidecar"),
}
_MODE, _INJECTION, _REVISION, _INJECT = "istio.io/dataplane-mode", "istio-injection", "istio.io/rev", "sidecar.istio.io/inject"
_SHOWN = 3


class _Claim(NamedTuple):
    """A Sidecar, and the workloads it selects; None where it is for the whole namespace."""

    item: ApiObject
    pods: list[Workload] | None


def judge_sidecars(model: Model) -> Iterator[Judged]:
    """Each Sidecar beside the older ones of its namespace."""
    older: dict[str, list[_Claim]] = defaultdict(list)
    for item in sorted(model.kinds.get("Sidecar", ()), key=_age):
        claim = _Claim(item, _pods(model, item))
        rival, shared = _rival(claim, older[item.namespace])
        facts = {
            "sidecar.name": item.name,
            "sidecar.rival": rival.name if rival else "",
            "sidecar.shared": shared,
            "sidecar.ambient": in_ambient(model, item.namespace) and not any(_injected(pod) for pod in claim.pods or ()),
        }
        anchors = {"sidecar": Anchor(item)} | ({"rival": Anchor(rival)} if rival else {})
        yield Judged("sidecar", Subject(item.kind, item.namespace, item.name), anchors, facts)
        older[item.namespace].append(claim)


def in_ambient(model: Model, namespace: str) -> bool:
    """Whether a namespace is in ambient mode; a label for sidecars wins over that."""
    found = model.named.get(("Namespace", "", namespace), ())
    labels: list[Mapping[str, str]] = [item.data["metadata"].get("labels") or {} for item in found]
    return bool(labels) and all(
        each.get(_MODE) == "ambient" and each.get(_INJECTION) != "enabled" and not each.get(_REVISION) for each in labels
    )


def _injected(pod: Workload) -> bool:
    return str(pod.labels.get(_INJECT)).lower() == "true"


def _pods(model: Model, item: ApiObject) -> list[Workload] | None:
    labels = ((item.data.get("spec") or {}).get("workloadSelector") or {}).get("labels")
    return selected(model.pods, model.in_namespace, item.namespace, Selector(labels)) if labels else None


def _rival(claim: _Claim, older: Sequence[_Claim]) -> tuple[ApiObject | None, str]:
    for other in older:
        if other.item.name == claim.item.name:
            continue
        if claim.pods is None and other.pods is None:
            return other.item, f"all pods of {claim.item.namespace}"
        if claim.pods and other.pods and (both := [pod for pod in claim.pods if pod in other.pods]):
            return other.item, ", ".join(f"{pod.kind} {pod.name}" for pod in both[:_SHOWN])
    return None, ""


def _age(item: ApiObject) -> tuple[str, str]:
    return str(item.data["metadata"].get("creationTimestamp") or ""), item.name
