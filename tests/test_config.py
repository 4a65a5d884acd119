"""The configuration file: what it sets, and what is refused with its line."""

import datetime

import pytest

from checker.config import Config, load_config
from checker.errors import ConfigError
from checker.waivers import Acceptance


def test_an_empty_file_changes_nothing():
    assert load_config("c.yaml", b"# nothing\n") == Config()


def test_everything_can_be_set():
    text = b"""
fail_on: low
complete: true
skip: [single-replica]
enable: no-cpu-limit
policies: [own]
params: {grace-period-too-short: {margin_seconds: 9}}
severities: {no-liveness-probe: high}
accept:
- {policy: single-replica, namespace: dev, reason: a test system, until: "2027-01-31"}
"""
    config = load_config("c.yaml", text)
    assert config == Config(
        fail_on="low",
        complete=True,
        skip=("single-replica",),
        enable=("no-cpu-limit",),
        policies=("own",),
        params={"grace-period-too-short": {"margin_seconds": 9}},
        severities={"no-liveness-probe": "high"},
        accept=(Acceptance("single-replica", "a test system", datetime.date(2027, 1, 31), namespace="dev"),),
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("fail_no: high", 1, "did you mean `fail_on`"),
        ("a: 1\nfail_on: hihg", 1, "not a field"),
        ("complete: 3", 1, "must be true or false"),
        ("- a", 1, "expected a mapping"),
        ("accept:\n- {policy: a-b}", 2, "`reason` is missing"),
        ("accept:\n- {policy: a-b, reason: x, until: soon}", 2, "is no date"),
        ("severities: {a-b: worst}", 1, "is no a-b"),
        ("a: [", 1, "a value is missing"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text, line, what):
    with pytest.raises(ConfigError, match=what) as caught:
        load_config("c.yaml", text.encode())
    assert caught.value.at is not None
    assert caught.value.at.line == line
