"""Autoscalers and disruption budgets → records of the model, with the defaults their controllers apply."""

from typing import Any

from checker.model.labels import label_selector
from checker.model.types import Autoscaler, Budget
from checker.objects import ApiObject

# https://keda.sh/docs/latest/reference/scaledobject-spec/: minReplicaCount 0, maxReplicaCount 100, target kind Deployment.
_KEDA_MAXIMUM = 100


def autoscaler(item: ApiObject) -> Autoscaler:
    """A HorizontalPodAutoscaler (any version) or a KEDA ScaledObject."""
    spec = item.data.get("spec") or {}
    target = spec.get("scaleTargetRef") or {}
    keda = item.kind == "ScaledObject"
    low, high = ("minReplicaCount", "maxReplicaCount") if keda else ("minReplicas", "maxReplicas")
    default = 0 if keda else 1
    minimum = spec.get(low)
    return Autoscaler(
        source=item,
        target_kind=target.get("kind") or "Deployment",
        target_name=target.get("name") or "",
        minimum=default if minimum is None else minimum,
        maximum=spec.get(high) or _KEDA_MAXIMUM,
        target_path=("spec", "scaleTargetRef", "name"),
        minimum_path=("spec", low),
        maximum_path=("spec", high),
    )


def budget(item: ApiObject) -> Budget:
    """A PodDisruptionBudget; in policy/v1beta1 an empty selector selects nothing, since v1 everything."""
    spec = item.data.get("spec") or {}
    given: Any = spec.get("selector")
    selects_nothing = given is None or (not given and item.api_version == "policy/v1beta1")
    return Budget(
        source=item,
        selector=None if selects_nothing else label_selector(given),
        min_available=spec.get("minAvailable"),
        max_unavailable=spec.get("maxUnavailable"),
    )
