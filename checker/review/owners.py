"""Who owns an object, as far as labels and annotations say."""

from collections.abc import Iterable, Mapping
from typing import Any

from checker.objects import ApiObject

_WORDS = ("owner", "team", "squad")
Key = tuple[str, str, str]  # kind, namespace, name


class Owners:
    """Owners by object. The object's own metadata counts first, then its pod template's, then its namespace's.

    The key is `k8s-stabcheck/owner`, else any whose last part is `owner`, `team` or `squad`, such as `example.com/team`.
    """

    def __init__(self, items: Iterable[ApiObject]) -> None:
        self._objects = {(item.kind, item.namespace, item.name): item for item in items}

    def of(self, key: Key) -> str:
        """The owner; empty where nothing says who."""
        kind, namespace, _ = key
        item = self._objects.get(key)
        home = self._objects.get(("Namespace", "", namespace))
        metadata = [*(_metadata(item.data) if item and kind != "Namespace" else ()), *(_metadata(home.data) if home else ())]
        return next((owner for each in metadata if (owner := _owner(each))), "")


def _metadata(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    template = ((data.get("spec") or {}).get("template") or {}) if isinstance(data.get("spec"), dict) else {}
    return [
        each for each in (data.get("metadata"), template.get("metadata") if isinstance(template, dict) else None) if isinstance(each, dict)
    ]


def _owner(metadata: Mapping[str, Any]) -> str:
    given = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    if given.get("k8s-stabcheck/owner"):
        return str(given["k8s-stabcheck/owner"])
    return next((str(value) for key, value in given.items() if value and str(key).rpartition("/")[2].lower() in _WORDS), "")
