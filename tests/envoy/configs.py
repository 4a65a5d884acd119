"""Small configurations, each with a setting or two and what is in force then."""

from types import MappingProxyType
from typing import Any, NamedTuple

_TYPES = "type.googleapis.com/envoy.extensions"
_MANAGER = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
HTTP_OPTIONS = f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions"
ROUTER = {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{_TYPES}.filters.http.router.v3.Router"}}


class Case(NamedTuple):
    """Parts of a configuration, and `expected` settings as (value, state)."""

    name: str
    expected: dict[str, tuple[Any, str]]
    cluster: Any = MappingProxyType({})
    route: Any = MappingProxyType({})
    host: Any = MappingProxyType({})
    manager: Any = MappingProxyType({})
    more: Any = MappingProxyType({})


def endpoints(*ports):
    """A load assignment for ports of loopback."""
    addresses = [{"socket_address": {"address": "127.0.0.1", "port_value": port}} for port in ports]
    return {"cluster_name": "c", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}} for address in addresses]}]}


def bootstrap(case, ports=(1,), filters=()):
    """A whole configuration: one listener, one route, one cluster."""
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "in",
        "route_config": {
            "name": "routes",
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "c", **case.route}}], **case.host}
            ],
        },
        "http_filters": [*filters, ROUTER],
        **case.manager,
    }
    listener = {
        "name": "in",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
    }
    cluster = {"name": "c", "load_assignment": endpoints(*ports), **case.cluster}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}, **case.more}


def _thresholds(*entries):
    return {"circuit_breakers": {"thresholds": list(entries)}}


def _options(**common):
    explicit = {"explicit_http_config": {"http_protocol_options": {}}}
    return {"typed_extension_protocol_options": {_OPTIONS: {"@type": HTTP_OPTIONS, "common_http_protocol_options": common, **explicit}}}


def _http2(**options):
    explicit = {"explicit_http_config": {"http2_protocol_options": options}}
    return {"typed_extension_protocol_options": {_OPTIONS: {"@type": HTTP_OPTIONS, **explicit}}}


_SUCCESS = {"http_criteria": {"http_success_status": [{"start": 100, "end": 500}]}, "grpc_criteria": {"grpc_success_status": [0]}}
_GRADIENT = {
    "concurrency_limit_params": {"max_concurrency_limit": 50, "concurrency_update_interval": "0.1s"},
    "min_rtt_calc_params": {"interval": "60s", "request_count": 50},
}


def _filter(name, kind, **config):
    """A filter of HTTP before the router."""
    typed = {"@type": f"{_TYPES}.filters.http.{name}.v3.{kind}", **config}
    return {"http_filters": [{"name": f"envoy.filters.http.{name}", "typed_config": typed}, ROUTER]}


def _runtime(**keys):
    return {"layered_runtime": {"layers": [{"name": "static", "static_layer": keys}]}}


def _retry(**policy):
    return {"retry_policy": {"retry_on": "5xx", **policy}}


SET, DEFAULT, OFF, INERT, UNBOUNDED = "set", "default", "disabled", "inert", "unbounded"

