"""Where pods may run, and what they need to start."""

import pytest

from checker.facts.fields import Unknown
from tests.facts.small import deployment, facts, service

HOST = "topologyKey: kubernetes.io/hostname"
CONSTRAINT = f"topologySpreadConstraints: [{{maxSkew: 1, {HOST}, whenUnsatisfiable: ScheduleAnyway%s}}]"
AFFINITY = "affinity: {podAntiAffinity: {%s}}"


@pytest.mark.parametrize(
    ("pod", "container", "spread", "idle"),
    [
        ("", "", False, ()),
        (CONSTRAINT % ", labelSelector: {matchLabels: {app: web}}", "", True, ()),
        (CONSTRAINT % ", labelSelector: {}", "", True, ()),
        (CONSTRAINT % ", labelSelector: {matchLabels: {app: website}}", "", False, ("kubernetes.io/hostname",)),
        (CONSTRAINT % "", "", False, ("kubernetes.io/hostname",)),
        (AFFINITY % f"requiredDuringSchedulingIgnoredDuringExecution: [{{{HOST}, labelSelector: {{matchLabels: {{app: web}}}}}}]", "", True, ()),
        (AFFINITY % f"preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 1, podAffinityTerm: {{{HOST}, labelSelector: {{matchLabels: {{app: web}}}}}}}}]", "", True, ()),
        (AFFINITY % f"requiredDuringSchedulingIgnoredDuringExecution: [{{{HOST}, labelSelector: {{matchLabels: {{app: cart}}}}}}]", "", False, ()),
        ("", "ports: [{containerPort: 80, hostPort: 80}]", True, ()),
        ("hostNetwork: true", "ports: [{containerPort: 80}]", True, ()),
        ("hostNetwork: true", "", False, ()),
    ],
)
def test_what_keeps_replicas_apart(pod, container, spread, idle):
    told = facts("workload", deployment(pod=pod, container=container))
    assert (told["workload.spread"], told["pod.idle_spread_constraints"]) == (spread, idle)


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ([service("db", spec="clusterIP: None")], "ok"),
        ([service("db")], "not-headless"),
        ([service("other")], "missing"),
        ([], None),
        ([service("db", space="other")], None),
    ],
)
def test_the_service_of_a_stateful_set(texts, state):
    told = facts("workload", deployment("db", kind="StatefulSet", spec="serviceName: db"), *texts)["workload.headless_service"]
    assert (None if isinstance(told, Unknown) else told) == state


PRIORITY = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n"


@pytest.mark.parametrize(
    ("name", "texts", "missing"),
    [("high", [PRIORITY], False), ("higher", [PRIORITY], True), ("higher", [], None), ("system-node-critical", [PRIORITY], False), ('""', [PRIORITY], False)],
)
def test_a_priority_class(name, texts, missing):
    told = facts("workload", deployment(pod=f"priorityClassName: {name}"), *texts)["pod.priority_class_missing"]
    assert (None if isinstance(told, Unknown) else told) == missing


MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"


@pytest.mark.parametrize(
    ("pod", "container", "missing"),
    [
        ("", "envFrom: [{configMapRef: {name: a}}]", ()),
        ("", "envFrom: [{configMapRef: {name: b}}]", ("b",)),
        ("", "envFrom: [{configMapRef: {name: b, optional: true}}]", ()),
        ("", "env: [{name: X, valueFrom: {configMapKeyRef: {name: b, key: k}}}]", ("b",)),
        ("volumes: [{name: v, configMap: {name: b}}, {name: w, projected: {sources: [{configMap: {name: c}}]}}]", "", ("b", "c")),
        ("volumes: [{name: v, configMap: {name: kube-root-ca.crt}}]", "", ()),
    ],
)
def test_config_maps_that_pods_wait_for(pod, container, missing):
    texts = [deployment(pod=pod, container=container), MAP]
    assert facts("workload", *texts, complete=True)["pod.missing_config_maps"] == missing
    assert isinstance(facts("workload", *texts)["pod.missing_config_maps"], Unknown) is bool(missing)
