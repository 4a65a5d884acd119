"""Facts about databases that take so many connections at a time, and about those who open them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.calls.graph import CallGraph
from checker.calls.types import Call
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.governing.setting import governor_anchor
from checker.facts.scaling import replicas_ceiling
from checker.facts.workload import workload_subject
from checker.governors import Governor, Governors
from checker.governors.strings import of_call
from checker.model.build import Model
from checker.model.types import Container, Workload

SERVER_LIMIT_FIELDS = {
    "server.name": Field("string", "the workload that the database runs in"),
    "server.product": Field("string", "PostgreSQL, MySQL, PgBouncer and others"),
    "server.limit": Field("int", "connections that its pods take, without those kept for administrators"),
    "server.limit_by": Field("string", "what says so, for people"),
    "server.asked": Field("int", "connections that the pools of all callers may open at the most replicas; from known pools alone"),
    "server.askers": Field("string", "these, for people: orders 10 × 20 pods"),
}
_SHOWN = 5


class _Share(NamedTuple):
    """What one caller opens: in each process, processes in a pod, pods."""

    caller: Workload
    each: int
    processes: int
    pods: int
    place: Anchor
    certain: bool  # the number of pods is the highest there can be

    @property
    def total(self) -> int:
        return self.each * self.processes * self.pods

    def __str__(self) -> str:
        processes = f" × {self.processes} processes" if self.processes > 1 else ""
        return f"{self.caller.name} {self.each}{processes} × {self.pods} {'pod' if self.pods == 1 else 'pods'}"


def judge_servers_limits(model: Model, graph: CallGraph, governors: Governors) -> Iterator[Judged]:
    """Each workload that is known to take so many connections, with the callers of which a pool is known."""
    callers = _callers(graph)
    used: dict[tuple[Workload, str], set[Workload]] = defaultdict(set)
    for server, calls in callers.items():
        for caller, call in calls.items():
            used[caller, call.protocol].add(server)
    for server, calls in callers.items():
        bound = _bound(governors, server)
        if bound is not None:
            several = {caller for caller, call in calls.items() if len(used[caller, call.protocol]) > 1}
            yield from _judged(model, governors, server, bound, calls, several)


def _callers(graph: CallGraph) -> dict[Workload, dict[Workload, Call]]:
    """Server → caller → the first call."""
    found: dict[Workload, dict[Workload, Call]] = defaultdict(dict)
    for call in graph.calls:
        if call.workload is None or call.callee.service is None or call.telemetry:
            continue
        pods = graph.pods.get(call.callee.service, ())
        if len(pods) == 1 and pods[0] is not call.workload:
            found[pods[0]].setdefault(call.workload, call)
    return found


def _bound(governors: Governors, server: Workload) -> tuple[Container, Governor, int] | None:
    for container in server.containers:
        found = governors.of(server, container) if container.role == "main" else ()
        for governor in found:
            if governor.row.governs == "accepts" and governor.amount and not governor.row.per_process:
                reserved = sum(each.amount or 0 for each in found if each.row.governs == "reserved")
                return container, governor, max(int(governor.amount - reserved), 0)
    return None


def _judged(
    model: Model,
    governors: Governors,
    server: Workload,
    bound: tuple[Container, Governor, int],
    calls: Mapping[Workload, Call],
    several: set[Workload],
) -> Iterator[Judged]:
    container, governor, limit = bound
    shares, untold = [], []
    for caller, call in calls.items():
        share = None if caller in several else _share(model, governors, caller, call)
        if share is not None:
            shares.append(share)
        elif not caller.runs_to_completion:
            untold.append(caller.name)
    if not shares:
        return
    limit *= max(server.replicas or 1, 1)
    shares.sort(key=lambda share: -share.total)
    demand: int | Unknown = sum(share.total for share in shares)
    if isinstance(demand, int) and demand <= limit:
        if untold:
            demand = Unknown("", f"how many connections {', '.join(untold)} may open is not told")
        elif not all(share.certain for share in shares):
            demand = Unknown("HorizontalPodAutoscalers or ScaledObjects")
    more = [f"{len(shares) - _SHOWN} more"] if len(shares) > _SHOWN else []
    facts: dict[str, Any] = {
        "server.name": server.name,
        "server.product": governor.row.stack,
        "server.limit": limit,
        "server.limit_by": governor.written,
        "server.asked": demand,
        "server.askers": ", ".join((*map(str, shares[:_SHOWN]), *more)),
    }
    anchors = {"server": governor_anchor(server, container, governor), "rival": shares[0].place}
    yield Judged("server-limit", workload_subject(server), anchors, facts)


def _share(model: Model, governors: Governors, caller: Workload, call: Call) -> _Share | None:
    """None where its pools are not known, or are not bounded."""
    if caller.runs_to_completion or caller.replicas == 0:
        return None
    most = replicas_ceiling(model, caller)
    pods = most if isinstance(most, int) and most else max(caller.replicas or 1, 1)
    certain = isinstance(most, int)
    written = list(of_call(call))
    if any(not each.amount for each in written):
        return None
    if written:
        place = governor_anchor(caller, caller.containers[0], written[0])
        return _Share(caller, int(written[0].amount or 0), _processes(governors, caller, written[:1]), pods, place, certain)
    for container in caller.containers:
        pool = _pool(governors.of(caller, container), call.protocol) if container.role == "main" else []
        each = _size(pool)
        if each:
            at = next((governor for governor in pool if governor.setting is not None), pool[0])
            return _Share(caller, each, _processes(governors, caller, pool), pods, governor_anchor(caller, container, at), certain)
    return None


def _pool(found: Sequence[Governor], protocol: str) -> list[Governor]:
    """The pool of one product that leads to what speaks a protocol: the one with settings, where several are there."""
    pools: dict[str, list[Governor]] = defaultdict(list)
    for governor in found:
        if governor.row.governs in ("connections", "connections-cap") and protocol in governor.row.of:
            pools[governor.row.stack].append(governor)
    return max(pools.values(), key=lambda pool: sum(each.setting is not None for each in pool), default=[])


def _size(pool: Sequence[Governor]) -> int:
    """Zero where it is not known, or has no bound."""
    parts = [each for each in pool if each.row.governs == "connections"]
    if not parts or any(each.amount is None for each in parts):
        return 0
    total = sum(each.amount or 0 for each in parts)
    caps = [each.amount for each in pool if each.row.governs == "connections-cap" and each.amount]
    return int(min([total, *caps]))


def _processes(governors: Governors, caller: Workload, pool: Sequence[Governor]) -> int:
    """Processes of a pod that each have the pool; what is not known counts as one."""
    if not pool or not pool[0].row.per_process:
        return 1
    found = [
        governor.amount
        for container in caller.containers
        if container.role == "main"
        for governor in governors.of(caller, container)
        if governor.row.governs == "processes" and governor.amount
    ]
    return int(max(found, default=1))
