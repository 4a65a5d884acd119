"""Old and mistaken API versions of the kinds that Kubernetes brings along.

Sources: https://kubernetes.io/docs/reference/using-api/deprecation-guide/ and the life-cycle marks in the code of
k8s.io/api 1.34. Custom resources are not judged: their versions are their projects' own.
"""

from typing import NamedTuple


class Removal(NamedTuple):
    """An API version that is gone: since which Kubernetes, what to write instead (empty if nothing), what else changes."""

    removed_in: str
    replacement: str
    note: str


class Unserved(NamedTuple):
    """A kind in a group or version that never had it: what is wrong and how to mend it."""

    message: str
    fix: str


_WORKLOAD = "spec.selector is required and cannot be changed later; the defaults of rolling updates are gentler"
_INGRESS = "backends are service.name and service.port.number or .name, spec.backend is spec.defaultBackend, each path needs a pathType"
_METRICS = "targetAverageUtilization is target.averageUtilization with target.type Utilization"
_WEBHOOK = "sideEffects and admissionReviewVersions are required, the default of failurePolicy is Fail, of timeoutSeconds 10"
_SIGNING = "spec.signerName and spec.usages are required"
_BUDGET = "an empty selector selects every pod of the namespace, before it selected none"
_SHARES = "assuredConcurrencyShares is nominalConcurrencyShares"
_UNCHANGED = "the fields are the same"

_RBAC = "rbac.authorization.k8s.io"
_STORAGE = "storage.k8s.io"
_FLOW = "flowcontrol.apiserver.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

