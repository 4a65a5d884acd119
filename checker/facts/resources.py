"""Facts about memory and CPU: what the scheduler and the kernel will really use."""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.fields import Field
from checker.model.build import Model
from checker.model.types import Container, Workload
from checker.units import bytes_of, cores_of

RESOURCE_FIELDS = {
    "container.memory_limit_bytes": Field(
        "int", "memory limit in force, a LimitRange's default included", ("resources", "limits", "memory"), optional=True
    ),
    "container.memory_request_bytes": Field(
        "int",
        "memory request in force: as written, else the limit, else a LimitRange's default",
        ("resources", "requests", "memory"),
        optional=True,
    ),
    "container.cpu_limit_cores": Field("double", "CPU limit in force", ("resources", "limits", "cpu"), optional=True),
    "container.cpu_request_cores": Field("double", "CPU request in force", ("resources", "requests", "cpu"), optional=True),
    "container.ephemeral_storage_limit_bytes": Field(
        "int", "limit on local disk", ("resources", "limits", "ephemeral-storage"), optional=True
    ),
    "container.limits_below_requests": Field("list(string)", "resources whose limit is lower than the request", ("resources", "limits")),
}


def resource_facts(model: Model, workload: Workload, container: Container) -> dict[str, Any]:
    """Limits and requests with the API server's rule that a missing request is the limit."""
    written = container.data.get("resources") or {}
    limits, requests = dict(written.get("limits") or {}), dict(written.get("requests") or {})
    below = tuple(_below(limits, requests))
    _take_defaults(model, workload.namespace, limits, requests)
    _take_pod_level(workload.spec.get("resources") or {}, limits, requests)
    for name, limit in limits.items():
        requests.setdefault(name, limit)
    return {
        "container.memory_limit_bytes": bytes_of(limits.get("memory")),
        "container.memory_request_bytes": bytes_of(requests.get("memory")),
        "container.cpu_limit_cores": cores_of(limits.get("cpu")),
        "container.cpu_request_cores": cores_of(requests.get("cpu")),
        "container.ephemeral_storage_limit_bytes": bytes_of(limits.get("ephemeral-storage")),
        "container.limits_below_requests": below,
    }


def _below(limits: Mapping[str, Any], requests: Mapping[str, Any]) -> Iterator[str]:
    for name, limit in limits.items():
        upper, lower = cores_of(limit), cores_of(requests.get(name))
        if upper is not None and lower is not None and upper < lower:
            yield name


def _take_defaults(model: Model, namespace: str, limits: dict[str, Any], requests: dict[str, Any]) -> None:
    """A LimitRange fills in what the container leaves out (https://kubernetes.io/docs/concepts/policy/limit-range/)."""
    for item in model.kinds.get("LimitRange", ()):
        if item.namespace != namespace:
            continue
        for entry in item.data["spec"].get("limits") or ():
            if entry.get("type") == "Container":
                for name, value in (entry.get("defaultRequest") or {}).items():
                    if name not in limits:
                        requests.setdefault(name, value)
                for name, value in (entry.get("default") or {}).items():
                    limits.setdefault(name, value)


def _take_pod_level(pod: Mapping[str, Any], limits: dict[str, Any], requests: dict[str, Any]) -> None:
    """Limits of the whole pod bound each of its containers too."""
    for own, shared in ((limits, pod.get("limits")), (requests, pod.get("requests"))):
        for name, value in (shared or {}).items():
            own.setdefault(name, value)
