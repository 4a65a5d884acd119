"""What the short fields of a kustomization do to objects: names, namespaces, labels, images, replicas.

Field paths: api/internal/konfig/builtinpluginconsts of kubernetes-sigs/kustomize.
"""

from collections.abc import Iterator
from typing import Any

from checker.location import Path
from checker.sources.kustomize.simulation.tracked import Place, Thing, Tracked, at, child, put, spread
from checker.sources.kustomize.tree import Kustomization, items

_CLUSTER_WIDE = frozenset({
    "Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "PersistentVolume", "StorageClass", "PriorityClass",
    "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "Node", "IngressClass", "RuntimeClass", "CSIDriver",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "VolumeAttachment", "CSINode", "FlowSchema",
    "PriorityLevelConfiguration",
})  # fmt: skip
_NOT_RENAMED = frozenset({"CustomResourceDefinition", "APIService", "Namespace"})
_TEMPLATE = ("spec", "template", "metadata")
_JOB_TEMPLATE = ("spec", "jobTemplate", "metadata")
_CRON_TEMPLATE = ("spec", "jobTemplate", "spec", "template", "metadata")
_WORKLOADS = frozenset({"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"})
_SCALED = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"})


def set_namespace(here: Kustomization, things: list[Thing]) -> None:
    """`namespace`."""
    namespace = here.document.data.get("namespace")
    if not isinstance(namespace, str) or not namespace:
        return
    new = Tracked(namespace, Place(here.document, ("namespace",)))
    for each in things:
        if each.kind == "Namespace":
            put(each.root, ("metadata", "name"), new, create=True)
        elif each.kind not in _CLUSTER_WIDE:
            put(each.root, ("metadata", "namespace"), new, create=True)
        if each.kind in ("RoleBinding", "ClusterRoleBinding"):
            for subject in spread(each.root, ("subjects", "*")):
                if at(subject, ("kind",)) == "ServiceAccount" and at(subject, ("name",)) == "default":
                    put(subject, ("namespace",), new, create=True)
        each.renamed()


def set_names(here: Kustomization, things: list[Thing]) -> None:
    """`namePrefix` and `nameSuffix`: the name is still edited where it was written."""
    prefix, suffix = (here.document.data.get(key) or "" for key in ("namePrefix", "nameSuffix"))
    for each in things if prefix or suffix else ():
        metadata = child(each.root, "metadata")
        name = child(metadata, "name") if metadata is not None else None
        if name is not None and each.kind not in _NOT_RENAMED:
            name.value = f"{prefix}{name.value}{suffix}"
            each.renamed()


def set_labels(here: Kustomization, things: list[Thing]) -> None:
    """`labels` and `commonLabels`."""
    data = here.document.data
    groups: list[tuple[Any, Path, bool, bool]] = [
        (entry.get("pairs"), ("labels", index, "pairs"), bool(entry.get("includeSelectors")), bool(entry.get("includeTemplates")))
        for index, entry in enumerate(items(data, "labels"))
        if isinstance(entry, dict)
    ]
    groups.append((data.get("commonLabels"), ("commonLabels",), True, True))
    for pairs, path, selectors, templates in groups:
        for key, value in pairs.items() if isinstance(pairs, dict) else ():
            new = Tracked(value, Place(here.document, (*path, key)))
            for each in things:
                for above, create in _label_places(each, selectors=selectors, templates=selectors or templates):
                    _put_all(each.root, (*above, key), new, create=create)


def _put_all(root: Tracked, path: tuple[str, ...], new: Tracked, *, create: bool) -> None:
    if "*" not in path:
        put(root, path, new, create=create)
        return
    star = path.index("*")
    for node in spread(root, path[: star + 1]):
        _put_all(node, path[star + 1 :], new, create=create)


