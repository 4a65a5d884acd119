"""What gateways route from outside, with the settings that their proxies have."""

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.calls.graph import call_graph
from checker.edges import edges
from checker.model.build import build
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import read

GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: outside, namespace: prod}
spec: {selector: {app: gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}]}
"""
PODS = """apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: edge}
spec: {selector: {matchLabels: {app: gateway}}, template: {metadata: {labels: {app: gateway}}, spec: {containers: [{name: proxy, image: auto}]}}}
"""
ROUTE = routes("shop", "prod", to_reviews(timeout="3s"), hosts=["shop.example.com"], gateways=["outside"])
API = """apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: outside, namespace: prod}}
spec: {{gatewayClassName: {name}, listeners: [{{name: http, port: 80, protocol: HTTP}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: shop, namespace: prod}}
spec:
  parentRefs: [{{name: outside}}]
  rules: [{{backendRefs: [{{name: reviews, port: 9080}}], timeouts: {{request: 4s}}}}]
"""


def routed(*texts):
    built = build(kubernetes.read(read({"base.yaml": BASE, **{f"{number}.yaml": text for number, text in enumerate(texts)}})), complete=True)
    system = System(built, mesh_of(built))
    return [edge for edge in edges(built, call_graph(built), None, system) if edge["caller"]]


def told(*texts):
    return [(*edge["caller"].values(), edge["callee"]["host"], edge["settings"].get("request_timeout_seconds", {}).get("value")) for edge in routed(*texts)]


def test_the_gateway_calls_what_it_routes():
    assert told(GATEWAY, ROUTE) == [("Gateway", "prod", "outside", REVIEWS, 3)]


def test_the_pods_of_a_gateway_that_are_in_the_input_are_the_caller():
    assert told(GATEWAY, PODS, ROUTE) == [("Deployment", "edge", "gateway", REVIEWS, 3)]


def test_where_it_is_written_and_for_what():
    (edge,) = routed(GATEWAY, ROUTE, rule("reviews", "prod", "reviews", trafficPolicy={"connectionPool": {"tcp": {"maxConnections": 9}}}))
    assert [each["kind"] for each in edge["evidence"]] == ["virtual-service"]
    assert edge["evidence"][0]["location"]["field"] == "spec.http[0].route[0].destination"
    assert edge["route"]["match"] == {"host": "shop.example.com"}
    assert edge["settings"]["max_connections"]["value"] == 9


@pytest.mark.parametrize(
    "changes",
    [
        {"hosts": ["other.example.com"]},
        {"gateways": ["elsewhere"]},
        {"gateways": ["mesh"]},
    ],
)
def test_routes_of_other_names_and_gateways(changes):
    kept = {"hosts": ["shop.example.com"], "gateways": ["outside"], **changes}
    assert told(GATEWAY, routes("shop", "prod", to_reviews(), **kept)) == []


def test_a_name_is_asked_for_as_narrowly_as_it_is_known():
    (edge,) = routed(GATEWAY, routes("shop", "prod", to_reviews(), hosts=["*"], gateways=["prod/outside"]))
    assert edge["route"]["match"] == {"host": "shop.example.com"}


@pytest.mark.parametrize(("kind", "evidence"), [("HTTPRoute", "http-route"), ("GRPCRoute", "grpc-route")])
def test_gateway_api(kind, evidence):
    (edge,) = routed(API.format(kind=kind, name="istio"))
    assert edge["caller"] == {"kind": "Gateway", "namespace": "prod", "name": "outside"}
    assert edge["evidence"][0]["kind"] == evidence
    assert edge["evidence"][0]["location"]["field"] == "spec.rules[0].backendRefs[0]"
    assert edge["settings"]["request_timeout_seconds"]["value"] == 4


def test_the_gateway_of_another_product_has_a_call_and_what_the_route_asks_for():
    (edge,) = routed(API.format(kind="HTTPRoute", name="nginx"))
    assert (edge["callee"]["host"], list(edge["settings"]), edge["result"]) == (REVIEWS, ["request_timeout_seconds"], None)
    asked = edge["settings"]["request_timeout_seconds"]
    assert (asked["value"], asked["state"], asked["source"]["location"]["field"]) == (None, "unknown", "spec.rules[0].timeouts.request")
    assert asked["reason"] == "it is not known whether what runs Gateway prod/outside does as the route says"
    controller = "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: nginx}\nspec: {controllerName: istio.io/gateway-controller}\n"
    (edge,) = routed(API.format(kind="HTTPRoute", name="nginx") + controller)
    assert edge["settings"]


def test_waypoints_are_no_gateways():
    assert told(API.format(kind="HTTPRoute", name="istio-waypoint")) == []


def test_connections():
    server = {"port": {"number": 443, "name": "tls", "protocol": "TLS"}, "hosts": ["shop.example.com"], "tls": {"mode": "PASSTHROUGH"}}
    import json

    gateway = GATEWAY.partition("servers")[0] + f"servers: [{json.dumps(server)}]}}\n"
    destination = [{"destination": {"host": REVIEWS, "port": {"number": 9080}}}]
    by_name = [{"match": [{"port": 443, "sniHosts": ["shop.example.com"]}], "route": destination}]
    found = routed(gateway, routes("shop", "prod", hosts=["shop.example.com"], gateways=["outside"], tls=by_name))
    assert [(edge["callee"]["host"], edge["route"]["match"], edge["result"]) for edge in found] == [(REVIEWS, {"sni": ["shop.example.com"]}, "ok")]
