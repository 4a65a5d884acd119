"""The checklist as a document: verdicts with evidence, questions with owners, answers that are kept."""

import json
from importlib.resources import files

import jsonschema
import pytest

from checker.cli import main
from checker.reports import Style
from checker.review import as_json, markdown, text
from checker.review.document import Material, review
from checker.review.owners import Owners
from tests.reports.sample import HOSTILE
from tests.systems import catalogue, judge, read
from tests.test_answers import POD, QUESTION

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop{metadata}}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web{labels}}}}}
    spec:
      containers:
      - name: app
        image: registry.example.com/web:1.0.0
        ports: [{{containerPort: 8080}}]
"""
SCHEMA = json.loads(files("checker.review").joinpath("review-1.schema.json").read_text())


def document(manifests, *only):
    everything = catalogue()
    report = judge(manifests, *only)
    return review(report, Material(everything.checklist, everything.policies, Owners(read(manifests))))


def row(made, identifier):
    return next(each for each in made.rows if each.item.id == identifier)


def test_every_row_is_there_with_its_verdict_and_evidence():
    manifests = {"a.yaml": DEPLOYMENT.format(name="web", metadata=", labels: {example.com/team: carts}", labels="")}
    made = document(manifests, "no-readiness-probe", "no-memory-limit")
    assert [each.item.id for each in made.rows] == [item.id for item in catalogue().checklist]
    (evidence,) = row(made, "FF-2").evidence
    assert (row(made, "FF-2").verdict, evidence.policy, evidence.outcome, evidence.number) == ("violated", "no-readiness-probe", "fail", 1)
    (place,) = evidence.places
    assert (place.subject, place.location.line, place.owner) == ("Deployment shop/web, container app", 10, "carts")


@pytest.mark.parametrize(
    ("metadata", "labels", "namespace", "owner"),
    [
        (", annotations: {k8s-stabcheck/owner: ana}, labels: {team: b}", "", "", "ana"),
        (", labels: {team: b}", ", owner: c", "", "b"),
        ("", ", owner: c", "team: d", "c"),
        ("", "", "acme.io/Squad: d", "d"),
        ("", ", steam: x, owner-of-all: y", "", ""),
    ],
)
def test_the_owner_is_the_nearest_that_is_named(metadata, labels, namespace, owner):
    manifests = {
        "a.yaml": DEPLOYMENT.format(name="web", metadata=metadata, labels=labels),
        "b.yaml": f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{namespace}}}}}\n",
    }
    assert Owners(read(manifests)).of(("Deployment", "shop", "web")) == owner


def test_the_json_is_as_its_schema_says_and_the_rest_cannot_break_out():
    manifests = {f"{name}.yaml": DEPLOYMENT.format(name=name, metadata="", labels="") for name in ("web", "b-b", "c", "d", "e")}
    made = document(manifests)
    jsonschema.validate(json.loads(as_json.render(made)), SCHEMA)
    odd = made._replace(assumptions=[HOSTILE], unread=[HOSTILE])
    jsonschema.validate(json.loads(as_json.render(odd)), SCHEMA)
    shown = markdown.render(odd)
    assert "<img" not in shown
    assert "\x1b" not in shown + text.render(odd, Style(color=False, width=100))
    assert "and 2 more" in markdown.render(made)


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A directory with an input, and a policy of its own that asks about it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "jobs-to-ask-about.yaml").write_text(QUESTION)
    (tmp_path / "a.yaml").write_text(POD.format(name="a", container="asked"))
    (tmp_path / "b.yaml").write_text(POD.format(name="b", container="asked"))
    return tmp_path


def reviewed(capsys, *argv):
    status = main(["review", "--policies", "own", "--format", "json", *argv])
    made = json.loads(capsys.readouterr().out)
    return status, next(each for each in made["rows"] if each["id"] == "TC-3"), made


def test_questions_are_put_into_a_file_and_answers_count(asked, capsys):
    status, found, _ = reviewed(capsys, "a.yaml", "b.yaml", "--ask")
    assert (status, found["verdict"]) == (0, "ask")
    assert [each["subject"] for each in found["questions"]] == ["Pod shop/a, container asked", "Pod shop/b, container asked"]
    file = asked / ".k8s-stabcheck-review.yaml"
    empty = file.read_text()
    assert empty.count("- row: TC-3") == 2
    reviewed(capsys, "a.yaml", "b.yaml", "--ask")
    assert file.read_text() == empty
    file.write_text(empty.replace("answer:\n  by:\n  date:", "answer: yes\n  by: Ana\n  date: 2026-01-02"))
    status, found, made = reviewed(capsys, "a.yaml", "--ask")
    assert (status, found["verdict"], found["questions"]) == (0, "met", [])
    assert "attested" in {each["outcome"] for each in found["evidence"]}
    assert [each["subject"] for each in made["unused_answers"]] == ["Pod shop/b, container asked"]


def test_an_answer_that_expired_is_shown_with_the_question(asked, capsys):
    given = 'answers: [{row: TC-3, subject: "*", answer: yes, by: Ana, date: 2025-01-02, expires: 2025-02-02}]\n'
    (asked / "said.yaml").write_text(given)
    _, found, _ = reviewed(capsys, "a.yaml", "--answers", "said.yaml")
    assert [each["said_before"] for each in found["questions"]] == ["yes, says Ana, 2025-01-02"]


def test_a_file_that_cannot_take_questions_stays_as_it_is(asked, capsys):
    given = 'answers: [{row: TC-3, subject: "x", answer: yes, by: Ana, date: 2025-01-02}]\n'
    (asked / "said.yaml").write_text(given)
    assert main(["review", "--policies", "own", "a.yaml", "--ask", "--answers", "said.yaml"]) == 2
    assert "nothing was added to said.yaml" in capsys.readouterr().err
    assert (asked / "said.yaml").read_text() == given


def test_comments_above_no_answers_stay(asked, capsys):
    (asked / "said.yaml").write_text("# ours\nanswers: []\n")
    reviewed(capsys, "a.yaml", "--ask", "--answers", "said.yaml")
    assert (asked / "said.yaml").read_text().startswith("# ours\nanswers:\n")


def test_what_cannot_be_read_is_said_in_every_form(asked, capsys):
    (asked / "c.yaml").write_text("a: [")
    for form in ("text", "markdown", "json"):
        assert main(["review", "c.yaml", "a.yaml", "--format", form]) == 3
        assert "c.yaml:1" in capsys.readouterr().out
