"""Facts about capacity: what callers let through at a time, and what the callee and the callers themselves can hold.

Limits of a mesh count in each proxy of a caller for itself, so that they add up over its pods. What a pod can do at a time is
said by the annotation `k8s-stabcheck/concurrency`.
"""

from collections.abc import Sequence
from typing import Any

from checker.facts.fields import Field, Unknown
from checker.facts.numbers import whole
from checker.facts.scaling import replicas_ceiling
from checker.facts.workload import replicas_floor
from checker.model.build import Model
from checker.model.setting import Settings
from checker.model.types import Service, Workload

CAPACITY_FIELDS = {
    "capacity.requests": Field("int", "requests that all pods of the callee work on at a time, at the fewest replicas", optional=True),
    "capacity.let_through": Field(
        "int", "requests that all callers may have with the callee at a time, at the most replicas", optional=True
    ),
    "capacity.held": Field(
        "int", "requests that one pod of a caller may have with the callee at a time; absent without a limit", optional=True
    ),
    "capacity.of_caller": Field("int", "requests that one pod of a caller works on at a time, the least of them", optional=True),
}
_CONCURRENCY = "k8s-stabcheck/concurrency"
_NOTHING: dict[str, Any] = dict.fromkeys(CAPACITY_FIELDS)


def capacity_facts(
    model: Model, service: Service, pods: Sequence[Workload], callers: Sequence[Workload], settings: Settings
) -> dict[str, Any]:
    """Nothing where no concurrency is said."""
    own, theirs = concurrency_of(service, pods), [said for caller in callers if (said := concurrency_of(None, [caller])) is not None]
    if own is None and not theirs:
        return _NOTHING
    limits = [limit for name in ("max_requests", "max_connections") if (limit := whole(settings.get(name))) is not None]
    held = min(limits) if limits else None
    return {
        "capacity.requests": _times(own, [replicas_floor(model, pod)[0] for pod in pods]),
        "capacity.let_through": _times(held, [replicas_ceiling(model, caller) for caller in callers]) if own is not None else None,
        "capacity.held": held,
        "capacity.of_caller": min(theirs, default=None),
    }


def concurrency_of(service: Service | None, pods: Sequence[Workload]) -> int | None:
    """What one pod can do at a time, as the Service, the workload or its pods say it."""
    said = [*(pod.annotations for pod in pods), *((pod.source.data["metadata"].get("annotations") or {}) for pod in pods)]
    if service is not None:
        said.append(service.source.data["metadata"].get("annotations") or {})
    numbers = (str(annotations.get(_CONCURRENCY) or "") for annotations in said)
    return next((int(number) for number in numbers if number.isdigit() and int(number)), None)


def _times(each: int | None, counts: Sequence[int | Unknown | None]) -> int | Unknown | None:
    """None where one of the counts is not fixed."""
    if each is None or not counts or any(count is None for count in counts):
        return None
    unseen = next((count for count in counts if isinstance(count, Unknown)), None)
    return unseen or each * sum(count for count in counts if isinstance(count, int))
