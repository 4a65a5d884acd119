"""Which limit the rate limit service has for a descriptor, by the answers of the service's own code (GetLimit of v1.4)."""

import pytest
import yaml

from checker.limits.descriptors import Entry
from checker.limits.service import Tables
from checker.model.protobuf import Node
from checker.model.setting import Origin

TABLE = """
domain: shop
descriptors:
- key: path
  value: /pay
  rate_limit: {unit: minute, requests_per_unit: 1}
  descriptors:
  - key: user
    rate_limit: {unit: hour, requests_per_unit: 2}
  - key: user
    value: admin*
    rate_limit: {unit: second, requests_per_unit: 3}
  - key: user
    value: admin-1
    rate_limit: {unlimited: true}
- key: path
  value: /p*
  rate_limit: {unit: day, requests_per_unit: 4}
- key: path
  rate_limit: {unit: SECOND, requests_per_unit: 5}
  shadow_mode: true
- key: region
  descriptors:
  - key: user
    rate_limit: {unit: week, requests_per_unit: 6}
"""


def found(*entries):
    tables = Tables([Node(yaml.safe_load(TABLE), Origin("test"))])
    return [(limit.value.get("requests_per_unit", "unlimited"), values, shadow) for limit, values, shadow in tables.limits("shop", entries)]


@pytest.mark.parametrize(
    ("entries", "amount"),
    [
        ((Entry("path", "/pay"),), 1),
        ((Entry("path", "/pay"), Entry("user", "eve")), 2),
        ((Entry("path", "/pay"), Entry("user", "admin-2")), 3),
        ((Entry("path", "/pay"), Entry("user", "admin-1")), "unlimited"),
        ((Entry("path", "/profile"),), 4),
        ((Entry("path", "/cart"),), 5),
        ((Entry("path", "/cart"), Entry("user", "eve")), None),  # deeper than the table
        ((Entry("path", "/profile"), Entry("user", "eve")), None),
        ((Entry("region", "eu"),), None),  # not as deep
        ((Entry("region", "eu"), Entry("user", "eve")), 6),
        ((Entry("user", "eve"), Entry("path", "/pay")), None),  # in another order
        ((Entry("host", "a"),), None),
    ],
)
def test_the_limit_at_the_last_entry_counts(entries, amount):
    assert [limit for limit, _, _ in found(*entries)] == ([] if amount is None else [amount])


def test_where_a_value_comes_from_the_request_each_that_is_named_has_its_own():
    asked = found(Entry("path", "/pay"), Entry("user", None, "header x-user"))
    assert asked == [(2, ("/pay", None), False), (3, ("/pay", "admin*"), False), ("unlimited", ("/pay", "admin-1"), False)]


def test_shadow_mode_is_of_the_descriptor():
    assert found(Entry("path", "/cart")) == [(5, ("/cart",), True)]


def test_another_domain_has_nothing():
    tables = Tables([Node(yaml.safe_load(TABLE), Origin("test"))])
    assert tables.knows("shop")
    assert not tables.knows("other")
