"""`check --cluster` and `edges --cluster` on a real API server."""

import json

import pytest

from checker.cli import main

pytestmark = pytest.mark.cluster

_SHOP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1.0.0
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: web}]
"""


_WAIVED = "annotations: {k8s-stabcheck/ignore: 'single-replica: a leader'}"


@pytest.fixture
def check(server, capsys):
    def run(*arguments, context="admin"):
        status = main(["check", "--cluster", "--kubeconfig", server.kubeconfig, "--context", context, "--format", "json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_a_fault_in_the_cluster_is_found_where_it_stands(check, apply):
    apply(_SHOP)
    status, report = check("--only", "service-port-unknown")
    [finding] = report["findings"]
    assert status == 1
    assert finding["subject"] == {"kind": "Service", "namespace": "shop", "name": "web"}
    assert finding["location"] == {
        "file": "admin: Service/shop/web",
        "line": None,
        "column": None,
        "field": "spec.ports[0].targetPort",
    }


def test_the_absence_of_what_could_be_listed_is_a_fact(check, apply):
    apply(_SHOP)
    _, report = check("--only", "no-disruption-budget,single-replica")
    assert {each["outcome"] for each in report["findings"]} == {"fail"}


def test_a_finding_is_accepted_by_the_annotation_of_the_object(check, apply):
    apply(_SHOP.replace("metadata: {name: web, namespace: shop}", f"metadata: {{name: web, namespace: shop, {_WAIVED}}}", 1))
    _, report = check("--only", "single-replica")
    assert [(each["outcome"], each["waiver"]) for each in report["findings"]] == [("waived", "a leader")]


def test_a_kind_that_may_not_be_listed_is_unknown(check, apply):
    apply(_SHOP)
    _, report = check("--only", "single-replica", context="reader")
    assert any("HorizontalPodAutoscaler" in each and "forbidden" in each for each in report["assumptions"]), report["assumptions"]


def test_credentials_that_nobody_knows(check):
    status, report = check(context="stranger")
    assert status == 3
    assert "does not accept the credentials" in report["inputs"]["errors"][0]["message"]
