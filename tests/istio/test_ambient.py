"""Ambient mode: who looks into a call's requests, and with whose rules. Each case was seen on a waypoint of istiod 1.31."""

import json

import pytest

from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.calls.graph import call_graph
from checker.edges import Question, answer, edges
from tests.istio.meshes import REVIEWS, routes, rule, system, to_reviews

POOL = {"connectionPool": {"tcp": {"maxConnections": 100}}}
OUTLIER = {"outlierDetection": {"consecutive5xxErrors": 7}}
WAYPOINT = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: prod}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
"""


def space(name, **labels):
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


def ambient(name, **labels):
    return space(name, **{"istio.io/dataplane-mode": "ambient"}, **labels)


USES_WAYPOINT = (ambient("web"), ambient("prod", **{"istio.io/use-waypoint": "waypoint"}), WAYPOINT)


def ask(*texts, caller=("web", "front"), mesh=None, host=REVIEWS):
    found = system(*texts, mesh=mesh)
    return answer(found.model, found, Question("1", "", *caller, host, 9080, "http"))


def settings(*texts, **options):
    (route,) = ask(*texts, **options)["routes"]
    (destination,) = route["destinations"]
    return {name: setting["value"] for name, setting in destination["settings"].items()}


@pytest.mark.parametrize("caller", [("web", "front"), ("prod", "waypoint")])
@pytest.mark.parametrize(
    ("texts", "timeout", "retries", "connections", "errors"),
    [
        ((), None, 2, None, None),
        ((rule("r", "prod", "reviews", trafficPolicy=POOL), routes("v", "prod", to_reviews(timeout="5s"))), 5, 2, 100, None),
        ((rule("r", "web", REVIEWS, trafficPolicy=POOL), routes("v", "web", to_reviews(timeout="5s"), hosts=[REVIEWS])), None, 2, None, None),
        (
            (
                rule("a", "prod", "reviews", trafficPolicy=POOL, workloadSelector={"matchLabels": {"app": "front"}}),
                rule("b", "prod", "reviews", trafficPolicy=OUTLIER),
            ),
            None,
            2,
            None,
            7,
        ),
        ((rule("r", "istio-system", "*.local", trafficPolicy=OUTLIER),), None, 2, None, 7),
        ((routes("v", "third", to_reviews(timeout="5s"), hosts=[REVIEWS]),), None, 2, None, None),
        ((routes("v", "prod", to_reviews(timeout="5s", match=[{"sourceLabels": {"app": "front"}}])),), None, 2, None, None),
        ((routes("v", "prod", to_reviews(timeout="5s", match=[{"sourceNamespace": "prod"}])),), 5, 2, None, None),
    ],
    ids=["nothing", "own", "of-the-caller", "selector", "root", "third-namespace", "source-labels", "source-namespace"],
)
def test_a_waypoint_goes_by_what_its_namespace_and_the_services_say(caller, texts, timeout, retries, connections, errors):
    told = settings(*USES_WAYPOINT, *texts, caller=caller)
    assert (told["request_timeout_seconds"], told["retry_attempts"]) == (timeout, retries)
    assert (told["max_connections"], told.get("outlier_consecutive_5xx")) == (connections, errors)


def test_a_waypoint_does_not_read_the_meshs_baseline():
    assert settings(*USES_WAYPOINT, mesh={"defaultTrafficPolicy": POOL})["max_connections"] is None


def test_a_waypoint_joins_the_virtual_services_of_a_host_its_own_routes_first():
    by_path = routes("a", "prod", to_reviews(timeout="1s", match=[{"uri": {"prefix": "/a"}}]))
    route = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: z, namespace: prod}
spec:
  parentRefs: [{group: "", kind: Service, name: reviews, port: 9080}]
  rules: [{matches: [{path: {value: /z}}], timeouts: {request: 3s}, backendRefs: [{name: reviews, port: 9080}]}]
"""
    told = ask(*USES_WAYPOINT, by_path, routes("b", "prod", to_reviews(timeout="2s")), route)["routes"]
    assert [each["destinations"][0]["settings"]["request_timeout_seconds"]["value"] for each in told] == [3, 1, 2]


