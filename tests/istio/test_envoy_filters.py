"""What EnvoyFilters make of settings: as istiod 1.31 merges them; what is touched otherwise is unknown, with the reason."""

import json

import pytest

from tests.istio.meshes import BASE, REVIEWS, ask, routes, rule, to_reviews
from tests.systems import judge

_CLUSTER = {"context": "SIDECAR_OUTBOUND", "cluster": {"service": REVIEWS}}
_HCM = {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}
_RETRIES = {"retry_attempts", "retry_on", "retry_codes", "retry_backoff_base_seconds", "per_try_timeout_seconds"}
_POOL = {"max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget_percent"}
_CONNECTION = {"idle_timeout_seconds", "max_requests_per_connection", "max_connection_duration_seconds", "max_concurrent_streams"}
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


def changed(*texts):
    """The settings that differ from those without the texts, as values; `?` where unknown."""
    (route,), (plain,) = ask(*texts), ask()
    now, before = (each["destinations"][0]["settings"] for each in (route, plain))
    told = {name: (setting["value"], setting["state"]) for name, setting in now.items()}
    return {
        name: "?" if state == "unknown" else state if value is None else value
        for name, (value, state) in told.items()
        if (value, state) != ((before.get(name) or {}).get("value"), (before.get(name) or {}).get("state"))
    }


_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TYPED = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"}


@pytest.mark.parametrize(("patch", "expected"), [
    (("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds": 1.0}),
    (("CLUSTER", _CLUSTER, "MERGE", {"connectTimeout": "1s"}), {"connect_timeout_seconds": 1.0}),
    (("CLUSTER", None, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds": 1.0}),
    (("CLUSTER", _CLUSTER, "MERGE", {"connect_timout": "1s"}), {}),  # istiod passes over what it does not know
    (("HTTP_ROUTE", None, "MERGE", {"route": {"timeut": "1s", "idle_timeout": "5s"}}), {"stream_idle_timeout_seconds": 5.0}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"retry_policy": {"num_retry": 4, "num_retries": 3}}}), {"retry_attempts": 3}),
    (("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "0s"}), {"connect_timeout_seconds": "?"}),  # Envoy refuses it
    (("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "-1s"}), {"connect_timeout_seconds": "?"}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"timeout": "-1s"}}), {"request_timeout_seconds": "?"}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"timeout": "1m500ms", "idle_timeout": None}}), {"request_timeout_seconds": 60.5}),
    (("CLUSTER", _CLUSTER, "MERGE", {"connectTimeout": "4s", "connect_timeout": "3s"}), {"connect_timeout_seconds": 4.0}),
    (("CLUSTER", {"proxy": {"metadata": {"A": "b"}}}, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds": "?"}),
    (("CLUSTER", _CLUSTER, "MERGE_AND_REPLACE_LIST", {"circuit_breakers": {"thresholds": [{"priority": 1, "max_requests": 7}]}}),
     {"max_connections": 1024, "max_pending_requests": 1024, "max_requests": 1024, "max_retries": 3}),
    (("CLUSTER", _CLUSTER, "MERGE", {"common_lb_config": {"healthy_panic_threshold": {"value": 200}}}), {"panic_threshold_percent": "?"}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"retry_policy": {"retriable_status_codes": None, "num_retries": 4}}}), {"retry_attempts": 4}),
    (("CLUSTER", {"cluster": {"name": f"outbound|9080||{REVIEWS}"}}, "MERGE", {"connect_timeout": "1s"}), {"connect_timeout_seconds": 1.0}),
    (("CLUSTER", _CLUSTER, "MERGE", {"circuit_breakers": {"thresholds": [{"max_requests": 7}]}}), {}),  # behind Istio's own
    (("CLUSTER", _CLUSTER, "MERGE_AND_REPLACE_LIST", {"circuit_breakers": {"thresholds": [{"priority": "HIGH"}, {"max_requests": 7}]}}),
     {"max_connections": 1024, "max_pending_requests": 1024, "max_requests": 7, "max_retries": 3}),
    (("CLUSTER", _CLUSTER, "MERGE", {"upstream_connection_options": {"tcp_keepalive": {}}}), {}),
    (("CLUSTER", _CLUSTER, "MERGE", {"max_requests_per_connection": 9}), {"max_requests_per_connection": 9}),
    (("CLUSTER", _CLUSTER, "MERGE", {"typed_extension_protocol_options": {_OPTIONS: {
        "@type": f"type.googleapis.com/{_OPTIONS}", "common_http_protocol_options": {"idle_timeout": "9s"}, "explicit_http_config": {"http2_protocol_options": {"max_concurrent_streams": 5}}}}}),
     {"idle_timeout_seconds": 9.0, "max_concurrent_streams": 5}),
    (("CLUSTER", _CLUSTER, "MERGE", {"common_lb_config": {"healthy_panic_threshold": {"value": 20.0}}}), {"panic_threshold_percent": 20.0}),
    (("HTTP_ROUTE", {"context": "SIDECAR_OUTBOUND"}, "MERGE", {"route": {"timeout": "1s"}}), {"request_timeout_seconds": 1.0}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"retry_policy": {"num_retries": 9, "retry_on": "5xx"}}}), {"retry_attempts": 9, "retry_on": ["5xx"]}),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"retry_policy": {"num_retries": 0, "per_try_timeout": "2s"}}}), {"per_try_timeout_seconds": 2.0}),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"name": f"{REVIEWS}:9080"}}}, "MERGE", {"route": {"idleTimeout": "1s"}}),
     {"stream_idle_timeout_seconds": 1.0}),
    (("HTTP_ROUTE", {"routeConfiguration": {"name": "9080", "vhost": {"domainName": REVIEWS}}}, "MERGE", {"route": {"timeout": "1s"}}),
     {"request_timeout_seconds": 1.0}),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"domainName": "reviews"}}}, "MERGE", {"route": {"timeout": "1s"}}),
     {"request_timeout_seconds": "?"}),  # whether the name is one of its domains hangs on the caller's namespace
    (("VIRTUAL_HOST", None, "MERGE", {"retry_policy": {"num_retries": 7}}), {}),  # the route has retries of its own
    (("NETWORK_FILTER", {"listener": _HCM}, "MERGE", {"typed_config": {**_TYPED, "stream_idle_timeout": "1s"}}),
     {"stream_idle_timeout_seconds": 1.0}),
])  # fmt: skip
def test_known_patches_are_read(patch, expected):
    to, match, operation, value = patch
    assert changed(envoy_filter((to, match or {}, operation, value))) == expected


