"""Facts about what several workloads hold in common: volumes they write, and configurations whose change restarts them all."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.facts.datastore import are_one, is_tool
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.workload import workload_subject
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Path, Workload

CLAIM_FIELDS = {
    "claim.name": Field("string", "the PersistentVolumeClaim"),
    "claim.owners": Field("int", "services that mount it to write; workloads of one program count once, jobs and tools for backups do not"),
    "claim.users": Field("string", "these, for people"),
}
RELOAD_FIELDS = {
    "reload.config": Field("string", "the ConfigMap or Secret, for people"),
    "reload.workloads": Field("int", "workloads that are restarted when it changes, because an annotation asks for it"),
    "reload.names": Field("string", "these, for people"),
}
_SHOWN = 6
# https://github.com/stakater/Reloader#how-to-use-reloader
_RELOADER = ".reloader.stakater.com"
_EVERY = "reloader.stakater.com/auto"
_AUTO = {"ConfigMap": (_EVERY, f"configmap{_RELOADER}/auto"), "Secret": (_EVERY, f"secret{_RELOADER}/auto")}


def judge_claims(model: Model) -> Iterator[Judged]:
    """Each claim that somebody mounts to write."""
    users: dict[tuple[str, str], list[tuple[Workload, Path]]] = defaultdict(list)
    for workload in model.part.workloads:
        if not workload.runs_to_completion and not is_tool(workload):
            for claim, path in _written(workload):
                users[workload.namespace, claim].append((workload, path))
    for (namespace, claim), some in users.items():
        owners: list[tuple[Workload, Path]] = []
        for workload, path in some:
            if not any(are_one(workload, known) for known, _ in owners):
                owners.append((workload, path))
        first, path = owners[0]
        facts = {"claim.name": claim, "claim.owners": len(owners), "claim.users": _some([each for each, _ in owners])}
        anchors = {"claim": Anchor(first.source, path)}
        if len(owners) > 1:
            anchors["rival"] = Anchor(owners[1][0].source, owners[1][1])
        yield Judged("claim", Subject("PersistentVolumeClaim", namespace, claim), anchors, facts)


def _written(workload: Workload) -> Iterator[tuple[str, Path]]:
    """Claims that a container mounts and may write to, with the volume's place."""
    mounts = [mount for container in workload.containers for mount in container.data.get("volumeMounts") or ()]
    writable = {mount.get("name") for mount in mounts if not mount.get("readOnly")}
    for number, volume in enumerate(workload.spec.get("volumes") or ()):
        claim = volume.get("persistentVolumeClaim") or {}
        if claim.get("claimName") and not claim.get("readOnly") and volume.get("name") in writable:
            yield claim["claimName"], (*workload.pod_path, "spec", "volumes", number)


def judge_reloads(model: Model) -> Iterator[Judged]:
    """Each configuration on whose change a controller restarts workloads; a workload that is defined in several files counts once."""
    users: dict[tuple[str, str], dict[tuple[str, str], Workload]] = defaultdict(dict)
    for workload in model.part.workloads:
        if not workload.runs_to_completion:
            for config in _reloading(workload):
                users[workload.namespace, config].setdefault((workload.kind, workload.name), workload)
    for (_, config), found in users.items():
        some = list(found.values())
        facts: dict[str, Any] = {"reload.config": config, "reload.workloads": len(some), "reload.names": _some(some)}
        anchors = {"reload": Anchor(some[0].source, ("metadata", "annotations"))}
        yield Judged("reload", workload_subject(some[0]), anchors, facts, part=config)


def _reloading(workload: Workload) -> Iterator[str]:
    """ConfigMaps and Secrets whose change restarts it, as `ConfigMap settings`."""
    annotations = {**(workload.source.data["metadata"].get("annotations") or {}), **workload.annotations}
    for kind in ("ConfigMap", "Secret"):
        named = str(annotations.get(f"{kind.lower()}{_RELOADER}/reload") or "").split(",")
        yield from (f"{kind} {name.strip()}" for name in named if name.strip())
    wanted = {kind for kind, keys in _AUTO.items() if any(str(annotations.get(key)) == "true" for key in keys)}
    if wanted:
        yield from (f"{kind} {name}" for kind, name in _configs(workload) if kind in wanted)


def _configs(workload: Workload) -> Iterator[tuple[str, str]]:
    """Kind and name of what its pods read, in variables or volumes."""
    for container in workload.containers:
        for entry in container.data.get("envFrom") or ():
            yield from _names(entry, "configMapRef", "secretRef")
        for entry in container.data.get("env") or ():
            yield from _names(entry.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")
    for volume in workload.spec.get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            yield from _names(source, "configMap", "secret")


def _names(entry: Mapping[str, Any], config_map: str, secret: str) -> Iterator[tuple[str, str]]:
    for kind, key in (("ConfigMap", config_map), ("Secret", secret)):
        reference = entry.get(key) or {}
        if name := reference.get("name") or reference.get("secretName"):
            yield kind, name


def _some(workloads: Sequence[Workload]) -> str:
    names = [each.name for each in workloads]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
