"""Facts about any object, and about namespaces."""

from collections.abc import Iterator

from checker.facts.api_versions import removed
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model
from checker.model.definitions import rivals
from checker.objects import ApiObject

OBJECT_FIELDS = {
    "object.kind": Field("string", "kind of the object", ("kind",)),
    "object.name": Field("string", "name of the object", ("metadata", "name")),
    "object.api_version": Field("string", "API version as written", ("apiVersion",)),
    "object.removed_in": Field(
        "string", "Kubernetes version that no longer serves this API version; empty if it is served", ("apiVersion",)
    ),
    "object.replacement": Field("string", "API version to use instead", ("apiVersion",)),
    "object.rivals": Field("int", "other definitions of the same object in the same directory that differ", ("metadata", "name")),
}
NAMESPACE_FIELDS = {
    "ns.name": Field("string", "name of the namespace", ("metadata", "name")),
    "ns.workloads": Field("int", "workloads in it"),
    "ns.has_quota": Field("bool", "a ResourceQuota bounds it"),
    "ns.mesh_labels": Field(
        "list(string)", "labels that say how its pods join an Istio mesh, the one that counts first", ("metadata", "labels")
    ),
}


def judge_object(model: Model, item: ApiObject) -> Iterator[Judged]:
    """Its API version, and whether it is defined a second time."""
    gone = removed(item.api_version, item.kind)
    others = rivals(model.named.get((item.kind, item.namespace, item.name), [item]), item, model.in_file)
    facts = {
        "object.kind": item.kind,
        "object.name": item.name,
        "object.api_version": item.api_version,
        "object.removed_in": gone.removed_in if gone else "",
        "object.replacement": gone.replacement if gone else "",
        "object.rivals": len(others),
    }
    anchors = {"object": Anchor(item)} | ({"rival": Anchor(others[0])} if others else {})
    yield Judged("object", Subject(item.kind, item.namespace, item.name), anchors, facts)


def judge_namespace(model: Model, item: ApiObject) -> Judged:
    """A Namespace object."""
    quota = any(quota.namespace == item.name for quota in model.kinds.get("ResourceQuota", ()))
    facts = {
        "ns.name": item.name,
        "ns.workloads": len(model.in_namespace.get(item.name, ())),
        "ns.mesh_labels": _mesh_labels(item),
        "ns.has_quota": quota or (False if model.covers("ResourceQuota", namespace=item.name) else Unknown("ResourceQuotas")),
    }
    return Judged("namespace", Subject(item.kind, "", item.name), {"ns": Anchor(item)}, facts)


def _mesh_labels(item: ApiObject) -> tuple[str, ...]:
    """Injection goes before a revision, and both before ambient mode; an explicit no leaves nothing to contradict."""
    labels = item.data["metadata"].get("labels") or {}
    if labels.get("istio-injection", "enabled") != "enabled":
        return ()
    keys = [key for key in ("istio-injection", "istio.io/rev") if labels.get(key)]
    ambient = labels.get("istio.io/dataplane-mode") == "ambient"
    return tuple(f"{key}={labels[key]}" for key in (*keys, *(("istio.io/dataplane-mode",) if ambient else ())))