@pytest.mark.parametrize(("written", "patch", "expected"), [
    (None, {}, {"outlier_consecutive_5xx": 5, "outlier_max_ejection_percent": 10, "outlier_interval_seconds": 10.0}),
    (None, {"consecutive_5xx": 0}, {"outlier_consecutive_5xx": 0}),
    ({"consecutive5xxErrors": 7}, {"consecutive_5xx": 0}, {"outlier_consecutive_5xx": 7}),  # a zero is no value to merge
    ({"consecutive5xxErrors": 7}, {"interval": "3s"}, {"outlier_consecutive_5xx": 7, "outlier_interval_seconds": 3.0}),
    ({"consecutive5xxErrors": 0}, {"consecutive_5xx": 4}, {"outlier_consecutive_5xx": "4 inert"}),  # istiod does not enforce it
    ({"interval": "1s"}, {"consecutive_gateway_failure": 4}, {"outlier_consecutive_gateway": "4 inert", "outlier_interval_seconds": 1.0}),
    ({}, {"consecutive_gateway_failure": 4, "enforcing_consecutive_gateway_failure": 100}, {"outlier_consecutive_gateway": 4}),
    ({}, {"enforcing_consecutive_5xx": 0, "max_ejection_percent": 50}, {"outlier_consecutive_5xx": 0, "outlier_max_ejection_percent": 50}),
])  # fmt: skip
def test_outlier_detection_is_merged_field_by_field(written, patch, expected):
    rules = [] if written is None else [rule("reviews", "prod", "reviews", trafficPolicy={"outlierDetection": written})]
    (route,) = ask(*rules, envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"outlier_detection": patch})))
    settings = route["destinations"][0]["settings"]
    told = {name: (settings[name]["value"], settings[name]["state"]) for name in expected}
    assert {name: f"{value} inert" if state == "inert" else value for name, (value, state) in told.items()} == expected


