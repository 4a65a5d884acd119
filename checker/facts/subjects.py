"""What can be judged: every subject of a model with its facts, in the order of the input."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from checker.calls.graph import CallGraph, call_graph
from checker.calls.types import Call
from checker.facts.anything import NAMESPACE_FIELDS, OBJECT_FIELDS, judge_namespace, judge_object
from checker.facts.blocking_workers import BLOCKING_WORKERS_FIELDS, judge_blocking_workers
from checker.facts.body_limit import BODY_FIELDS, judge_body
from checker.facts.call import CALL_FIELDS, judge_calls
from checker.facts.container import CONTAINER_FIELDS, container_anchor, container_facts
from checker.facts.coupling.crons import CRON_MOMENT_FIELDS, CRON_PAIR_FIELDS, judge_moments, judge_pairs
from checker.facts.coupling.dependency import DEPENDENCY_FIELDS, judge_dependencies
from checker.facts.coupling.limited import Ways
from checker.facts.coupling.node import NODE_FIELDS, judge_nodes
from checker.facts.coupling.pins import PIN_FIELDS, judge_pins
from checker.facts.coupling.shared import CLAIM_FIELDS, RELOAD_FIELDS, judge_claims, judge_reloads
from checker.facts.coupling.web import Web
from checker.facts.database_url import DATABASE_URL_FIELDS, judge_database_urls
from checker.facts.datastore import DATASTORE_FIELDS, judge_datastores
from checker.facts.edge import EDGE_FIELDS, judge_edges
from checker.facts.entry import ENTRY_FIELDS, judge_entry
from checker.facts.envoy_filter import PATCH_FIELDS, judge_patches
from checker.facts.fields import Field, Judged
from checker.facts.front import FRONT_FIELDS, judge_front
from checker.facts.gateway import BINDING_FIELDS, SERVER_FIELDS, judge_bindings, judge_servers
from checker.facts.gateway_api import (
    LISTENER_FIELDS,
    PARENT_FIELDS,
    REFERENCE_FIELDS,
    ROUTE_BACKEND_FIELDS,
    judge_listeners,
    judge_parents,
    judge_references,
    judge_route_backends,
)
from checker.facts.gateway_route import GATEWAY_TARGET_FIELDS, MATCH_FIELDS, judge_gateway_targets, judge_matches
from checker.facts.governing.cache import CACHE_FIELDS, judge_caches
from checker.facts.governing.queue import QUEUE_FIELDS, judge_queues
from checker.facts.governing.server import SERVER_LIMIT_FIELDS, judge_servers_limits
from checker.facts.governing.setting import GOVERNOR_FIELDS, judge_governors, judge_pools_of_strings
from checker.facts.hidden import HIDING_FIELDS, judge_hiding
from checker.facts.inert import DEAD_LINE_FIELDS, judge_dead_lines
from checker.facts.limits import ENTRANCE_FIELDS, RATE_LIMIT_FIELDS, judge_entrances, judge_limits, limits_of
from checker.facts.membership import (
    LOST_SELECTOR_FIELDS,
    MESH_PROBE_FIELDS,
    OUTSIDER_FIELDS,
    UNREAD_FIELDS,
    judge_lost_selectors,
    judge_mesh_probes,
    judge_outsiders,
    judge_unread,
)
from checker.facts.mesh import MESH_HOST_FIELDS, MESH_PORT_FIELDS, SPLIT_FIELDS, judge_mesh_host, judge_mesh_port, judge_splits
from checker.facts.mesh_pod import MESH_POD_FIELDS, SHARED_PORT_FIELDS, judge_mesh_pods, judge_shared_ports
from checker.facts.observation import ALERTS_FIELDS, OBSERVATION_FIELDS, judge_alerts, judge_observation
from checker.facts.other_proxies import PROXY_LINE_FIELDS, judge_proxy_lines
from checker.facts.outside import OUTSIDE_FIELDS, judge_outside
from checker.facts.paths import Paths
from checker.facts.probe import PROBE_FIELDS, PROBES, probe_facts
from checker.facts.proxied_call import PROXIED_CALL_FIELDS, judge_proxied_calls
from checker.facts.proxied_callee import PROXIED_CALLEE_FIELDS, judge_proxied_callees
from checker.facts.rate_limit import LOCAL_LIMIT_FIELDS
from checker.facts.reach import reach
from checker.facts.scaling import AUTOSCALER_FIELDS, BUDGET_FIELDS, judge_autoscaler, judge_budget
from checker.facts.selector import SELECTING_KINDS, SELECTOR_FIELDS, judge_selector
from checker.facts.service import BACKEND_FIELDS, SERVICE_FIELDS, SERVICE_PORT_FIELDS, judge_backend, judge_service
from checker.facts.service_entry import ENTRY_PORT_FIELDS, judge_entry_ports
from checker.facts.sidecar import SIDECAR_FIELDS, judge_sidecars
from checker.facts.source_call import SOURCE_CALL_FIELDS, judge_source
from checker.facts.subset import SUBSET_FIELDS, judge_subsets
from checker.facts.traffic_policy import BALANCING_FIELDS, BREAKER_FIELDS, LIMITS_FIELDS, judge_traffic_policies
from checker.facts.workload import WORKLOAD_FIELDS, workload_anchors, workload_facts, workload_subject
from checker.governors import Governors
from checker.model.build import Model
from checker.model.gateway_api import ROUTES
from checker.model.traffic import Gateways, Traffic
from checker.model.types import Ingress, Workload

if TYPE_CHECKING:
    from checker.code.join import Joined

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "workload": WORKLOAD_FIELDS,
    "container": WORKLOAD_FIELDS | CONTAINER_FIELDS,
    "probe": WORKLOAD_FIELDS | CONTAINER_FIELDS | PROBE_FIELDS,
    "service": SERVICE_FIELDS,
    "service-port": SERVICE_PORT_FIELDS,
    "backend": BACKEND_FIELDS,
    "call": CALL_FIELDS,
    "database-url": DATABASE_URL_FIELDS,
    "datastore": DATASTORE_FIELDS,
    "node": NODE_FIELDS,
    "dependency": DEPENDENCY_FIELDS,
    "cron-moment": CRON_MOMENT_FIELDS,
    "cron-pair": CRON_PAIR_FIELDS,
    "claim": CLAIM_FIELDS,
    "reload": RELOAD_FIELDS,
    "version-pin": PIN_FIELDS,
    "governor": GOVERNOR_FIELDS,
    "server-limit": SERVER_LIMIT_FIELDS,
    "cache": CACHE_FIELDS,
    "queue": QUEUE_FIELDS,
    "edge": EDGE_FIELDS,
    "entry": ENTRY_FIELDS,
    "entrance": ENTRANCE_FIELDS,
    "rate-limit": RATE_LIMIT_FIELDS,
    "outside": OUTSIDE_FIELDS,
    "proxy-line": PROXY_LINE_FIELDS,
    "blocking-workers": BLOCKING_WORKERS_FIELDS,
    "mesh-port": MESH_PORT_FIELDS,
    "mesh-host": MESH_HOST_FIELDS,
    "split": SPLIT_FIELDS,
    "breaker": BREAKER_FIELDS,
    "limits": LIMITS_FIELDS,
    "balancing": BALANCING_FIELDS,
    "outsider": OUTSIDER_FIELDS,
    "mesh-probe": MESH_PROBE_FIELDS,
    "unread": UNREAD_FIELDS,
    "lost-selector": LOST_SELECTOR_FIELDS,
    "gateway-server": SERVER_FIELDS,
    "gateway-binding": BINDING_FIELDS,
    "gateway-target": GATEWAY_TARGET_FIELDS,
    "route-match": MATCH_FIELDS,
    "route-parent": PARENT_FIELDS,
    "route-backend": ROUTE_BACKEND_FIELDS,
    "gateway-listener": LISTENER_FIELDS,
    "proxied-call": PROXIED_CALL_FIELDS,
    "proxied-callee": PROXIED_CALLEE_FIELDS,
    "gateway-reference": REFERENCE_FIELDS,
    "sidecar": SIDECAR_FIELDS,
    "hiding": HIDING_FIELDS,
    "entry-port": ENTRY_PORT_FIELDS,
    "envoy-patch": PATCH_FIELDS,
    "observation": OBSERVATION_FIELDS,
    "alerts": ALERTS_FIELDS,
    "ingress-body": BODY_FIELDS,
    "front-listener": FRONT_FIELDS,
    "local-limit": LOCAL_LIMIT_FIELDS,
    "source-call": SOURCE_CALL_FIELDS,
    "subset": SUBSET_FIELDS,
    "mesh-pod": MESH_POD_FIELDS,
    "shared-port": SHARED_PORT_FIELDS,
    "dead-line": DEAD_LINE_FIELDS,
    "autoscaler": AUTOSCALER_FIELDS,
    "budget": BUDGET_FIELDS,
    "selector": SELECTOR_FIELDS,
    "object": OBJECT_FIELDS,
    "namespace": NAMESPACE_FIELDS,
}
Judge = Callable[[], Iterator[Judged]]
_ROUTE_JUDGES = (judge_parents, judge_route_backends)


def judges(
    model: Model, traffic: Traffic | None = None, gateways: Sequence[Gateways] = (), code: "Joined | None" = None
) -> Sequence[Judge]:
    """One function for each record of the model; calling it yields the record's subjects.

    `traffic` is the mesh, if there is one, and `gateways` are proxies beside it. `code` is the source that workloads run.

    The functions are independent of each other, so that they can be shared out among processes.
    """
    part = model.part
    graph = call_graph(model)
    governors = Governors(model)
    paths = Paths(model, graph, traffic) if traffic else None
    return [
        *(partial(judge_workload, model, governors, workload) for workload in part.workloads),
        *(partial(judge_service, model, service) for service in part.services),
        *(partial(_one, partial(judge_autoscaler, model, scaler)) for scaler in part.autoscalers),
        *(partial(_one, partial(judge_budget, model, budget)) for budget in part.budgets),
        *(partial(judge, ingress) for ingress in part.ingresses for judge in (partial(judge_ingress, model), judge_body)),
        *_call_judges(model, graph),
        partial(judge_proxy_lines, model, in_istio=traffic is not None),
        partial(judge_governors, model, graph, governors),
        partial(judge_pools_of_strings, model, graph),
        partial(judge_caches, model, graph, governors),
        partial(judge_servers_limits, model, graph, governors),
        partial(judge_queues, model),
        *_coupling_judges(model, graph, paths.carried if paths else None),
        *(_mesh_judges(model, graph, governors, paths) if paths else ()),
        *(
            partial(judge, each)
            for each in gateways
            for judge in (_judge_proxied, partial(_judge_callees, graph), _judge_lost, _judge_front, partial(_judge_limited, model))
        ),
        *([partial(judge_source, model, graph, traffic, code)] if code else ()),
        *([partial(_judge_alerts, model, traffic, gateways)] if "PrometheusRule" in model.kinds else ()),
        partial(judge_database_urls, graph),
        partial(judge_servers, model),
        partial(judge_sidecars, model),
        *(partial(judge_bindings, model, item) for item in model.kinds.get("VirtualService", ())),
        *(partial(judge_gateway_targets, model, item) for item in model.kinds.get("VirtualService", ())),
        *(partial(judge_matches, item) for item in model.kinds.get("VirtualService", ())),
        *(partial(judge, model, item) for kind in (*ROUTES, "UDPRoute") for item in model.kinds.get(kind, ()) for judge in _ROUTE_JUDGES),
        *(partial(judge_listeners, model, item) for item in model.kinds.get("Gateway", ())),
        *(partial(judge_references, model, item) for kind in ("Gateway", "BackendTLSPolicy") for item in model.kinds.get(kind, ())),
        *(partial(judge_subsets, model, item) for item in model.kinds.get("DestinationRule", ())),
        *(partial(judge_patches, model, item) for item in model.kinds.get("EnvoyFilter", ())),
        *(partial(judge_selector, model, item) for kind in SELECTING_KINDS for item in model.kinds.get(kind, ())),
        *(partial(judge_object, model, item) for item in part.objects),
        *(partial(_one, partial(judge_namespace, model, item)) for item in model.kinds.get("Namespace", ())),
    ]


def _judge_proxied(gateways: Gateways) -> Iterator[Judged]:
    return judge_proxied_calls(gateways.entries())


def _judge_callees(graph: CallGraph, gateways: Gateways) -> Iterator[Judged]:
    return judge_proxied_callees(graph.hosts, gateways.entries())


def _judge_limited(model: Model, gateways: Gateways) -> Iterator[Judged]:
    entries = list(gateways.entries())
    yield from judge_limits(limits_of(entries))
    yield from judge_entrances(model, entries, gateways.limiting_kind)


def _judge_alerts(model: Model, traffic: Traffic | None, gateways: Sequence[Gateways]) -> Iterator[Judged]:
    entries = [entry for each in gateways for entry in each.entries()]
    of_mesh = (*limits_of(traffic.entries()), *traffic.limits()) if traffic else ()
    return judge_alerts(model, (*limits_of(entries), *of_mesh))


def _judge_front(gateways: Gateways) -> Iterator[Judged]:
    return judge_front(gateways.front())


def _judge_lost(gateways: Gateways) -> Iterator[Judged]:
    return judge_dead_lines(gateways.inert())


def _call_judges(model: Model, graph: CallGraph) -> Iterator[Judge]:
    """One function for each caller."""
    for _, calls in groupby(graph.calls, key=lambda call: id(call.caller)):
        found: list[Call] = list(calls)
        yield partial(judge_calls, model, graph, found)
    yield partial(judge_datastores, model, graph)


def _coupling_judges(model: Model, graph: CallGraph, ways: Ways | None) -> Iterator[Judge]:
    if graph.calls:
        yield partial(judge_nodes, model, graph, Web(graph), ways)
        yield partial(judge_dependencies, model, graph, ways)
    if any(workload.kind == "CronJob" for workload in model.part.workloads):
        yield partial(judge_moments, model, graph)
        yield partial(judge_pairs, model, graph)
    yield partial(judge_claims, model)
    yield partial(judge_reloads, model)
    yield partial(judge_pins, model)


def _mesh_judges(model: Model, graph: CallGraph, governors: Governors, paths: Paths) -> Iterator[Judge]:
    traffic = paths.traffic
    yield partial(judge_entry_ports, model, traffic)
    yield partial(judge_mesh_pods, model, traffic)
    yield partial(judge_shared_ports, model, graph.pods, traffic.ports())
    yield partial(judge_outsiders, graph, traffic)
    yield partial(judge_mesh_probes, model, traffic)
    yield partial(judge_unread, traffic)
    yield partial(judge_lost_selectors, traffic)
    for workload in model.part.workloads:
        yield partial(judge_blocking_workers, paths, governors, workload)
    for port in traffic.ports():
        yield partial(judge_edges, paths, port)
        yield partial(_one, partial(judge_mesh_port, paths, port))
    yield lambda: (judged for entry in traffic.entries() for judged in judge_entry(paths, entry))
    yield lambda: judge_limits((*limits_of(traffic.entries()), *traffic.limits()))
    yield lambda: judge_entrances(model, traffic.entries(), traffic.limiting_kind)
    yield partial(judge_outside, graph, traffic)
    yield partial(judge_observation, model, traffic)
    if "Sidecar" in model.kinds:
        yield partial(judge_hiding, graph, traffic)
    for host in traffic.named_hosts():
        yield partial(judge_mesh_host, model, host)
    for item in model.kinds.get("VirtualService", ()):
        yield partial(judge_splits, item)
    for item in model.kinds.get("DestinationRule", ()):
        yield partial(judge_traffic_policies, item)
    yield lambda: judge_dead_lines(traffic.inert())


def judge_workload(model: Model, governors: Governors, workload: Workload) -> Iterator[Judged]:
    """A workload, its containers, and their probes."""
    reached = reach(model, workload)
    facts = workload_facts(model, workload, reached)
    anchors = workload_anchors(model, workload)
    subject = workload_subject(workload)
    yield Judged("workload", subject, anchors, facts)
    for container in workload.containers:
        within = subject._replace(container=container.name)
        places = {**anchors, "container": container_anchor(workload, container)}
        about = {**facts, **container_facts(model, workload, container, reached, governors.of(workload, container))}
        yield Judged("container", within, places, about)
        for kind in PROBES:
            if container.data.get(f"{kind}Probe") is not None:
                asked = places["container"]
                probe = {**places, "probe": asked._replace(path=(*asked.path, f"{kind}Probe"))}
                yield Judged("probe", within, probe, {**about, **probe_facts(workload, container, kind)})


def judge_ingress(model: Model, ingress: Ingress) -> Iterator[Judged]:
    """Every backend of an Ingress."""
    return (judge_backend(model, ingress, backend) for backend in ingress.backends)


def _one(judge: Callable[[], Judged]) -> Iterator[Judged]:
    yield judge()
