"""Kubernetes objects that run pods → `Workload`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.kubernetes.schemas import rules
from checker.model.labels import label_selector
from checker.model.types import Container, Path, Port, Role, Selector, Workload
from checker.objects import ApiObject

_TEMPLATE: Path = ("spec", "template")


class _Kind(NamedTuple):
    """Where a kind keeps its pod template, whether it has replicas, whether its pods are meant to end."""

    template: Path = _TEMPLATE
    scalable: bool = False
    ends: bool = False


_APPS = ("apps", "extensions")
_KINDS: dict[tuple[str, str], _Kind] = {
    ("", "Pod"): _Kind(template=()),
    ("", "ReplicationController"): _Kind(scalable=True),
    ("batch", "Job"): _Kind(ends=True),
    ("batch", "CronJob"): _Kind(template=("spec", "jobTemplate", "spec", "template"), ends=True),
    ("apps.openshift.io", "DeploymentConfig"): _Kind(scalable=True),
    ("argoproj.io", "Rollout"): _Kind(scalable=True),
    ("apps.kruise.io", "CloneSet"): _Kind(scalable=True),
    ("apps.kruise.io", "StatefulSet"): _Kind(scalable=True),
    ("apps.kruise.io", "DaemonSet"): _Kind(),
    ("serving.knative.dev", "Service"): _Kind(),
    **{(group, kind): _Kind(scalable=True) for group in _APPS for kind in ("Deployment", "StatefulSet", "ReplicaSet")},
    **{(group, "DaemonSet"): _Kind() for group in _APPS},
}
_UNKNOWN_KIND = _Kind()


def group_of(api_version: str) -> str:
    """`apps/v1` → `apps`; the core group is empty."""
    return api_version.rpartition("/")[0]


def runs_pods(item: ApiObject) -> bool:
    """Whether `workload` understands the object: a known kind, or one we know nothing of with a pod template under spec.template."""
    if (group_of(item.api_version), item.kind) in _KINDS:
        return True
    if rules(item.api_version, item.kind):
        return False
    spec = item.data.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    return isinstance(pod, dict) and isinstance(pod.get("containers"), list)


def workload(item: ApiObject) -> Workload | None:
    """The workload an object describes; None where it holds no pod template (an Argo Rollout may refer to one)."""
    known = _KINDS.get((group_of(item.api_version), item.kind), _UNKNOWN_KIND)
    template = _at(item.data, known.template)
    pod = template.get("spec")
    if not isinstance(pod, dict) or not pod.get("containers"):
        return None
    metadata = template.get("metadata") or {}
    spec = item.data.get("spec") or {}
    labels = metadata.get("labels") or {}
    return Workload(
        source=item,
        pod_path=known.template,
        labels=labels,
        annotations=metadata.get("annotations") or {},
        spec=pod,
        containers=tuple(_containers(pod, (*known.template, "spec"))),
        replicas=spec.get("replicas") if known.scalable else None,
        scalable=known.scalable,
        runs_to_completion=known.ends or (item.kind == "Pod" and pod.get("restartPolicy", "Always") != "Always"),
        selector=_selector(spec, item.kind) if known.scalable or item.kind == "DaemonSet" else None,
    )


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) or {}
    return data


def _containers(pod: Mapping[str, Any], base: Path) -> Iterator[Container]:
    for index, data in enumerate(pod["containers"]):
        yield _container(data, "main", (*base, "containers", index))
    for index, data in enumerate(pod.get("initContainers") or ()):
        role: Role = "sidecar" if data.get("restartPolicy") == "Always" else "init"
        yield _container(data, role, (*base, "initContainers", index))


def _container(data: Mapping[str, Any], role: Role, path: Path) -> Container:
    ports = tuple(Port(port.get("name") or "", port["containerPort"], port.get("protocol") or "TCP") for port in data.get("ports") or ())
    return Container(data.get("name") or "", role, path, data, ports)


def _selector(spec: Mapping[str, Any], kind: str) -> Selector | None:
    given = spec.get("selector")
    if not given:
        return None
    return Selector(given) if kind in ("ReplicationController", "DeploymentConfig") else label_selector(given)
