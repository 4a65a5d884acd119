"""What the API server refuses of Gateway API and Envoy Gateway: by its schemas, its lists and its rules.

Each verdict was compared with that of the API server's own code (k8s.io/apiextensions-apiserver 0.36.3).
"""

import json

import pytest

from checker.adapters.kubernetes.custom.node import node_of
from checker.adapters.kubernetes.custom.table import all_kinds, custom_rules
from checker.admission import is_sound, shaped
from checker.cel import _of_rules
from checker.reading import begin_reading
from checker.validators import accepts
from tests.systems import SHARED, read

GATEWAY = SHARED / "corpus" / "gateway"
INVALID = GATEWAY / "gateway-api" / "hack" / "invalid-examples"
RECORDED = SHARED / "oracle" / "envoy-gateway"
# Not filled in, or of unit tests that no API server has seen.
REFUSED_ELSEWHERE = {"gateway-static-addresses", "gatewayclass-observed-generation-bump", "backend-tls-policy", "listenerset-empty-listeners"}

HEADER = "apiVersion: {}\nkind: {}\nmetadata: {{name: it, namespace: shop}}\n"
API, OWN = "gateway.networking.k8s.io/v1", "gateway.envoyproxy.io/v1alpha1"


def _problems(api_version, kind, spec):
    """Problems, and whether the object is taken."""
    (item,) = read({"it.yaml": HEADER.format(api_version, kind) + "spec:\n" + spec})
    taken, problems = shaped([item])
    assert is_sound(item) == (not problems and taken == [item])
    return problems, bool(taken)


