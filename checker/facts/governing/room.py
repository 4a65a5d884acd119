"""Facts about autoscalers that wait for more use than the pods are allowed."""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.resources import resource_facts
from checker.model.build import Model
from checker.model.types import Workload

_FACTS = {
    "cpu": ("container.cpu_limit_cores", "container.cpu_request_cores"),
    "memory": ("container.memory_limit_bytes", "container.memory_request_bytes"),
}


def unreachable(model: Model, spec: Mapping[str, Any], target: Workload) -> str:
    """Of each metric that is a share of the requests and that the limits keep from being reached, for people; empty if none.

    Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details (use as a share of the request)
    """
    told = []
    for resource, only, percent in _targets(spec):
        most = _most_percent(model, target, resource, only)
        if most is not None and percent >= most:
            told.append(f"{resource} at {percent} % of the request, where the limit stops it at {int(most)} %")
    return "; ".join(told)


def _targets(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    if isinstance(spec.get("targetCPUUtilizationPercentage"), int):
        yield "cpu", "", spec["targetCPUUtilizationPercentage"]
    for metric in spec.get("metrics") or ():
        source = metric.get("resource") or metric.get("containerResource") or {}
        percent = (source.get("target") or {}).get("averageUtilization") or source.get("targetAverageUtilization")
        if isinstance(percent, int):
            yield str(source.get("name") or ""), str(source.get("container") or ""), percent


def _most_percent(model: Model, target: Workload, resource: str, only: str) -> float | None:
    """The most that the pods can use, in percent of what they request; None where a container has no limit or no request."""
    if resource not in _FACTS:
        return None
    limit, request = _FACTS[resource]
    facts = [
        resource_facts(model, target, container)
        for container in target.containers
        if container.role != "init" and only in ("", container.name)
    ]
    limits, requests = ([each[name] for each in facts] for name in (limit, request))
    if not facts or not all(isinstance(each, (int, float)) and each for each in (*limits, *requests)):
        return None
    return 100 * float(sum(limits)) / float(sum(requests))
