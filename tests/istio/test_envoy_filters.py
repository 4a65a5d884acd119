"""What an EnvoyFilter touches is unknown, with the reason, and nothing else is."""

import json

import pytest

from tests.istio.meshes import BASE, REVIEWS, ask, routes, rule, to_reviews
from tests.systems import judge

_CLUSTER = {"context": "SIDECAR_OUTBOUND", "cluster": {"service": REVIEWS}}
_HCM = {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}
_RETRIES = {"retry_attempts", "retry_on", "retry_codes", "retry_backoff_base_seconds", "per_try_timeout_seconds"}
_POOL = {"max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget_percent"}
_ROUTE = {*_RETRIES, "request_timeout_seconds", "stream_idle_timeout_seconds"}


def envoy_filter(*patches, namespace="web", **spec):
    entries = [{"applyTo": to, "match": match, "patch": {"operation": operation, "value": value}} for to, match, operation, value in patches]
    meta = {"name": "patch", "namespace": namespace}
    spec = {"configPatches": entries, **spec}
    return json.dumps({"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": meta, "spec": spec})


def unknown(*texts):
    (route,) = ask(*texts)
    (destination,) = route["destinations"]
    return {name for name, setting in destination["settings"].items() if setting["state"] == "unknown"}


@pytest.mark.parametrize(("patch", "touched"), [
    (("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds"}),
    (("CLUSTER", _CLUSTER, "MERGE", {"connectTimeout": "1s"}), {"connect_timeout_seconds"}),
    (("CLUSTER", None, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds"}),
    (("CLUSTER", _CLUSTER, "MERGE", {"circuit_breakers": {"thresholds": [{"max_requests": 7}]}}), set()),
    (("CLUSTER", _CLUSTER, "MERGE_AND_REPLACE_LIST", {"circuit_breakers": {"thresholds": [{"max_requests": 7}]}}), _POOL),
    (("CLUSTER", _CLUSTER, "MERGE", {"upstream_connection_options": {"tcp_keepalive": {}}}), set()),
    (("CLUSTER", {"cluster": {"service": "cart.shop.svc.cluster.local"}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"cluster": {"portNumber": 80}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"cluster": {"name": f"outbound|9080||{REVIEWS}"}}, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds"}),
    (("CLUSTER", {"context": "SIDECAR_INBOUND"}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"context": "GATEWAY"}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"proxy": {"proxyVersion": r"^1\.9.*"}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", _CLUSTER, "ADD", {"name": "other", "connect_timeout": "1s"}), set()),
    (("HTTP_ROUTE", {"context": "SIDECAR_OUTBOUND"}, "MERGE", {"route": {"timeout": "1s"}}), {"request_timeout_seconds"}),
    (("HTTP_ROUTE", {"routeConfiguration": {"name": "9080"}}, "MERGE", {"route": {"retry_policy": {"num_retries": 9}}}), _RETRIES),
    (("HTTP_ROUTE", {"routeConfiguration": {"name": "8080"}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"name": f"{REVIEWS}:9080"}}}, "MERGE", {"route": {"idleTimeout": "1s"}}),
     {"stream_idle_timeout_seconds"}),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"name": "other.web:9080"}}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"route": {"name": "other"}}}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", None, "MERGE", {"typed_per_filter_config": {}}), set()),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"what_nobody_knows": 1}}), _ROUTE),
    (("HTTP_ROUTE", None, "INSERT_FIRST", {"match": {"prefix": "/"}}), _ROUTE),
    (("HTTP_ROUTE", None, "REMOVE", None), _ROUTE),
    (("VIRTUAL_HOST", None, "MERGE", {"rate_limits": []}), set()),
    (("VIRTUAL_HOST", None, "MERGE", {"retry_policy": {}}), _RETRIES),
    (("NETWORK_FILTER", {"listener": _HCM}, "MERGE", {"typed_config": {"@type": "x", "stream_idle_timeout": "1s"}}),
     {"stream_idle_timeout_seconds"}),
    (("NETWORK_FILTER", {"listener": {"portNumber": 80, **_HCM}}, "MERGE", {"typed_config": {"stream_idle_timeout": "1s"}}), set()),
    (("HTTP_FILTER", {"listener": _HCM}, "INSERT_BEFORE", {"name": "envoy.filters.http.local_ratelimit"}), set()),
])  # fmt: skip
def test_exactly_what_is_touched_is_unknown(patch, touched):
    to, match, operation, value = patch
    assert unknown(envoy_filter((to, match or {}, operation, value))) == touched


def test_outlier_detection_that_only_an_envoy_filter_writes():
    touched = unknown(envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"outlier_detection": {"consecutive_5xx": 3}})))
    assert "outlier_consecutive_5xx" in touched
    assert all(name.startswith(("outlier_", "panic_")) for name in touched)


@pytest.mark.parametrize(("namespace", "spec", "touched"), [
    ("istio-system", {}, True),
    ("prod", {}, False),
    ("web", {"workloadSelector": {"labels": {"app": "front"}}}, True),
    ("web", {"workloadSelector": {"labels": {"app": "other"}}}, False),
    ("web", {"targetRefs": [{"kind": "Gateway", "name": "front"}]}, False),
])  # fmt: skip
def test_the_proxies_it_is_for(namespace, spec, touched):
    text = envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"}), namespace=namespace, **spec)
    assert bool(unknown(text)) == touched


def test_the_setting_says_which_patch_it_is():
    (route,) = ask(envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"})))
    setting = route["destinations"][0]["settings"]["connect_timeout_seconds"]
    assert setting["value"] is None
    assert setting["reason"] == "EnvoyFilter/web/patch changes it"
    assert setting["source"]["object"] == "EnvoyFilter/web/patch"
    assert setting["source"]["location"]["field"] == "spec.configPatches[0]"


def test_policies_that_hang_on_it_are_unknown_and_others_are_not():
    files = {"base.yaml": BASE, "vs.json": routes("reviews", "prod", to_reviews()), "dr.json": rule("reviews", "prod", "reviews")}
    policies = "edge-without-timeout", "edge-without-connection-limit"
    plain = judge(files, *policies, complete=True)
    assert {(finding.policy, finding.outcome) for finding in plain.findings} == {(policy, "fail") for policy in policies}
    patch = envoy_filter(("HTTP_ROUTE", {"context": "SIDECAR_OUTBOUND"}, "MERGE", {"route": {"timeout": "1s"}}), namespace="istio-system")
    patched = judge({**files, "filter.json": patch}, *policies, complete=True)
    assert {(finding.policy, finding.outcome) for finding in patched.findings} == {(policies[0], "unknown"), (policies[1], "fail")}
    (told,) = [finding.message for finding in patched.findings if finding.outcome == "unknown"]
    assert told == "cannot be told: request timeout seconds: EnvoyFilter/istio-system/patch changes it"