ROUTE = "  rules:\n  - backendRefs: [{name: a, port: 80}]\n"
BUFFER = "  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: a}]\n"
REFUSED = [
    # types, words, patterns, limits, what is missing
    (API, "HTTPRoute", "  hostnames: shop\n" + ROUTE, 5, "spec.hostnames is the text 'shop'; a list is required"),
    (API, "HTTPRoute", "  hostnames:\n  - Shop.example.com\n" + ROUTE, 6, "a host name such as shop.example.com"),
    (API, "HTTPRoute", "  rules:\n  - timeouts:\n      request: 1d\n", 7, "a duration such as 500ms"),
    (API, "HTTPRoute", "  rules:\n  - backendRefs:\n    - {port: 80}\n", 7, "name is missing"),
    (API, "HTTPRoute", "  rules:\n  - matches:\n    - method: Get\n", 7, "GET, HEAD, POST"),
    (API, "Gateway", "  gatewayClassName: a\n  listeners: []\n", 6, "at least 1 item "),
    (API, "Gateway", "  gatewayClassName: a\n  listeners:\n  - {name: a, protocol: HTTP, port: 0}\n", 7, "a whole number from 1 to 65535"),
    (API, "Gateway", "  listeners:\n  - {name: a, protocol: HTTP, port: 80}\n", 4, "spec.gatewayClassName is missing"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  timeout:\n    tcp:\n      connectTimeout: ten\n", 8, "a duration such as"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  retry:\n    numRetries: -1\n", 7, "whole number of at least 0"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  retry:\n    numRetries: 2147483648\n", 7, "whole number of at most 2147483647"),
    # lists that are maps, and sets
    (API, "Gateway", "  gatewayClassName: a\n  listeners:\n  - {name: a, protocol: HTTP, port: 80}\n  - {name: a, protocol: HTTP, port: 81}\n", 8, "has the name of item 0 of the list ('a')"),
    (API, "HTTPRoute", "  rules:\n  - filters:\n    - type: RequestHeaderModifier\n      requestHeaderModifier:\n        remove:\n        - a\n        - a\n", 11, "is the same as item 0 of the list ('a')"),
    # rules
    (API, "HTTPRoute", "  rules:\n  - backendRefs:\n    - name: a\n", 7, "is the Service a without a port"),
    (API, "HTTPRoute", "  rules:\n  - timeouts:\n      request: 1s\n      backendRequest: 2s\n", 8, "is 2s, longer than request (1s)"),
    (API, "HTTPRoute", "  rules:\n  - matches:\n    - path:\n        value: shop\n", 8, "does not begin with '/'"),
    (API, "HTTPRoute", "  rules:\n  - matches:\n    - path:\n        value: /a//b\n", 8, "contains '//'"),
    (API, "HTTPRoute", "  rules:\n  - filters:\n    - type: URLRewrite\n", 7, "is URLRewrite, but urlRewrite is missing"),
    (API, "HTTPRoute", "  rules:\n  - filters:\n    - type: CORS\n      cors: {}\n      urlRewrite: {}\n", 9, "is set, but type is CORS"),
    (API, "Gateway", "  gatewayClassName: a\n  addresses:\n  - value: shop.example.com\n  listeners: [{name: a, protocol: HTTP, port: 80}]\n", 7, "no IP address"),
    (API, "TLSRoute", "  hostnames: [10.0.0.1]\n" + ROUTE, 5, "an IP address; host names alone"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  loadBalancer:\n    type: ConsistentHash\n", 7, "is ConsistentHash, but consistentHash is missing"),
    (OWN, "BackendTrafficPolicy", "  targetRefs:\n  - {group: gateway.networking.k8s.io, kind: Service, name: a}\n", 6, "'HTTPRoute' or"),
    (API, "Gateway", "  gatewayClassName: a\n  listeners:\n  - {name: a, protocol: HTTP, port: 80}\n  - {name: b, protocol: HTTP, port: 80}\n", 8, "has the same port and protocol as item 0"),
    (API, "Gateway", "  gatewayClassName: a\n  listeners:\n  - name: a\n    protocol: HTTPS\n    port: 443\n    tls: {}\n", 10, "without a certificate"),
    (API, "HTTPRoute", "  parentRefs:\n  - {name: a}\n  - {name: a}\n" + ROUTE, 7, "has the same group, kind and name as item 0"),
    (API, "HTTPRoute", "  parentRefs:\n  - {name: a}\n  - {name: a, sectionName: b}\n" + ROUTE, 7, "must name its own sectionName"),
    (OWN, "BackendTrafficPolicy", "  retry: {}\n", 4, "spec has neither targetRef nor targetRefs nor targetSelectors"),
    (OWN, "SecurityPolicy", BUFFER + "  extAuth:\n    failOpen: true\n", 6, "neither grpc nor http"),
]  # fmt: skip


@pytest.mark.parametrize(("api_version", "kind", "spec", "line", "message"), REFUSED)
def test_what_the_api_server_refuses_is_told_at_its_field(api_version, kind, spec, line, message):
    (problem, *_), taken = _problems(api_version, kind, spec)
    assert message in problem.message
    assert problem.message.endswith("so the API server refuses this object")
    assert problem.line == line
    assert problem.column
    assert problem.fix
    assert not taken


TAKEN = [
    (API, "Gateway", "  gatewayClassName: a\n  listeners: [{name: a, protocol: TLS, port: 443}]\n"),  # refused from Gateway API 1.5 on
    (API, "HTTPRoute", "  rules: [{name: a}, {name: a}]\n"),  # a rule of the experimental channel
    (API, "HTTPRoute", ROUTE),
    (API, "HTTPRoute", "  rules:\n  - timeouts: {request: 0s, backendRequest: 2s}\n"),
    (API, "HTTPRoute", "  rules:\n  - backendRefs: [{group: example.com, kind: Bucket, name: a}]\n"),
    (API, "HTTPRoute", "  rules:\n  - name: of-the-experimental-channel\n    retry: {attempts: 1}\n"),
    (API, "HTTPRoute", "  rules:\n  - filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: A, value: 'two  blanks'}]}}]\n"),
    (API, "Gateway", "  gatewayClassName: a\n  addresses: [{value: '::1'}]\n  listeners: [{name: a, protocol: HTTP, port: 80}]\n"),
    (API, "HTTPRoute", "  rules:\n  - retry: {attempts: 0, codes: [503, 503]}\n"),  # refused by Gateway API 1.6, but by none before
    (API, "HTTPRoute", "  rules:\n  - sessionPersistence: {idleTimeout: 1h}\n"),  # a field that Gateway API had until 1.5
    ("gateway.networking.k8s.io/v9", "HTTPRoute", "  rules: none\n"),
    ("gateway.networking.k8s.io/v1alpha2", "HTTPRoute", "  rules: none\n"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  connection: {bufferLimit: 32Ki}\n"),
    (OWN, "BackendTrafficPolicy", BUFFER + "  connection: {bufferLimit: 32768}\n"),
    (OWN, "EnvoyProxy", "  bootstrap: {type: JSONPatch, jsonPatches: [{op: add, path: /a, value: {anything: [1, null]}}]}\n"),
]


@pytest.mark.parametrize(("api_version", "kind", "spec"), TAKEN)
def test_what_it_takes_is_left_alone(api_version, kind, spec):
    assert _problems(api_version, kind, spec) == ([], True)


def test_a_long_text_that_almost_fits_takes_no_time():
    (problem, *_), _ = _problems(OWN, "BackendTrafficPolicy", BUFFER + f"  connection: {{bufferLimit: '{'1' * 30000}!'}}\n")
    assert "bufferLimit" in problem.message


def test_a_number_where_a_duration_belongs_gets_a_unit():
    (problem,), _ = _problems(API, "HTTPRoute", "  rules:\n  - timeouts:\n      request: 10\n")
    assert problem.fix == "write it with a unit, such as 10s"


def test_an_unknown_field_is_told_and_the_object_is_there_all_the_same():
    (problem,), taken = _problems(API, "HTTPRoute", "  rules:\n  - backendRef: []\n")
    assert problem.message.endswith("'backendRef' is no field of spec.rules[0] in Gateway API 1.6, so it is dropped and does nothing")
    assert problem.fix == "did you mean `backendRefs`?"
    assert problem.line == 6
    assert taken


def test_null_is_as_good_as_absent():
    (item,) = read({"it.yaml": HEADER.format(API, "HTTPRoute") + "spec:\n  hostnames:\n" + ROUTE})
    (taken,), problems = shaped([item])
    assert problems == []
    assert "hostnames" not in taken.data["spec"]
    assert set(taken.data["spec"]["rules"][0]) == {"backendRefs"}  # without the defaults, which nobody wrote


def test_every_schema_and_every_rule_can_be_used():
    unusable = set()
    for api_version, kind in all_kinds():
        found = custom_rules(api_version, kind)
        accepts(found.standalone())
        node_of(found.definitions, found.schema)
        for text in _rules(found.standalone()):
            try:
                _of_rules().compile(text)
            except RuntimeError:
                unusable.add(text)
    assert unusable == {"size(self) == 0 || format.dns1123Label().validate(self) == null"}


def _rules(schema):
    if isinstance(schema, dict):
        yield from schema.get("rules", ()) if isinstance(schema.get("rules"), list) else ()
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _rules(inner)


@pytest.mark.skipif(not INVALID.exists(), reason="the examples are not beside the project")
def test_each_invalid_example_is_told():
    files = sorted(INVALID.rglob("*.yaml"))
    assert len(files) > 30
    for file in files:
        found = begin_reading([str(file)], 1)()
        assert found.objects == []
        assert all(error.line and error.column and "the API server refuses" in error.message for error in found.inputs.errors), file
        assert found.inputs.errors, file
        assert found.unseen.places


@pytest.mark.skipif(not GATEWAY.exists(), reason="the examples are not beside the project")
def test_no_valid_example_is_told():
    told = {file.stem for file in sorted(GATEWAY.rglob("*.yaml")) if INVALID not in file.parents and _refused(file)}
    assert told == REFUSED_ELSEWHERE


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not beside the project")
def test_a_real_envoy_gateway_refuses_the_same():
    for file in sorted(RECORDED.glob("*/input.yaml")):
        error = json.loads((file.parent / "expected.json").read_text())["error"]
        assert _refused(file) == ("local validation error" in (error or "")), file


def _refused(file):
    """Whether any of its objects is, but Ingresses, of which some are of old versions."""
    problems = begin_reading([str(file)], 1)().inputs.errors
    return any("so the API server refuses" in problem.message and not problem.message.startswith("Ingress ") for problem in problems)
