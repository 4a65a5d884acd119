"""Placeholders that nobody filled: refused where Kubernetes wants a value, left alone where they are at home."""

import pytest

from tests.objects.manifests import identities, messages, read

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: web
          image: {image}
          ports: [{{containerPort: {port}}}]
"""
WRITTEN = {"name": "web", "namespace": "shop", "replicas": "3", "image": "web:1", "port": "8080"}


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("name", '"{{ .Release.Name }}-web"', "metadata.name"),
        ("name", "${APP}", "metadata.name"),
        ("namespace", "$NAMESPACE", "metadata.namespace"),
        ("namespace", '"{% if x %}a{% endif %}"', "metadata.namespace"),
        ("replicas", '"{{ .Values.replicas }}"', "spec.replicas"),
        ("replicas", "${REPLICAS:-3}", "spec.replicas"),
        ("image", "registry.example.com/web:${TAG}", "spec.template.spec.containers[0].image"),
        ("port", "<%= port %>", "spec.template.spec.containers[0].ports[0].containerPort"),
    ],
)
def test_a_placeholder_where_a_value_belongs(field: str, value: str, path: str) -> None:
    """One problem, at the field, and no object."""
    found = read(DEPLOYMENT.format(**WRITTEN | {field: value}))
    assert identities(found) == []
    (problem,) = found.problems
    assert problem.message == f"an unrendered template: {path} is the text {value.strip(chr(34))!r}"
    assert problem.fix.startswith("render it first")


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: '${PORT}'}]}}",
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}, spec: {hosts: ['${HOST}']}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {rules: [{host: 'a.{{ domain }}'}]}}",
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, "
        "spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: $IMAGE}]}}}}}}",
        "{apiVersion: '{{ .Values.api }}', kind: Pod, metadata: {name: a}}",
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: $A}}]}",
    ],
)
def test_other_places_and_kinds(text: str) -> None:
    """Hosts, ports, images of any workload, items of lists."""
    found = read(text)
    assert identities(found) == []
    assert len(found.problems) == 1
    assert "template" in found.problems[0].message


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {nginx.conf: 'proxy_pass http://$host${uri};', t: '{{ .x }}'}}",
        "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: a}, "
        "spec: {groups: [{rules: [{annotations: {summary: '{{ $labels.pod }} is down'}}]}]}}",
        "{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {generateName: a-}, "
        "spec: {templates: [{container: {image: '{{inputs.parameters.image}}'}}]}}",
        "{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: a}, "
        "spec: {template: {metadata: {name: '{{cluster}}-app'}}}}",
        "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: a}, spec: {steps: [{image: $(params.image)}]}}",
        "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: a}, spec: {type: '{{ request.object.kind }}'}}",
        "{apiVersion: kro.run/v1alpha1, kind: ResourceGraphDefinition, metadata: {name: a}, spec: {replicas: '${schema.spec.replicas}'}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {log: '{{.x}}'}}, "
        "spec: {containers: [{name: a, image: 'a:1', command: [sh, -c, 'echo ${HOME} $PATH $(NAME)'], env: [{name: A, value: '${B}'}]}]}}",
        "{apiVersion: networking.istio.io/v1, kind: EnvoyFilter, metadata: {name: a}, "
        "spec: {configPatches: [{patch: {value: {format: '%REQ(X)% ${y} {{z}}'}}}]}}",
    ],
)
def test_placeholders_that_are_meant(text: str) -> None:
    """Another program fills them, or nobody should."""
    found = read(text)
    assert messages(found) == []
    assert len(found.objects) == 1