def test_a_count_that_waits_for_its_switch():
    patches = [("CLUSTER", _CLUSTER, "MERGE", {"outlier_detection": each}) for each in (
        {"consecutive_local_origin_failure": 9}, {"split_external_local_origin_errors": True},
    )]  # fmt: skip
    for number, state in ((1, "inert"), (2, "set")):
        (route,) = ask(envoy_filter(*patches[:number]))
        setting = route["destinations"][0]["settings"]["outlier_consecutive_local_origin"]
        assert (setting["value"], setting["state"]) == (9, state)


def test_routes_without_retries_have_those_of_their_virtual_host():
    no_retries = routes("reviews", "prod", to_reviews(retries={"attempts": 0}))
    patches = [("VIRTUAL_HOST", {}, "MERGE", {"retry_policy": value}) for value in ({"retry_on": "5xx"}, {"num_retries": 4})]
    (route,) = ask(no_retries, envoy_filter(*patches))
    settings = route["destinations"][0]["settings"]
    assert (settings["retry_attempts"]["value"], settings["retry_on"]["value"]) == (4, ["5xx"])


def test_retries_without_a_condition_are_none():
    no_retries = routes("reviews", "prod", to_reviews(retries={"attempts": 0}))
    (route,) = ask(no_retries, envoy_filter(("VIRTUAL_HOST", {}, "MERGE", {"retry_policy": {"num_retries": 4}})))
    attempts = route["destinations"][0]["settings"]["retry_attempts"]
    assert (attempts["value"], attempts["state"]) == (4, "inert")


@pytest.mark.parametrize(("one", "other", "expected"), [
    ({}, {}, None),
    ({"namespace": "istio-system"}, {}, 2.0),
    ({}, {"namespace": "istio-system"}, 1.0),
    ({"priority": 5}, {}, 1.0),
    ({"namespace": "istio-system", "priority": 5}, {}, 1.0),
])  # fmt: skip
def test_the_last_patch_counts_unless_their_age_decides(one, other, expected):
    first = envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"}), **one)
    second = envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "2s"}), **other).replace('"patch", "n', '"second", "n')
    (route,) = ask(first, second)
    setting = route["destinations"][0]["settings"]["connect_timeout_seconds"]
    assert (setting["value"], setting["state"]) == (expected, "set" if expected else "unknown")


def test_what_a_patch_replaces_is_told():
    texts = rule("reviews", "prod", "reviews", trafficPolicy={"connectionPool": {"tcp": {"connectTimeout": "3s"}}})
    (route,) = ask(texts, envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"})))
    (lost, *_) = route["destinations"][0]["settings"]["connect_timeout_seconds"]["overrides"]
    assert (lost["value"], lost["state"], lost["reason"]) == (3.0, "inert", "EnvoyFilter/web/patch changes it")


@pytest.mark.parametrize(("patch", "touched"), [
    (("CLUSTER", _CLUSTER, "MERGE", {"circuit_breakers": {"thresholds": [{"max_requests": 7}]}}), set()),
    (("CLUSTER", _CLUSTER, "MERGE", {"upstream_connection_options": {"tcp_keepalive": {}}}), set()),
    (("CLUSTER", {"cluster": {"service": "cart.shop.svc.cluster.local"}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"cluster": {"portNumber": 80}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"context": "SIDECAR_INBOUND"}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"context": "GATEWAY"}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", {"proxy": {"proxyVersion": r"^1\.9.*"}}, "MERGE", {"connect_timeout": "1s"}), set()),
    (("CLUSTER", _CLUSTER, "ADD", {"name": "other", "connect_timeout": "1s"}), set()),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"retry_policy": {"retriable_headers": []}}}), _RETRIES),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"hedge_policy": {}}}), _RETRIES),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"max_stream_duration": {}}}), {"request_timeout_seconds"}),
    (("CLUSTER", _CLUSTER, "MERGE", {"circuit_breakers": {"per_host_thresholds": []}}), _POOL),
    (("CLUSTER", _CLUSTER, "MERGE", {"common_http_protocol_options": {}}), _CONNECTION),
    (("HTTP_ROUTE", {"routeConfiguration": {"name": "8080"}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"name": "other.web:9080"}}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", {"routeConfiguration": {"vhost": {"route": {"name": "other"}}}}, "MERGE", {"route": {"timeout": "1s"}}), set()),
    (("HTTP_ROUTE", None, "MERGE", {"typed_per_filter_config": {}}), set()),
    (("HTTP_ROUTE", None, "MERGE", {"route": {"what_nobody_knows": 1}}), _ROUTE),
    (("HTTP_ROUTE", None, "INSERT_FIRST", {"match": {"prefix": "/"}}), _ROUTE),
    (("HTTP_ROUTE", None, "REMOVE", None), _ROUTE),
    (("VIRTUAL_HOST", None, "MERGE", {"rate_limits": []}), set()),
    (("NETWORK_FILTER", {"listener": _HCM}, "MERGE", {"typed_config": {"@type": "x", "stream_idle_timeout": "1s"}}),
     {"stream_idle_timeout_seconds"}),
    (("NETWORK_FILTER", {"listener": {"portNumber": 80, **_HCM}}, "MERGE", {"typed_config": {"stream_idle_timeout": "1s"}}), set()),
    (("HTTP_FILTER", {"listener": _HCM}, "INSERT_BEFORE", {"name": "envoy.filters.http.local_ratelimit"}), set()),
])  # fmt: skip
def test_exactly_what_is_touched_is_unknown(patch, touched):
    to, match, operation, value = patch
    assert unknown(envoy_filter((to, match or {}, operation, value))) == touched


