"""Facts about one workload in the web of calls."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from checker.calls.graph import CallGraph, components
from checker.calls.types import Call
from checker.facts.coupling.web import Web, above, kept, turned
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.untold import unknown
from checker.facts.workload import replicas_floor, workload_subject
from checker.facts.worst_case import worst_case_seconds
from checker.model.build import Model
from checker.model.traffic import Way
from checker.model.types import Workload

NODE_FIELDS = {
    "node.name": Field("string", "name of the workload", ("metadata", "name")),
    "node.system": Field("int", "workloads behind a Service that call or are called"),
    "node.callers": Field("int", "workloads that call it and wait for the answer"),
    "node.callees": Field("int", "services that it calls and waits for; no databases and caches"),
    "node.callee_names": Field("string", "these, for people"),
    "node.chain_length": Field("int", "calls of the longest chain to services that begins with it, each waiting for the next"),
    "node.chain": Field("string", "that chain, for people: a → b → c"),
    "node.begins": Field("bool", "no workload of the input calls it"),
    "node.dependents": Field("int", "workloads behind a Service that wait for it, directly or through others"),
    "node.dependent_names": Field("string", "these, for people"),
    "node.replicas_floor": Field("int", "the fewest replicas it runs with", ("spec", "replicas"), optional=True),
    "node.hanging": Field("int", "workloads behind a Service that hang with it: no call on the way has a timeout or a circuit breaker"),
    "node.hanging_names": Field("string", "these, for people"),
    "node.hangs_itself": Field("bool", "a call of its own has neither timeout nor circuit breaker either"),
    "node.critical_users": Field("string", "workloads that call it and say that they are critical; empty if none"),
    "node.batch_users": Field("string", "workloads that call it and say that they are batch work, and jobs; empty if none"),
}
_SHOWN = 6
_CRITICALITY = "k8s-stabcheck/criticality"
Ways = Callable[[Call], Sequence[Way]]


def judge_nodes(model: Model, graph: CallGraph, web: Web, ways: Ways | None) -> Iterator[Judged]:
    """Each workload that calls or is called; `ways` are those of a call that the mesh carries, None without a mesh."""
    hanging = _Hanging(web, ways)
    users = _users(graph)
    system = len(_names(_serving(model, web.workloads)))
    for workload in web.workloads:
        chain, services = web.chain(workload), web.services(workload)
        dependents, hung = _serving(model, web.dependents[workload]), _serving(model, hanging.with_it.get(workload, ()))
        facts = {
            "node.name": workload.name,
            "node.system": system,
            "node.callers": len(_names(web.callers.get(workload, ()))),
            "node.callees": len(_names(services)),
            "node.callee_names": _some(services),
            "node.chain_length": len(chain) - 1,
            "node.chain": " → ".join(each.name for each in chain),
            "node.begins": workload not in web.callers,
            "node.dependents": len(_names(dependents)),
            "node.dependent_names": _some(dependents),
            "node.replicas_floor": replicas_floor(model, workload)[0],
            "node.hanging": len(_names(hung)),
            "node.hanging_names": _some(hung),
            "node.hangs_itself": workload in hanging.links,
            "node.critical_users": _some(each for each in users.get(workload, ()) if _criticality(each) == "critical"),
            "node.batch_users": _some(each for each in users.get(workload, ()) if each.runs_to_completion or _criticality(each) == "batch"),
        }
        yield Judged("node", workload_subject(workload), {"node": Anchor(workload.source)}, facts)


class _Hanging:
    """What hangs together: calls that the mesh carries, and for which it has neither timeout nor circuit breaker."""

    def __init__(self, web: Web, ways: Ways | None) -> None:
        self.links = kept(web.callees, lambda call: _is_bare(ways(call))) if ways is not None else {}

    @cached_property
    def with_it(self) -> Mapping[Workload, frozenset[Workload]]:
        """By workload, who hangs when it does."""
        nodes = dict.fromkeys((*self.links, *turned(self.links)))
        return above(self.links, components({each: self.links.get(each, {}) for each in nodes}))


def _is_bare(ways: Sequence[Way]) -> bool:
    """Whether every route is known, waits for as long as it takes, and goes on to endpoints that fail."""
    routes = [(way, reached) for way in ways if not way.answer for reached in way.destinations]
    return bool(routes) and all(
        "request_timeout_seconds" in way.settings
        and not unknown({**way.settings, **reached.settings})
        and worst_case_seconds(way.settings) is None
        and "outlier_consecutive_5xx" not in reached.settings
        for way, reached in routes
    )


def _users(graph: CallGraph) -> dict[Workload, dict[Workload, None]]:
    """Callee → everybody who calls it, jobs too."""
    users: dict[Workload, dict[Workload, None]] = {}
    for call in graph.calls:
        if call.workload is not None and call.callee.service is not None and not call.telemetry:
            for callee in graph.pods.get(call.callee.service, ()):
                if callee is not call.workload:
                    users.setdefault(callee, {})[call.workload] = None
    return users


def _criticality(workload: Workload) -> str:
    annotations = workload.source.data["metadata"].get("annotations") or {}
    return str(workload.annotations.get(_CRITICALITY) or annotations.get(_CRITICALITY) or "")


def _serving(model: Model, workloads: Iterable[Workload]) -> list[Workload]:
    """Those that others can call: not load generators and the like."""
    return [each for each in workloads if each in model.services_of]


def _names(workloads: Iterable[Workload]) -> list[str]:
    """Each once: one workload may be defined in several files."""
    return sorted({f"{each.namespace}/{each.name}" for each in workloads})


def _some(workloads: Iterable[Workload]) -> str:
    names = [name.partition("/")[2] for name in _names(workloads)]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