def test_a_subset_has_its_own_cluster_at_the_waypoint():
    subsets = [{"name": "v1", "labels": {"version": "v1"}}]
    texts = rule("r", "prod", "reviews", trafficPolicy=POOL, subsets=subsets), routes("v", "prod", to_reviews("v1"))
    assert settings(*USES_WAYPOINT, *texts)["max_connections"] == 100


WRITTEN = rule("r", "prod", "reviews", trafficPolicy=POOL), routes("v", "prod", to_reviews(timeout="5s"))
OF_SERVICE = WAYPOINT.replace("namespace: prod}", "namespace: prod, labels: {istio.io/waypoint-for: workload}}")


@pytest.mark.parametrize(
    "texts",
    [
        (ambient("prod"),),
        (ambient("prod", **{"istio.io/use-waypoint": "none"}), WAYPOINT),
        (ambient("prod", **{"istio.io/use-waypoint": "waypoint"}),),
        (ambient("prod", **{"istio.io/use-waypoint": "waypoint"}), OF_SERVICE),
        (ambient("prod", **{"istio.io/use-waypoint": "waypoint", "istio.io/use-waypoint-namespace": "infra"}), WAYPOINT),
        (
            ambient("prod", **{"istio.io/use-waypoint": "waypoint", "istio.io/use-waypoint-namespace": "infra"}),
            WAYPOINT.replace("namespace: prod", "namespace: infra"),
        ),
    ],
    ids=["none-asked-for", "refused", "missing", "for-workloads", "elsewhere", "admits-its-own-namespace"],
)
def test_without_a_waypoint_what_is_written_for_requests_is_inert(texts):
    (route,) = ask(ambient("web"), *texts, *WRITTEN)["routes"]
    (destination,) = route["destinations"]
    assert destination["result"] == "ok"
    assert {name: setting["state"] for name, setting in destination["settings"].items()} == {
        "request_timeout_seconds": "inert",
        "retry_attempts": "disabled",
        "max_connections": "inert",
    }


def test_a_waypoint_of_another_namespace_that_admits_all():
    admits = "allowedRoutes: {namespaces: {from: All}}, protocol: HBONE"
    elsewhere = WAYPOINT.replace("namespace: prod", "namespace: infra").replace("protocol: HBONE", admits)
    labels = {"istio.io/use-waypoint": "waypoint", "istio.io/use-waypoint-namespace": "infra"}
    assert settings(ambient("web"), ambient("prod", **labels), elsewhere, *WRITTEN)["request_timeout_seconds"] == 5


def test_a_caller_with_a_sidecar_keeps_to_its_own_proxy():
    told = settings(space("web", **{"istio-injection": "enabled"}), *USES_WAYPOINT[1:], routes("v", "web", to_reviews(timeout="5s"), hosts=[REVIEWS]))
    assert told["request_timeout_seconds"] == 5


def test_a_host_nobody_knows_leaves_the_mesh():
    (route,) = ask(*USES_WAYPOINT, host="nobody.example.com")["routes"]
    assert [each["result"] for each in route["destinations"]] == ["passthrough"]


def test_a_caller_that_is_left_out_gets_no_settings_but_the_reason():
    texts = space("web", **{"istio-injection": "disabled"}), routes("v", "prod", to_reviews(timeout="5s"))
    told = ask(*texts)
    assert (told["routes"], "namespace web has istio-injection: disabled" in told["reason"]) == ([], True)
    url = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: web}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: app, image: "registry.example.com/app:1", env: [{name: REVIEWS, value: "http://reviews.prod:9080"}]}]}
"""
    found = system(*texts, url)
    (edge,) = edges(found.model, call_graph(found.model), traffic_of(found.model, mesh_of(found.model)), found)
    assert (edge["route"], edge["settings"], edge["reason"]) == (None, {}, "namespace web has istio-injection: disabled")
