"""What differs between versions of Istio, and which version a system has."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.model.build import Model
from checker.objects import ApiObject

Version = tuple[int, int]
NEWEST: Version = (1, 31)

# The first version with each behaviour, and where that is seen.
EJECTION_PERCENT_IS_NEVER_EXCEEDED: Version = (
    1,
    20,
)  # Envoy 1.28: https://www.envoyproxy.io/docs/envoy/latest/version_history/v1.28/v1.28.0
NO_RETRIES_ON_503: Version = (1, 24)  # https://github.com/istio/istio/pull/52111
RETRY_BACKOFF: Version = (1, 26)  # HTTPRetry.backoff: https://github.com/istio/api/blob/master/networking/v1alpha3/virtual_service.proto
RETRY_BUDGET: Version = (1, 27)  # https://istio.io/latest/news/releases/1.27.x/announcing-1.27/change-notes/
FEWER_STREAMS: Version = (1, 28)  # Envoy 1.36: https://www.envoyproxy.io/docs/envoy/latest/version_history/v1.36/v1.36.0
MESH_BASELINE: Version = (1, 31)  # MeshConfig.defaultTrafficPolicy: https://github.com/istio/istio/commit/79bca08e748
NO_PANIC: Version = (1, 31)  # PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS, on by default

_NUMBER = re.compile(r"v?(\d+)\.(\d+)(?:[.\-+].*)?$")
_REVISION = re.compile(r"v?(\d+)-(\d+)(?:-.*)?$")
_IMAGES = frozenset({"pilot", "proxyv2", "ztunnel", "install-cni"})
_CHARTS = frozenset({"istiod", "ztunnel", "istio-discovery", "istio-control"})


class Evidence(NamedTuple):
    """A version, and what shows it, in words."""

    version: Version
    shown_by: str


def parse_version(text: str) -> Version | None:
    """The minor version of `1.22`, `1.22.3-distroless` or `v1.22.3`; None for anything else."""
    match = _NUMBER.match(text.strip())
    return (int(match[1]), int(match[2])) if match else None


def text_of(version: Version) -> str:
    """`1.22`."""
    return ".".join(map(str, version))


def detected(model: Model) -> list[Evidence]:
    """What the input shows, the newest version first."""
    found = dict.fromkeys((*_of_images(model), *_of_installations(model), *_of_revisions(model)))
    return sorted(found, key=lambda evidence: evidence.version, reverse=True)


def _of_images(model: Model) -> Iterator[Evidence]:
    for workload in model.part.workloads:
        for container in workload.containers:
            image = str(container.data.get("image") or "")
            version = _of_image(image) if "istio" in image or "proxyv2" in image else None
            if version:
                name = f"{workload.kind} {workload.namespace}/{workload.name}"
                yield Evidence(version, f"the image tag of {name}")


def _of_image(image: str) -> Version | None:
    path, _, tag = image.partition("@")[0].rpartition(":")
    folder, _, name = path.rpartition("/")
    return parse_version(tag) if name == "proxyv2" or (name in _IMAGES and "istio" in folder) else None


def _of_installations(model: Model) -> Iterator[Evidence]:
    """Tags and versions that an operator, a GitOps tool or the chart's own ConfigMap is given."""
    for kind in ("IstioOperator", "Istio", "HelmRelease", "Application", "ConfigMap"):
        for item in model.kinds.get(kind, ()):
            for key, written in _versions(item):
                version = parse_version(str(written or ""))
                if version:
                    yield Evidence(version, f"{key} of {kind} {item.namespace}/{item.name}")


def _versions(item: ApiObject) -> Iterator[tuple[str, Any]]:
    spec = item.data.get("spec") or {}
    match item.kind:
        case "IstioOperator":
            yield "tag", spec.get("tag")
        case "Istio":
            yield "version", spec.get("version")
        case "HelmRelease":
            chart = mapping_at(spec, "chart", "spec")
            yield "chart version", chart.get("version") if chart.get("chart") in _CHARTS else None
        case "Application":
            sources = [mapping_at(spec, "source"), *(source for source in spec.get("sources") or () if isinstance(source, dict))]
            yield from (("targetRevision", source.get("targetRevision")) for source in sources if source.get("chart") in _CHARTS)
        case "ConfigMap" if item.name.startswith("istio-sidecar-injector"):
            yield "global.tag", mapping_at(_json((item.data.get("data") or {}).get("values")), "global").get("tag")
    for values in _helm_values(item):
        yield "global.tag", mapping_at(values, "global").get("tag")


def _helm_values(item: ApiObject) -> Iterator[Mapping[str, Any]]:
    """The values of Istio's charts that an IstioOperator, an Istio, a HelmRelease or an Application holds."""
    if item.kind in ("IstioOperator", "Istio", "HelmRelease"):
        yield mapping_at(item.data, "spec", "values")
    elif item.kind == "Application":
        yield mapping_at(item.data, "spec", "source", "helm", "valuesObject")


def mapping_at(values: Any, *path: str) -> Mapping[str, Any]:
    """A mapping within mappings; these kinds come unchecked, and what is none counts as empty."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _of_revisions(model: Model) -> Iterator[Evidence]:
    """A revision is mostly named after its version: `1-22-3`."""
    for item in model.kinds.get("Namespace", ()):
        match = _REVISION.match(str((item.data["metadata"].get("labels") or {}).get("istio.io/rev") or ""))
        if match:
            yield Evidence((int(match[1]), int(match[2])), f"the label istio.io/rev of Namespace {item.name}")
