"""What a list holds, as objects like those of files; who wrote their fields is kept aside, for what will be reported."""

import json
import zlib
from typing import Any, NamedTuple

from checker.documents import Document
from checker.objects import ApiObject
from checker.sources.cluster.discovery import Served
from checker.sources.cluster.kinds import OBSERVED
from checker.sources.names import printable

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_ENDED = ("Succeeded", "Failed")


class Item(NamedTuple):
    """An object, and who wrote it: its `metadata.managedFields` and what kubectl last applied, packed."""

    object: ApiObject
    writers: bytes


def item(cluster: str, served: Served, served_as: dict[str, Any]) -> Item:
    """One item of a list. Its document has no text: places in it have a field, and no line.

    Raises TypeError, AttributeError or ValueError for what is no object.
    """
    metadata = served_as.get("metadata") or {}
    if not all(isinstance(metadata.get(key, ""), str) for key in ("name", "namespace")) or not isinstance(served_as.get("spec", {}), dict):
        raise TypeError("a name that is no text, or a spec that is no mapping")
    annotations = dict(metadata.get("annotations") or {})
    writers = [metadata.pop("managedFields", None), annotations.pop(LAST_APPLIED, None)]
    if "replicas" in (served_as.get("spec") or {}) and _is_as_applied(served_as["spec"]["replicas"], *writers):
        metadata.pop("uid", None)  # so that the count is taken for what somebody wrote
    if "annotations" in metadata:
        metadata["annotations"] = annotations
    if served.kind.name not in OBSERVED and not _has_ended(served_as):
        served_as.pop("status", None)
    data = {"apiVersion": served.api_version, "kind": served.kind.name} | served_as
    namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
    file = printable(f"{cluster}: {'/'.join(filter(None, (served.kind.name, namespace, name)))}")
    document = Document(file, 0, 0, "", data)
    found = ApiObject(document, (), served.api_version, served.kind.name, namespace, name, data)
    return Item(found, zlib.compress(json.dumps(writers, separators=(",", ":")).encode(), 1))


def _is_as_applied(replicas: Any, managed: Any, applied: str | None) -> bool:
    """Whether the count is that of the manifest, which the next apply sets again, and not what was made of it since."""
    if applied:
        return bool(_replicas(applied) == replicas)
    entries = (entry for entry in managed or () if entry.get("operation") == "Apply")
    return any("f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {}) for entry in entries)


def _replicas(applied: str) -> Any:
    try:
        return json.loads(applied)["spec"]["replicas"]
    except (ValueError, KeyError, TypeError):
        return None


def unpacked(writers: bytes) -> tuple[list[dict[str, Any]], Any]:
    """The entries of managedFields, and the object as kubectl last applied it, None if it did not."""
    managed, applied = json.loads(zlib.decompress(writers))
    try:
        applied = json.loads(applied) if applied else None
    except ValueError:
        applied = None
    return managed or [], applied


def is_over(found: ApiObject) -> bool:
    """Whether it is a pod that has run to its end."""
    return found.kind == "Pod" and _has_ended(found.data)


def _has_ended(data: dict[str, Any]) -> bool:
    return (data.get("status") or {}).get("phase") in _ENDED
