"""Facts about where pods may run, and what they need before they start."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.facts.fields import NO_SERVICES, Field, Unknown
from checker.model.build import Model
from checker.model.labels import label_selector
from checker.model.types import Workload
from checker.objects.unseen import ANY

_VOLUMES = ("spec", "volumes")
# Made by the API server in every namespace.
_ALWAYS_THERE = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})

SCHEDULING_FIELDS = {
    "workload.spread": Field(
        "bool", "replicas are kept apart: spread constraints or anti-affinity that match its own pods, or a host port"
    ),
    "pod.idle_spread_constraints": Field(
        "list(string)", "topology keys of spread constraints whose selector matches none of its pods", ("spec", "topologySpreadConstraints")
    ),
    "workload.mounts_claim": Field("bool", "mounts a PersistentVolumeClaim that all replicas share"),
    "workload.headless_service": Field(
        "string", "the Service a StatefulSet names: ok, missing, not-headless, unnamed; empty for other kinds", ("spec", "serviceName")
    ),
    "pod.priority_class": Field("string", "priorityClassName as written", ("spec", "priorityClassName")),
    "pod.priority_class_missing": Field("bool", "the PriorityClass is not in the input", ("spec", "priorityClassName")),
    "pod.service_account": Field("string", "serviceAccountName as written", ("spec", "serviceAccountName")),
    "pod.service_account_missing": Field("bool", "the ServiceAccount is not in the input", ("spec", "serviceAccountName")),
    "pod.unbounded_empty_dirs": Field(
        "list(string)", "emptyDir volumes on disk that neither sizeLimit nor an ephemeral-storage limit bounds", _VOLUMES
    ),
    "pod.missing_config_maps": Field("list(string)", "ConfigMaps it needs to start that are not in the input", ("spec",)),
}


def scheduling_facts(model: Model, workload: Workload) -> dict[str, Any]:
    """Placement, volumes and references of a workload's pods."""
    pod = workload.spec
    constraints = pod.get("topologySpreadConstraints") or ()
    priority = pod.get("priorityClassName") or ""
    account = pod.get("serviceAccountName") or pod.get("serviceAccount") or ""
    return {
        "workload.spread": any(_matches_own(term, workload) for term in (*constraints, *_anti_affinity(pod))) or _uses_host_port(workload),
        "pod.idle_spread_constraints": tuple(str(term.get("topologyKey")) for term in constraints if not _matches_own(term, workload)),
        "workload.mounts_claim": any(volume.get("persistentVolumeClaim") for volume in pod.get("volumes") or ()),
        "workload.headless_service": _headless_service(model, workload),
        "pod.priority_class": priority,
        "pod.priority_class_missing": _missing(model, "PriorityClass", "", priority, builtin=priority.startswith("system-")),
        "pod.service_account": account,
        "pod.service_account_missing": _missing(model, "ServiceAccount", workload.namespace, account, builtin=account == "default"),
        "pod.unbounded_empty_dirs": _unbounded_empty_dirs(workload),
        "pod.missing_config_maps": _missing_config_maps(model, workload),
    }


def _matches_own(term: Mapping[str, Any], workload: Workload) -> bool:
    """A term without a selector selects no pods at all."""
    given = term.get("labelSelector")
    return given is not None and label_selector(given).matches(workload.labels)


def _anti_affinity(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    rules = (pod.get("affinity") or {}).get("podAntiAffinity") or {}
    yield from rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    for weighted in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
        yield weighted.get("podAffinityTerm") or {}


def _uses_host_port(workload: Workload) -> bool:
    """Two pods with one host port cannot share a node."""
    if workload.spec.get("hostNetwork"):
        return any(container.ports for container in workload.containers)
    return any(port.get("hostPort") for container in workload.containers for port in container.data.get("ports") or ())


def _headless_service(model: Model, workload: Workload) -> Any:
    if workload.kind != "StatefulSet":
        return ""
    name = workload.source.data["spec"].get("serviceName")
    if not name:
        return "unnamed"
    found = model.find("Service", workload.namespace, name, workload.source)
    if found is None:
        return "missing" if model.covers_in("Service", workload.namespace) else NO_SERVICES
    return "ok" if found.data["spec"].get("clusterIP") == "None" else "not-headless"


def _missing(model: Model, kind: str, namespace: str, name: str, *, builtin: bool) -> Any:
    if not name or builtin or (kind, namespace, name) in model.named:
        return False
    return True if model.covers(kind, namespace=namespace or ANY) else Unknown(f"{kind} objects")


def _unbounded_empty_dirs(workload: Workload) -> tuple[str, ...]:
    bounded = all("ephemeral-storage" in ((container.data.get("resources") or {}).get("limits") or {}) for container in workload.containers)
    volumes = () if bounded else workload.spec.get("volumes") or ()
    return tuple(
        str(volume.get("name"))
        for volume in volumes
        if (directory := _empty_dir(volume)) is not None and not directory.get("sizeLimit") and directory.get("medium") != "Memory"
    )


def _empty_dir(volume: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A volume without any source is an emptyDir (SetDefaults_Volume in pkg/apis/core/v1/defaults.go)."""
    sources = {name: value for name, value in volume.items() if name != "name" and value is not None}
    found: Mapping[str, Any] | None = sources.get("emptyDir") if sources else {}
    return found


def _missing_config_maps(model: Model, workload: Workload) -> Any:
    """Only a complete input can tell: ConfigMaps are often made by generators and scripts."""
    named = dict.fromkeys(name for name in config_maps(workload) if name not in _ALWAYS_THERE)
    missing = [name for name in named if ("ConfigMap", workload.namespace, name) not in model.named]
    return tuple(missing) if model.complete_in(workload.namespace, "ConfigMap") or not missing else Unknown("ConfigMaps of these names")


def config_maps(workload: Workload) -> Iterator[str]:
    """Names of the ConfigMaps that the pods cannot start without."""
    references: list[Iterable[Mapping[str, Any]]] = []
    for container in workload.containers:
        references.append(entry.get("configMapRef") or {} for entry in container.data.get("envFrom") or ())
        references.append((entry.get("valueFrom") or {}).get("configMapKeyRef") or {} for entry in container.data.get("env") or ())
    for volume in workload.spec.get("volumes") or ():
        references.append([volume.get("configMap") or {}])
        references.append(source.get("configMap") or {} for source in (volume.get("projected") or {}).get("sources") or ())
    for group in references:
        for reference in group:
            if reference.get("name") and not reference.get("optional"):
                yield reference["name"]
