"""What holds between files and the cluster that they were applied to, on a real API server."""

import json
import os

import pytest

from checker.cli import main

pytestmark = pytest.mark.cluster

_EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "manifests_examples")
_FAULTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web
        ports: [{name: http, containerPort: 8080}]
        env: [{name: CART_URL, value: "http://cart:80"}]
        livenessProbe: {httpGet: {path: /, port: http}}
      volumes: [{name: scratch}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 4, targetCPUUtilizationPercentage: 80}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 100%, selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop, creationTimestamp: null}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}, creationTimestamp: null}
    spec:
      containers: [{name: db, image: "example.com/db:1.0.0", resources: {limits: {cpu: 1, memory: 1Gi}}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: job, image: "example.com/job:1.0.0"}]
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: shop, labels: {app: alone}}
spec:
  containers: [{name: app, image: "example.com/alone:1.0.0", ports: [{containerPort: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 81}}}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {CART_URL: "http://cart.shop:8080"}
"""


@pytest.fixture
def report(server, capsys):
    def run(*arguments):
        main(["check", "--format", "json", *arguments])
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def cluster(server):
    return ("--cluster", "--kubeconfig", server.kubeconfig)


def _said(report):
    return sorted(
        (each["policy"], each["outcome"], json.dumps(each["subject"]), each["message"])
        for each in report["findings"]
        if each["subject"]["name" if each["subject"]["kind"] != "edge" else "kind"] != "shop"
    )


@pytest.mark.parametrize("how", [(), ("--server-side",)])
@pytest.mark.parametrize("which", ["faults", "examples"])
def test_files_and_the_cluster_they_were_applied_to_get_the_same_findings(report, cluster, apply, tmp_path, which, how):
    text = _FAULTS if which == "faults" else _all(_EXAMPLES)
    apply(text, *how)
    (tmp_path / "all.yaml").write_text(text)
    of_files, of_cluster = report(str(tmp_path), "--complete"), report(*cluster)
    assert of_files["inputs"]["errors"] == of_cluster["inputs"]["errors"] == []
    assert len(of_files["findings"]) > 8
    assert _said(of_cluster) == _said(of_files)


def test_applying_what_is_there_changes_nothing(report, cluster, apply, tmp_path):
    apply(_FAULTS)
    (tmp_path / "all.yaml").write_text(_FAULTS)
    compared = report(*cluster, str(tmp_path))
    assert compared["findings"]
    assert {each["change"] for each in compared["findings"]} == {"unchanged"}


def test_what_files_would_change_is_told_apart(report, cluster, apply, tmp_path, capsys):
    apply(_FAULTS)
    better, worse = _FAULTS.replace("image: example.com/web\n", "image: example.com/web:1.0.0\n"), _FAULTS.replace("minAvailable: 100%", "minAvailable: 3")
    (tmp_path / "web.yaml").write_text(better.partition("---")[0])
    compared = report(*cluster, str(tmp_path))
    by_change = {change: [each["policy"] for each in compared["findings"] if each["change"] == change] for change in ("new", "gone")}
    assert by_change == {"new": [], "gone": ["image-not-pinned"]}
    assert main(["check", *cluster, str(tmp_path), "--fail-on", "low"]) == 0
    assert "gone: 1" in capsys.readouterr().out
    (tmp_path / "web.yaml").write_text(next(part for part in worse.split("---\n") if "minAvailable" in part))
    assert [each["policy"] for each in report(*cluster, str(tmp_path))["findings"] if each["change"] == "new"]
    assert main(["check", *cluster, str(tmp_path), "--fail-on", "low"]) == 1


def _all(folder):
    files = sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".yaml"))
    texts = []
    for file in files:
        with open(file, encoding="utf-8") as stream:
            texts.append(stream.read().removeprefix("---\n"))
    return "\n---\n".join(texts)
