"""Who wrote what is reported: the managers of its field, and who keeps the object.

`metadata.managedFields` names the owners of a field; what the API server fills in by default belongs to whoever created the object,
unless it was applied by the server. Of an object that kubectl applied, the annotation with what was applied tells the two apart.
Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from checker.findings import Finding, Related, without_passwords
from checker.location import Location, Path
from checker.model.owners import owners
from checker.objects import ApiObject
from checker.sources.cluster.items import unpacked

_STEP = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|([^.\[\]]+)')
_UNTRACKED = ("apiVersion", "kind", "metadata")  # in no set of fields, but for labels and the like
_BY_KUBECTL = "kubectl-client-side-apply"


def with_writers(findings: Iterable[Finding], objects: Iterable[ApiObject], writers: Mapping[str, bytes]) -> list[Finding]:
    """The findings about objects of a cluster, each with a word on who wrote what it points at; `writers` is by file."""
    by_file = {item.document.file: item for item in objects if item.document.file in writers}
    return [_with_writer(each, by_file[each.location.file], writers) if each.location.file in by_file else each for each in findings]


def _with_writer(finding: Finding, item: ApiObject, writers: Mapping[str, bytes]) -> Finding:
    managed, applied = unpacked(writers[finding.location.file])
    path = _path(finding.location.field)
    notes = [*_of_field(item, path, managed, applied), *_keepers(item)]
    place = Location(finding.location.file, field=finding.location.field)
    related = (Related("; ".join(notes), place),) if notes else ()
    return finding._replace(related=(*finding.related, *related), excerpt=_excerpt(item, path, finding.location.field))


def _excerpt(item: ApiObject, path: Path, field: str) -> str:
    """The field with its value, in place of a line of a file; of one that is not set or holds more, its name."""
    value: Any = item.data
    for step in path if _has(item.data, path) else ():
        value = value[step]
    if isinstance(value, (dict, list)):
        return field
    shown = value.partition("\n")[0] if isinstance(value, str) else json.dumps(value)
    return without_passwords(f"{field}: {shown}")


def _path(field: str) -> Path:
    """The path that `field_name` wrote."""
    return tuple(int(index) if index else quoted or plain for quoted, index, plain in _STEP.findall(field))


def _of_field(item: ApiObject, path: Path, managed: Sequence[Mapping[str, Any]], applied: Any) -> Iterator[str]:
    """Who set the field; nothing where it is not set, or where that cannot be told."""
    if not path or not _has(item.data, path) or not managed:
        return
    setters = [entry for entry in managed if _owns(entry.get("fieldsV1") or {}, item.data, path)]
    by_default = applied is not None and not _has(applied, path)
    if not setters:
        if path[0] not in _UNTRACKED:
            yield "defaulted by the API server"
    elif not by_default or any(entry.get("manager") != _BY_KUBECTL for entry in setters):
        told = [entry for entry in setters if not (by_default and entry.get("manager") == _BY_KUBECTL)]
        yield "written by " + " and ".join(_manager(entry) for entry in told)


def _manager(entry: Mapping[str, Any]) -> str:
    """`helm (Update, 2026-11-02)`."""
    how = ", ".join(filter(None, (str(entry.get("operation", "")), str(entry.get("time", ""))[:10])))
    return f"{entry.get('manager', 'somebody')} ({how})" if how else str(entry.get("manager", "somebody"))


def _has(data: Any, path: Path) -> bool:
    for step in path:
        if isinstance(step, int):
            if not isinstance(data, list) or step >= len(data):
                return False
        elif not isinstance(data, dict) or step not in data:
            return False
        data = data[step]
    return True


def _owns(fields: Mapping[str, Any], data: Any, path: Path) -> bool:
    """Whether the field, or what holds it as one value, is in a set of fields; a manager of all below it has set it too."""
    for step in path:
        held = data[step]
        entry = fields.get(_key(fields, step, held) if isinstance(step, int) else f"f:{step}")
        if entry is None:
            return False
        if not entry:
            return True
        fields, data = entry, held
    return True


def _key(fields: Mapping[str, Any], index: int, held: Any) -> str:
    """How a set of fields names an item of a list: by its keys, its value, or its place."""
    for name in fields:
        if name.startswith("k:") and isinstance(held, dict):
            keys = json.loads(name[2:])
            if all(held.get(key) == value for key, value in keys.items()):
                return name
        elif name.startswith("v:") and json.loads(name[2:]) == held:
            return name
    return f"i:{index}"


def _keepers(item: ApiObject) -> Iterator[str]:
    """The release, application or owner by which the object is kept as it is: there it is edited."""
    metadata = item.data.get("metadata") or {}
    annotations, labels = metadata.get("annotations") or {}, metadata.get("labels") or {}
    if application := _argo(annotations, labels):
        yield f"kept by the Argo CD Application {application}"
    for tool, kind in (("kustomize", "Kustomization"), ("helm", "HelmRelease")):
        if name := labels.get(f"{tool}.toolkit.fluxcd.io/name"):
            yield f"kept by the Flux {kind} {labels.get(f'{tool}.toolkit.fluxcd.io/namespace', '')}/{name}"
    if release := annotations.get("meta.helm.sh/release-name"):
        yield f"of the Helm release {annotations.get('meta.helm.sh/release-namespace', '')}/{release}"
    for owner in owners(item):
        if owner.get("controller"):
            yield f"kept by {owner['kind']} {owner['name']}"


def _argo(annotations: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Of the form `application:group/Kind:namespace/name`."""
    tracking = annotations.get("argocd.argoproj.io/tracking-id", "")
    return tracking.partition(":")[0] or labels.get("argocd.argoproj.io/instance", "")
