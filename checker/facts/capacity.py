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
from checker.model.traffic import Destination, ServicePortProtocol
from checker.model.types import Service, Workload

CAPACITY_FIELDS = {
    "capacity.of_callee": Field("int", "requests that one pod of the callee works on at a time", optional=True),
    "capacity.requests": Field("int", "requests that all pods of the callee work on at a time, at the fewest replicas", optional=True),
    "capacity.sent": Field("int", "requests that all callers may send at a time, at the most replicas", optional=True),
    "capacity.admitted": Field("int", "requests that the proxy of one pod of the callee lets in at a time", optional=True),
    "capacity.admitted_by_all": Field("int", "requests that those of all its pods let in, at the fewest replicas", optional=True),
    "capacity.admitted_as_sent": Field("bool", "the limit in the callee's proxy is the line that is in force for the callers"),
    "capacity.held": Field(
        "int", "requests of one pod of a caller that the callee may hold, waiting ones too; absent without a limit", optional=True
    ),
    "capacity.of_caller": Field("int", "requests that one pod of a caller works on at a time, the least of them", optional=True),
    "capacity.caller": Field("string", "the caller of which that is said; empty if of none"),
}
_CONCURRENCY = "k8s-stabcheck/concurrency"
_NOTHING: dict[str, Any] = {**dict.fromkeys(CAPACITY_FIELDS), "capacity.admitted_as_sent": False, "capacity.caller": ""}


def capacity_facts(
    model: Model, port: ServicePortProtocol, pods: Sequence[Workload], callers: Sequence[Workload], reached: Destination
) -> dict[str, Any]:
    """Nothing where no concurrency is said."""
    own = concurrency_of(port.service, pods)
    theirs = [(said, caller.name) for caller in callers if (said := concurrency_of(None, [caller])) is not None]
    if own is None and not theirs:
        return _NOTHING
    sent, server = _at_a_time(reached.settings, http2=port.http2), reached.server()
    if any(setting.state == "unknown" for setting in server.values()):
        return _NOTHING
    admitted, counts = _at_a_time(server, http2=port.http2), [replicas_floor(model, pod)[0] for pod in pods]
    of_caller, caller = min(theirs, default=(None, ""))
    return {
        "capacity.of_callee": own,
        "capacity.requests": _times(own, counts),
        "capacity.sent": None if own is None else _times(sent, [replicas_ceiling(model, caller) for caller in callers]),
        "capacity.admitted": admitted,
        "capacity.admitted_by_all": _times(admitted, counts),
        "capacity.admitted_as_sent": any(
            name in reached.settings and server[name].origin == reached.settings[name].origin for name in server
        ),
        "capacity.held": _held(reached.settings, http2=port.http2),
        "capacity.of_caller": of_caller,
        "capacity.caller": caller,
    }


def _at_a_time(settings: Settings, *, http2: bool) -> int | None:
    """Requests that one proxy has under way; a connection of HTTP/1.1 carries one of them, one of HTTP/2 any number."""
    names = ("max_requests",) if http2 else ("max_requests", "max_connections")
    return min((limit for name in names if (limit := whole(settings.get(name))) is not None), default=None)


def _same_line(settings: Settings, server: Settings) -> bool:
    return any(name in settings and settings[name].origin == limit.origin for name, limit in server.items())


def _held(settings: Settings, *, http2: bool) -> int | None:
    """Those under way, and those that wait for a connection where connections are what runs out first.

    Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/circuit_breaking
    """
    under_way, requests = _at_a_time(settings, http2=http2), whole(settings.get("max_requests"))
    if under_way is None or under_way == requests:
        return under_way
    waiting = whole(settings.get("max_pending_requests"))
    return None if waiting is None else under_way + waiting


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
