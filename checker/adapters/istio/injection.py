"""How a pod takes part in the mesh: with a sidecar, through its node's ztunnel, or not at all."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from checker.model.build import Model
from checker.model.setting import Origin, said_by
from checker.model.types import Workload
from checker.objects import ApiObject

Proxy = Literal["sidecar", "ztunnel", "none"]
MODE = "istio.io/dataplane-mode"
_INJECT, _REVISION, _NAMESPACE_INJECTION = "sidecar.istio.io/inject", "istio.io/rev", "istio-injection"
# pkg/kube/inject/inject.go, IgnoredNamespaces
_IGNORED = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})


class Membership(NamedTuple):
    """What carries a pod's calls; `said` if anybody says so, `reason` in words, `origin` the object that says it."""

    proxy: Proxy
    said: bool
    reason: str = ""
    origin: Origin | None = None


_ASSUMED = Membership("sidecar", said=False)


class Memberships:
    """Who takes part. The rules are those of the injection webhook (mutatingwebhook.yaml, injectRequired) and of istio-cni."""

    def __init__(self, model: Model) -> None:
        self._namespaces = {item.name: item for item in model.kinds.get("Namespace", ())}

    def of_namespace(self, name: str) -> Membership:
        """Pods that say nothing themselves. `istio-injection` is asked before `istio.io/rev`; where it is there the other is not read."""
        if name in _IGNORED:
            return Membership("none", said=True, reason=f"istiod injects nothing in {name}")
        item = self._namespaces.get(name)
        labels = labels_of(item)
        injection = labels.get(_NAMESPACE_INJECTION)
        if injection == "enabled" or (injection is None and labels.get(_REVISION)):
            return Membership("sidecar", said=True)
        if labels.get(MODE) == "ambient":
            return Membership("ztunnel", said=True)
        if item is not None and injection is not None:
            origin = said_by(item, "metadata", "labels", _NAMESPACE_INJECTION)
            return Membership("none", said=True, reason=f"namespace {name} has {_NAMESPACE_INJECTION}: {injection}", origin=origin)
        return _ASSUMED

    def of(self, workload: Workload) -> Membership:
        """A workload's pods."""
        item = workload.source
        if any(container.name == "istio-proxy" for container in workload.containers):
            return Membership("sidecar", said=True)
        if workload.spec.get("hostNetwork"):
            origin = said_by(item, *workload.pod_path, "spec", "hostNetwork")
            return Membership("none", said=True, reason="its pods use the network of their node (hostNetwork)", origin=origin)
        around = self.of_namespace(workload.namespace)
        if workload.namespace in _IGNORED:
            return around
        asked = self._asked(workload, around)
        return asked if asked.said and asked.proxy == "sidecar" else self._without_sidecar(workload, asked)

    def _asked(self, workload: Workload, around: Membership) -> Membership:
        """What label and annotation of the pods make of what the namespace says: a no always counts, a yes where it says nothing."""
        kind = "labels" if _INJECT in workload.labels else "annotations"
        said = str((workload.labels if kind == "labels" else workload.annotations).get(_INJECT, ""))
        if said == "false":
            origin = said_by(workload.source, *workload.pod_path, "metadata", kind, _INJECT)
            return Membership("none", said=True, reason=f"its pods have {_INJECT}: false", origin=origin)
        if not around.said and (said == "true" or workload.labels.get(_REVISION)):
            return Membership("sidecar", said=True)
        return around

    def _without_sidecar(self, workload: Workload, asked: Membership) -> Membership:
        own = workload.labels.get(MODE)
        if (own or labels_of(self._namespaces.get(workload.namespace)).get(MODE)) == "ambient":
            return Membership("ztunnel", said=True)
        if asked.proxy == "ztunnel":
            origin = said_by(workload.source, *workload.pod_path, "metadata", "labels", MODE)
            return Membership("none", said=True, reason=f"its pods have {MODE}: {own}", origin=origin)
        return asked


def labels_of(item: ApiObject | None) -> Mapping[str, str]:
    """An object's labels; none where there is no object."""
    labels: Mapping[str, str] = (item.data["metadata"].get("labels") or {}) if item is not None else {}
    return labels
