"""Facts about governors: pools, threads, workers and queues that a container's configuration bounds, or does not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from checker.calls.graph import CallGraph
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.resources import resource_facts
from checker.facts.workload import workload_subject
from checker.governors import Governor, Governors
from checker.governors.strings import of_call
from checker.model.build import Model
from checker.model.types import Container, Workload

GOVERNOR_FIELDS = {
    "governor.product": Field("string", "the product or library that it is a setting of"),
    "governor.governs": Field(
        "string",
        "connections (of its pool), accepts (of a server), threads, processes, runnable, queue, requests, open-seconds, heap",
    ),
    "governor.written": Field("string", "name and value as written, or whose default it is, for people"),
    "governor.amount": Field("int", "the bound; absent where there is none, it is no number, or the node decides", optional=True),
    "governor.seconds": Field("double", "the bound, of what is a time", optional=True),
    "governor.unbounded": Field("bool", "the value switches the bound off, or is as large as numbers get"),
    "governor.follows_node": Field("bool", "as many as the node has cores, whatever the container may use of them"),
    "governor.per_core": Field("double", "the most for each core that its product argues for", optional=True),
    "governor.container": Field("string", "name of the container"),
    "governor.cpu_limit_cores": Field("double", "cores that the container may use at most", optional=True),
}
_NOT_JUDGED: Final = frozenset({"mode", "eviction", "evidence", "reserved", "connections-cap"})


def judge_governors(model: Model, graph: CallGraph, governors: Governors) -> Iterator[Judged]:
    """Each governor of containers that go on running; the default of a pool counts where somebody is called by way of it."""
    called: dict[Workload, set[str]] = defaultdict(set)
    for call in graph.calls:
        if call.workload is not None:
            called[call.workload].add(call.protocol)
    for workload in model.part.workloads:
        for container in workload.containers:
            found = governors.of(workload, container) if container.role != "init" else ()
            for governor in found:
                used = governor.setting is not None or governor.row.governs != "connections" or called[workload] & governor.row.of
                if used and governor.row.governs not in _NOT_JUDGED:
                    yield _judged(model, workload, container, governor, found)


def judge_pools_of_strings(model: Model, graph: CallGraph) -> Iterator[Judged]:
    """Each pool that a connection string bounds, or leaves without a bound; what others read there too is told once."""
    seen: set[tuple[int, Any, str]] = set()
    for call in graph.calls:
        for governor in of_call(call) if call.workload is not None and not call.workload.runs_to_completion else ():
            setting = governor.setting
            place = (id(setting.source), setting.path, governor.key) if setting else None
            if call.workload is not None and place is not None and place not in seen:
                seen.add(place)
                yield _judged(model, call.workload, call.workload.containers[0], governor, ())


def _judged(model: Model, workload: Workload, container: Container, governor: Governor, found: Sequence[Governor]) -> Judged:
    row, amount = governor.row, governor.amount
    open_ = Unknown("", f"the value of {governor.key} is not a number") if governor.state == "unknown" else None
    is_time = row.governs == "open-seconds"
    facts: dict[str, Any] = {
        "governor.product": row.stack,
        "governor.governs": row.governs,
        "governor.written": governor.written,
        "governor.amount": open_ or (None if amount is None or is_time else int(amount)),
        "governor.seconds": open_ or (amount if is_time else None),
        "governor.unbounded": open_ or governor.state == "unbounded",
        "governor.follows_node": open_ or governor.text in row.node,
        "governor.per_core": row.per_core if _are_processes(governor, found) else None,
        "governor.container": container.name,
        "governor.cpu_limit_cores": resource_facts(model, workload, container)["container.cpu_limit_cores"],
    }
    subject = workload_subject(workload)._replace(container=container.name)
    return Judged("governor", subject, {"governor": governor_anchor(workload, container, governor)}, facts, part=f"{row.stack} {row.name}")


def _are_processes(governor: Governor, found: Sequence[Governor]) -> bool:
    """With pools of another kind, Celery's concurrency counts greenlets."""
    modes = [each for each in found if each.row.stack == governor.row.stack and each.row.governs == "mode"]
    return not governor.row.node or all(each.text in each.row.chosen for each in modes)


def governor_anchor(workload: Workload, container: Container, governor: Governor) -> Anchor:
    """Where it is written; the container where a default counts."""
    setting = governor.setting
    return Anchor(workload.source, container.path) if setting is None else Anchor(setting.source, setting.path)
