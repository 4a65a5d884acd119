"""Rate limits of EnvoyFilters: which patches get to a pod or a gateway, as a real istiod 1.31 has it in the listeners."""

import pytest
import yaml

from checker.adapters import kubernetes
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.model.build import build
from tests.systems import read

HOST, NAME = "cart.shop.svc.cluster.local", "envoy.filters.http.local_ratelimit"
WHOLE = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
MANAGER = {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}
SYSTEM = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: "cart:1", ports: [{containerPort: 8080}]}]}
"""


def bucket(most):
    tokens = {"max_tokens": most, "tokens_per_fill": most, "fill_interval": "1s"}
    return {"stat_prefix": "x", "token_bucket": tokens, "filter_enabled": WHOLE, "filter_enforced": WHOLE}


def typed(value):
    kind = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
    return {"@type": "type.googleapis.com/udpa.type.v1.TypedStruct", "type_url": kind, "value": value}


def chain(listener=MANAGER, value=None, context="SIDECAR_INBOUND"):
    added = {"name": NAME, "typed_config": typed(bucket(7) if value is None else value)}
    return {"applyTo": "HTTP_FILTER", "match": {"context": context, "listener": listener}, "patch": {"operation": "INSERT_BEFORE", "value": added}}


def told(match, applied="HTTP_ROUTE", context="SIDECAR_INBOUND"):
    value = {"typed_per_filter_config": {NAME: typed(bucket(3))}}
    return {"applyTo": applied, "match": {"context": context, "routeConfiguration": match}, "patch": {"operation": "MERGE", "value": value}}


EMPTY = chain(value={"stat_prefix": "x"})

# Patches, and what the callee's pods and the callers' sidecars let through.
CASES = [
    ("all ports", [chain()], [7], []),
    ("the pod's port", [chain({**MANAGER, "portNumber": 8080})], [7], []),
    ("the Service's port", [chain({**MANAGER, "portNumber": 80})], [], []),
    ("destination port", [chain({"filterChain": {**MANAGER["filterChain"], "destinationPort": 8080}})], [7], []),
    ("listener by name", [chain({**MANAGER, "name": "virtualInbound"})], [7], []),
    ("any context", [chain(context="ANY")], [7], [7]),
    ("outbound", [chain(context="SIDECAR_OUTBOUND")], [], [7]),
    ("virtual host with the Service's port", [EMPTY, told({"vhost": {"name": "inbound|http|80"}})], [3], []),
    ("virtual host with the pod's port", [EMPTY, told({"vhost": {"name": "inbound|http|8080"}})], [], []),
    ("the default route", [EMPTY, told({"vhost": {"name": "inbound|http|80", "route": {"name": "default"}}})], [3], []),
    ("another route", [EMPTY, told({"vhost": {"name": "inbound|http|80", "route": {"name": "x"}}})], [], []),
    ("any route", [EMPTY, told({"vhost": {"route": {"action": "ANY"}}})], [3], []),
    ("table with the Service's port", [EMPTY, told({"name": "inbound|80||"})], [], []),
    ("table with the pod's port", [EMPTY, told({"name": "inbound|8080||"})], [3], []),
    ("table by the Service's port", [EMPTY, told({"portNumber": 80})], [], []),
    ("table by the pod's port", [EMPTY, told({"portNumber": 8080})], [3], []),
    ("of the virtual host", [EMPTY, told({"vhost": {"name": "inbound|http|80"}}, "VIRTUAL_HOST")], [3], []),
    ("of the table", [EMPTY, told({}, "ROUTE_CONFIGURATION")], [3], []),
    ("the route's over the chain's", [chain(), told({"vhost": {"name": "inbound|http|80"}})], [3], []),
    ("without a filter in the chain", [told({"vhost": {"name": "inbound|http|80"}})], [], []),
    ("of a gateway", [chain(context="GATEWAY")], [], []),
]


def limits(patches, selector=None):
    spec = {"configPatches": patches, **({"workloadSelector": {"labels": selector}} if selector else {})}
    item = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": "limit", "namespace": "shop"}, "spec": spec}
    model = build(kubernetes.read(read({"a.yaml": SYSTEM, "b.yaml": yaml.safe_dump(item)})), complete=True)
    (way,) = traffic_of(model, mesh_of(model)).ways(None, "shop", HOST, 80, "http")
    return [each.amount for each in way.destinations[0].limits()], [each.amount for each in way.limits]


@pytest.mark.parametrize(("name", "patches", "inbound", "outbound"), CASES, ids=[case[0] for case in CASES])
def test_the_limits_that_get_there(name, patches, inbound, outbound):
    assert limits(patches) == (inbound, outbound)


@pytest.mark.parametrize(("selector", "inbound"), [({"app": "cart"}, [7]), ({"app": "other"}, [])])
def test_a_selector_chooses_pods(selector, inbound):
    assert limits([chain()], selector) == (inbound, [])


def test_a_filter_that_another_patch_changes_is_unknown():
    match = {"context": "SIDECAR_INBOUND", "listener": {"filterChain": {"filter": {**MANAGER["filterChain"]["filter"], "subFilter": {"name": NAME}}}}}
    change = {"applyTo": "HTTP_FILTER", "match": match, "patch": {"operation": "MERGE", "value": {"typed_config": typed({})}}}
    assert limits([chain(), change])[0] == [None]


GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [istio-system/edge]
  http:
  - {name: pay, match: [{uri: {prefix: /pay}}], route: [{destination: {host: cart}}]}
  - {name: rest, route: [{destination: {host: cart}}]}
"""
HOST_PATCH = {"vhost": {"name": "shop.example.com:80"}}


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        ([chain(context="GATEWAY")], {"pay": [7], "rest": [7]}),
        ([chain(context="GATEWAY", value={"stat_prefix": "x"}), told(HOST_PATCH, "VIRTUAL_HOST", "GATEWAY")], {"pay": [3], "rest": [3]}),
        ([chain(context="GATEWAY"), told({"vhost": {"name": "shop.example.com:80", "route": {"name": "pay"}}}, context="GATEWAY")], {"pay": [3], "rest": [7]}),
        ([chain(context="GATEWAY", listener={**MANAGER, "portNumber": 8443})], {"pay": [], "rest": []}),
    ],
)
def test_the_limits_of_a_gateway(patches, expected):
    item = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": "limit", "namespace": "istio-system"}, "spec": {"configPatches": patches}}
    model = build(kubernetes.read(read({"a.yaml": SYSTEM, "b.yaml": yaml.safe_dump(item), "c.yaml": GATEWAY})), complete=True)
    entries = traffic_of(model, mesh_of(model)).entries()
    assert {entry.way.name: [each.amount for each in entry.way.limits] for entry in entries} == expected