# Group and old version, kinds, removed in, replacement, what else changes.
_REMOVALS: tuple[tuple[str, str, str, str, str], ...] = (
    ("extensions/v1beta1", "Deployment DaemonSet ReplicaSet", "1.16", "apps/v1", _WORKLOAD),
    ("extensions/v1beta1", "NetworkPolicy", "1.16", "networking.k8s.io/v1", _UNCHANGED),
    ("extensions/v1beta1", "PodSecurityPolicy", "1.16", "", "use Pod Security Admission"),
    ("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1", _INGRESS),
    ("apps/v1beta1", "Deployment StatefulSet", "1.16", "apps/v1", _WORKLOAD),
    ("apps/v1beta1", "ControllerRevision", "1.16", "apps/v1", _UNCHANGED),
    ("apps/v1beta2", "Deployment StatefulSet DaemonSet ReplicaSet", "1.16", "apps/v1", _WORKLOAD),
    ("apps/v1beta2", "ControllerRevision", "1.16", "apps/v1", _UNCHANGED),
    ("batch/v2alpha1", "CronJob", "1.21", "batch/v1", _UNCHANGED),
    (f"{_ADMISSION}/v1beta1", "MutatingWebhookConfiguration ValidatingWebhookConfiguration", "1.22", f"{_ADMISSION}/v1", _WEBHOOK),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.22", "apiextensions.k8s.io/v1",
     "spec.version is spec.versions, each with its own schema, which is required"),
    ("apiregistration.k8s.io/v1beta1", "APIService", "1.22", "apiregistration.k8s.io/v1", _UNCHANGED),
    ("authentication.k8s.io/v1beta1", "TokenReview", "1.22", "authentication.k8s.io/v1", _UNCHANGED),
    ("authorization.k8s.io/v1beta1", "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
     "1.22", "authorization.k8s.io/v1", "spec.group is spec.groups"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.22", "certificates.k8s.io/v1", _SIGNING),
    ("coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1", _UNCHANGED),
    ("networking.k8s.io/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1", _INGRESS),
    ("networking.k8s.io/v1beta1", "IngressClass", "1.22", "networking.k8s.io/v1", _UNCHANGED),
    (f"{_RBAC}/v1alpha1", "ClusterRole ClusterRoleBinding Role RoleBinding", "1.22", f"{_RBAC}/v1", _UNCHANGED),
    (f"{_RBAC}/v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding", "1.22", f"{_RBAC}/v1", _UNCHANGED),
    ("scheduling.k8s.io/v1alpha1", "PriorityClass", "1.22", "scheduling.k8s.io/v1", _UNCHANGED),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1", _UNCHANGED),
    (f"{_STORAGE}/v1beta1", "CSIDriver CSINode StorageClass VolumeAttachment", "1.22", f"{_STORAGE}/v1", _UNCHANGED),
    (f"{_STORAGE}/v1alpha1", "CSIStorageCapacity VolumeAttachment", "1.24", f"{_STORAGE}/v1", _UNCHANGED),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", "autoscaling/v2", _METRICS),
    ("batch/v1beta1", "CronJob", "1.25", "batch/v1", _UNCHANGED),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1", "topology is nodeName and zone"),
    ("events.k8s.io/v1beta1", "Event", "1.25", "events.k8s.io/v1", "more fields are required"),
    ("node.k8s.io/v1beta1", "RuntimeClass", "1.25", "node.k8s.io/v1", _UNCHANGED),
    ("policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1", _BUDGET),
    ("policy/v1beta1", "Eviction", "1.25", "policy/v1", _UNCHANGED),
    ("policy/v1beta1", "PodSecurityPolicy", "1.25", "", "use Pod Security Admission"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2", _UNCHANGED),
    (f"{_FLOW}/v1beta1", "FlowSchema PriorityLevelConfiguration", "1.26", f"{_FLOW}/v1", _SHARES),
    (f"{_STORAGE}/v1beta1", "CSIStorageCapacity", "1.27", f"{_STORAGE}/v1", _UNCHANGED),
    (f"{_FLOW}/v1beta2", "FlowSchema PriorityLevelConfiguration", "1.29", f"{_FLOW}/v1", _SHARES),
    (f"{_FLOW}/v1beta3", "FlowSchema PriorityLevelConfiguration", "1.32", f"{_FLOW}/v1", "0 shares means 0, no longer the default of 30"),
    (f"{_ADMISSION}/v1beta1", "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding", "1.34", f"{_ADMISSION}/v1", _UNCHANGED),
)  # fmt: skip

_BY_KIND = {(old, kind): Removal(since, new, note) for old, kinds, since, new, note in _REMOVALS for kind in kinds.split()}
_WHOLE_GROUP_VERSIONS = {
    "extensions/v1beta1": Removal("1.22", "", "the group extensions is gone"),
    "apps/v1beta1": Removal("1.16", "apps/v1", ""),
    "apps/v1beta2": Removal("1.16", "apps/v1", ""),
}

# The kinds that one meets in manifests, with every API version that has or once had them; the current one comes first.
_HOMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "ConfigMap", "Endpoints", "LimitRange", "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod", "PodTemplate",
            "ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount",
        ),
        ("v1",),
    ),
    "Deployment": ("apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"),
    "StatefulSet": ("apps/v1", "apps/v1beta2", "apps/v1beta1"),
    "DaemonSet": ("apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    "ReplicaSet": ("apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    "Job": ("batch/v1", "extensions/v1beta1"),
    "CronJob": ("batch/v1", "batch/v1beta1", "batch/v2alpha1"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "autoscaling/v1", "autoscaling/v2beta2", "autoscaling/v2beta1", "extensions/v1beta1"),
    "PodDisruptionBudget": ("policy/v1", "policy/v1beta1"),
    "PodSecurityPolicy": ("policy/v1beta1", "extensions/v1beta1"),
    "Ingress": ("networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"),
    "IngressClass": ("networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
    "NetworkPolicy": ("networking.k8s.io/v1", "extensions/v1beta1"),
    "EndpointSlice": ("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"),
    "PriorityClass": ("scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1alpha1"),
}  # fmt: skip
_GROUPS = frozenset(home.rpartition("/")[0] for homes in _HOMES.values() for home in homes)


def removed(api_version: str, kind: str) -> Removal | None:
    """Since when an API version is no longer served; None if it still is, or is not Kubernetes' own."""
    return _BY_KIND.get((api_version, kind)) or _WHOLE_GROUP_VERSIONS.get(api_version)


def known_group_version(api_version: str, kind: str) -> bool | None:
    """Whether some Kubernetes has or had this kind in this API version; None where that cannot be told."""
    homes = _HOMES.get(kind)
    if homes is None or api_version.rpartition("/")[0] not in _GROUPS:
        return None
    return api_version in homes


def unknown(api_version: str, kind: str) -> Unserved | None:
    """What is wrong with an API version that no Kubernetes has for this kind (`apps/v2`, or `v1` for a Deployment)."""
    if known_group_version(api_version, kind) is not False:
        return None
    home = _HOMES[kind][0]
    gone = removed(home, kind)
    if gone and not gone.replacement:
        return Unserved(f"apiVersion is {api_version}, in which Kubernetes has no {kind} (and in none since {gone.removed_in})", gone.note)
    return Unserved(f"apiVersion is {api_version}, in which Kubernetes has no {kind}; {home} is required", f"write apiVersion: {home}")
