"""Every example of every policy is a test."""

import pytest

from checker.policy.types import Policy
from checker.sources.code import source_reader
from checker.verify import verify
from tests.systems import catalogue

READ_SOURCE = source_reader()
POLICIES = list(catalogue().policies.values())


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.id for policy in POLICIES])
def test_each_finding_is_marked_and_each_mark_is_found(policy: Policy) -> None:
    assert list(verify(catalogue(), [policy], READ_SOURCE)) == []


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.id for policy in POLICIES])
def test_a_failing_example_shows_its_message(policy: Policy) -> None:
    """A message that comes to no value would only be found by the user."""
    from tests.systems import judge

    failing = next(each for each in policy.examples if f"expect: {policy.id}" in "".join((each.manifests, *each.files.values())))
    report = judge({"example.yaml": failing.manifests}, policy.id, complete=failing.complete, code=READ_SOURCE(failing.files))
    assert report.findings
    for finding in report.findings:
        assert finding.message
        assert len(finding.message) <= 260, finding.message
        assert finding.excerpt
        assert not finding.message.endswith(".")
