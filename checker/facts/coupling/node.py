"""Facts about one workload in the web of calls."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from checker.calls.graph import CallGraph, components
from checker.calls.types import Call
from checker.facts.coupling.limited import Ways, limited
from checker.facts.coupling.web import Web, above, kept, turned
from checker.facts.datastore import are_one
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.untold import unknown
from checker.facts.workload import has_peers, is_hook, replicas_floor, workload_subject
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
    "node.batch_users": Field(
        "string",
        "workloads that call it without a limit in the mesh and say that they are batch work, and jobs; no hooks, no jobs of the critical "
        "ones themselves; empty if none",
    ),
    "node.serves": Field("bool", "a Service leads to it"),
    "node.routes": Field("bool", "its image or its name says that it is a proxy or gateway: a request goes on to one of those it calls"),
    "node.peers": Field("bool", "every Service that leads to it leads to other workloads too: callers have another one"),
}
_SHOWN = 6
_CRITICALITY = "k8s-stabcheck/criticality"
# Programs that send each request on to one of those they know, so that a request does not wait for all of them.
_ROUTERS = re.compile(
    r"(?:^|[/_-])(?:apisix|caddy|emissary|ambassador|envoy|haproxy|httpd|kong|krakend|nginx|openresty|proxyv2|squid|traefik|tyk|varnish)"
    r"(?![a-z])"
)
_ROUTING = frozenset({"gateway", "gw", "ingress", "lb", "loadbalancer", "proxy", "router"})


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
            "node.serves": workload in model.services_of,
            "node.routes": _routes(workload),
            "node.peers": has_peers(model, workload),
            **_users_facts(users.get(workload, {}), ways),
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


def _users(graph: CallGraph) -> dict[Workload, dict[Workload, Call]]:
    """Callee → everybody who calls it, jobs too → the first call."""
    users: dict[Workload, dict[Workload, Call]] = {}
    for call in graph.calls:
        if call.workload is not None and call.callee.service is not None and not call.telemetry:
            for callee in graph.pods.get(call.callee.service, ()):
                if callee is not call.workload:
                    users.setdefault(callee, {}).setdefault(call.workload, call)
    return users


def _users_facts(users: Mapping[Workload, Call], ways: Ways | None) -> Mapping[str, str | Unknown]:
    critical = [each for each in users if _criticality(each) == "critical"]
    batch = [each for each in users if critical and _is_batch(each) and not any(are_one(each, other) for other in critical)]
    bounds = {each: limited(users[each], ways) for each in batch}
    free = [each for each, bound in bounds.items() if bound is False]
    untold = next((bound for bound in bounds.values() if isinstance(bound, Unknown)), None)
    return {"node.critical_users": _some(critical), "node.batch_users": untold if untold and not free else _some(free)}


def _is_batch(workload: Workload) -> bool:
    return (workload.runs_to_completion and not is_hook(workload)) or _criticality(workload) == "batch"


def _routes(workload: Workload) -> bool:
    images = (str(each.data.get("image") or "") for each in workload.containers if each.role == "main")
    named = any(_ROUTERS.search(image.partition("@")[0].rpartition("/")[2].partition(":")[0]) for image in images)
    return named or not _ROUTING.isdisjoint(workload.name.split("-"))


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
