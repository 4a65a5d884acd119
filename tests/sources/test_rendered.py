"""What is made of charts and kustomizations is judged as the manifests are that it makes, at the lines that people edit."""

import json
import subprocess
from pathlib import Path

import pytest

from checker.cli import main
from tests.binaries import helm, kubectl

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
    monkeypatch.setenv("K8S_STABCHECK_KUSTOMIZE", "/nowhere/kustomize")
    monkeypatch.setenv("K8S_STABCHECK_KUBECTL", kubectl())

    def make(files):
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)

    return make


@pytest.fixture
def chart(tree):
    tree({f"charts/cart/{name}": text for name, text in CHART.items()})
    return tree


@pytest.fixture
def overlays(tree):
    plain = CHART["templates/deployment.yaml"].replace("{{ .Release.Name }}", "cart").replace("{{ .Values.replicas }}", "1")
    tree({
        "base/deployment.yaml": plain,
        "base/kustomization.yaml": "resources: [deployment.yaml]\n",
        "overlays/dev/kustomization.yaml": "namespace: dev\nresources: [../../base]\n",
        "overlays/prod/kustomization.yaml": "namespace: prod\nresources: [../../base]\npatches:\n- path: limits.yaml\nreplicas:\n- {name: cart, count: 3}\n",
        "overlays/prod/limits.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {template: {spec: {containers: [{name: app, resources: {limits: {memory: 1Gi}}}]}}}\n",
    })  # fmt: skip
    return tree


def checked(capsys, *arguments):
    main(["check", "--format", "json", "--complete", "--only", "single-replica,no-memory-limit", *arguments])
    return json.loads(capsys.readouterr().out)


def told(report):
    return {(each["policy"], each["subject"]["namespace"], each["subject"]["name"], each["location"]["file"]) for each in report["findings"]}


def test_a_chart_by_its_values_and_by_others(chart, capsys):
    template = "charts/cart/templates/deployment.yaml"
    assert told(checked(capsys, "charts/cart")) == {
        ("no-memory-limit", "default", "cart", template),
        ("single-replica", "default", "cart", template),
    }
    by_flags = checked(capsys, ".", "-f", "charts/cart/prod.yaml", "--release", "c", "--namespace", "shop")
    assert told(by_flags) == {("no-memory-limit", "shop", "c", template)}
    assert told(checked(capsys, "charts/cart", "--set", "replicas=2")) == {("no-memory-limit", "default", "cart", template)}


def test_a_finding_leads_to_the_line_of_the_template_and_the_value(chart, capsys):
    found = {each["policy"]: each for each in checked(capsys, "charts/cart")["findings"]}
    replicas = found["single-replica"]
    assert (replicas["location"]["line"], replicas["location"]["column"]) == (6, 3)
    (related,) = replicas["related"]
    assert related["note"] == "set by the value `replicas`"
    assert (related["location"]["file"], related["location"]["line"]) == ("charts/cart/values.yaml", 1)
    assert found["no-memory-limit"]["location"]["line"] == 12


def test_edges_of_a_chart_lead_to_its_templates(chart, capsys):
    web = CHART["templates/deployment.yaml"].replace("{{ .Release.Name }}", "web").replace("{{ .Values.replicas }}", "2").replace("app: cart", "app: web")
    chart({"web.yaml": web.replace("ports: ", "env: [{name: CART, value: http://cart}], ports: ")})
    main(["edges", ".", "--format", "json"])
    (edge,) = json.loads(capsys.readouterr().out)["edges"]
    assert (edge["caller"]["name"], edge["callee"]["host"]) == ("web", "cart.default.svc.cluster.local")


def test_a_chart_as_argo_cd_deploys_it_to_two_clusters(chart, capsys):
    for cluster, values in (("dev", "values.yaml"), ("prod", "prod.yaml")):
        chart({f"argo/{cluster}.yaml": APPLICATION.format(name=f"cart-{cluster}", values=values, cluster=cluster)})
    report = checked(capsys, ".")
    worlds = {each["policy"]: each.get("worlds") for each in report["findings"]}
    assert worlds == {"no-memory-limit": None, "single-replica": ["https://dev.example.com"]}
    assert {each["subject"]["namespace"] for each in report["findings"]} == {"shop"}
    assert any("as Application argocd/cart-prod has it" in taken for taken in report["assumptions"])


def test_values_in_the_object_beat_those_of_files(chart, capsys):
    application = APPLICATION.format(name="cart", values="values.yaml", cluster="prod").replace("helm: {", "helm: {valuesObject: {replicas: 2}, ")
    chart({"argo/cart.yaml": application})
    assert {each["policy"] for each in checked(capsys, ".")["findings"]} == {"no-memory-limit"}


def test_the_users_own_values_beat_those_of_the_object(chart, capsys):
    inline = "helm: {valuesObject: {replicas: 1}, "
    application = APPLICATION.format(name="cart", values="values.yaml", cluster="prod").replace("helm: {", inline)
    chart({"argo/cart.yaml": application, "mine.yaml": "replicas: 3\n"})
    assert {each["policy"] for each in checked(capsys, ".", "-f", "mine.yaml")["findings"]} == {"no-memory-limit"}
    assert {each["policy"] for each in checked(capsys, ".")["findings"]} == {"no-memory-limit", "single-replica"}


