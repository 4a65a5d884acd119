import importlib.util

import pytest

from checker.code.rules import load_rules
from checker.code.samples import differences
from checker.errors import PolicyError
from checker.sources.code import rule_files

RULES = load_rules(rule_files())
GOOD = """\
language: python
rules:
- id: python-get
  library: requests
  lacks: timeout
  mentions: get(
  rule: {pattern: get($A)}
  says: "waits"
  fix: "Do not."
  source: https://example.com
  samples:
  - name: found
    code: |
      get(1)  # expect
  - name: not found
    code: |
      put(1)
"""


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_samples_come_out_as_marked(rule):
    assert list(differences(rule)) == []


def test_ids_are_unique_and_begin_with_the_language():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert [rule.id for rule in RULES if not rule.id.startswith(f"{rule.language}-")] == []


def test_without_samples_the_rules_are_the_same():
    assert [rule.id for rule in load_rules(rule_files(), samples=False)] == [rule.id for rule in RULES]


def test_a_sample_that_comes_out_otherwise_is_told_with_its_line():
    (rule,) = load_rules([("rules.yaml", GOOD.replace("put(1)", "get(1)").encode())])
    (difference,) = differences(rule)
    assert (difference.line, difference.what) == (17, "unexpected match")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lacks: timeout", "lacks: patience", "`patience` is no lacks"),
        ("mentions: get(", "mention: get(", "`mention` is not a field here"),
        ("  mentions: get(\n", '  mentions: get(\n  imports: "("\n', "`imports` is no regular expression"),
        ("  rule: {pattern: get($A)}\n", "", "`rule` is missing"),
        ("language: python", "language: cobol", "`cobol` is no language"),
        ("rules:\n", "rules:\n - ]\n", "."),
    ],
)
def test_a_mistake_in_a_rule_is_an_error_with_its_place(old, new, said):
    with pytest.raises(PolicyError, match=said) as caught:
        load_rules([("rules.yaml", GOOD.replace(old, new).encode())])
    assert caught.value.at.file == "rules.yaml"
    assert caught.value.at.line


def test_the_extra_is_there():
    """Tests of source mean nothing without it."""
    assert importlib.util.find_spec("ast_grep_py")
