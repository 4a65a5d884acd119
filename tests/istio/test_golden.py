"""Who wins, case by case; each was seen on a real istiod.

The golden cases G1 to G28 stand by these names in the ids of parameters and the names of tests.
G27, ambient mode without a waypoint, is in test_ambient.py.
"""

import pytest

from checker.edges import Question, answer
from tests.istio.meshes import REVIEWS, ask, routes, rule, system, to_reviews, values

POOL = {"connectionPool": {"tcp": {"maxConnections": 100}}}
OUTLIER = {"outlierDetection": {"consecutive5xxErrors": 7}}


def limits(*texts, **options):
    told = values(*texts, **options)
    return told["max_connections"], told.get("outlier_consecutive_5xx")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), (None, None)),
        ((rule("r", "prod", "reviews", trafficPolicy=POOL),), (100, None)),  # the service's namespace
        ((rule("r", "web", "reviews", trafficPolicy=POOL),), (None, None)),  # a short name means the rule's namespace
        ((rule("r", "prod", "reviews.prod", trafficPolicy=POOL),), (None, None)),  # a dot: taken as it is
        ((rule("r", "shared", REVIEWS, trafficPolicy=POOL, exportTo=["*"]),), (None, None)),  # a fourth namespace
        ((rule("a", "web", REVIEWS, trafficPolicy=OUTLIER), rule("b", "prod", REVIEWS, trafficPolicy=POOL)), (None, 7)),
        ((rule("a", "web", "*.prod.svc.cluster.local", trafficPolicy=OUTLIER), rule("b", "prod", REVIEWS, trafficPolicy=POOL)), (None, 7)),
        ((rule("a", "istio-system", "*.local", trafficPolicy=OUTLIER), rule("b", "prod", REVIEWS, trafficPolicy=POOL)), (100, None)),
        ((rule("a", "istio-system", "*.local", trafficPolicy=OUTLIER),), (None, 7)),
        (
            (rule("a", "prod", REVIEWS, trafficPolicy=POOL, exportTo=["."]), rule("b", "prod", "*.local", trafficPolicy=OUTLIER)),
            (None, 7),
        ),  # a private rule is not in the way
        (
            (rule("a", "prod", REVIEWS, trafficPolicy=POOL, exportTo=["team-x"]), rule("b", "prod", "*.local", trafficPolicy=OUTLIER)),
            (None, None),
        ),  # one for somebody else is
        (
            (
                rule("a", "web", REVIEWS, trafficPolicy=OUTLIER, workloadSelector={"matchLabels": {"app": "other"}}),
                rule("b", "prod", REVIEWS, trafficPolicy=POOL),
            ),
            (None, None),
        ),  # no fall-back past a selector
        ((rule("a", "prod", REVIEWS, trafficPolicy=OUTLIER), rule("b", "prod", REVIEWS, trafficPolicy=POOL)), (None, 7)),
    ],
    ids=["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "root", "G9a", "G9b", "G10", "G14"],
)
def test_which_destination_rule_counts(texts, expected):
    assert limits(*texts) == expected


def test_g11_a_ports_own_settings_replace_the_rule_whole():
    policy = {**OUTLIER, "portLevelSettings": [{"port": {"number": 9080}, **POOL}]}
    assert limits(rule("r", "prod", "reviews", trafficPolicy=policy)) == (100, None)


