"""Facts about databases' own limits, against the connections that all callers may open."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from checker.calls.graph import CallGraph
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.workload import workload_subject
from checker.governors.read import Governor, governors, program_of
from checker.model.build import Model
from checker.model.types import Workload

SERVER_LIMIT_FIELDS = {
    "server.name": Field("string", "the workload that the database runs in"),
    "server.product": Field("string", "PostgreSQL, MySQL, PgBouncer"),
    "server.limit": Field("int", "connections that one pod of it takes"),
    "server.limit_by": Field("string", "what says so, for people"),
    "server.asked": Field("int", "connections that all callers' pools may open at the most replicas; what is not seen counts as none"),
    "server.askers": Field("string", "these, for people: orders 10 × 20 pods"),
    "server.all_seen": Field("bool", "the pool of every caller is seen"),
}
_SHOWN = 5


class _Pool(NamedTuple):
    caller: Workload
    size: int
    pods: int
    place: Governor


def judge_servers_limits(model: Model, graph: CallGraph) -> Iterator[Judged]:
    """Each database of the input whose limit is known, and that somebody with a pool of known size calls."""
    callers: dict[Workload, dict[Workload, None]] = defaultdict(dict)
    for call in graph.calls:
        if call.workload is not None and call.callee.service is not None and call.protocol in ("postgres", "mysql", "tcp", "unknown"):
            for pod in graph.pods.get(call.callee.service, ()):
                callers[pod][call.workload] = None
    databases = {workload: limit for workload in callers if (limit := _limit(model, workload)) is not None}
    asks = Counter(caller for database in databases for caller in callers[database])
    for workload, limit in databases.items():
        several = [caller for caller in callers[workload] if not caller.runs_to_completion]
        pools = [pool for caller in several if asks[caller] == 1 and (pool := _pool(model, caller)) is not None]
        if pools and limit.number is not None:
            yield _judged(workload, limit, pools, all_seen=len(pools) == len(several))


def _judged(workload: Workload, limit: Governor, pools: Sequence[_Pool], *, all_seen: bool) -> Judged:
    pools = sorted(pools, key=lambda pool: (-pool.size * pool.pods, pool.caller.name))
    shown = [f"{pool.caller.name} {pool.size} × {pool.pods} pods" for pool in pools[:_SHOWN]]
    more = [f"{len(pools) - _SHOWN} more"] if len(pools) > _SHOWN else []
    facts: dict[str, Any] = {
        "server.name": workload.name,
        "server.product": limit.rule.title,
        "server.limit": int(limit.number or 0),
        "server.limit_by": limit.written,
        "server.asked": sum(pool.size * pool.pods for pool in pools),
        "server.askers": ", ".join((*shown, *more)),
        "server.all_seen": all_seen,
    }
    largest = pools[0].place
    anchors = {"server": Anchor(limit.source, limit.path), "rival": Anchor(largest.source, largest.path)}
    return Judged("server-limit", workload_subject(workload), anchors, facts)


def _limit(model: Model, workload: Workload) -> Governor | None:
    """What one pod takes; of several definitions of one limit the last that is written."""
    for container in workload.containers:
        product = program_of(container) if container.role == "main" else None
        if product is not None and product.server in ("postgres", "mysql"):
            found = [each for each in governors(model, workload, container) if each.rule.product == product.name]
            return next((each for each in found if each.rule.governs == "clients"), None)
    return None


def _pool(model: Model, workload: Workload) -> _Pool | None:
    """The connections of one pod, all processes together; None where nothing tells them, or several settings do."""
    for container in workload.containers:
        found = governors(model, workload, container) if container.role == "main" else []
        pools = [each for each in found if each.rule.governs == "connections" and each.number is not None]
        if not pools or len({each.rule.product for each in pools}) > 1:
            continue
        processes = next((int(each.number) for each in found if each.rule.governs == "processes" and each.number), 1)
        size = sum(int(each.number or 0) * (processes if each.rule.each_process else 1) for each in pools)
        return _Pool(workload, size, _pods(model, workload), pools[0])
    return None


def _pods(model: Model, workload: Workload) -> int:
    """The most that are certain: an autoscaler's maximum, else the written count."""
    scalers = model.autoscalers_of.get(workload, ())
    return max([scaler.maximum for scaler in scalers] or [1 if workload.replicas is None else workload.replicas])