def _label_places(each: Thing, *, selectors: bool, templates: bool) -> Iterator[tuple[tuple[str, ...], bool]]:
    kind = each.kind
    yield ("metadata", "labels"), True
    if templates:
        yield (*_TEMPLATE, "labels"), kind in _WORKLOADS or kind in ("Job", "ReplicationController")
        if kind == "CronJob":
            yield (*_JOB_TEMPLATE, "labels"), True
            yield (*_CRON_TEMPLATE, "labels"), True
        if kind == "StatefulSet":
            yield ("spec", "volumeClaimTemplates", "*", "metadata", "labels"), True
    if not selectors:
        return
    if kind in ("Service", "ReplicationController") and each.group == "":
        yield ("spec", "selector"), True
    elif kind in _WORKLOADS:
        yield ("spec", "selector", "matchLabels"), True
        yield from _of_pods(("spec", "template", "spec"))
    elif kind in ("Job", "PodDisruptionBudget"):
        yield ("spec", "selector", "matchLabels"), False
    elif kind == "CronJob":
        yield ("spec", "jobTemplate", "spec", "selector", "matchLabels"), False
    elif kind == "NetworkPolicy":
        for path in (("podSelector",), ("ingress", "*", "from", "*", "podSelector"), ("egress", "*", "to", "*", "podSelector")):
            yield ("spec", *path, "matchLabels"), False


def _of_pods(spec: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    for field in ("podAffinity", "podAntiAffinity"):
        above = (*spec, "affinity", field)
        yield (*above, "preferredDuringSchedulingIgnoredDuringExecution", "*", "podAffinityTerm", "labelSelector", "matchLabels"), False
        yield (*above, "requiredDuringSchedulingIgnoredDuringExecution", "*", "labelSelector", "matchLabels"), False
    yield (*spec, "topologySpreadConstraints", "*", "labelSelector", "matchLabels"), False


def set_annotations(here: Kustomization, things: list[Thing]) -> None:
    """`commonAnnotations`."""
    pairs = here.document.data.get("commonAnnotations")
    for key, value in pairs.items() if isinstance(pairs, dict) else ():
        new = Tracked(value, Place(here.document, ("commonAnnotations", key)))
        for each in things:
            put(each.root, ("metadata", "annotations", key), new, create=True)
            put(each.root, (*_TEMPLATE, "annotations", key), new, create=each.kind in _WORKLOADS or each.kind == "Job")
            if each.kind == "CronJob":
                put(each.root, (*_JOB_TEMPLATE, "annotations", key), new, create=True)
                put(each.root, (*_CRON_TEMPLATE, "annotations", key), new, create=True)


def set_replicas(here: Kustomization, things: list[Thing]) -> None:
    """`replicas`."""
    for index, entry in enumerate(items(here.document.data, "replicas")):
        if isinstance(entry, dict):
            new = Tracked(entry.get("count"), Place(here.document, ("replicas", index, "count")))
            for each in things:
                if each.kind in _SCALED and any(name == entry.get("name") for name, _ in each.names):
                    put(each.root, ("spec", "replicas"), new, create=True)


def set_images(here: Kustomization, things: list[Thing]) -> None:
    """`images`."""
    for index, entry in enumerate(items(here.document.data, "images")):
        if isinstance(entry, dict):
            for each in things:
                _set_images(each.root, entry, here, index)


def _set_images(node: Tracked, entry: dict[str, Any], here: Kustomization, index: int) -> None:
    if isinstance(node.value, list):
        for each in node.value:
            _set_images(each, entry, here, index)
    elif isinstance(node.value, dict):
        for key, value in node.value.items():
            if key in ("containers", "initContainers") and isinstance(value.value, list):
                for container in value.value:
                    _set_image(container, entry, here, index)
            _set_images(value, entry, here, index)


def _set_image(container: Tracked, entry: dict[str, Any], here: Kustomization, index: int) -> None:
    image = at(container, ("image",))
    if not isinstance(image, str):
        return
    name, tag, digest = _parts(image)
    if name != entry.get("name"):
        return
    changed = next((key for key in ("digest", "newTag", "tagSuffix", "newName") if entry.get(key)), "name")
    name = entry.get("newName") or name
    if entry.get("newTag"):
        tag, digest = ":" + str(entry["newTag"]), ""
    if entry.get("digest"):
        tag, digest = "", "@" + str(entry["digest"])
    if entry.get("tagSuffix"):
        tag += str(entry["tagSuffix"])
    put(container, ("image",), Tracked(f"{name}{tag}{digest}", Place(here.document, ("images", index, changed))), create=True)


def _parts(image: str) -> tuple[str, str, str]:
    """Name, `:tag` and `@digest`."""
    rest, _, digest = image.partition("@")
    colon = rest.rfind(":")
    if colon <= rest.rfind("/"):
        colon = len(rest)
    return rest[:colon], rest[colon:], f"@{digest}" if digest else ""
