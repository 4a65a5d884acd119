"""What a document is that is no Kubernetes object: a name for what people keep next to their manifests."""

import posixpath
import re
from typing import Any, NamedTuple

from checker.objects.kinds import group_of


class Mark(NamedTuple):
    """Keys that together give a format away."""

    keys: frozenset[str]
    what: str


def _mark(keys: str, what: str) -> Mark:
    return Mark(frozenset(keys.split()), what)


# The first whose keys are all there counts. Only keys that hardly mean anything else: no name is better than a wrong one.
_MARKS = (
    _mark("openapi paths", "an OpenAPI description"),
    _mark("openapi info", "an OpenAPI description"),
    _mark("swagger info", "an OpenAPI description"),
    _mark("on jobs", "a GitHub workflow"),
    _mark("AWSTemplateFormatVersion", "a CloudFormation template"),
    _mark("panels schemaVersion", "a Grafana dashboard"),
    _mark("scrape_configs", "a Prometheus configuration"),
    _mark("receivers exporters", "an OpenTelemetry collector configuration"),
    _mark("receivers route", "an Alertmanager configuration"),
    _mark("replicaCount", "probably Helm values"),
    _mark("nameOverride", "probably Helm values"),
    _mark("fullnameOverride", "probably Helm values"),
)

_VALUES_NAME = re.compile(r"(?:\A|[-_.])values[-_.]")
_OF_COMPOSE = frozenset({"image", "build"})

# API groups of documents that a program reads from a file, and no API server stores.
_FILE_GROUPS = {
    "kustomize.config.k8s.io": "a kustomization",
    "kind.x-k8s.io": "a configuration of kind",
    "k3d.io": "a configuration of k3d",
    "eksctl.io": "a configuration of eksctl",
    "kubeadm.k8s.io": "a configuration of kubeadm",
    "kubelet.config.k8s.io": "a configuration of the kubelet",
    "kubeproxy.config.k8s.io": "a configuration of kube-proxy",
    "kubescheduler.config.k8s.io": "a configuration of the scheduler",
    "apiserver.config.k8s.io": "a configuration of the API server",
    "apiserver.k8s.io": "a configuration of the API server",
    "audit.k8s.io": "an audit policy of the API server",
    "client.authentication.k8s.io": "a configuration of kubectl",
    "skaffold": "a configuration of Skaffold",
    "backstage.io": "an entry of the Backstage catalogue",
    "cli.kyverno.io": "a test of Kyverno policies",
    "kpt.dev": "a configuration of kpt",
    "builtin": "a configuration of kustomize",
    "devspace.sh": "a configuration of DevSpace",
    "authentication.k8s.io": "a request to the API server",
    "authorization.k8s.io": "a request to the API server",
    "admission.k8s.io": "a request to an admission webhook",
}

_FILE_NAMES = {
    "Chart.yaml": "the description of a Helm chart",
    "skaffold.yaml": "a configuration of Skaffold",
    "requirements.yaml": "the dependencies of a Helm chart",
    "package.json": "an npm package",
    "tsconfig.json": "a configuration of TypeScript",
    "mkdocs.yml": "a configuration of MkDocs",
    "azure.yaml": "a configuration of the Azure Developer CLI",
    "cloudbuild.yaml": "a build for Google Cloud Build",
}

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def is_kustomization_name(file: str) -> bool:
    """Whether kustomize looks for files of this name."""
    return posixpath.basename(file) in _KUSTOMIZATIONS


def is_kustomization(file: str, data: object) -> bool:
    """Whether a document tells kustomize what to build; such a file needs neither apiVersion nor kind."""
    if not isinstance(data, dict):
        return False
    api_version = data.get("apiVersion")
    if isinstance(api_version, str):
        return group_of(api_version) == "kustomize.config.k8s.io"
    return is_kustomization_name(file)


def is_envoy(data: object) -> bool:
    """Whether a document is a configuration of Envoy: a bootstrap, discovered resources, or a dump, also the bare list of istioctl."""
    if isinstance(data, list):
        return bool(data) and all(isinstance(entry, dict) and _is_resource(entry) for entry in data)
    if not isinstance(data, dict) or "kind" in data or "apiVersion" in data:
        return False
    if not data.keys().isdisjoint(_BOOTSTRAP_KEYS) or _is_envoy_dump(data):
        return True
    resources = data.get("resources")
    return isinstance(resources, list) and bool(resources) and all(isinstance(entry, dict) and "@type" in entry for entry in resources)


def printed_bootstrap(data: object) -> bool:
    """Whether a document is what `istioctl proxy-config bootstrap` prints: the configuration below one key."""
    return isinstance(data, dict) and isinstance(data.get("bootstrap"), dict) and is_envoy(data["bootstrap"])


def is_rate_limits(data: object) -> bool:
    """Whether a document is a configuration of the rate limit service (https://github.com/envoyproxy/ratelimit)."""
    return isinstance(data, dict) and isinstance(data.get("domain"), str) and isinstance(data.get("descriptors"), list)


def _is_resource(entry: dict[str, Any]) -> bool:
    return "name" in entry and not entry.keys().isdisjoint(_RESOURCE_KEYS)


_BOOTSTRAP_KEYS = frozenset({"static_resources", "staticResources", "dynamic_resources", "dynamicResources"})
_RESOURCE_KEYS = frozenset({
    "filterChains", "filter_chains", "virtualHosts", "virtual_hosts", "connectTimeout", "connect_timeout", "edsClusterConfig",
    "eds_cluster_config", "loadAssignment", "load_assignment",
})  # fmt: skip


def of_a_program(api_version: object, kind: object, data: dict[str, Any]) -> str | None:
    """What a document with apiVersion and kind is that only a program reads from a file; None for an object of a cluster."""
    if api_version == "v1" and kind == "Config" and ("clusters" in data or "contexts" in data):
        return "a kubeconfig"
    if api_version == "v1" and kind == "Policy":  # until Kubernetes 1.23
        return "a configuration of the scheduler"
    return _FILE_GROUPS.get(group_of(api_version)) if isinstance(api_version, str) else None


def of_another_format(file: str, data: dict[str, Any]) -> str | None:
    """What a mapping without apiVersion and kind is, where that can be told."""
    named = _FILE_NAMES.get(posixpath.basename(file))
    if named is not None:
        return named
    if _is_chart(data):
        return "the description of a Helm chart"
    if _is_compose(data):
        return "a Compose file"
    # YAML 1.1 reads GitHub's key `on` as true.
    if _VALUES_NAME.search(posixpath.basename(file)):
        return "probably Helm values"
    keys: set[object] = {"on" if str(key).lower() == "true" else key for key in data}
    return next((mark.what for mark in _MARKS if mark.keys <= keys), None)


def _is_chart(data: dict[str, Any]) -> bool:
    return data.get("apiVersion") in ("v1", "v2") and "name" in data and "version" in data


def _is_compose(data: dict[str, Any]) -> bool:
    services = data.get("services")
    return isinstance(services, dict) and any(isinstance(service, dict) and service.keys() & _OF_COMPOSE for service in services.values())


def _is_envoy_dump(data: dict[str, Any]) -> bool:
    parts = data.get("configs")
    return isinstance(parts, list) and bool(parts) and isinstance(parts[0], dict) and "@type" in parts[0]
