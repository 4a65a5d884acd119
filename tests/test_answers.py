"""Questions that configuration cannot answer: asked of the subjects they are narrowed to, and answered by people."""

import datetime

import pytest

from checker.answers import load_answers
from checker.engine import Catalogue, Settings, check
from checker.errors import ConfigError
from checker.policy.load import Terms, load
from tests.systems import NO_INPUTS, catalogue, read

QUESTION = """\
id: jobs-to-ask-about
checklist: TC-3
title: "May these start in any order?"
severity: medium
outcome: ask
subject: container
expression: container.name != "asked"
message: '"container " + container.name'
fix: Give them an order.
why: It matters.
examples:
- name: bad
  manifests: |
    kind: Pod  # expect: jobs-to-ask-about
- name: good
  manifests: "kind: Pod"
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop}}
spec: {{containers: [{{name: {container}, image: "a:1"}}]}}
"""
TODAY = datetime.date(2026, 6, 1)
ROWS = frozenset({"TC-3", "FF-2"})


def judged(answers="", **pods):
    everything = catalogue()
    terms = Terms(frozenset(item.id for item in everything.checklist), examples=False)
    policies = load([("policies/jobs-to-ask-about.yaml", QUESTION.encode())], terms)
    items = read({f"{name}.yaml": POD.format(name=name, container=container) for name, container in pods.items()})
    given = load_answers("answers.yaml", answers.encode(), ROWS)
    report = check(items, NO_INPUTS, Catalogue(policies, everything.checklist), Settings(answers=given, today=TODAY))
    (row,) = (row for row in report.checklist if row.id == "TC-3")
    return report, row


def answer(word, subject='"Pod shop/a, container asked"', more=""):
    return f"answers:\n- {{row: TC-3, subject: {subject}, answer: {word}, by: Ana, date: 2026-05-01{more}}}\n"


def test_a_question_is_no_finding_against_anybody():
    report, row = judged(a="asked", b="other")
    assert [finding.outcome for finding in report.findings] == ["ask"]
    assert [report.count(severity) for severity in ("high", "medium", "low")] == [0, 0, 0]
    assert (row.verdict, row.tally.passed, row.tally.asked, row.tally.failed) == ("ask", 1, 1, 0)
    assert row.asks == ("May these start in any order? 1: Pod shop/a, container asked",)


@pytest.mark.parametrize("subject", ['"Pod shop/a, container asked"', '"Pod shop/*"', '"*"'])
def test_a_yes_is_attested_and_not_measured(subject):
    report, row = judged(answer("yes", subject), a="asked")
    assert [(finding.outcome, finding.waiver) for finding in report.findings] == [("attested", "yes, says Ana, 2026-05-01")]
    assert (row.verdict, row.tally.passed, row.tally.attested, row.asks) == ("met", 0, 1, ())
    assert row.note.startswith("attested")


def test_a_no_is_a_failure():
    report, row = judged(answer("no"), a="asked")
    assert [(finding.outcome, finding.message) for finding in report.findings] == [("fail", "container asked (no, says Ana, 2026-05-01)")]
    assert row.verdict == "violated"


@pytest.mark.parametrize(
    "given", [answer("yes", more=", expires: 2026-05-31"), answer("yes", '"Pod shop/b*"'), answer('""'), "answers: []", ""]
)
def test_what_is_expired_empty_or_about_others_answers_nothing(given):
    _, row = judged(given, a="asked")
    assert row.verdict == "ask"


def test_some_answers_leave_the_row_open():
    _, row = judged(answer("yes"), a="asked", b="asked")
    assert (row.verdict, row.tally.asked, row.tally.attested) == ("ask", 1, 1)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("answers:\n- {row: TC-9, subject: a, answer: yes}", 2, "`TC-9` is not in the checklist"),
        ("answers:\n- row: TC-3\n  subject: a\n  answer: perhaps", 4, "`perhaps` is no answer"),
        ("answers:\n- row: TC-3\n  subject: a\n  answer: yes", 4, "an answer needs somebody"),
        ("answers:\n- row: TC-3\n  subject: a\n  answer: yes\n  by: A\n  date: tomorrow", 6, "`tomorrow` is no date"),
        ("answer: []", 1, "is not a field here"),
        ("- a", 1, "expected a mapping"),
        ("a: [", 1, "a value is missing"),
    ],
)
def test_a_mistake_in_the_file_has_its_place(text, line, what):
    with pytest.raises(ConfigError, match=what) as caught:
        load_answers("answers.yaml", text.encode(), ROWS)
    assert f"answers.yaml:{line}" in str(caught.value)
