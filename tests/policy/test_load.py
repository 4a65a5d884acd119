"""A mistake in a policy file is an error with file and line, not a rule that never fires."""

import pytest

from checker.errors import PolicyError
from checker.policy.load import Terms, load

GOOD = """\
id: no-probe-here
checklist: FF-2
title: Containers have a probe
severity: low
subject: container
when: container.serves
expression: container.has_readiness_probe && size(container.name) < params.longest
params: {longest: 60}
message: '"container " + container.name'
fix: Add one.
why: It matters.
examples:
- name: bad
  manifests: |
    kind: Pod  # expect: no-probe-here
- name: good
  manifests: "kind: Pod"
"""


def loaded(text: str, **overrides):
    return load([("policies/no-probe-here.yaml", text.encode())], Terms(frozenset({"FF-2"}), overrides))


def test_a_good_policy_is_loaded():
    policy = loaded(GOOD)["no-probe-here"]
    assert policy.reads == ("container.serves", "container.has_readiness_probe", "container.name", "params.longest")
    assert policy.at == "container.has_readiness_probe"


def test_parameters_can_be_overridden():
    assert loaded(GOOD, **{"no-probe-here": {"longest": 9}})["no-probe-here"].params == {"longest": 9}


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("severity: low", "severity: lwo", 4, "did you mean `low`"),
        ("fix: Add one.", "fx: Add one.", 10, "did you mean `fix`"),
        ("checklist: FF-2", "checklist: FF-3", 2, "not in the checklist"),
        ("container.serves", "container.servs", 6, "did you mean `container.serves`"),
        ("container.has_readiness_probe &&", "container.name &&", 7, "no matching overload"),
        ("# expect: no-probe-here", "", 12, "no example fails"),
        ('"kind: Pod"', '"kind: Pod  # expect: no-probe-here"', 12, "no example passes"),
        ("id: no-probe-here", "id: other-id", 1, "differs from the file name"),
        ("fix: Add one.", "fix: Add one", 10, "full stop"),
        ("subject: container", "subject: pod", 5, "is no subject"),
        ("title: Containers have a probe\n", "", 1, "`title` is missing"),
        ("params: {longest: 60}", "params: {longest: [60]}", 8, "must be a number"),
        ("severity: low", "severity: low\nseverity: high", 5, "written twice"),
        ("why: It matters.", "why: It matters.\nat: nowhere.at_all", 12, "not a fact"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old, new, line, what):
    assert old in GOOD
    with pytest.raises(PolicyError, match=what) as caught:
        loaded(GOOD.replace(old, new, 1))
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == ("policies/no-probe-here.yaml", line)


def test_an_id_can_be_given_once():
    with pytest.raises(PolicyError, match="is taken"):
        load([("a/no-probe-here.yaml", GOOD.encode()), ("b/no-probe-here.yaml", GOOD.encode())], Terms(frozenset({"FF-2"})))


def test_broken_yaml_is_an_error_of_the_policy():
    with pytest.raises(PolicyError):
        loaded("id: [")
