"""The call graph: which workloads call which through their Services, and where it runs in circles.

A circle is told once, at the call that closes it: the one that leads back up, nearest to where requests enter.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from checker.calls.collect import calls, pods_behind
from checker.calls.types import Call
from checker.model.build import Model
from checker.model.hosts import Hosts, hosts
from checker.model.types import Service, Workload
from checker.objects import ApiObject

Node = TypeVar("Node", bound=Hashable)
Links = Mapping[Workload, Mapping[Workload, Call]]
# A knot of services that all call each other has circles without number: so many of them are told.
_TOLD_PER_KNOT = 10


class CallGraph(NamedTuple):
    """`closing`: the calls that close a circle, each with the calls of the circle, beginning with itself."""

    calls: Sequence[Call]
    pods: Mapping[Service, Sequence[Workload]]
    closing: Mapping[Call, Sequence[Call]]
    in_cycle: frozenset[Call]
    hosts: Hosts


def call_graph(model: Model) -> CallGraph:
    """The calls of a system, found once for all that is asked of them."""
    index = hosts(model, _added(model))
    pods = pods_behind(model)
    found = calls(model, index, pods)
    links = _links(found, pods)
    knots = [knot for knot in components(links) if len(knot) > 1]
    depths = _depths(found, pods, links) if knots else {}
    closing = {circle[0]: circle for knot in knots for circle in _circles(knot, links, depths)}
    where = {workload: number for number, knot in enumerate(knots) for workload in knot}
    inside = frozenset(
        call
        for caller, callees in links.items()
        for callee, call in callees.items()
        if caller in where and where[caller] == where.get(callee)
    )
    return CallGraph(found, pods, closing, inside, index)


def _added(model: Model) -> dict[str, ApiObject]:
    """Hosts that ServiceEntries make known."""
    entries = ((item, (item.data.get("spec") or {}).get("hosts")) for item in model.kinds.get("ServiceEntry", ()))
    return {host: item for item, written in entries if isinstance(written, list) for host in written if isinstance(host, str)}


def _links(found: Iterable[Call], pods: Mapping[Service, Sequence[Workload]]) -> dict[Workload, dict[Workload, Call]]:
    """Caller → callee → the first call. Telemetry binds nobody, and a job is called by nobody."""
    links: dict[Workload, dict[Workload, Call]] = {}
    for call in found:
        if call.workload is None or call.telemetry or call.workload.runs_to_completion or call.callee.service is None:
            continue
        for callee in pods.get(call.callee.service, ()):
            if callee is not call.workload:
                links.setdefault(call.workload, {}).setdefault(callee, call)
    return links


def components(links: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """Strongly connected components (Tarjan, without recursion), each in the order in which its nodes were met."""
    order: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    found: list[list[Node]] = []
    for root in links:
        if root in order:
            continue
        path = [(root, iter(links[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while path:
            node, following = path[-1]
            for other in following:
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    on_stack.add(other)
                    path.append((other, iter(links.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], order[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == order[node]:
                    start = stack.index(node)
                    found.append(stack[start:])
                    on_stack.difference_update(stack[start:])
                    del stack[start:]
    return found


def _depths(found: Iterable[Call], pods: Mapping[Service, Sequence[Workload]], links: Links) -> dict[Workload, int]:
    """Fewest calls from where requests enter: Ingresses, and workloads that nobody calls."""
    called = {callee for callees in links.values() for callee in callees}
    entered = [pod for call in found if call.workload is None and call.callee.service for pod in pods.get(call.callee.service, ())]
    depths = dict.fromkeys([*entered, *(workload for workload in links if workload not in called)], 0)
    queue = deque(depths)
    while queue:
        workload = queue.popleft()
        for callee in links.get(workload, ()):
            if callee not in depths:
                depths[callee] = depths[workload] + 1
                queue.append(callee)
    return depths


def _circles(knot: Sequence[Workload], links: Links, depths: Mapping[Workload, int]) -> list[list[Call]]:
    """Circles of a knot, shortest first, until cutting each at its closing call leaves none."""
    inside = set(knot)
    left = {node: {other: call for other, call in links.get(node, {}).items() if other in inside} for node in sorted(knot, key=_name)}
    told: list[list[Call]] = []
    while len(told) < _TOLD_PER_KNOT:
        circle = _shortest(left)
        if not circle:
            break
        at = max(range(len(circle)), key=lambda place: _rank(circle, place, left, depths))
        turned = circle[at:] + circle[:at]
        told.append([left[node][other] for node, other in zip(turned, (*turned[1:], turned[0]), strict=True)])
        del left[turned[0]][turned[1]]
    return told


def _rank(
    circle: Sequence[Workload], at: int, left: Mapping[Workload, Mapping[Workload, Call]], depths: Mapping[Workload, int]
) -> tuple[int, int, tuple[str, ...]]:
    """How well a call of a circle explains it: cutting it should undo other circles too; it should lead up."""
    node, other = circle[at], circle[(at + 1) % len(circle)]
    cut = {each: [callee for callee in callees if (each, callee) != (node, other)] for each, callees in left.items()}
    knotted = sum(len(found) for found in components(cut) if len(found) > 1)
    return -knotted, depths.get(node, 0) - depths.get(other, 0), _name(node)


def _shortest(left: Mapping[Workload, Mapping[Workload, Call]]) -> list[Workload]:
    """A shortest circle, the first by name."""
    best: list[Workload] = []
    for start in left:
        came: dict[Workload, Workload] = {}
        queue, distance = deque([start]), {start: 0}
        while queue:
            node = queue.popleft()
            if best and distance[node] + 1 >= len(best):
                break
            if start in left[node]:
                path = [node]
                while path[-1] is not start:
                    path.append(came[path[-1]])
                best = path[::-1]
                break
            for other in left[node]:
                if other not in distance:
                    distance[other], came[other] = distance[node] + 1, node
                    queue.append(other)
        if len(best) == 2:  # noqa: PLR2004  (no circle is shorter)
            break
    return best


def _name(workload: Workload) -> tuple[str, ...]:
    return workload.namespace, workload.name, workload.kind, workload.source.document.file
