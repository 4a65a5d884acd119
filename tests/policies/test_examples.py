"""Every example of every policy is a test."""

import pytest

from checker.policy.types import Policy
from checker.verify import verify
from tests.systems import catalogue

POLICIES = list(catalogue().policies.values())


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.id for policy in POLICIES])
def test_each_finding_is_marked_and_each_mark_is_found(policy: Policy) -> None:
    assert list(verify(catalogue(), [policy])) == []


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.id for policy in POLICIES])
def test_a_failing_example_shows_its_message(policy: Policy) -> None:
    """A message that comes to no value would only be found by the user."""
    from tests.systems import judge

    failing = next(example for example in policy.examples if f"expect: {policy.id}" in example.manifests)
    report = judge({"example.yaml": failing.manifests}, policy.id, complete=failing.complete)
    for finding in report.findings:
        assert finding.message
        assert len(finding.message) <= 260, finding.message
        assert finding.excerpt
        assert not finding.message.endswith(".")
