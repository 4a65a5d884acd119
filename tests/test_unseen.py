"""What could not be read is not missing: only the absence of its kinds, in its namespaces, is in doubt."""

import pytest

from checker.engine import Settings, check
from checker.objects.unseen import ANY, Unseen, places
from checker.reading import begin_reading
from tests.systems import catalogue

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}
"""
POLICIES = ("selector-matches-nothing", "route-to-nowhere")
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: {namespace}\nspec: [\n"


def outcomes(folder, files, jobs=1):
    for name, text in {"service.yaml": SERVICE, "ingress.yaml": INGRESS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    objects, inputs, unseen = begin_reading([str(folder)], jobs)()[:3]
    report = check(objects, inputs, catalogue(), Settings(complete=True, only=frozenset(POLICIES), unseen=unseen))
    said = [line for line in report.assumptions if "could not be read" in line]
    found = {finding.policy: finding.outcome for finding in report.findings}
    return tuple(found[policy] for policy in POLICIES), said


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ("fail", "fail")),
        ({"broken.yaml": DEPLOYMENT.replace("{namespace}", "shop")}, ("unknown", "fail")),
        ({"broken.yaml": DEPLOYMENT.replace("{namespace}", "elsewhere")}, ("fail", "fail")),
        ({"template.yaml": DEPLOYMENT.replace("{namespace}", "{{ .Release.Namespace }}")}, ("unknown", "fail")),
        ({"broken.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": '}, ("fail", "unknown")),
        ({"broken.yaml": "apiVersion: v1\nmetadata: {name: x\n"}, ("unknown", "unknown")),
        ({"template.yaml": "apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata:\n  name: x\n"}, ("unknown", "unknown")),
        ({"values.yaml": "replicas: 1\n  image: [\n"}, ("fail", "fail")),
        ({"broken.yaml": SERVICE + "---\nkind: ConfigMap\nmetadata: {name: [\n"}, ("fail", "fail")),
        ({"chart/Chart.yaml": "name: c\n", "chart/templates/web.yaml": "kind: Deployment\nmetadata:\n  name: {{ .x }}\n"}, ("unknown", "fail")),
        ({"chart/Chart.yaml": "name: c\ndependencies:\n- name: web\n"}, ("unknown", "unknown")),
        ({"chart/Chart.yaml": "name: c\n", "chart/templates/web.yaml": '{{ include "common.all" . }}\n'}, ("unknown", "unknown")),
    ],
)
def test_only_what_could_not_be_read_is_in_doubt(tmp_path, files, expected):
    found, said = outcomes(tmp_path, files)
    assert found == expected
    assert bool(said) == ("unknown" in expected)


def test_other_processes_tell_what_they_could_not_read(tmp_path):
    found, said = outcomes(tmp_path, {"broken.yaml": DEPLOYMENT.replace("{namespace}", "shop")}, jobs=2)
    assert found == ("unknown", "fail")
    assert said == ["1 file could not be read: absence of Deployment is not a fact"]


def test_the_kinds_and_namespaces_of_raw_text():
    reference = "kind: HorizontalPodAutoscaler\nmetadata:\n  namespace: shop\nspec:\n  scaleTargetRef:\n    kind: Deployment\n"
    assert places(reference) == {("HorizontalPodAutoscaler", "shop")}
    assert places("kind: List\nitems:\n- kind: Pod\n  metadata:\n    namespace: shop\n- kind: Secret\n") >= {("Pod", ANY), ("Secret", ANY)}
    assert places("kind: A\nmetadata:\n  name: x\nspec:\n  namespace: other\n") == {("A", ANY)}
    assert places("# a text about kinds\n") == set()


def test_what_may_be_there():
    some = Unseen(frozenset({("Service", "shop"), ("Pod", ANY)}), 2)
    assert some.may_hold(["Service"], "shop")
    assert some.may_hold(["Service"])
    assert not some.may_hold(["Service"], "web")
    assert some.may_hold(["Pod"], "web")
    assert not some.may_hold(["Secret"])


def test_long_metadata_is_read_once():
    text = "kind: Service\nmetadata:\n" + "".join(f"{' ' * 40}key-{number}: {{{{ .x }}}}\n" for number in range(200))
    assert places(text) == {("Service", ANY)}