def test_g12_g13_a_subsets_block_replaces_the_rules_block_and_only_where_a_route_leads():
    policy = {"connectionPool": {"tcp": {"maxConnections": 100}, "http": {"http2MaxRequests": 50}}}
    subsets = [{"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"connectionPool": {"http": {"maxRetries": 2}}}}]
    whole = rule("r", "prod", "reviews", trafficPolicy=policy, subsets=subsets)
    told = values(whole, routes("v", "prod", to_reviews("v1")))
    assert (told["max_retries"], told["max_connections"], told["max_requests"]) == (2, None, None)
    told = values(whole)
    assert (told["max_retries"], told["max_connections"], told["max_requests"]) == (None, 100, 50)


def test_g14_of_two_rules_for_one_host_the_first_has_the_policy_and_both_have_subsets():
    subsets = [{"name": "v1", "labels": {"version": "v1"}}]
    texts = rule("a", "prod", REVIEWS, trafficPolicy=OUTLIER), rule("b", "prod", REVIEWS, trafficPolicy=POOL, subsets=subsets)
    assert limits(*texts, routes("v", "prod", to_reviews("v1"))) == (None, 7)


@pytest.mark.parametrize(
    ("http", "timeout", "retries", "per_try"),
    [
        (None, None, 2, None),
        ({}, None, 2, None),
        ({"timeout": "5s"}, 5, 2, None),
        ({"timeout": "5s", "retries": {"attempts": 3, "perTryTimeout": "2s"}}, 5, 3, 2),
        ({"timeout": "5s", "retries": {"attempts": 3, "perTryTimeout": "5s"}}, 5, 3, 5),
        ({"retries": {"attempts": 0}}, None, 0, None),
        ({"retries": {}}, None, 0, None),
    ],
    ids=["G1", "nothing-said", "G17", "G15", "G16", "G18", "empty"],
)
def test_timeout_and_retries(http, timeout, retries, per_try):
    texts = () if http is None else (routes("v", "prod", to_reviews(**http)),)
    told = values(*texts)
    assert (told["request_timeout_seconds"], told["retry_attempts"], told.get("per_try_timeout_seconds")) == (timeout, retries, per_try)


def test_g19_routes_for_a_gateway_are_none_for_sidecars():
    assert values(routes("v", "prod", to_reviews(timeout="5s"), gateways=["istio-system/ingress"]))["request_timeout_seconds"] is None


def test_g20_the_first_of_two_virtual_services_for_a_host_has_it():
    texts = routes("a", "prod", to_reviews()), routes("b", "prod", to_reviews(timeout="2s"))
    assert values(*texts)["request_timeout_seconds"] is None


@pytest.mark.parametrize(("outlier", "threshold"), [({}, 5), ({"consecutiveErrors": 3}, 5), ({"consecutive5xxErrors": 0}, 0)], ids=["G22", "G23", "off"])
def test_thresholds(outlier, threshold):
    assert values(rule("r", "prod", "reviews", trafficPolicy={"outlierDetection": outlier}))["outlier_consecutive_5xx"] == threshold


def test_g24_zero_is_no_limit():
    pool = {"connectionPool": {"http": {"http1MaxPendingRequests": 0}}}
    (route,) = ask(rule("r", "prod", "reviews", trafficPolicy=pool))
    setting = route["destinations"][0]["settings"]["max_pending_requests"]
    assert (setting["value"], setting["state"]) == (None, "unbounded")
    assert setting["source"]["location"]["field"] == "spec.trafficPolicy.connectionPool.http.http1MaxPendingRequests"


def test_a_subset_that_no_rule_defines_is_no_cluster():
    (route,) = ask(routes("v", "prod", to_reviews("v9")))
    assert [destination["result"] for destination in route["destinations"]] == ["no-cluster"]


def test_a_name_nobody_knows_leaves_the_mesh_or_is_refused():
    other = "nobody.prod.svc.cluster.local"
    (route,) = ask(host=other)
    assert [destination["result"] for destination in route["destinations"]] == ["passthrough"]
    (route,) = ask(host=other, mesh={"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}})
    assert route["answer"] == "direct"
    (route,) = ask(host=other, port=1234, call="tcp", mesh={"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}})
    assert [destination["result"] for destination in route["destinations"]] == ["blocked"]


def test_the_meshs_retries_are_for_routes_that_say_nothing_of_retries():
    mesh = {"defaultHttpRetryPolicy": {"attempts": 5, "retryOn": "reset"}}
    assert values(mesh=mesh)["retry_attempts"] == 5
    told = values(routes("v", "prod", to_reviews(retries={"attempts": 1})), mesh=mesh)
    assert (told["retry_attempts"], "reset" in told["retry_on"]) == (1, False)


def test_a_delegates_rule_takes_over_what_it_does_not_say():
    root = {"match": [{"uri": {"prefix": "/a"}}], "delegate": {"name": "child"}, "timeout": "3s"}
    child = routes("child", "prod", to_reviews(), hosts=())
    told = ask(routes("root", "prod", root), child)
    assert [route["destinations"][0]["settings"]["request_timeout_seconds"]["value"] for route in told] == [3]
    assert ask(routes("root", "prod", root))[0]["name"] == "default"


def test_g26_a_route_backend_timeout_without_retry_is_the_timeout_of_the_whole():
    route = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: prod}
spec:
  parentRefs: [{group: "", kind: Service, name: reviews, port: 9080}]
  rules: [{timeouts: {request: 10s, backendRequest: 2s}, backendRefs: [{name: reviews, port: 9080}]}]
"""
    told = values(route)
    assert (told["request_timeout_seconds"], told["retry_attempts"]) == (2, 2)


UNDECLARED = """
apiVersion: v1
kind: Service
metadata: {name: other, namespace: prod}
spec: {selector: {app: reviews}, ports: [{name: other, port: 9090, targetPort: 9080}, {name: base, port: 3306, targetPort: 9080}]}
"""


@pytest.mark.parametrize(("port", "timeout"), [(9090, 5), (3306, None)])
def test_g21_routes_are_for_ports_that_may_be_http(port, timeout):
    route = {"route": [{"destination": {"host": "other", "port": {"number": port}}}], "timeout": "5s", "match": [{"port": port}]}
    (told,) = ask(UNDECLARED, routes("v", "prod", route, hosts=["other"]), host="other.prod.svc.cluster.local", port=port)
    (destination,) = told["destinations"]
    assert (destination["settings"].get("request_timeout_seconds") or {"value": None})["value"] == timeout


def test_g22_the_default_percentage_ejects_none_of_two():
    assert values(rule("r", "prod", "reviews", trafficPolicy={"outlierDetection": {}}))["outlier_max_ejection_percent"] == 10


GATEWAY = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingress}}
  template: {metadata: {labels: {istio: ingress}}, spec: {containers: [{name: istio-proxy, image: auto}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: entry, namespace: istio-system}
spec: {selector: {istio: ingress}, servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}
"""


def test_g25_a_gateway_in_the_root_namespace_gets_the_services_rule():
    texts = (
        GATEWAY,
        routes("v", "prod", to_reviews(), hosts=["shop.example.com"], gateways=["istio-system/entry"]),
        rule("a", "istio-system", "*.local", trafficPolicy=OUTLIER),
        rule("b", "prod", REVIEWS, trafficPolicy=POOL),
    )
    found = system(*texts)
    told = answer(found.model, found, Question("1", "", "istio-system", "ingress", "shop.example.com", 80, "http"))["routes"]
    settings = told[0]["destinations"][0]["settings"]
    assert (settings["max_connections"]["value"], settings["outlier_consecutive_5xx"]["state"]) == (100, "inert")


SIDECAR = """
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: prod}
spec: {inboundConnectionPool: {tcp: {maxConnections: 40}}}
"""
OF_PORT = """
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: prod}
spec:
  ingress: [{port: {number: 9080, protocol: HTTP, name: http}, connectionPool: {tcp: {maxConnections: 30}}}]
  inboundConnectionPool: {tcp: {maxConnections: 40}}
"""
RULE = rule("r", "prod", "reviews", trafficPolicy=POOL)


@pytest.mark.parametrize(
    ("texts", "mesh", "callers", "server"),
    [
        ((SIDECAR, RULE), None, 100, 40),
        ((OF_PORT, RULE), None, 100, 30),
        ((RULE,), None, 100, 100),
        ((rule("r", "web", REVIEWS, trafficPolicy=POOL),), None, 100, None),
        ((rule("r", "prod", "reviews", trafficPolicy=POOL, workloadSelector={"matchLabels": {"app": "reviews"}}),), None, None, None),
        ((), {"defaultTrafficPolicy": POOL}, 100, 100),
    ],
    ids=["G28", "of-the-port", "rule", "rule-of-the-caller", "selector", "baseline"],
)
def test_what_the_server_itself_keeps_to(texts, mesh, callers, server):
    (told,) = ask(*texts, mesh=mesh)
    (destination,) = told["destinations"]
    kept = destination["server_settings"].get("max_connections") or {"value": None}
    assert (destination["settings"]["max_connections"]["value"], kept["value"]) == (callers, server)
