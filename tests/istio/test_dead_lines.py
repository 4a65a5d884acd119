"""A line that is said to be dead can be taken out, and no caller notices."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.scope import Client
from checker.adapters.istio.traffic import IstioTraffic
from checker.edges.shapes import shown_way
from checker.model.build import build
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import SHARED, judge, read

SEEDS = SHARED / "oracle" / "istio" / "seeds"
WHOLE_OBJECT = frozenset({"namespace-not-read", "split-by-export", "rule-shadowed", "host-is-alias", "folded-into-selector"})
WITHOUT_ITS_END = {"port-unknown": 2, "delegate-not-used": 1}  # how much of the place says what is wrong with the line
# A block replaces others, empty or not, and a VirtualService without routes keeps its host from those for wildcards.
KEEP_WHAT_IS_AROUND = frozenset({"zero-limit", "delegate-not-used", "route-without-http"})
FAILS = "destination-unknown"  # a route that is taken, and leads nowhere
OTHER_SERVICES = """apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: prod}
spec: {selector: {app: reviews}, ports: [{name: http, port: 80, targetPort: 9080}, {name: tcp-db, port: 5000}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: web}
spec: {type: ExternalName, externalName: reviews.prod.svc.cluster.local, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: web, labels: {app: other}}
spec: {containers: [{name: app, image: x}]}"""

_BLOCK = {"connectionPool": {"tcp": {"maxConnections": 9}}, "outlierDetection": {"consecutive5xxErrors": 7}, "retryBudget": {"percent": 30}}
_BLOCKS = st.dictionaries(st.sampled_from(sorted(_BLOCK)), st.none(), min_size=1).map(lambda keys: {key: _BLOCK[key] for key in keys})
_AT_PORT = st.fixed_dictionaries(
    {"port": st.sampled_from([{"number": 9080}, {"number": 80}, {"number": 1}])},
    optional={key: st.just(_BLOCK[key]) for key in ("connectionPool", "outlierDetection")},
)
_POLICY = st.tuples(_BLOCKS, st.lists(_AT_PORT, max_size=2, unique_by=lambda entry: entry["port"]["number"])).map(
    lambda drawn: {**drawn[0], **({"portLevelSettings": drawn[1]} if drawn[1] else {})}
)
_SUBSET = st.fixed_dictionaries({"name": st.sampled_from(["v1", "v2"]), "labels": st.just({"version": "v1"})}, optional={"trafficPolicy": _POLICY})
_SPACES = st.sampled_from(["web", "prod", "istio-system", "elsewhere"])
_EXPORTED = st.sampled_from([["*"], ["."], ["web"], ["prod", "web"]])
_RULE = st.tuples(
    _SPACES,
    st.sampled_from([REVIEWS, "ratings.prod.svc.cluster.local", "alias.web.svc.cluster.local", "*.prod.svc.cluster.local", "*"]),
    st.fixed_dictionaries(
        {},
        optional={
            "trafficPolicy": _POLICY,
            "exportTo": _EXPORTED,
            "subsets": st.lists(_SUBSET, max_size=2, unique_by=lambda subset: subset["name"]),
            "workloadSelector": st.sampled_from([{"matchLabels": {"app": "front"}}, {"matchLabels": {"app": "none"}}]),
        },
    ),
)
_MATCH = st.sampled_from([[], [{"uri": {"prefix": "/"}}], [{"uri": {"prefix": "/a"}}], [{"port": 9080}], [{"sourceLabels": {"app": "front"}}]])
_HTTP = st.tuples(st.sampled_from([None, "v1", "v2"]), st.integers(1, 9), _MATCH).map(
    lambda drawn: to_reviews(drawn[0], timeout=f"{drawn[1]}s", **({"match": drawn[2]} if drawn[2] else {}))
)
_DELEGATING = st.sampled_from([{"delegate": {"name": "vs-1"}}, {"delegate": {"name": "none"}}])
_ROUTES = st.tuples(
    _SPACES,
    st.lists(_HTTP | _DELEGATING, min_size=1, max_size=3),
    st.lists(st.sampled_from([REVIEWS, "ratings.prod.svc.cluster.local", "made.up", "*.cluster.local"]), max_size=2, unique=True),
    st.fixed_dictionaries({}, optional={"exportTo": _EXPORTED}),
)
MESHES = st.tuples(st.lists(_RULE, max_size=5), st.lists(_ROUTES, max_size=3))


def objects_of(drawn):
    rules = [rule(f"dr-{number}", space, host, **spec) for number, (space, host, spec) in enumerate(drawn[0])]
    services = [
        routes(f"vs-{number}", space, *(http if hosts else map(_not_passed_on, http)), hosts=hosts, **spec)
        for number, (space, http, hosts, spec) in enumerate(drawn[1])
    ]
    return [item.data for item in read({"a.yaml": "\n---\n".join((BASE, OTHER_SERVICES, *rules, *services))})]


def _not_passed_on(http):
    """A delegate must not delegate itself."""
    return to_reviews() if "delegate" in http else http


def system_of(objects):
    files = {f"{number:03}.yaml": json.dumps(data) for number, data in enumerate(objects)}
    model = build(kubernetes.read(read(files)), complete=True)
    return model, mesh_of(model)


def _answers(objects):
    """What every caller gets of every host, without who says so."""
    model, mesh = system_of(objects)
    system = System(model, mesh)
    callers = {(workload.namespace, frozenset(workload.labels.items())): workload for workload in model.part.workloads}
    asked = [(host.name, port.number, call) for host in system.hosts for port in host.ports for call in ("http", "tcp", "tls")]
    return {
        (workload.source.name, *question): [_plain(shown_way(way)) for way in system.sidecar_ways(Client(workload.namespace, workload.labels), *question)]
        for workload in callers.values()
        for question in asked
    }


def _plain(shown):
    if isinstance(shown, dict):
        return {key: _plain(value) for key, value in shown.items() if key not in ("source", "reason")}
    return [_plain(value) for value in shown] if isinstance(shown, list) else shown


def _dead(objects):
    return [line for line in IstioTraffic(*system_of(objects)).inert() if not line.callers and line.reason != FAILS]


def _without(objects, line):
    """The objects without the line; what it leaves empty goes with it, as it would be refused."""
    item, path = line.origin.item, list(line.origin.path)
    left = copy.deepcopy(objects)
    data = next(each for each in left if _name(each) == _name(item.data))
    if line.reason in WHOLE_OBJECT or not path:
        return [each for each in left if each is not data]
    if cut := WITHOUT_ITS_END.get(line.reason):
        path = path[: -cut if path[-1] in ("number", "delegate") else None]
    if line.reason == "delegate-not-used" and "delegate" not in line.origin.path:
        path = path[:3]
    if line.reason == "after-catch-all":
        del data["spec"]["http"][path[-1] :]
        return left
    while path:
        *above, key = path
        there = data
        for step in above:
            there = there[step]
        del there[key]
        if there or line.reason in KEEP_WHAT_IS_AROUND:
            return left
        path = above
    return left


def _name(data):
    return data["kind"], data["metadata"].get("namespace"), data["metadata"]["name"]


def _check(objects):
    lines = _dead(objects)
    before = _answers(objects) if lines else {}
    for line in lines:
        assert _answers(_without(objects, line)) == before, line
    return lines


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=MESHES)
def test_in_systems_drawn_at_random(drawn):
    _check(objects_of(drawn))


@pytest.mark.skipif(not SEEDS.exists(), reason="the recordings are not beside the project")
def test_in_the_recorded_systems():
    found = [line for path in sorted(SEEDS.glob("*.yaml"))[::4] for line in _check([item.data for item in read({"a.yaml": path.read_text()})])]
    assert len({line.reason for line in found}) > 1


def test_what_is_folded_into_one_rule_and_counts_beside_another():
    same = {"trafficPolicy": {"connectionPool": {}}, "exportTo": ["*"]}
    found = _check(objects_of(([("web", REVIEWS, same), ("web", REVIEWS, {}), ("web", REVIEWS, same)], [])))
    assert "dr-2" not in {line.origin.item.name for line in found}


def test_what_a_delegate_routes_is_not_told_where_the_input_may_lack_it():
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {a: b}, ports: [{name: http, port: 80}]}\n"
    root = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop}\n"
        "spec: {hosts: [cart], http: [{match: [{uri: {prefix: /a}}], delegate: {name: a}}, {route: [{destination: {host: cart}}]}]}\n"
    )
    for complete, outcome, told in ((True, "fail", "VirtualService shop/a"), (False, "unknown", "the input holds no VirtualService shop/a")):
        report = judge({"s.yaml": service, "v.yaml": root}, "delegate-not-used", complete=complete)
        (finding,) = report.findings
        assert finding.outcome == outcome
        assert told in finding.message
        assert any("leaves to VirtualService shop/a" in taken for taken in report.assumptions) is not complete
