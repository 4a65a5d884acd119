"""Who made an object, as its metadata says."""

from collections.abc import Mapping
from typing import Any

from checker.objects import ApiObject


def owners(item: ApiObject) -> list[Mapping[str, Any]]:
    """Its owner references; what is none, in kinds whose shape nobody checks, is passed over."""
    written = (item.data.get("metadata") or {}).get("ownerReferences")
    entries = written if isinstance(written, list) else []
    return [
        entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("kind"), str) and isinstance(entry.get("name"), str)
    ]
