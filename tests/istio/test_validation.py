"""What Istio refuses, and what it takes. Each verdict was compared with that of an istiod 1.31.

Types and fields that exclude each other are the API server's business, by the custom resources of that version.
"""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.adapters.istio.validation import MOST_FLAWS, refusals, verdict
from checker.adapters.istio.validation.schemas import kind_schema, validator
from checker.admission import is_sound, shaped
from checker.documents import parse
from checker.location import field_name
from checker.objects import objects

NETWORKING, SECURITY = "networking.istio.io/v1", "security.istio.io/v1"
SERVER = {"port": {"number": 443, "name": "https", "protocol": "HTTPS"}, "hosts": ["*.example.com"], "tls": {"mode": "SIMPLE", "credentialName": "shop"}}
PATCH = {"operation": "MERGE", "value": {"connect_timeout": "1s"}}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "VirtualService": (NETWORKING, {
        "hosts": ["cart", "cart.example.com"], "gateways": ["shop/edge", "mesh"], "exportTo": ["."],
        "http": [{
            "match": [{"uri": {"prefix": "/v2"}, "headers": {"x-user": {"regex": "a+"}}, "sourceLabels": {"app": "web"}}],
            "route": [{"destination": {"host": "cart", "subset": "v1"}, "weight": 90}, {"destination": {"host": "cart"}, "weight": 10}],
            "timeout": "5s", "retries": {"attempts": 2, "perTryTimeout": "1s", "retryOn": "5xx,reset,503"}, "mirror": {"host": "copy"},
            "fault": {"delay": {"fixedDelay": "1s", "percentage": {"value": 0.1}}, "abort": {"httpStatus": 503}},
            "headers": {"request": {"set": {"x-a": "%HOSTNAME%"}}}, "rewrite": {"uri": "/"}, "corsPolicy": {"allowMethods": ["GET"], "maxAge": "24h"},
        }],
        "tls": [{"match": [{"sniHosts": ["cart.example.com"]}], "route": [{"destination": {"host": "cart"}}]}],
        "tcp": [{"match": [{"port": 3306, "destinationSubnets": ["10.0.0.0/8"]}], "route": [{"destination": {"host": "db", "port": {"number": 3306}}}]}],
    }),
    "DestinationRule": (NETWORKING, {
        "host": "cart",
        "trafficPolicy": {
            "connectionPool": {"tcp": {"maxConnections": 0, "connectTimeout": "1s", "idleTimeout": "0s"}, "http": {"http2MaxRequests": 10}},
            "outlierDetection": {"consecutive5xxErrors": 5, "interval": "10s", "baseEjectionTime": "30s", "maxEjectionPercent": 50},
            "loadBalancer": {"simple": "LEAST_REQUEST", "localityLbSetting": {"failover": [{"from": "a", "to": "b"}]}},
            "portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL"}}],
        },
        "subsets": [{"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"loadBalancer": {"consistentHash": {"useSourceIp": True}}}}],
    }),
    "Gateway": (NETWORKING, {"selector": {"istio": "ingressgateway"}, "servers": [SERVER]}),
    "ServiceEntry": (NETWORKING, {
        "hosts": ["api.example.com"], "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}], "resolution": "DNS", "location": "MESH_EXTERNAL",
    }),
    "Sidecar": (NETWORKING, {
        "workloadSelector": {"labels": {"app": "web"}},
        "ingress": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "defaultEndpoint": "127.0.0.1:8080"}],
        "egress": [{"port": {"number": 9080, "protocol": "HTTP"}, "hosts": ["./*"]}, {"hosts": ["istio-system/*", "*/cart.shop.svc.cluster.local"]}],
    }),
    "WorkloadEntry": (NETWORKING, {"address": "10.0.0.1", "ports": {"http": 8080}, "labels": {"app": "old"}}),
    "WorkloadGroup": (NETWORKING, {"template": {"serviceAccount": "old"}, "probe": {"httpGet": {"port": 8080}, "periodSeconds": 5}}),
    "ProxyConfig": ("networking.istio.io/v1beta1", {"concurrency": 2}),
    "EnvoyFilter": ("networking.istio.io/v1alpha3", {"configPatches": [{"applyTo": "CLUSTER", "match": {"cluster": {"service": "a"}}, "patch": PATCH}]}),
    "PeerAuthentication": (SECURITY, {"selector": {"matchLabels": {"app": "web"}}, "portLevelMtls": {"8080": {"mode": "DISABLE"}}}),
    "RequestAuthentication": (SECURITY, {"jwtRules": [{"issuer": "me", "jwksUri": "https://example.com/keys", "timeout": "5s"}]}),
    "AuthorizationPolicy": (SECURITY, {
        "action": "DENY",
        "rules": [{
            "from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}], "to": [{"operation": {"ports": ["80"]}}],
            "when": [{"key": "source.namespace", "values": ["a"]}],
        }],
    }),
    "Telemetry": ("telemetry.istio.io/v1", {"tracing": [{"providers": [{"name": "zipkin"}], "randomSamplingPercentage": 10}]}),
}  # fmt: skip
VS, DR, SE, AP = "VirtualService", "DestinationRule", "ServiceEntry", "AuthorizationPolicy"
POOL, EJECTION, BALANCER = "trafficPolicy.connectionPool", "trafficPolicy.outlierDetection", "trafficPolicy.loadBalancer"
ABSENT = "(absent)"


