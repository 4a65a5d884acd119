"""What the rate limit service refuses, by the answers of the service's own code (NewRateLimitConfigImpl of v1.4)."""

import json

import pytest
import yaml

from checker.limits.faults import faults
from checker.model.protobuf import Node
from checker.model.setting import Origin

LIMIT = {"unit": "second", "requests_per_unit": 1}


def told(*descriptors, domain="shop"):
    root = yaml.safe_load(json.dumps({"domain": domain, "descriptors": list(descriptors)}))
    return [(fault.at.origin.path, fault.why) for fault in faults(Node(root, Origin("test")))]


@pytest.mark.parametrize(
    "descriptor",
    [
        {"key": "a", "rate_limit": LIMIT},
        {"key": "a", "rate_limit": {**LIMIT, "unit": "MINUTE"}},
        {"key": "a", "rate_limit": {"unlimited": True}},
        {"key": "a", "rate_limit": {"unit": "week"}},
        {"key": "a", "value": 3, "shadow_mode": True},
        {"key": "a", "value": "x*", "share_threshold": True, "rate_limit": LIMIT},
        {"key": "a", "rate_limit": {**LIMIT, "name": "one", "replaces": [{"name": "two"}]}},
    ],
)
def test_what_it_takes(descriptor):
    assert told(descriptor) == []


@pytest.mark.parametrize(
    ("descriptor", "path", "why"),
    [
        ({"value": "x"}, (), "a descriptor has no key"),
        ({"key": "a", "rate_limit": {"requests_per_unit": 1}}, ("rate_limit",), "a limit has no unit"),
        ({"key": "a", "rate_limit": {**LIMIT, "unit": "fortnight"}}, ("rate_limit", "unit"), "fortnight is no unit"),
        ({"key": "a", "rate_limit": {**LIMIT, "unlimited": True}}, ("rate_limit", "unit"), "unlimited has no unit"),
        ({"key": "a", "rate_limit": {**LIMIT, "requests_per_unit": -1}}, ("rate_limit", "requests_per_unit"), "requests_per_unit -1 is no number from 0 to 4294967295"),
        ({"key": "a", "rate_limit": {**LIMIT, "requests_per_unit": "7"}}, ("rate_limit", "requests_per_unit"), "requests_per_unit 7 is no number from 0 to 4294967295"),
        ({"key": "a", "rate_limit": {**LIMIT, "burst": 3}}, ("rate_limit", "burst"), "it knows no key burst"),
        ({"key": "a", "shadowMode": True}, ("shadowMode",), "it knows no key shadowMode"),
        ({"key": "a", "shadow_mode": "yes"}, ("shadow_mode",), "shadow_mode is true or false, not 'yes'"),
        ({"key": "a", "value": 1.5}, ("value",), "1.5 is neither a text nor a whole number"),
        ({"key": "a", "share_threshold": True}, ("share_threshold",), "share_threshold is for values that end in *"),
        ({"key": "a", "rate_limit": {**LIMIT, "name": "one", "replaces": [{"name": "one"}]}}, ("rate_limit", "replaces", 0), "replaces names no other limit"),
    ],
)
def test_what_it_refuses(descriptor, path, why):
    assert told(descriptor) == [(("descriptors", 0, *path), why)]


def test_a_name_twice_and_none_at_all():
    twice = {"key": "a", "value": "x"}
    assert told(twice, twice) == [(("descriptors", 1), "two descriptors are called a_x")]
    assert told(domain="") == [((), "it has no domain")]
