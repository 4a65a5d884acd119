"""Users who may see little, and where a server is found, on a real API server."""

import json

import pytest

from checker.cli import main

pytestmark = pytest.mark.cluster

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: %s}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1.0.0
        ports: [{name: http, containerPort: 8080}]
        env: [{name: DNS_URL, value: "http://kube-dns.kube-system:53"}, {name: CART_URL, value: "http://cart.elsewhere:80"}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: %s}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: web}]}
"""
_DNS = """\
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {selector: {app: kube-dns}, ports: [{port: 53}]}
"""


@pytest.fixture
def check(server, capsys):
    def run(*arguments, context="admin"):
        status = main(["check", "--cluster", "--kubeconfig", server.kubeconfig, "--context", context, "--format", "json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run


def _outcomes(report):
    return {(each["policy"], each["outcome"]) for each in report["findings"]}


def test_a_role_in_one_namespace_is_enough_for_that_namespace(check, apply):
    apply(_WEB % ("shop", "shop"))
    status, report = check("--namespace", "shop", "--only", "service-port-unknown,no-disruption-budget,callee-missing", context="shopkeeper")
    assert status == 1
    assert ("service-port-unknown", "fail") in _outcomes(report)
    assert ("callee-missing", "fail") not in _outcomes(report)
    assert report["inputs"]["errors"] == []


def test_without_the_namespace_the_same_user_is_told_to_name_it(check, apply):
    apply(_WEB % ("shop", "shop"))
    status, report = check(context="shopkeeper")
    [error] = report["inputs"]["errors"]
    assert (status, report["inputs"]["objects"]) == (3, 0)
    assert "--namespace" in error["fix"]


def test_who_may_list_nothing(check):
    status, report = check(context="nobody")
    assert status == 3
    assert "nothing can be listed" in report["inputs"]["errors"][0]["message"]


def test_what_a_forbidden_kind_decides_is_unknown(check, apply):
    apply((_WEB % ("shop", "shop")).replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector"))
    assert _outcomes(check("--only", "single-replica")[1]) == set()
    assert _outcomes(check("--only", "single-replica", context="reader")[1]) == {("single-replica", "unknown")}


def test_namespaces_of_the_system_are_read_and_judged_only_by_name(check, apply):
    apply(_WEB % ("shop", "shop") + "---\n" + _WEB % ("kube-system", "kube-system") + "---\n" + _DNS)
    _, report = check("--only", "service-port-unknown,callee-missing")
    assert {each["subject"]["namespace"] for each in report["findings"]} == {"shop"}
    missing = [each["message"] for each in report["findings"] if each["policy"] == "callee-missing"]
    assert missing
    assert all("cart.elsewhere" in each for each in missing)
    _, report = check("--namespace", "kube-system", "--only", "service-port-unknown")
    assert {each["subject"]["namespace"] for each in report["findings"]} == {"kube-system"}


def test_a_kubeconfig_that_trusts_any_server(server, capsys, tmp_path):
    with open(server.kubeconfig, encoding="utf-8") as stream:
        text = stream.read().replace(f"certificate-authority: {server.certificate}", "insecure-skip-tls-verify: true")
    (tmp_path / "kubeconfig").write_text(text)
    assert main(["check", "--cluster", "--kubeconfig", str(tmp_path / "kubeconfig")]) == 0
    assert "Warning" not in capsys.readouterr().err


def test_in_a_pod_its_service_account_is_used(server, capsys, monkeypatch, tmp_path):
    from kubernetes.config import incluster_config, kube_config

    token = tmp_path / "token"
    token.write_text("admin-token")
    host, _, port = server.url.removeprefix("https://").partition(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", server.certificate)
    assert main(["check", "--cluster"]) == 0
    assert "in cluster cluster" in capsys.readouterr().out
