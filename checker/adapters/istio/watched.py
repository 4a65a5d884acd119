"""What can be seen of a mesh: the statistics that its proxies keep, and where their spans go.

Sources: pkg/bootstrap/config.go of istiod 1.31 (proxies keep few statistics unless proxyStatsMatcher or an annotation of the pod
names more; none of Envoy's on ejections is among them), and
https://istio.io/latest/docs/tasks/observability/distributed-tracing/telemetry-api/ (spans go where a provider is named).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.adapters.istio.mesh import Mesh
from checker.model.build import Model
from checker.model.traffic import Watched

_LISTS = {"inclusionPrefixes": "Prefixes", "inclusionSuffixes": "Suffixes", "inclusionRegexps": "Regexps"}
_ANNOTATIONS = tuple(f"sidecar.istio.io/statsInclusion{word}" for word in _LISTS.values())
_OWN_CONFIG = "proxy.istio.io/config"
_STATISTICS = tuple(
    f"cluster.outbound|80||host.outlier_detection.{name}"
    for name in (
        "ejections_active",
        "ejections_enforced_total",
        "ejections_enforced_consecutive_5xx",
        "ejections_total",
        "ejections_overflow",
    )
)


def watched(model: Model, mesh: Mesh) -> Watched | None:
    """None without a MeshConfig in the input."""
    if mesh.source is None:
        return None
    proxies = _mapping(mesh.values.get("defaultConfig"))
    kept = _keeps(_mapping(proxies.get("proxyStatsMatcher"))) or any(_of_pods(model))
    origin = mesh.origin("defaultConfig") if proxies else mesh.origin("")
    origin = origin if proxies else origin._replace(path=origin.path[:-1])
    return Watched(origin, kept, _is_traced(model, mesh, proxies))


def _keeps(matcher: Mapping[str, Any]) -> bool:
    """Whether one of the statistics is named; what names ejections of some hosts alone counts as well."""
    prefixes, suffixes, patterns = ([str(word) for word in matcher.get(key) or ()] for key in _LISTS)
    if any("outlier" in word or "ejections" in word for word in (*prefixes, *suffixes, *patterns)):
        return True
    return any(name.startswith(tuple(prefixes)) or name.endswith(tuple(suffixes)) or _fits(name, patterns) for name in _STATISTICS) or any(
        word.startswith("cluster.outbound") for word in prefixes
    )


def _fits(name: str, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        try:
            if re.fullmatch(pattern, name):
                return True
        except re.error:
            return True  # of another dialect: it may
    return False


def _of_pods(model: Model) -> Iterator[bool]:
    """What pods say for themselves."""
    for workload in model.part.workloads:
        annotations = _mapping(workload.annotations)
        lists = [str(annotations.get(name) or "").split(",") for name in _ANNOTATIONS]
        yield _keeps(dict(zip(_LISTS, ([word for word in words if word] for words in lists), strict=True)))
        yield "outlier" in str(annotations.get(_OWN_CONFIG) or "")


def _is_traced(model: Model, mesh: Mesh, proxies: Mapping[str, Any]) -> bool:
    providers = _mapping(mesh.values.get("defaultProviders")).get("tracing")
    telemetries = (_mapping(item.data.get("spec")) for item in model.kinds.get("Telemetry", ()))
    return bool(providers or proxies.get("tracing") or any(spec.get("tracing") for spec in telemetries))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
