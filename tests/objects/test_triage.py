"""Files that cannot be parsed: whose mistake they are."""

import pytest

from checker.errors import Problem
from checker.objects.triage import triage

MESSAGE = "did not find expected key"


def triaged(text: str | bytes, *, explicit: bool, file: str = "x.yaml", line: int = 2) -> str:
    """What became of a file with one syntax error."""
    content = text if isinstance(text, bytes) else text.encode()
    problems, skipped = triage([Problem(file, line, 1, MESSAGE, "fix")], content, explicit=explicit)
    assert len(problems) + len(skipped) == 1
    return problems[0].message if problems else skipped[0].reason


MANIFEST = "apiVersion: v1\nkind: Pod\n\tx"
CLOUDFORMATION = "not a Kubernetes object: a CloudFormation template"
GITLAB = "not a Kubernetes object: a GitLab CI pipeline"
TEMPLATE = "an unrendered template: it is not YAML until it is rendered"


@pytest.mark.parametrize(
    ("text", "named", "found"),
    [
        (MANIFEST, MESSAGE, MESSAGE),
        ('{"kind": "Pod",, }', MESSAGE, MESSAGE),
        (MANIFEST.encode("utf-16"), MESSAGE, MESSAGE),
        (b"\xff\xfe\xfd", MESSAGE, MESSAGE),
        (b"caf\xe9: [", MESSAGE, MESSAGE),
        (b"a\0b", MESSAGE, MESSAGE),
        ("a: [", MESSAGE, f"not a Kubernetes object, and cannot be parsed: {MESSAGE}"),
        ("Resources: {A: !Ref B}", CLOUDFORMATION, CLOUDFORMATION),
        ("a: !reference [x, y]", GITLAB, GITLAB),
        ('{\n  // no JSON\n  "a": 1,}', "not a Kubernetes object: JSON with comments", "not a Kubernetes object: JSON with comments"),
        ('{"a": "https://example.com",,}', MESSAGE, f"not a Kubernetes object, and cannot be parsed: {MESSAGE}"),
        ("\n" * 100_000, MESSAGE, f"not a Kubernetes object, and cannot be parsed: {MESSAGE}"),
        (MANIFEST + "\na: !Ref B", MESSAGE, MESSAGE),
        ("{{- if .Values.x }}\nkind: Pod\n{{- end }}", TEMPLATE, TEMPLATE),
        ("kind: Pod\nname: {{ app }}", TEMPLATE, TEMPLATE),
        ("kind: Pod\nname: {{ .Release.Name }", TEMPLATE, TEMPLATE),
        ("{% for x in y %}\nkind: Pod\n{% endfor %}", TEMPLATE, TEMPLATE),
        ("kind: Pod\nmetadata: {name: ${APP}}", TEMPLATE, TEMPLATE),
        ("kind: Pod\nmetadata: {name: a}}\ncommand: ${APP}", MESSAGE, MESSAGE),
        ("kind: PrometheusRule\n\tx\na: 1\nb: '{{ $labels.pod }}'", MESSAGE, MESSAGE),
    ],
)
def test_whose_mistake_it_is(text: str | bytes, named: str, found: str) -> None:
    """A file that the user named is the user's, unless it can be told to be something else."""
    assert triaged(text, explicit=True) == named
    assert triaged(text, explicit=False) == found


def test_a_kustomization_needs_no_kind_to_be_ours() -> None:
    """`resources:` alone is enough for kustomize."""
    assert triaged("resources: [", explicit=False, file="d/kustomization.yaml") == MESSAGE


def test_a_template_is_reported_where_it_shows() -> None:
    """Not where the parser gave up."""
    content = b"kind: Pod\nx:\n  {{- with .Values.y }}\n"
    problems, _ = triage([Problem("x.yaml", 1, 1, MESSAGE, ""), Problem("x.yaml", 9, 1, MESSAGE, "")], content, explicit=True)
    assert [(problem.line, problem.message) for problem in problems] == [(3, TEMPLATE)]


def test_no_problems_stay_none() -> None:
    """The usual case."""
    assert triage([], b"a: 1", explicit=True) == ([], [])
