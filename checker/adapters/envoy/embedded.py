"""Configurations of Envoy that lie in ConfigMaps, and who runs with them."""

import re
from collections.abc import Iterator
from typing import Any

from checker.documents import embedded_document, parse
from checker.model.build import Model
from checker.objects import ENVOY, ApiObject
from checker.objects.foreign import is_envoy

_MAY_BE = re.compile(r"""["']?(?:static|dynamic)_?[rR]esources["']?\s*:""")


def embedded(model: Model) -> Iterator[tuple[ApiObject, ApiObject | None]]:
    """Each configuration with the first workload that mounts it."""
    for item in model.kinds.get("ConfigMap", ()):
        data = item.data.get("data")
        for key, text in data.items() if isinstance(data, dict) else ():
            if isinstance(text, str) and _MAY_BE.search(text) and (found := _parsed(item, str(key), text)) is not None:
                yield found, _user(model, item)


def _parsed(item: ApiObject, key: str, text: str) -> ApiObject | None:
    parsed = parse(f"{key}.json" if text.lstrip().startswith("{") else key, text.encode())
    if parsed.problems or len(parsed.documents) != 1 or not is_envoy(parsed.documents[0].data):
        return None
    data: Any = parsed.documents[0].data
    node = data.get("node") if isinstance(data, dict) else None
    named = (node.get("cluster") or node.get("id")) if isinstance(node, dict) else None
    return ApiObject(
        embedded_document(item.document, (*item.base, "data", key), data), (), *ENVOY, item.namespace, str(named or item.name), data
    )


def _user(model: Model, item: ApiObject) -> ApiObject | None:
    for workload in model.in_namespace.get(item.namespace, ()):
        volumes = workload.spec.get("volumes") or ()
        if any(isinstance(each, dict) and (each.get("configMap") or {}).get("name") == item.name for each in volumes):
            return workload.source
    return None
