"""Who selects whom, and what the input does not tell."""

import pytest

from checker.adapters import kubernetes
from checker.model.build import Model, build
from checker.model.labels import label_selector
from tests.systems import read

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {space}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, tier: front}}}}
    spec: {{containers: [{{name: a, image: "a:1"}}]}}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {space}}}\nspec: {{selector: {{{selector}}}, ports: [{{port: 80}}]}}\n"


def model(*texts: str, complete: bool = False) -> Model:
    return build(kubernetes.read(read({f"{number}.yaml": text for number, text in enumerate(texts)})), complete=complete)


@pytest.mark.parametrize(
    ("space", "selector", "names"),
    [
        ("shop", "app: web", ["web"]),
        ("shop", "tier: front", ["cart", "web"]),
        ("shop", "app: web, tier: back", []),
        ("other", "app: web", []),
    ],
)
def test_a_service_selects_pods_of_its_namespace_by_all_labels(space, selector, names):
    built = model(
        DEPLOYMENT.format(name="web", space="shop"),
        DEPLOYMENT.format(name="cart", space="shop"),
        SERVICE.format(name="s", space=space, selector=selector),
    )
    assert sorted(workload.name for workload in built.services_of) == names


@pytest.mark.parametrize(
    ("given", "labels", "matches"),
    [
        ({}, {"a": "b"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "b", "c": "d"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "c"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, {"a": "c"}, True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, {}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {"a": "b"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {"a": ""}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": ""}, False),
        ({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]}, {"a": "b"}, False),
    ],
)
def test_label_selectors(given, labels, matches):
    assert label_selector(given).matches(labels) is matches


def test_absence_is_a_fact_only_where_the_kind_is_there_or_the_input_is_complete():
    text = DEPLOYMENT.format(name="web", space="shop")
    assert not model(text).covers("Service")
    assert model(text, complete=True).covers("Service")
    assert model(text, SERVICE.format(name="s", space="shop", selector="app: x")).covers("Service")
    assert model(text).covers_workloads("shop")
    assert not model(text).covers_workloads("other")


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("extensions/v1beta1", "Deployment"),
        ("v1", "ReplicationController"),
        ("batch/v1", "Job"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("apps.kruise.io/v1beta1", "StatefulSet"),
        ("serving.knative.dev/v1", "Service"),
        ("example.com/v1", "Gadget"),
    ],
)
def test_kinds_that_run_pods(api_version, kind):
    text = DEPLOYMENT.format(name="web", space="shop").replace("apps/v1", api_version).replace("kind: Deployment", f"kind: {kind}")
    (workload,) = model(text).part.workloads
    assert (workload.kind, workload.labels["app"], [container.name for container in workload.containers]) == (kind, "web", ["a"])


def test_pods_and_cron_jobs_keep_their_template_elsewhere():
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: w}}\nspec: {containers: [{name: a, image: 'a:1'}]}\n"
    cron = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '0 0 * * *', jobTemplate: {spec: {template: "
        "{metadata: {labels: {x: z}}, spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}}}\n"
    )
    assert [workload.labels for workload in model(pod, cron).part.workloads] == [{"x": "w"}, {"x": "z"}]


def test_a_native_sidecar_is_no_init_container():
    text = DEPLOYMENT.format(name="web", space="shop").replace(
        "containers:", "initContainers: [{name: i, image: 'a:1'}, {name: s, image: 'a:1', restartPolicy: Always}], containers:"
    )
    (workload,) = model(text).part.workloads
    assert {container.name: container.role for container in workload.containers} == {"a": "main", "i": "init", "s": "sidecar"}
