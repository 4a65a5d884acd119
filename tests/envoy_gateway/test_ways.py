"""What Envoy Gateway makes of timeouts, retries, limits and levels: each rule by itself, as its own translator showed it."""

import pytest

from checker.adapters import kubernetes
from checker.adapters.envoy_gateway.detect import envoy_gateway_of
from checker.model.build import build
from tests.systems import read

SYSTEM = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, port: 80, protocol: HTTP}
  - {name: alt, port: 8080, protocol: HTTP, hostname: "*.example.com"}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: other}
spec: {ports: [{port: 80}]}
"""


def route(rule, **parts):
    where = parts.get("parent", "name: edge")
    backends = parts.get("backends", "[{name: a, port: 80}]")
    return f"""
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: shop}}
spec:
  parentRefs: [{{{where}}}]
  rules: [{{name: first, backendRefs: {backends}{", " if rule else ""}{rule}}}]
"""


def policy(name, target, spec, kind="BackendTrafficPolicy", created="2026-01-01T00:00:00Z"):
    return f"""
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: shop, creationTimestamp: "{created}"}}
spec: {{targetRefs: [{{group: gateway.networking.k8s.io, {target}}}], {spec}}}
"""


ROUTE, RULE = "kind: HTTPRoute, name: r", "kind: HTTPRoute, name: r, sectionName: first"
GATEWAY, LISTENER = "kind: Gateway, name: edge", "kind: Gateway, name: edge, sectionName: alt"


def gateways(manifests):
    return envoy_gateway_of(build(kubernetes.read(read({"m.yaml": SYSTEM + manifests})), complete=True))


def settings_by_listener(manifests):
    found = {}
    for entry in gateways(manifests).entries():
        for name in entry.listeners:
            shared = entry.way.destinations[0].settings if entry.way.destinations else {}
            found[name] = entry.way._replace(settings={**entry.way.settings, **shared})
    return found


def in_force(manifests, name, listener="http"):
    setting = settings_by_listener(manifests)[listener].settings[name]
    return setting.value, setting.state


@pytest.mark.parametrize(
    ("rule", "policies", "name", "expected"),
    [
        ("", "", "request_timeout_seconds", (15.0, "default")),
        ("", "", "connect_timeout_seconds", (10.0, "default")),
        ("", "", "max_retries", (1024, "default")),
        ("", "", "stream_idle_timeout_seconds", (300.0, "default")),
        ("timeouts: {request: 5s}", "", "stream_idle_timeout_seconds", (3600.0, "default")),
        ("timeouts: {request: 2h}", "", "stream_idle_timeout_seconds", (7200.0, "default")),
        ("timeouts: {request: 0s}", "", "request_timeout_seconds", (None, "disabled")),
        ("timeouts: {request: 0s}", "", "stream_idle_timeout_seconds", (None, "disabled")),
        ("timeouts: {request: 10s, backendRequest: 2s}", "", "request_timeout_seconds", (2.0, "set")),
        ("timeouts: {request: 10s, backendRequest: 2s}, retry: {}", "", "request_timeout_seconds", (10.0, "set")),
        ("timeouts: {request: 10s, backendRequest: 2s}, retry: {}", "", "per_try_timeout_seconds", (2.0, "set")),
        ("retry: {codes: [500]}", "", "retry_attempts", (2, "default")),
        ("retry: {attempts: 1}", policy("p", ROUTE, "retry: {numRetries: 7}"), "retry_attempts", (1, "set")),
        ("", policy("p", ROUTE, "retry: {retryOn: {triggers: [5xx]}}"), "retry_on", (["5xx"], "set")),
        (
            "",
            policy("p", ROUTE, "retry: {retryOn: {triggers: [5xx], httpStatusCodes: [500]}}"),
            "retry_codes",
            ([500], "inert"),
        ),
        ("", policy("p", ROUTE, "circuitBreaker: {maxConnections: 4294967295}"), "max_connections", (None, "unbounded")),
        ("", policy("p", ROUTE, "circuitBreaker: {maxConnections: 0}"), "max_connections", (0, "set")),
        ("", policy("p", ROUTE, "circuitBreaker: {retryBudget: {percent: {numerator: 1, denominator: 4}}}"), "retry_budget_percent", (25.0, "set")),
        ("", policy("p", ROUTE, "healthCheck: {passive: {maxEjectionPercent: 0}}"), "outlier_max_ejection_percent", (10, "default")),
        ("", policy("p", ROUTE, "healthCheck: {passive: {}}"), "outlier_interval_seconds", (3.0, "default")),
    ],
)  # fmt: skip
def test_one_value(rule, policies, name, expected):
    assert in_force(route(rule) + policies, name) == expected


def test_the_most_specific_policy_counts_whole():
    policies = (
        policy("gateway", GATEWAY, "timeout: {http: {requestTimeout: 9s}}, circuitBreaker: {maxConnections: 9}")
        + policy("route", ROUTE, "timeout: {http: {requestTimeout: 8s}}")
        + policy("rule", RULE, "circuitBreaker: {maxConnections: 7}")
    )
    assert in_force(route("") + policies, "request_timeout_seconds") == (15.0, "default")
    assert in_force(route("") + policies, "max_connections") == (7, "set")


def test_defaults_of_the_schema_win_in_a_merge():
    policies = policy("gateway", GATEWAY, "retry: {numRetries: 5}, circuitBreaker: {maxConnections: 10}") + policy(
        "route", ROUTE, "mergeType: StrategicMerge, retry: {retryOn: {triggers: [5xx]}}, circuitBreaker: {maxParallelRequests: 30}"
    )
    assert in_force(route("") + policies, "retry_attempts") == (2, "default")
    assert in_force(route("") + policies, "max_connections") == (1024, "default")
    assert [line.reason for line in gateways(route("") + policies).inert()] == ["merged-default-wins"] * 2


def test_one_cluster_for_all_listeners_is_the_first_ones():
    policies = policy("gateway", GATEWAY, "timeout: {http: {requestTimeout: 9s}, tcp: {connectTimeout: 9s}}") + policy(
        "listener", LISTENER, "timeout: {http: {requestTimeout: 8s}, tcp: {connectTimeout: 8s}}"
    )
    found = settings_by_listener(route("") + policies)
    assert [found[name].settings["request_timeout_seconds"].value for name in ("http", "alt")] == [9.0, 8.0]
    assert [found[name].settings["connect_timeout_seconds"].value for name in ("http", "alt")] == [9.0, 9.0]


def test_the_older_of_two_policies_counts_and_the_other_is_told():
    policies = policy("a", ROUTE, "timeout: {http: {requestTimeout: 9s}}", created="2026-02-01T00:00:00Z") + policy(
        "b", ROUTE, "timeout: {http: {requestTimeout: 8s}}"
    )
    assert in_force(route("") + policies, "request_timeout_seconds") == (8.0, "set")
    assert [(line.reason, line.what) for line in gateways(route("") + policies).inert()] == [
        ("policy-conflicted", "BackendTrafficPolicy shop/a")
    ]


def test_an_invalid_policy_takes_its_route_down_and_its_parent_does_not_help():
    policies = policy("gateway", GATEWAY, "timeout: {http: {requestTimeout: 9s}}") + policy(
        "route", ROUTE, "retry: {perRetry: {backOff: {baseInterval: 0s}}}"
    )
    assert {way.answer for way in settings_by_listener(route("") + policies).values()} == {"direct"}
    assert "policy-invalid" in [line.reason for line in gateways(route("") + policies).inert()]


@pytest.mark.parametrize(
    ("backends", "answer", "results"),
    [
        ("[{name: a, port: 80}]", None, ["ok"]),
        ("[{name: gone, port: 80}]", "direct", []),
        ("[{name: a, port: 81}]", "direct", []),
        ("[{name: a, port: 80}, {name: gone, port: 80}]", None, ["ok", "no-cluster"]),
        ("[{name: b, namespace: other, port: 80}]", "direct", []),
        ("[{name: a, port: 80, weight: 0}]", "direct", []),
    ],
)
def test_bad_backends(backends, answer, results):
    way = settings_by_listener(route("", backends=backends))["http"]
    assert (way.answer, [reached.result for reached in way.destinations]) == (answer, results)


def test_a_listener_without_tls_shares_the_proxys_listener_of_its_port():
    listeners = SYSTEM.replace("port: 8080", "port: 80")
    clients = policy("c", GATEWAY, "timeout: {http: {streamIdleTimeout: 20m}}", kind="ClientTrafficPolicy") + policy(
        "d", "kind: Gateway, name: edge, sectionName: http", "timeout: {http: {streamIdleTimeout: 7s}}", kind="ClientTrafficPolicy"
    )
    model = build(kubernetes.read(read({"m.yaml": listeners + route("") + clients})), complete=True)
    found = envoy_gateway_of(model)
    assert {entry.way.settings["stream_idle_timeout_seconds"].value for entry in found.entries()} == {300.0}
    assert [line.reason for line in found.inert()] == ["policy-for-shared-port"]


def test_gateways_of_others_are_left_alone():
    other = SYSTEM.replace("gateway.envoyproxy.io/gatewayclass-controller", "istio.io/gateway-controller")
    assert envoy_gateway_of(build(kubernetes.read(read({"m.yaml": other + route("")})), complete=True)) is None


def test_a_class_that_nobody_describes_is_taken_for_envoy_gateways_beside_its_own_kinds():
    unsaid = SYSTEM.partition("---")[2]
    alone = build(kubernetes.read(read({"m.yaml": unsaid + route("")})), complete=True)
    beside = build(kubernetes.read(read({"m.yaml": unsaid + route("") + policy("p", ROUTE, "retry: {}")})), complete=True)
    assert envoy_gateway_of(alone) is None
    assert envoy_gateway_of(alone, asked=True) is not None
    assert "GatewayClass eg, which is not in the input, is Envoy Gateway's" in envoy_gateway_of(beside).assumptions()


@pytest.mark.parametrize(
    ("resource", "name", "path", "touched"),
    [
        ("cluster.v3.Cluster", "httproute/shop/r/rule/0", "/circuit_breakers/thresholds/0/max_retries", {"max_retries", "max_connections"}),
        ("cluster.v3.Cluster", "httproute/shop/r/rule/1", "/circuit_breakers/thresholds/0/max_retries", set()),
        ("route.v3.RouteConfiguration", "shop/edge/http", "/virtual_hosts/0/routes/0/route/timeout", {"request_timeout_seconds"}),
        ("listener.v3.Listener", "shop/edge/http", "/default_filter_chain/filters/0/typed_config/http_filters/0", set()),
    ],
)
def test_a_patch_makes_what_it_touches_unknown(resource, name, path, touched):
    patch = f"""
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyPatchPolicy
metadata: {{name: p, namespace: shop}}
spec:
  targetRef: {{group: gateway.networking.k8s.io, kind: Gateway, name: edge}}
  type: JSONPatch
  jsonPatches:
  - {{type: type.googleapis.com/envoy.config.{resource}, name: {name}, operation: {{op: replace, path: {path}, value: 1}}}}
"""
    way = settings_by_listener(route("") + patch)["http"]
    unknown = {each for each, setting in way.settings.items() if setting.state == "unknown"}
    assert unknown >= touched
    assert bool(unknown) == bool(touched)
