"""What is made of charts is judged as the manifests are that it makes, at the lines of the chart."""

import json
from pathlib import Path

import pytest

from checker.cli import main
from tests.binaries import helm

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
    "values.yaml": "replicas: 1\n",
    "prod.yaml": "replicas: 3\n",
    "templates/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
      - {name: app, image: registry.example.com/cart:1.4.2, ports: [{containerPort: 8080}]}
""",
    "templates/service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector: {app: cart}
  ports: [{port: 80, targetPort: 8080}]
""",
}
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source:
    repoURL: https://git.example.com/shop.git
    path: charts/cart
    helm: {{releaseName: cart, valueFiles: [{values}]}}
  destination: {{server: "https://{cluster}.example.com", namespace: shop}}
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("K8S_STABCHECK_HELM", helm())

    def make(files):
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)

    make({f"charts/cart/{name}": text for name, text in CHART.items()})
    return make


def checked(capsys, *arguments):
    main(["check", "--format", "json", "--complete", "--only", "single-replica,no-memory-limit", *arguments])
    return json.loads(capsys.readouterr().out)


def told(report):
    return {(each["policy"], each["subject"]["namespace"], each["subject"]["name"], each["location"]["file"]) for each in report["findings"]}


def test_a_chart_by_its_values_and_by_others(tree, capsys):
    template = "charts/cart/templates/deployment.yaml"
    assert told(checked(capsys, "charts/cart")) == {
        ("no-memory-limit", "default", "cart", template),
        ("single-replica", "default", "cart", template),
    }
    by_flags = checked(capsys, ".", "-f", "charts/cart/prod.yaml", "--release", "c", "--namespace", "shop")
    assert told(by_flags) == {("no-memory-limit", "shop", "c", template)}
    assert told(checked(capsys, "charts/cart", "--set", "replicas=2")) == {("no-memory-limit", "default", "cart", template)}


def test_edges_of_a_chart_lead_to_its_templates(tree, capsys):
    web = CHART["templates/deployment.yaml"].replace("{{ .Release.Name }}", "web").replace("{{ .Values.replicas }}", "2").replace("app: cart", "app: web")
    tree({"web.yaml": web.replace("ports: ", "env: [{name: CART, value: http://cart}], ports: ")})
    main(["edges", ".", "--format", "json"])
    (edge,) = json.loads(capsys.readouterr().out)["edges"]
    assert (edge["caller"]["name"], edge["callee"]["host"]) == ("web", "cart.default.svc.cluster.local")


def test_a_chart_as_argo_cd_deploys_it_to_two_clusters(tree, capsys):
    for cluster, values in (("dev", "values.yaml"), ("prod", "prod.yaml")):
        tree({f"argo/{cluster}.yaml": APPLICATION.format(name=f"cart-{cluster}", values=values, cluster=cluster)})
    report = checked(capsys, ".")
    worlds = {each["policy"]: each.get("worlds") for each in report["findings"]}
    assert worlds == {"no-memory-limit": None, "single-replica": ["https://dev.example.com"]}
    assert {each["subject"]["namespace"] for each in report["findings"]} == {"shop"}
    assert any("as Application argocd/cart-prod has it" in taken for taken in report["assumptions"])


def test_values_in_the_object_beat_those_of_files(tree, capsys):
    application = APPLICATION.format(name="cart", values="values.yaml", cluster="prod").replace("helm: {", "helm: {valuesObject: {replicas: 2}, ")
    tree({"argo/cart.yaml": application})
    assert {each["policy"] for each in checked(capsys, ".")["findings"]} == {"no-memory-limit"}


def test_what_cannot_be_rendered_is_no_silent_pass(tree, capsys):
    tree({"charts/cart/templates/service.yaml": "{{ fail \"no port\" }}\n", "web.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"})
    assert main(["check", ".", "--format", "json"]) == 3
    report = json.loads(capsys.readouterr().out)
    (error,) = report["inputs"]["errors"]
    assert error["file"] == "charts/cart/templates/service.yaml"
    assert "no port" in error["message"]
    assert report["inputs"]["objects"] == 1


def test_without_helm_the_rest_is_judged(tree, capsys, monkeypatch):
    monkeypatch.setenv("K8S_STABCHECK_HELM", "/nowhere/helm")
    tree({"web.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"})
    assert main(["check", ".", "--format", "json"]) == 3
    report = json.loads(capsys.readouterr().out)
    (error,) = report["inputs"]["errors"]
    assert "https://helm.sh" in error["fix"]
    assert report["inputs"]["objects"] == 1