def made(kind: str, path: str = "", value: Any = None):
    """The sound object of a kind, with one value of its spec put in."""
    version, spec = KINDS[kind]
    data = {"apiVersion": version, "kind": kind, "metadata": {"name": "it", "namespace": "shop"}, "spec": copy.deepcopy(spec)}
    steps = path.split(".") if path else []
    node: Any = data["spec"]
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if value == ABSENT:
        del node[steps[-1]]
    elif isinstance(node, list):
        node[int(steps[-1])] = value
    elif steps:
        node[steps[-1]] = value
    return read(data)


def read(data: dict[str, Any]):
    (item,) = objects(parse("it.json", json.dumps(data).encode()).documents[0]).objects
    return item


@pytest.mark.parametrize("kind", KINDS)
def test_sound_objects_are_taken_as_they_are(kind):
    item = made(kind)
    assert refusals(item) == []
    assert is_sound(item)
    assert shaped([item]) == ([item], [])


REFUSED = [
    (VS, "http.0.timeout", "0s", "http[0].timeout", "at least 1ms"),
    (VS, "http.0.timeout", "0.5ms", "http[0].timeout", "at least 1ms"),
    (VS, "http.0.timeout", "-5s", "http[0].timeout", "at least 1ms"),
    (VS, "http.0.timeout", "1500us", "http[0].timeout", "whole milliseconds"),
    (VS, "http.0.timeout", "5", "http[0].timeout", "with a unit"),
    (VS, "http.0.timeout", 5, "http[0].timeout", "text is required"),
    (VS, "http.0.retries.attempts", -1, "http[0].retries.attempts", "at least 0"),
    (VS, "http.0.retries.attempts", 0, "http[0].retries.attempts", "switches retries off, but perTryTimeout is set"),
    (VS, "http.0.retries.attempts", ABSENT, "http[0].retries.attempts", "is missing (which means 0)"),
    (VS, "http.0.retries.attempts", "3", "http[0].retries.attempts", "a whole number is required"),
    (VS, "http.0.retries.perTryTimeout", "0s", "http[0].retries.perTryTimeout", "at least 1ms"),
    (VS, "http.0.retries.backoff", "0s", "http[0].retries.backoff", "at least 1ms"),
    (VS, "http.0.retries.retryOn", "5xx, reset", "http[0].retries.retryOn", "blank beside a comma"),
    (VS, "http.0.retries.retryOn", "5xx,", "http[0].retries.retryOn", "empty condition"),
    (VS, "http.0.retries.retryOn", "5xxx", "http[0].retries.retryOn", "does not know"),
    (VS, "http.0.retries.retryOn", "599", "http[0].retries.retryOn", "does not know"),
    (VS, "http.0.fault", {}, "http[0].fault", "no delay and no abort"),
    (VS, "http.0.fault.delay.fixedDelay", "0s", "http[0].fault.delay.fixedDelay", "at least 1ms"),
    (VS, "http.0.fault.delay", {"exponentialDelay": "1s"}, "http[0].fault.delay.exponentialDelay", "cannot do that"),
    (VS, "http.0.fault.delay.percentage.value", 0.00001, "http[0].fault.delay.percentage.value", "from 0.0001 to 100"),
    (VS, "http.0.fault.abort.httpStatus", 100, "http[0].fault.abort.httpStatus", "from 200 to 599"),
    (VS, "http.0.fault.abort", {"grpcStatus": "nope"}, "http[0].fault.abort.grpcStatus", "no status of gRPC"),
    (VS, "http.0.mirrorPercentage", {"value": 101}, "http[0].mirrorPercentage.value", "from 0 to 100"),
    (VS, "http.0.mirrors", [{"destination": {"host": "b"}}], "http[0].mirror", "beside mirrors"),
    (VS, "http.0.route", [], "http[0]", "no route, redirect or directResponse"),
    (VS, "http.0.route.0.weight", -1, "http[0].route[0].weight", "at least 0"),
    (VS, "http.0.route", [{"destination": {"host": "a"}}, {"destination": {"host": "b"}}], "http[0].route", "add up to 0"),
    (VS, "http.0.route.0.destination", ABSENT, "http[0].route[0].destination", "is missing"),
    (VS, "http.0.route.0.destination.host", "*", "http[0].route[0].destination.host", "the host of a service"),
    (VS, "http.0.route.0.destination.subset", "v_1", "http[0].route[0].destination.subset", "letters, digits"),
    (VS, "http.0.route.0.destination.port", {"number": 65536}, "http[0].route[0].destination.port.number", "from 1 to 65535"),
    (VS, "http.0.redirect", {"uri": "/x"}, "http[0].route", "beside redirect"),
    (VS, "http.0.directResponse", {"status": 200}, "http[0].route", "beside directResponse"),
    (VS, "http.0.delegate", {"name": "other"}, "http[0].route", "beside delegate"),
    (VS, "http.0.rewrite", {}, "http[0].rewrite", "nothing of what to rewrite"),
    (VS, "http.0.match.0.headers", {"x-user": {"regex": "(?!a)"}}, "http[0].match[0].headers.x-user.regex", "which RE2 cannot"),
    (VS, "http.0.match.0.headers", {"x-user": {"prefix": ""}}, "http[0].match[0].headers.x-user.prefix", "is empty"),
    (VS, "http.0.match.0.uri", {"exact": "/a", "prefix": "/b"}, "http[0].match[0].uri.prefix", "only one of them"),
    (VS, "http.0.headers.request.set.x-a", "5%", "http[0].headers.request.set.x-a", "percent sign"),
    (VS, "http.0.headers.request.set.x-a", '%A%%"("', "http[0].headers.request.set.x-a", "percent sign"),
    (VS, "http.0.headers", {"request": {"remove": ["host"]}}, "http[0].headers.request.remove[0]", "cannot be changed"),
    (VS, "http.0.corsPolicy.maxAge", "1500ms", "http[0].corsPolicy.maxAge", "whole seconds"),
    (VS, "http.0.corsPolicy.allowMethods", ["get"], "http[0].corsPolicy.allowMethods[0]", "no method of HTTP"),
    (VS, "hosts", ["*"], "hosts[0]", "without gateway"),
    (VS, "hosts", ["a_b"], "hosts[0]", "a_b"),
    (VS, "hosts", ["cart.example.com", "*.example.com"], "hosts[1]", "overlaps"),
    (VS, "hosts", [], "gateways", "there are no hosts"),
    (VS, "gateways", ["shop/edge.1"], "gateways[0]", "a namespace and a name"),
    (VS, "exportTo", ["*", "web"], "exportTo", "beside other entries"),
    (VS, "exportTo", [".", "shop"], "exportTo[1]", "there already"),
    (VS, "tls.0.match.0.sniHosts", ["other.example.com"], "tls[0].match[0].sniHosts[0]", "none of spec.hosts"),
    (VS, "tcp.0.match.0.destinationSubnets", ["10.0.0.0/33"], "tcp[0].match[0].destinationSubnets[0]", "an address or a block"),
    (DR, "host", ABSENT, "host", "is missing"),
    (DR, "host", "", "host", "is empty"),
    (DR, "host", "cart:80", "host", "cart:80"),
    (DR, "trafficPolicy", {}, "trafficPolicy", "at least one setting"),
    (DR, "trafficPolicy", {"connectionPools": {}}, "trafficPolicy", "at least one setting"),
    (DR, "subsets.0.trafficPolicy", {}, "subsets[0].trafficPolicy", "at least one setting"),
    (DR, "subsets.0.name", "", "subsets[0].name", "is empty"),
    (DR, "subsets.0.labels", {"version": "v 1"}, "subsets[0].labels.version", "no label can be"),
    (DR, "subsets", [{"name": "v1"}, {"name": "v1"}], "subsets[1].name", "another subset"),
    (DR, POOL, {}, POOL, "limits for http or tcp"),
    (DR, f"{POOL}.tcp.maxConnections", -1, f"{POOL}.tcp.maxConnections", "at least 0"),
    (DR, f"{POOL}.tcp.connectTimeout", "0s", f"{POOL}.tcp.connectTimeout", "at least 1ms"),
    (DR, f"{POOL}.tcp.maxConnectionDuration", "100us", f"{POOL}.tcp.maxConnectionDuration", "at least 1ms"),
    (DR, f"{POOL}.tcp.tcpKeepalive", {"time": "0s"}, f"{POOL}.tcp.tcpKeepalive.time", "at least 1ms"),
    (DR, f"{POOL}.http.idleTimeout", "0s", f"{POOL}.http.idleTimeout", "at least 1ms"),
    (DR, f"{POOL}.http.http2MaxRequests", -1, f"{POOL}.http.http2MaxRequests", "at least 0"),
    (DR, f"{POOL}.http", {"h2UpgradePolicy": "UPGRADE", "useClientProtocol": True}, f"{POOL}.http.useClientProtocol", "h2UpgradePolicy is UPGRADE"),
    (DR, f"{POOL}.http", {"http2KeepAlive": {"interval": "1s"}}, f"{POOL}.http.http2KeepAlive.timeout", "is missing"),
    (DR, f"{POOL}.http", {"h2UpgradePolicy": "upgrade"}, f"{POOL}.http.h2UpgradePolicy", "UPGRADE is required"),
    (DR, f"{EJECTION}.interval", "0s", f"{EJECTION}.interval", "at least 1ms"),
    (DR, f"{EJECTION}.maxEjectionPercent", 101, f"{EJECTION}.maxEjectionPercent", "from 0 to 100"),
    (DR, f"{EJECTION}.minHealthPercent", -1, f"{EJECTION}.minHealthPercent", "from 0 to 100"),
    (DR, f"{EJECTION}.consecutiveLocalOriginFailures", 5, f"{EJECTION}.consecutiveLocalOriginFailures", "splitExternalLocalOriginErrors"),
    (DR, "trafficPolicy.portLevelSettings", [{"tls": {"mode": "DISABLE"}}], "trafficPolicy.portLevelSettings[0].port", "is missing"),
    (DR, "trafficPolicy.portLevelSettings", [{"port": {"number": 80}}], "trafficPolicy.portLevelSettings[0]", "at least one"),
    (DR, BALANCER, {"simple": "RANDOM", "consistentHash": {"useSourceIp": True}}, f"{BALANCER}.consistentHash", "only one of them"),
    (DR, BALANCER, {"warmup": {"duration": "0s"}}, f"{BALANCER}.warmup.duration", "at least 1ms"),
    (DR, BALANCER, {"localityLbSetting": {"failover": [{"from": "a", "to": "a"}]}}, f"{BALANCER}.localityLbSetting.failover[0].to", "as from is"),
    (DR, BALANCER, {"localityLbSetting": {"distribute": [{"from": "a", "to": {"b": 90}}]}}, f"{BALANCER}.localityLbSetting.distribute[0].to", "add up to 90"),
    (DR, BALANCER, {"consistentHash": {"maglev": {"tableSize": 100}}}, f"{BALANCER}.consistentHash.maglev.tableSize", "prime"),
    (DR, "trafficPolicy.tls", {"mode": "MUTUAL", "privateKey": "/key"}, "trafficPolicy.tls.clientCertificate", "is missing"),
    (DR, "exportTo", ["a b"], "exportTo[0]", "name of a namespace"),
    (DR, "workloadSelector", {"matchLabels": {"app": "*"}}, "workloadSelector.matchLabels.app", "no asterisk"),
    ("Gateway", "servers", [], "servers", "at least one server"),
    ("Gateway", "servers.0.tls", ABSENT, "servers[0].tls", "needs TLS settings"),
    ("Gateway", "servers.0.port.protocol", "HTTP", "servers[0].tls", "the protocol of the port is HTTP"),
    ("Gateway", "servers.0.port.protocol", "HTTPX", "servers[0].port.protocol", "no protocol that Istio knows"),
    ("Gateway", "servers.0.port.number", 0, "servers[0].port.number", "from 1 to 65535"),
    ("Gateway", "servers.0.hosts", ["shop"], "servers[0].hosts[0]", "short name"),
    ("Gateway", "servers.0.tls", {"mode": "SIMPLE"}, "servers[0].tls.serverCertificate", "is missing"),
    ("Gateway", "servers", [SERVER, SERVER], "servers[1].port.name", "names must differ"),
    (SE, "hosts", ["*"], "hosts[0]", "name of a host"),
    (SE, "hosts", ["*.example.com"], "hosts[0]", "DNS is to be asked"),
    (SE, "addresses", ["10.0.0.0/8"], "addresses[0]", "resolution NONE or STATIC"),
    (SE, "ports.0.number", 0, "ports[0].number", "from 1 to 65535"),
    (SE, "ports.0.protocol", "tpc", "ports[0].protocol", "no protocol that Istio knows"),
    (SE, "ports", [{"number": 80, "name": "a"}, {"number": 80, "name": "b"}], "ports[1].number", "another port"),
    (SE, "ports", [{"number": 80, "name": "a"}, {"number": 81, "name": "a"}], "ports[1].name", "names must differ"),
    (SE, "resolution", "dns", "resolution", "DYNAMIC_DNS is required"),
    (SE, "endpoints", [{"address": "10.0.0.1", "ports": {"http": 80}}], "endpoints[0].ports.http", "does not have"),
    ("Sidecar", "egress.1.hosts", ["cart.shop.svc.cluster.local"], "egress[1].hosts[0]", "namespace/host is required"),
    ("Sidecar", "egress.1.hosts", ["shop/cart"], "egress[1].hosts[0]", "short name"),
    ("Sidecar", "egress.1.hosts", [], "egress[1].hosts", "is empty"),
    ("Sidecar", "egress", [{"hosts": ["./*"]}, {"hosts": ["./*"]}], "egress[0]", "only the last may go without"),
    ("Sidecar", "egress.1.port", {"number": 9080, "protocol": "HTTP"}, "egress[1].port.number", "another listener"),
    ("Sidecar", "ingress.0.defaultEndpoint", "10.0.0.1:80", "ingress[0].defaultEndpoint", "of the pod itself"),
    ("Sidecar", "inboundConnectionPool", {}, "inboundConnectionPool", "limits for http or tcp"),
    ("Sidecar", "outboundTrafficPolicy", {"mode": "ALLOW"}, "outboundTrafficPolicy.mode", "ALLOW_ANY is required"),
    ("WorkloadEntry", "address", ABSENT, "address", "is missing"),
    ("WorkloadEntry", "address", "a b", "address", "an address or a host name"),
    ("WorkloadGroup", "probe", {"grpc": {"port": 80}}, "probe", "no httpGet"),
    ("ProxyConfig", "concurrency", -1, "concurrency", "at least 0"),
    ("EnvoyFilter", "configPatches.0.applyTo", "HTTP_FILTER", "configPatches[0].match.cluster", "matched by listener"),
    ("EnvoyFilter", "configPatches.0.patch", {"operation": "MERGE"}, "configPatches[0].patch.value", "is missing"),
    ("EnvoyFilter", "configPatches.0.patch.value", {"connect_timeout": 1}, "configPatches[0].patch.value.connect_timeout", "a duration"),
    ("EnvoyFilter", "configPatches.0.patch.value", {"outlierDetection": {"consecutive5xx": -1}},
     "configPatches[0].patch.value.outlierDetection.consecutive5xx", "a whole number"),
    ("EnvoyFilter", "configPatches.0.patch.value", {"circuit_breakers": {"thresholds": {"max_retries": 1}}},
     "configPatches[0].patch.value.circuit_breakers.thresholds", "a list"),
    ("PeerAuthentication", "selector", ABSENT, "portLevelMtls", "without a selector"),
    ("PeerAuthentication", "portLevelMtls", {"http": {"mode": "STRICT"}}, "portLevelMtls.http", "is no port"),
    ("RequestAuthentication", "jwtRules.0.jwksUri", "example.com/keys", "jwtRules[0].jwksUri", "http or https"),
    ("RequestAuthentication", "jwtRules.0.timeout", "0s", "jwtRules[0].timeout", "at least 1ms"),
    (AP, "rules", ABSENT, "rules", "would never apply"),
    (AP, "rules.0.from.0.source.ipBlocks", ["10.0.0.300"], "rules[0].from[0].source.ipBlocks[0]", "an address or a block"),
    (AP, "rules.0.to.0.operation.ports", ["http"], "rules[0].to[0].operation.ports[0]", "a port is required"),
    (AP, "rules.0.when.0.key", "source.name", "rules[0].when[0].key", "no attribute"),
    ("Telemetry", "tracing.0.randomSamplingPercentage", 101, "tracing[0].randomSamplingPercentage", "from 0 to 100"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value", "field", "words"), REFUSED)
def test_what_istio_refuses(kind, path, value, field, words):
    item = made(kind, path, value)
    flaw = next(flaw for flaw in refusals(item) if field_name(flaw.path) == f"spec.{field}")
    assert words in flaw.message
    assert flaw.message.endswith("refuses this object")
    assert flaw.fix
    sound, problems = shaped([item])
    assert sound == []
    assert all(problem.message.startswith(f"{kind} shop/it: ") for problem in problems)


TAKEN = [
    (VS, "http.0.timeout", "1h30m"),
    (VS, "http.0.timeout", "2400h0m0.001s"),
    (VS, "http.0.timeout", "1.5ms1500us"),
    (VS, "http.0.retries", {"attempts": 0}),
    (VS, "http.0.retries", {}),
    (VS, "http.0.retries.retryOn", "gateway-error,retriable-status-codes,429"),
    (VS, "http.0.route.0.weight", 7),
    (VS, "http.0.fault.abort.httpStatus", 600),
    (VS, "http.0.match.0.withoutHeaders", {"x-a": {"regex": "*"}}),
    (VS, "http.0.match.0.uri", {"regex": "/[[:alpha:]]+(?i)x\\.[(]"}),
    (VS, "http.0.match.0.uri", {"prefix": ""}),
    (VS, "http.0.headers.request.set.x-a", '100%% %REQ(x)% %A(["b", "c"])%'),
    (VS, "hosts", ["10.0.0.1", "cart.example.com", "other.example.com."]),
    (VS, "gateways", []),
    (VS, "hosts", ["cart.example.com", "Cart"]),
    (DR, "host", "*"),
    (DR, "host", "*-api.example.com"),
    (DR, f"{POOL}.http.http2MaxRequests", 0),
    (DR, f"{POOL}.tcp.idleTimeout", "0s"),
    (DR, EJECTION, {}),
    (DR, f"{EJECTION}.consecutiveErrors", 5),
    (DR, "subsets.0.labels", ABSENT),
    (DR, "trafficPolicy.retryBudget", {}),
    ("Gateway", "servers.0.hosts", ["10.0.0.1", "./*", "shop/a.b"]),
    (SE, "endpoints", [{"address": "10.0.0.1", "ports": {"tls": 80}}]),
    (SE, "exportTo", ["~"]),
    ("Sidecar", "egress.1.hosts", ["~/*", "*/*"]),
    (AP, "rules.0.from.0", {"source": {"principals": ["*"]}}),
]


@pytest.mark.parametrize(("kind", "path", "value"), TAKEN)
def test_what_istio_takes(kind, path, value):
    assert refusals(made(kind, path, value)) == []


@pytest.mark.parametrize(("kind", "path", "key", "hint"), [
    (VS, "http.0", "timeouts", "did you mean `timeout`?"),
    (VS, "http.0.retries", "per_try_timeout", "did you mean `perTryTimeout`?"),
    (DR, "trafficPolicy", "outlierDetections", "did you mean `outlierDetection`?"),
    (DR, EJECTION, "consecutive5XXErrors", "did you mean `consecutive5xxErrors`?"),
    (DR, "subsets.0", "zzz", "remove it; the fields are labels, name, trafficPolicy"),
])  # fmt: skip
def test_a_field_that_does_not_exist_is_told_and_the_object_stays(kind, path, key, hint):
    item = made(kind, f"{path}.{key}", "1s")
    assert refusals(item) == []
    assert not is_sound(item)
    sound, (problem,) = shaped([item])
    assert [each.name for each in sound] == ["it"]
    assert f"{key!r} is no field of spec" in problem.message
    assert problem.fix == hint


def test_what_istio_takes_or_refuses_by_chance_is_taken():
    """Go walks the map in any order: the wide before the narrow is an overlap, the narrow before the wide is none."""
    shares = {"localityLbSetting": {"distribute": [{"from": "a", "to": {"a/*": 50, "a/b/*": 50}}]}}
    assert refusals(made(DR, BALANCER, shares)) == []


def test_null_is_as_good_as_absent():
    item = made(VS, "http.0.timeout", None)
    assert refusals(item) == []
    (kept,), problems = shaped([item])
    assert problems == []
    assert "timeout" not in kept.data["spec"]["http"][0]
    assert refusals(made(VS, "http.0", None))


def test_the_place_is_the_line_itself():
    text = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: shop}\nspec:\n  host: cart\n  trafficPolicy:\n    connectionPool:\n      tcp:\n        connectTimeout: 0s\n"
    (item,) = objects(parse("cart.yaml", text.encode()).documents[0]).objects
    _, (problem,) = shaped([item])
    assert str(problem) == (
        "cart.yaml:9:9: DestinationRule shop/cart: spec.trafficPolicy.connectionPool.tcp.connectTimeout is 0s; "
        "a duration of at least 1ms is required, so Istio refuses this object"
    )
    assert problem.fix == "remove the line, or write a duration of at least 1ms, such as 5s"


def test_other_kinds_are_none_of_istios():
    gateway = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "it"}, "spec": {"servers": []}}
    assert verdict(read(gateway)) is None
    assert verdict(read({**gateway, "apiVersion": "networking.istio.io/v1", "kind": "Nothing"})) is None


def test_ten_flaws_are_enough():
    assert len(refusals(made(VS, "http", [{"timeout": "0s"}] * 50))) == MOST_FLAWS


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_shape_of_an_object_ends_the_run(kind, data):
    """Any value anywhere: told or taken; what the fast validator refuses has a flaw, a field without effect, or a null."""
    version, spec = KINDS[kind]
    paths = list(_paths(spec))
    path = data.draw(st.sampled_from(paths))
    value = data.draw(st.sampled_from([None, True, 5, -1, 2.5, "", "x", [], {}, [None], {"x": None}, {"x": 1}, ["a", 5], 10**30]))
    item = made(kind, ".".join(map(str, path)), value)
    found = verdict(item)
    fast = validator(version.partition("/")[0], kind)
    assert fast(item.data) or found.refusals or found.unknown_fields or "null" in json.dumps(item.data)
    sound, problems = shaped([item])
    assert bool(problems) == bool(found.refusals or found.unknown_fields)
    assert is_sound(item) == (sound == [item] and not problems)


def _paths(value: Any, path=()):
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(item, (*path, key))


def test_every_kind_with_a_schema_is_known_in_each_of_its_groups():
    for kind, (version, _) in KINDS.items():
        assert kind_schema(version.partition("/")[0], kind)
