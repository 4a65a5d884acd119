"""Old API versions, and versions that never were."""

import re

import pytest

from checker.facts.api_versions import _BY_KIND, _HOMES, known_group_version, removed, unknown


@pytest.mark.parametrize(
    ("api_version", "kind", "removed_in", "replacement"),
    [
        ("extensions/v1beta1", "Deployment", "1.16", "apps/v1"),
        ("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1"),
        ("apps/v1beta1", "StatefulSet", "1.16", "apps/v1"),
        ("apps/v1beta2", "DaemonSet", "1.16", "apps/v1"),
        ("networking.k8s.io/v1beta1", "IngressClass", "1.22", "networking.k8s.io/v1"),
        ("rbac.authorization.k8s.io/v1beta1", "Role", "1.22", "rbac.authorization.k8s.io/v1"),
        ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.22", "apiextensions.k8s.io/v1"),
        ("scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1"),
        ("batch/v1beta1", "CronJob", "1.25", "batch/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.25", ""),
        ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1"),
        ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", "autoscaling/v2"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2"),
        ("storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1"),
        ("storage.k8s.io/v1beta1", "StorageClass", "1.22", "storage.k8s.io/v1"),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "1.32", "flowcontrol.apiserver.k8s.io/v1"),
        ("extensions/v1beta1", "Whatever", "1.22", ""),
    ],
)
def test_removed_versions_are_known(api_version: str, kind: str, removed_in: str, replacement: str) -> None:
    gone = removed(api_version, kind)
    assert gone is not None
    assert (gone.removed_in, gone.replacement) == (removed_in, replacement)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployment"), ("v1", "Pod"), ("autoscaling/v1", "HorizontalPodAutoscaler"), ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("networking.istio.io/v1beta1", "VirtualService"), ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("gateway.networking.k8s.io/v1beta1", "HTTPRoute"),
    ],
)  # fmt: skip
def test_versions_in_use_are_not_removed(api_version: str, kind: str) -> None:
    assert removed(api_version, kind) is None
    assert unknown(api_version, kind) is None


@pytest.mark.parametrize(
    ("api_version", "kind", "known"),
    [
        ("apps/v1", "Deployment", True),
        ("apps/v1beta1", "Deployment", True),
        ("apps/v99", "Deployment", False),
        ("v1", "Deployment", False),
        ("apps/v1", "Pod", False),
        ("extensions/v1beta1", "StatefulSet", False),
        ("serving.knative.dev/v1", "Service", None),
        ("apps.kruise.io/v1beta1", "StatefulSet", None),
        ("apps/v1", "SomethingNew", None),
    ],
)
def test_group_versions_of_built_in_kinds(api_version: str, kind: str, known) -> None:
    assert known_group_version(api_version, kind) is known


def test_a_version_that_never_was_is_explained() -> None:
    found = unknown("apps/v99", "Deployment")
    assert found is not None
    assert found.message == "apiVersion is apps/v99, in which Kubernetes has no Deployment; apps/v1 is required"
    assert found.fix == "write apiVersion: apps/v1"


def test_a_kind_that_is_gone_is_not_recommended() -> None:
    found = unknown("policy/v1", "PodSecurityPolicy")
    assert found is not None
    assert "in none since 1.25" in found.message
    assert found.fix == "use Pod Security Admission"


@pytest.mark.parametrize("entry", _BY_KIND.items(), ids=lambda entry: " ".join(entry[0]))
def test_the_table_is_sound(entry) -> None:
    (api_version, kind), removal = entry
    assert re.fullmatch(r"1\.\d\d", removal.removed_in)
    assert removal.replacement != api_version
    assert removal.note
    assert removal.replacement == "" or removed(removal.replacement, kind) is None
    assert kind not in _HOMES or api_version in _HOMES[kind] or kind == "Ingress"
