"""Plain Kubernetes: workloads, Services, autoscalers and budgets."""

from collections.abc import Iterable, Iterator

from checker.adapters.kubernetes.scaling import autoscaler, budget
from checker.adapters.kubernetes.services import ingress, service
from checker.adapters.kubernetes.workloads import group_of, runs_pods, workload
from checker.model.owners import owners
from checker.model.types import Part
from checker.objects import ApiObject, is_limits, is_proxy

_AUTOSCALERS = {("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")}


def read(items: Iterable[ApiObject]) -> Part:
    """Sort the objects into the records of the model; objects of other kinds are kept as they are."""
    part = Part()
    given = list(items)
    part.proxies.extend(item for item in given if is_proxy(item))
    part.limits.extend(item for item in given if is_limits(item))
    for item in _without_copies([item for item in given if not is_proxy(item) and not is_limits(item)]):
        part.objects.append(item)
        kind = (group_of(item.api_version), item.kind)
        if runs_pods(item):
            if found := workload(item):
                part.workloads.append(found)
        elif kind == ("", "Service"):
            part.services.append(service(item))
        elif kind in _AUTOSCALERS:
            part.autoscalers.append(autoscaler(item))
        elif kind == ("policy", "PodDisruptionBudget"):
            part.budgets.append(budget(item))
        elif item.kind == "Ingress" and kind[0] in ("networking.k8s.io", "extensions"):
            part.ingresses.append(ingress(item))
    return part


def _without_copies(items: list[ApiObject]) -> Iterator[ApiObject]:
    """Without what the controllers of other objects in the input have made (ReplicaSets and pods in a cluster's listing)."""
    known = {(item.kind, item.namespace, item.name) for item in items}
    for item in items:
        if not any(owner.get("controller") and (owner["kind"], item.namespace, owner["name"]) in known for owner in owners(item)):
            yield item