CASES = [
    Case("nothing", {"request_timeout_seconds": (15.0, DEFAULT), "connect_timeout_seconds": (5.0, DEFAULT), "max_retries": (3, DEFAULT)}),
    Case("connect timeout", {"connect_timeout_seconds": (0.25, SET)}, cluster={"connect_timeout": "0.25s"}),
    Case("no retry policy", {"retry_attempts": (0, DEFAULT)}),
    Case("connections", {"max_connections": (7, SET), "max_requests": (1024, DEFAULT)}, cluster=_thresholds({"max_connections": 7})),
    Case("waiting requests", {"max_pending_requests": (3, SET)}, cluster=_thresholds({"max_pending_requests": 3})),
    Case("requests", {"max_requests": (9, SET)}, cluster=_thresholds({"max_requests": 9})),
    Case("retries at a time", {"max_retries": (50, SET)}, cluster=_thresholds({"max_retries": 50})),
    Case("zero connections", {"max_connections": (0, SET)}, cluster=_thresholds({"max_connections": 0})),
    Case("a thousand million", {"max_requests": (None, UNBOUNDED)}, cluster=_thresholds({"max_requests": 1000000000})),
    Case("the largest number", {"max_connections": (None, UNBOUNDED)}, cluster=_thresholds({"max_connections": 4294967295})),
    Case("the first of two", {"max_connections": (5, SET)}, cluster=_thresholds({"max_connections": 5}, {"max_connections": 6})),
    Case("another priority", {"max_connections": (1024, DEFAULT)}, cluster=_thresholds({"priority": "HIGH", "max_connections": 5})),
    Case(
        "a route of high priority",
        {"max_connections": (5, SET), "max_requests": (1024, DEFAULT)},
        cluster=_thresholds({"max_connections": 6, "max_requests": 6}, {"priority": "HIGH", "max_connections": 5}),
        route={"priority": "HIGH"},
    ),
    Case(
        "a retry budget",
        {"retry_budget_percent": (25.0, SET), "max_retries": (7, INERT)},
        cluster=_thresholds({"max_retries": 7, "retry_budget": {"budget_percent": {"value": 25.0}}}),
    ),
    Case("an empty retry budget", {"retry_budget_percent": (20, DEFAULT)}, cluster=_thresholds({"retry_budget": {}})),
    Case(
        "a threshold from the runtime",
        {"max_connections": (2, SET)},
        cluster=_thresholds({"max_connections": 9}),
        more=_runtime(circuit_breakers={"c": {"default": {"max_connections": 2}}}),
    ),
    Case(
        "a retry budget from the runtime",
        {"retry_budget_percent": (33, SET), "max_retries": (0, INERT)},
        cluster=_thresholds({"max_retries": 0}),
        more=_runtime(circuit_breakers={"c": {"default": {"retry_budget": {"budget_percent": 33}}}}),
    ),
    Case(
        "a retry budget that the runtime only switches on",
        {"retry_budget_percent": (20, DEFAULT)},
        more=_runtime(circuit_breakers={"c": {"default": {"retry_budget": {"min_retry_concurrency": 2}}}}),
    ),
    Case(
        "retries that the runtime switches off",
        {"retry_attempts": (0, OFF)},
        route=_retry(num_retries=2),
        more=_runtime(**{"upstream.use_retry": 0}),
    ),
    Case(
        "a pause from the runtime",
        {"retry_backoff_base_seconds": (0.2, SET)},
        route=_retry(),
        more=_runtime(**{"upstream.base_retry_backoff_ms": 200}),
    ),
    Case("idle connections", {"idle_timeout_seconds": (60.0, SET)}, cluster=_options(idle_timeout="60s")),
    Case(
        "words in any case, and numbers",
        {"max_requests": (7, SET)},
        cluster={"type": "static", **_thresholds({"priority": "high", "max_requests": 7}, {"priority": 0, "max_requests": 9})},
        route={"priority": "High"},
    ),
    Case("idle for ever", {"idle_timeout_seconds": (None, OFF)}, cluster=_options(idle_timeout="0s")),
    Case("old connections", {"max_connection_duration_seconds": (30.0, SET)}, cluster=_options(max_connection_duration="30s")),
    Case("a connection for each request", {"max_requests_per_connection": (1, SET)}, cluster=_options(max_requests_per_connection=1)),
    Case("streams", {"max_concurrent_streams": (10, SET)}, cluster=_http2(max_concurrent_streams=10)),
    Case(
        "outlier detection, empty",
        {
            "outlier_consecutive_5xx": (5, DEFAULT),
            "outlier_consecutive_gateway": (None, DEFAULT),
            "outlier_interval_seconds": (10.0, DEFAULT),
            "outlier_max_ejection_percent": (10, DEFAULT),
        },
        cluster={"outlier_detection": {}},
    ),
    Case("errors in a row", {"outlier_consecutive_5xx": (2, SET)}, cluster={"outlier_detection": {"consecutive_5xx": 2}}),
    Case(
        "errors that are counted only",
        {"outlier_consecutive_5xx": (None, INERT)},
        cluster={"outlier_detection": {"consecutive_5xx": 2, "enforcing_consecutive_5xx": 0}},
    ),
    Case(
        "gateway errors that are counted only",
        {"outlier_consecutive_gateway": (None, INERT)},
        cluster={"outlier_detection": {"consecutive_gateway_failure": 2}},
    ),
    Case(
        "gateway errors",
        {"outlier_consecutive_gateway": (2, SET)},
        cluster={"outlier_detection": {"consecutive_gateway_failure": 2, "enforcing_consecutive_gateway_failure": 100}},
    ),
    Case(
        "local errors without the split",
        {"outlier_consecutive_local_origin": (None, INERT)},
        cluster={"outlier_detection": {"consecutive_local_origin_failure": 2}},
    ),
    Case(
        "local errors",
        {"outlier_consecutive_local_origin": (2, SET)},
        cluster={"outlier_detection": {"consecutive_local_origin_failure": 2, "split_external_local_origin_errors": True}},
    ),
    Case(
        "ejection",
        {"outlier_interval_seconds": (1.5, SET), "outlier_base_ejection_seconds": (60.0, SET), "outlier_max_ejection_percent": (50, SET)},
        cluster={"outlier_detection": {"interval": "1.5s", "base_ejection_time": "60s", "max_ejection_percent": 50}},
    ),
    Case("no panic", {"panic_threshold_percent": (0, OFF)}, cluster={"common_lb_config": {"healthy_panic_threshold": {"value": 0}}}),
    Case("panic", {"panic_threshold_percent": (30, SET)}, cluster={"common_lb_config": {"healthy_panic_threshold": {"value": 30}}}),
    Case("a timeout", {"request_timeout_seconds": (3.0, SET)}, route={"timeout": "3s"}),
    Case("no timeout", {"request_timeout_seconds": (None, OFF)}, route={"timeout": "0s"}),
    Case("idle streams", {"stream_idle_timeout_seconds": (300.0, DEFAULT)}),
    Case("idle streams of the listener", {"stream_idle_timeout_seconds": (20.0, SET)}, manager={"stream_idle_timeout": "20s"}),
    Case(
        "idle streams of the route",
        {"stream_idle_timeout_seconds": (5.0, SET)},
        route={"idle_timeout": "5s"},
        manager={"stream_idle_timeout": "20s"},
    ),
    Case(
        "long streams",
        {"max_stream_duration_seconds": (90.0, SET)},
        route={"max_stream_duration": {"max_stream_duration": "90s"}},
    ),
    Case(
        "long streams of the listener",
        {"max_stream_duration_seconds": (80.0, SET)},
        manager={"common_http_protocol_options": {"max_stream_duration": "80s"}},
    ),
    Case("retries", {"retry_attempts": (1, DEFAULT), "retry_on": (["5xx"], SET)}, route=_retry()),
    Case("three retries", {"retry_attempts": (3, SET)}, route=_retry(num_retries=3)),
    Case("retries on nothing", {"retry_attempts": (0, DEFAULT)}, route={"retry_policy": {"num_retries": 3}}),
    Case("retries of the virtual host", {"retry_attempts": (2, SET)}, host=_retry(num_retries=2)),
    Case("retries of the route", {"retry_attempts": (1, SET)}, host=_retry(num_retries=2), route=_retry(num_retries=1)),
    Case("a time for each try", {"per_try_timeout_seconds": (1.0, SET)}, route={"timeout": "3s", **_retry(per_try_timeout="1s")}),
    Case("a time for each try, too long", {"per_try_timeout_seconds": (4.0, INERT)}, route={"timeout": "3s", **_retry(per_try_timeout="4s")}),
    Case("codes without any", {"retry_attempts": (0, DEFAULT)}, route=_retry(retry_on="retriable-status-codes")),
    Case("no condition that Envoy knows", {"retry_attempts": (0, DEFAULT)}, route=_retry(retry_on="5XX,connect_failure")),
    Case("codes", {"retry_codes": ([500, 503], SET)}, route=_retry(retry_on="retriable-status-codes", retriable_status_codes=[503, 500])),
    Case("codes without their condition", {"retry_codes": ([500], INERT)}, route=_retry(retriable_status_codes=[500])),
    Case("a pause", {"retry_backoff_base_seconds": (0.1, SET)}, route=_retry(retry_back_off={"base_interval": "0.1s", "max_interval": "1s"})),
    Case(
        "success rate",
        {"outlier_success_rate_stdev_factor": (2500, SET), "outlier_failure_percent": (None, DEFAULT)},
        cluster={"outlier_detection": {"success_rate_stdev_factor": 2500}},
    ),
    Case(
        "success rate, watched only",
        {"outlier_success_rate_stdev_factor": (None, OFF)},
        cluster={"outlier_detection": {"enforcing_success_rate": 0}},
    ),
    Case(
        "share of failures",
        {"outlier_failure_percent": (60, SET)},
        cluster={"outlier_detection": {"failure_percentage_threshold": 60, "enforcing_failure_percentage": 100}},
    ),
    Case(
        "share of failures, not enforced",
        {"outlier_failure_percent": (None, INERT)},
        cluster={"outlier_detection": {"failure_percentage_threshold": 60}},
    ),
    Case(
        "health checks",
        {"health_check_interval_seconds": (2.0, SET), "health_check_timeout_seconds": (1.0, SET), "health_check_unhealthy_threshold": (3, SET)},
        cluster={"health_checks": [
            {"timeout": "1s", "interval": "2s", "unhealthy_threshold": 3, "healthy_threshold": 2, "http_health_check": {"path": "/"}}
        ]},
    ),
    Case("hedging", {"hedge_on_per_try_timeout": (True, SET)}, route={"hedge_policy": {"hedge_on_per_try_timeout": True}, **_retry()}),
    Case(
        "other hosts for retries",
        {"retry_host_predicates": (["previous_hosts"], SET)},
        route=_retry(retry_host_predicate=[{
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {"@type": f"{_TYPES}.retry.host.previous_hosts.v3.PreviousHostsPredicate"},
        }]),
    ),
    Case("admission control", {"admission_control_success_percent": (90.0, SET)}, manager=_filter(
        "admission_control", "AdmissionControl", sr_threshold={"default_value": {"value": 90.0}}, success_criteria=_SUCCESS
    )),
    Case("admission control, off", {"admission_control_success_percent": (95.0, INERT)}, manager=_filter(
        "admission_control", "AdmissionControl", enabled={"default_value": False}, success_criteria=_SUCCESS
    )),
    Case("adaptive concurrency", {"adaptive_concurrency_max_requests": (50, SET)}, manager=_filter(
        "adaptive_concurrency", "AdaptiveConcurrency", gradient_controller_config=_GRADIENT
    )),
    Case(
        "adaptive concurrency, off for the route",
        {"adaptive_concurrency_max_requests": (50, INERT)},
        manager=_filter("adaptive_concurrency", "AdaptiveConcurrency", gradient_controller_config=_GRADIENT ),
        host={"typed_per_filter_config": {"envoy.filters.http.adaptive_concurrency": {
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True,
        }}},
    ),
]  # fmt: skip
