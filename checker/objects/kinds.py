"""What is known of kinds by name alone: their scope, how their names are spelt, which are no objects of a cluster.

Sources: `kubectl api-resources` of Kubernetes 1.34 and the CustomResourceDefinitions that the projects publish.
"""

from functools import cache

DNS_SUBDOMAIN = "subdomain"
DNS_LABEL = "label"
DNS_1035_LABEL = "label that starts with a letter"
PATH_SEGMENT = "path segment"

_CALICO = frozenset({"BGPConfiguration", "BGPPeer", "FelixConfiguration", "GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool"})
_CLUSTER_SCOPED: dict[str, frozenset[str]] = {
    "": frozenset({"ComponentStatus", "Namespace", "Node", "PersistentVolume"}),
    "admissionregistration.k8s.io": frozenset({
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    }),
    "apiextensions.crossplane.io": frozenset({"CompositeResourceDefinition", "Composition", "CompositionRevision"}),
    "apiextensions.k8s.io": frozenset({"CustomResourceDefinition"}),
    "apiregistration.k8s.io": frozenset({"APIService"}),
    "cert-manager.io": frozenset({"ClusterIssuer"}),
    "certificates.k8s.io": frozenset({"CertificateSigningRequest", "ClusterTrustBundle"}),
    "cilium.io": frozenset({
        "CiliumBGPAdvertisement", "CiliumBGPClusterConfig", "CiliumBGPNodeConfig", "CiliumBGPNodeConfigOverride", "CiliumBGPPeerConfig",
        "CiliumBGPPeeringPolicy", "CiliumCIDRGroup", "CiliumClusterwideEnvoyConfig", "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy", "CiliumExternalWorkload", "CiliumIdentity", "CiliumL2AnnouncementPolicy",
        "CiliumLoadBalancerIPPool", "CiliumNode", "CiliumPodIPPool",
    }),
    "config.openshift.io": frozenset({
        "ClusterOperator", "ClusterVersion", "DNS", "Infrastructure", "Ingress", "Network", "OAuth", "Proxy",
    }),
    "configuration.konghq.com": frozenset({"KongClusterPlugin", "KongLicense", "KongVault"}),
    "crd.projectcalico.org": _CALICO,
    "external-secrets.io": frozenset({"ClusterExternalSecret", "ClusterPushSecret", "ClusterSecretStore"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"FlowSchema", "PriorityLevelConfiguration"}),
    "gateway.networking.k8s.io": frozenset({"GatewayClass"}),
    "karpenter.k8s.aws": frozenset({"EC2NodeClass"}),
    "karpenter.sh": frozenset({"NodeClaim", "NodePool", "Provisioner"}),
    "kro.run": frozenset({"ResourceGraphDefinition"}),
    "kuma.io": frozenset({"HostnameGenerator", "Mesh", "Zone", "ZoneInsight"}),
    "kyverno.io": frozenset({"ClusterCleanupPolicy", "ClusterPolicy"}),
    "networking.k8s.io": frozenset({"IPAddress", "IngressClass", "ServiceCIDR"}),
    "node.k8s.io": frozenset({"RuntimeClass"}),
    "policy": frozenset({"PodSecurityPolicy"}),
    "policy.networking.k8s.io": frozenset({"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"}),
    "project.openshift.io": frozenset({"Project", "ProjectRequest"}),
    "projectcalico.org": _CALICO,
    "rbac.authorization.k8s.io": frozenset({"ClusterRole", "ClusterRoleBinding"}),
    "resource.k8s.io": frozenset({"DeviceClass", "DeviceTaintRule", "ResourceSlice"}),
    "scheduling.k8s.io": frozenset({"PriorityClass"}),
    "security.openshift.io": frozenset({"SecurityContextConstraints"}),
    "snapshot.storage.k8s.io": frozenset({"VolumeSnapshotClass", "VolumeSnapshotContent"}),
    "storage.k8s.io": frozenset({"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"}),
    "templates.gatekeeper.sh": frozenset({"ConstraintTemplate"}),
}  # fmt: skip

_NAMED_FREELY = ("rbac.authorization.k8s.io", "metrics.k8s.io")  # and *.openshift.io: users, image tags, roles with colons

# Kinds that one often writes without a name, because a program reads them and no API server stores them.
_NAMELESS = frozenset({("install.istio.io", "IstioOperator")})


@cache
def group_of(api_version: str) -> str:
    """`apps/v1` → `apps`; `v1` → the core group, ``."""
    return api_version.rpartition("/")[0]


@cache
def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Whether objects of this kind belong to no namespace, as far as is known."""
    group = group_of(api_version)
    return kind in _CLUSTER_SCOPED.get(group, ()) or group == "constraints.gatekeeper.sh"


def may_be_nameless(api_version: str, kind: str) -> bool:
    """Whether a document of this kind is of use without a name."""
    return (group_of(api_version), kind) in _NAMELESS


@cache
def spelling_of_names(api_version: str, kind: str) -> str:
    """The rule that names of this kind follow."""
    group = group_of(api_version)
    if group in _NAMED_FREELY or group.endswith(".openshift.io"):
        return PATH_SEGMENT
    if group == "" and kind == "Namespace":
        return DNS_LABEL
    if group == "" and kind == "Service":
        return DNS_1035_LABEL
    return DNS_SUBDOMAIN
