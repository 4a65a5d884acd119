"""What the settings of a call were preferred to."""

import json

import pytest

from checker.cli import main
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews

POOL = {"connectionPool": {"tcp": {"maxConnections": 100}}}
PORT = {"port": {"number": 9080}, "connectionPool": {"http": {"http2MaxRequests": 5}}}
CALL = f"""apiVersion: v1
kind: Pod
metadata: {{name: caller, namespace: web, labels: {{app: caller}}}}
spec: {{containers: [{{name: app, image: x, env: [{{name: REVIEWS_URL, value: "http://{REVIEWS}:9080"}}]}}]}}"""
MESH = """apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "{defaultTrafficPolicy: {connectionPool: {http: {maxRetries: 3}}}, defaultHttpRetryPolicy: {attempts: 5}}"}"""


@pytest.fixture
def settings(tmp_path, capsys):
    def of(*texts):
        (tmp_path / "mesh.yaml").write_text("\n---\n".join((BASE, CALL, *texts)))
        main(["edges", str(tmp_path), "--format", "json", "--jobs", "1"])
        [edge] = json.loads(capsys.readouterr().out)["edges"]
        return edge["settings"]

    return of


def beaten(setting):
    return [(other["value"], other["state"], other["source"]["object"]) for other in setting.get("overrides", ())]


def test_what_stands_above_a_ports_settings(settings):
    found = settings(
        rule(
            "reviews", "prod", REVIEWS, trafficPolicy={**POOL, "outlierDetection": {"consecutive5xxErrors": 7}, "portLevelSettings": [PORT]}
        )
    )
    assert beaten(found["max_connections"]) == [(100, "inert", "DestinationRule/prod/reviews")]
    assert found["max_connections"]["state"] == "unbounded"
    assert beaten(found["max_requests"]) == [(None, "unbounded", "istio 1.31")]
    assert (found["outlier_consecutive_5xx"]["value"], found["outlier_consecutive_5xx"]["state"]) == (7, "inert")
    assert "portLevelSettings for port 9080" in found["outlier_consecutive_5xx"]["reason"]
    assert "outlier_min_health_percent" not in found


def test_a_rules_block_under_a_subsets(settings):
    subset = {"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"connectionPool": {"http": {"http2MaxRequests": 5}}}}
    found = settings(rule("reviews", "prod", REVIEWS, trafficPolicy=POOL, subsets=[subset]), routes("reviews", "prod", to_reviews("v1")))
    assert beaten(found["max_connections"]) == [(100, "inert", "DestinationRule/prod/reviews")]


def test_rules_further_from_the_caller(settings):
    own = rule("mine", "web", REVIEWS, trafficPolicy={"connectionPool": {"tcp": {"maxConnections": 7}}})
    wide = rule("wide", "prod", "*.prod.svc.cluster.local", trafficPolicy={"connectionPool": {"tcp": {"maxConnections": 1000}}})
    found = settings(own, wide, rule("reviews", "prod", REVIEWS, trafficPolicy=POOL), rule("root", "istio-system", "*", trafficPolicy=POOL))
    objects = ["DestinationRule/prod/reviews", "DestinationRule/prod/wide", "DestinationRule/istio-system/root", "istio 1.31"]
    assert [name for _, _, name in beaten(found["max_connections"])] == objects
    reasons = [other["reason"] for other in found["max_connections"]["overrides"]]
    assert reasons[0] == "DestinationRule web/mine is nearer to the caller and replaces it whole"
    assert reasons[1] == "DestinationRule prod/reviews is for a closer host and hides it"


def test_a_selector_that_fits_others_hides_rules(settings):
    own = rule("mine", "web", REVIEWS, workloadSelector={"matchLabels": {"app": "other"}}, trafficPolicy=POOL)
    found = settings(own, rule("reviews", "prod", REVIEWS, trafficPolicy=POOL))
    assert beaten(found["max_connections"]) == [(100, "inert", "DestinationRule/prod/reviews")]


def test_routes_and_the_mesh(settings):
    first = routes("a", "prod", to_reviews(timeout="3s", retries={"attempts": 1}))
    later = routes("b", "prod", to_reviews(timeout="9s"))
    found = settings(MESH, first, later, rule("reviews", "prod", REVIEWS, trafficPolicy=POOL))
    assert beaten(found["request_timeout_seconds"]) == [(9.0, "inert", "VirtualService/prod/b"), (None, "disabled", "istio 1.31")]
    assert beaten(found["retry_attempts"]) == [(5, "inert", "ConfigMap/istio-system/istio"), (2, "default", "istio 1.31")]
    assert beaten(found["max_retries"]) == [(3, "inert", "ConfigMap/istio-system/istio")]


def test_a_delegate_says_more_than_its_root(settings):
    root = routes("root", "prod", {"delegate": {"name": "leaf"}, "timeout": "1s"})
    found = settings(root, routes("leaf", "prod", to_reviews(timeout="4s"), hosts=()))
    assert found["request_timeout_seconds"]["value"] == 4
    assert beaten(found["request_timeout_seconds"])[0] == (1.0, "inert", "VirtualService/prod/root")


def test_the_text_says_what_has_no_effect(tmp_path, capsys):
    texts = (BASE, CALL, routes("a", "prod", to_reviews(timeout="3s")), routes("b", "prod", to_reviews(timeout="9s")))
    (tmp_path / "mesh.yaml").write_text("\n---\n".join(texts))
    main(["edges", str(tmp_path), "--jobs", "1"])
    assert "no effect: timeout 9 s" in capsys.readouterr().out


def test_gateways(tmp_path, capsys):
    gateway = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: ingress}
spec: {selector: {app: ingress}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}"""
    outside = routes("shop", "prod", to_reviews(timeout="3s", retries={"attempts": 1}), hosts=("shop.example.com",), gateways=["ingress/public"])
    hidden = rule("root", "istio-system", "*", trafficPolicy={"connectionPool": {"http": {"http2MaxRequests": 5}}})
    (tmp_path / "mesh.yaml").write_text("\n---\n".join((BASE, MESH, gateway, outside, hidden, rule("reviews", "prod", REVIEWS, trafficPolicy=POOL))))
    main(["edges", str(tmp_path), "--format", "json", "--jobs", "1"])
    [edge] = [edge for edge in json.loads(capsys.readouterr().out)["edges"] if edge["caller"]]
    assert beaten(edge["settings"]["max_requests"]) == [(5, "inert", "DestinationRule/istio-system/root")]
    assert beaten(edge["settings"]["retry_attempts"]) == [(5, "inert", "ConfigMap/istio-system/istio"), (2, "default", "istio 1.31")]


def test_rules_that_are_folded_into_one(settings):
    later = rule("b", "prod", REVIEWS, trafficPolicy={"connectionPool": {"tcp": {"maxConnections": 7}}})
    found = settings(rule("a", "prod", REVIEWS, trafficPolicy=POOL), later)
    assert beaten(found["max_connections"])[0] == (7, "inert", "DestinationRule/prod/b")