@pytest.mark.parametrize(("namespace", "spec", "touched"), [
    ("istio-system", {}, True),
    ("prod", {}, False),
    ("web", {"workloadSelector": {"labels": {"app": "front"}}}, True),
    ("web", {"workloadSelector": {"labels": {"app": "other"}}}, False),
    ("web", {"targetRefs": [{"kind": "Gateway", "name": "front"}]}, False),
])  # fmt: skip
def test_the_proxies_it_is_for(namespace, spec, touched):
    text = envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"connect_timeout": "1s"}), namespace=namespace, **spec)
    assert bool(changed(text)) == touched


def test_the_setting_says_which_patch_it_is():
    (route,) = ask(envoy_filter(("CLUSTER", _CLUSTER, "MERGE", {"lrs_server": {}})))
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
    patch = envoy_filter(("HTTP_ROUTE", {"context": "SIDECAR_OUTBOUND"}, "MERGE", {"route": {"max_stream_duration": {}}}), namespace="istio-system")
    patched = judge({**files, "filter.json": patch}, *policies, complete=True)
    assert {(finding.policy, finding.outcome) for finding in patched.findings} == {(policies[0], "unknown"), (policies[1], "fail")}
    (told,) = [finding.message for finding in patched.findings if finding.outcome == "unknown"]
    assert told == "cannot be told: request timeout seconds: EnvoyFilter/istio-system/patch changes it"


@pytest.mark.parametrize(("patch", "expected"), [
    (({"context": "SIDECAR_INBOUND", "cluster": {"portNumber": 9080}}, "MERGE_AND_REPLACE_LIST"), {"max_requests": 7}),
    (({"context": "SIDECAR_INBOUND", "cluster": {"name": "inbound|9080||"}}, "MERGE"), {}),  # behind Istio's own
    (({"context": "SIDECAR_INBOUND", "cluster": {"portNumber": 8080}}, "MERGE_AND_REPLACE_LIST"), {}),
    (({"context": "SIDECAR_OUTBOUND"}, "MERGE_AND_REPLACE_LIST"), {}),
])  # fmt: skip
def test_limits_of_the_pods_that_are_called(patch, expected):
    match, operation = patch
    value = {"circuit_breakers": {"thresholds": [{"max_requests": 7}]}}
    (route,) = ask(envoy_filter(("CLUSTER", match, operation, value), namespace="prod"))
    told = route["destinations"][0]["server_settings"]
    assert {name: setting["value"] for name, setting in told.items()} == expected
