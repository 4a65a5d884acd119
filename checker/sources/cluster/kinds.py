"""Which kinds are read from a cluster: those of which a fact is made somewhere. Secrets are not among them."""

from collections.abc import Iterator
from typing import NamedTuple


class Kind(NamedTuple):
    """One kind. `versions`: those that are read best, the best first; any other only where none of these is served."""

    group: str
    name: str
    versions: tuple[str, ...] = ("v1",)


_ISTIO = ("v1", "v1beta1", "v1alpha3")
_GATEWAY = ("v1", "v1beta1", "v1alpha3", "v1alpha2")

_TABLE: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {
    ("", ("v1",)): (
        "Namespace", "Service", "ConfigMap", "Pod", "ReplicationController", "ServiceAccount", "LimitRange", "ResourceQuota",
    ),
    ("apps", ("v1",)): ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    ("batch", ("v1", "v1beta1")): ("Job", "CronJob"),
    ("autoscaling", ("v2", "v1")): ("HorizontalPodAutoscaler",),
    ("autoscaling.k8s.io", ("v1",)): ("VerticalPodAutoscaler",),
    ("policy", ("v1", "v1beta1")): ("PodDisruptionBudget",),
    ("networking.k8s.io", ("v1",)): ("Ingress", "IngressClass", "NetworkPolicy"),
    ("scheduling.k8s.io", ("v1",)): ("PriorityClass",),
    ("argoproj.io", ("v1alpha1",)): ("Rollout", "Application"),
    ("helm.toolkit.fluxcd.io", ("v2", "v2beta2", "v2beta1")): ("HelmRelease",),
    ("apps.kruise.io", ("v1alpha1",)): ("CloneSet",),
    ("apps.openshift.io", ("v1",)): ("DeploymentConfig",),
    ("keda.sh", ("v1alpha1",)): ("ScaledObject",),
    ("cert-manager.io", ("v1",)): ("Certificate",),
    ("monitoring.coreos.com", ("v1",)): ("ServiceMonitor", "PodMonitor", "PrometheusRule"),
    ("networking.istio.io", _ISTIO): (
        "VirtualService", "DestinationRule", "ServiceEntry", "Gateway", "Sidecar", "EnvoyFilter", "WorkloadEntry", "WorkloadGroup",
        "ProxyConfig",
    ),
    ("security.istio.io", ("v1", "v1beta1")): ("PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"),
    ("telemetry.istio.io", ("v1", "v1alpha1")): ("Telemetry",),
    ("extensions.istio.io", ("v1alpha1",)): ("WasmPlugin",),
    ("install.istio.io", ("v1alpha1",)): ("IstioOperator",),
    ("sailoperator.io", ("v1", "v1alpha1")): ("Istio",),
    ("gateway.networking.k8s.io", _GATEWAY): (
        "GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "ReferenceGrant", "BackendTLSPolicy",
        "ListenerSet",
    ),
    ("gateway.networking.x-k8s.io", ("v1alpha1",)): ("XBackendTrafficPolicy",),
    ("gateway.envoyproxy.io", ("v1alpha1",)): (
        "BackendTrafficPolicy", "ClientTrafficPolicy", "EnvoyProxy", "EnvoyPatchPolicy", "EnvoyExtensionPolicy", "SecurityPolicy",
        "HTTPRouteFilter", "Backend",
    ),
    ("multicluster.x-k8s.io", ("v1beta1", "v1alpha1")): ("ServiceImport",),
    ("linkerd.io", ("v1alpha2",)): ("ServiceProfile",),
    ("projectcontour.io", ("v1",)): ("HTTPProxy",),
    ("traefik.io", ("v1alpha1",)): ("Middleware",),
    ("rabbitmq.com", ("v1beta1",)): ("Queue", "Policy", "OperatorPolicy"),
    ("kafka.strimzi.io", ("v1", "v1beta2")): ("KafkaTopic",),
    ("jetstream.nats.io", ("v1beta2",)): ("Stream",),
}  # fmt: skip

# What a controller tells of the object, and a fact is made of: the addresses istiod gave a ServiceEntry.
OBSERVED = frozenset({"ServiceEntry"})


def kinds() -> Iterator[Kind]:
    """All of them."""
    for (group, versions), names in _TABLE.items():
        for name in names:
            yield Kind(group, name, versions)