def test_what_cannot_be_rendered_is_no_silent_pass(chart, capsys):
    chart({"charts/cart/templates/service.yaml": "{{ fail \"no port\" }}\n", "web.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"})
    assert main(["check", ".", "--format", "json"]) == 3
    report = json.loads(capsys.readouterr().out)
    (error,) = report["inputs"]["errors"]
    assert error["file"] == "charts/cart/templates/service.yaml"
    assert "no port" in error["message"]
    assert report["inputs"]["objects"] == 1


def test_without_helm_the_rest_is_judged(chart, capsys, monkeypatch):
    monkeypatch.setenv("K8S_STABCHECK_HELM", "/nowhere/helm")
    chart({"web.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"})
    assert main(["check", ".", "--format", "json"]) == 3
    report = json.loads(capsys.readouterr().out)
    (error,) = report["inputs"]["errors"]
    assert "https://helm.sh" in error["fix"]
    assert report["inputs"]["objects"] == 1


def test_overlays_are_judged_apart_and_their_base_with_them(overlays, capsys):
    found = checked(capsys, ".")
    assert {(each["policy"], each["subject"]["namespace"], each["location"]["file"], tuple(each["worlds"])) for each in found["findings"]} == {
        ("single-replica", "dev", "base/deployment.yaml", ("dev",)),
        ("no-memory-limit", "dev", "base/deployment.yaml", ("dev",)),
    }
    assert found["inputs"]["errors"] == []
    assert told(checked(capsys, "overlays/prod")) == set()


def test_a_finding_leads_to_the_line_of_the_overlay(overlays, capsys):
    overlays({"overlays/prod/kustomization.yaml": Path("overlays/prod/kustomization.yaml").read_text().replace("count: 3", "count: 1")})
    (finding,) = checked(capsys, "overlays/prod")["findings"]
    assert (finding["location"]["file"], finding["location"]["line"]) == ("overlays/prod/kustomization.yaml", 6)


def test_a_chart_and_a_kustomization_of_one_application_are_alternatives(overlays, chart, capsys):
    overlays({"overlays/prod/kustomization.yaml": "resources: [../../base]\n", "overlays/dev/kustomization.yaml": "resources: [../../base]\nnamePrefix: dev-\n"})
    worlds = {tuple(each.get("worlds", ())) for each in checked(capsys, ".")["findings"] if each["subject"]["name"] == "cart"}
    assert worlds == {("charts/cart",), ("prod",)}


def test_nothing_is_fetched(overlays, capsys):
    overlays({"overlays/prod/kustomization.yaml": "resources:\n- https://example.com/x.yaml\n"})
    Path("overlays/prod/limits.yaml").unlink()
    assert main(["check", ".", "--format", "json"]) == 3
    (error,) = json.loads(capsys.readouterr().out)["inputs"]["errors"]
    assert (error["file"], error["line"]) == ("overlays/prod/kustomization.yaml", 2)
    assert "--allow-remote" in error["fix"]


def test_without_kubectl_files_are_read_as_they_stand(overlays, capsys, monkeypatch):
    monkeypatch.setenv("K8S_STABCHECK_KUBECTL", "/nowhere/kubectl")
    found = checked(capsys, ".")
    assert told(found) == {(policy, "default", "cart", "base/deployment.yaml") for policy in ("single-replica", "no-memory-limit")}
    assert any("overlays/prod" in each["file"] for each in found["inputs"]["skipped"])


def test_a_build_and_what_it_prints_have_the_same_findings(overlays, capsys, tmp_path):
    printed = subprocess.run([kubectl(), "kustomize", "overlays/dev"], capture_output=True, check=True).stdout
    (tmp_path / "printed").mkdir()
    (tmp_path / "printed" / "all.yaml").write_bytes(printed)

    def said(report):
        return [(each["policy"], each["subject"], each["message"], each["fingerprint"]) for each in report["findings"]]

    assert said(checked(capsys, "overlays/dev")) == said(checked(capsys, "printed"))


def test_a_chart_and_what_it_renders_have_the_same_findings(chart, capsys, tmp_path):
    rendered = subprocess.run([helm(), "template", "cart", "charts/cart"], capture_output=True, check=True).stdout
    (tmp_path / "rendered").mkdir()
    (tmp_path / "rendered" / "all.yaml").write_bytes(rendered)

    def said(report):
        return [(each["policy"], each["subject"], each["message"], each["fingerprint"]) for each in report["findings"]]

    assert said(checked(capsys, "charts/cart")) == said(checked(capsys, "rendered"))


def test_what_helm_printed_says_of_which_template_it_is(chart, capsys, tmp_path):
    (tmp_path / "rendered").mkdir()
    (tmp_path / "rendered" / "all.yaml").write_bytes(subprocess.run([helm(), "template", "cart", "charts/cart"], capture_output=True, check=True).stdout)
    for finding in checked(capsys, "rendered")["findings"]:
        assert finding["location"]["file"] == "rendered/all.yaml"
        assert finding["location"]["column"]
        (related,) = finding["related"]
        assert (related["location"]["file"], related["location"]["line"]) == ("cart/templates/deployment.yaml", None)
