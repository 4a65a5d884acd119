"""Accepted findings: where a waiver may stand, what it covers, and when it is void."""

import datetime

import pytest

from checker.waivers import Acceptance
from tests.systems import judge

POD = """\
{header}apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop{annotations}}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}{template}}}
    spec:
      containers:
      - name: app{comment}
        image: registry.example.com/web:1.0.0
        ports: [{{containerPort: 8080}}]
      - name: other
        image: registry.example.com/other:1.0.0
        ports: [{{containerPort: 8081}}]
"""
TODAY = datetime.date(2026, 6, 1)
REASON = "no-readiness-probe: it is a stub"


def outcomes(header="", annotations="", template="", comment="", accepted=()):
    text = POD.format(header=header, annotations=annotations, template=template, comment=comment)
    report = judge({"web.yaml": text}, "no-readiness-probe", today=TODAY, accepted=accepted)
    return [finding.outcome for finding in report.findings], [problem.message for problem in report.inputs.errors]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, ["fail", "fail"]),
        ({"annotations": f', annotations: {{k8s-stabcheck/ignore: "{REASON}"}}'}, ["waived", "waived"]),
        ({"template": f', annotations: {{k8s-stabcheck/ignore: "{REASON}"}}'}, ["waived", "waived"]),
        ({"header": f"# k8s-stabcheck: ignore {REASON}\n"}, ["waived", "waived"]),
        ({"comment": f"  # k8s-stabcheck: ignore {REASON}"}, ["fail", "waived"]),
        ({"header": f"# k8s-stabcheck: ignore {REASON} until=2026-06-01\n"}, ["waived", "waived"]),
        ({"header": f"# k8s-stabcheck: ignore {REASON} until=2026-05-31\n"}, ["fail", "fail"]),
        ({"header": f"# k8s-stabcheck: ignore single-replica: a cache; {REASON}\n"}, ["waived", "waived"]),
    ],
)
def test_a_waiver_covers_its_object_or_its_line(place, expected):
    found, problems = outcomes(**place)
    assert sorted(found) == expected
    assert problems == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no-readiness-probe", "has no reason"),
        ("no-readiness-probe: until=2027-01-01", "has no reason"),
        ("no-readines-probe: it is a stub", "is no policy"),
        ("no-readiness-probe: it is a stub until=soon", "has no date"),
    ],
)
def test_a_void_waiver_waives_nothing_and_is_told(text, why):
    found, problems = outcomes(header=f"# k8s-stabcheck: ignore {text}\n")
    assert found == ["fail", "fail"]
    assert len(problems) == 1
    assert why in problems[0]


@pytest.mark.parametrize(
    ("acceptance", "expected"),
    [
        (Acceptance("no-readiness-probe", "stub", None, namespace="shop"), "waived"),
        (Acceptance("no-readiness-probe", "stub", None, name="w*", kind="Deployment"), "waived"),
        (Acceptance("no-readiness-probe", "stub", None, path="web.*"), "waived"),
        (Acceptance("no-readiness-probe", "stub", None, namespace="other"), "fail"),
        (Acceptance("no-readiness-probe", "stub", datetime.date(2026, 5, 31)), "fail"),
    ],
)
def test_the_configuration_can_accept_findings(acceptance, expected):
    assert outcomes(accepted=[acceptance])[0] == [expected, expected]
