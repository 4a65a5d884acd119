"""Configurations of Envoy that lie in ConfigMaps, and who runs with them."""

import re
from collections.abc import Iterator
from typing import Any

from checker.documents import Document, locate, parse
from checker.model.build import Model
from checker.objects import ENVOY, ApiObject
from checker.objects.foreign import is_envoy

_MAY_BE = re.compile(r"""["']?(?:static|dynamic)_?[rR]esources["']?\s*:""")
_LITERAL = re.compile(r":\s*\|[-+0-9]*\s*(?:#.*)?$")


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
    return ApiObject(_document(item, key, data), (), *ENVOY, item.namespace, str(named or item.name), data)


def _document(item: ApiObject, key: str, data: Any) -> Document:
    """The lines of a literal block are YAML where they stand; of another text only the place of its key is known."""
    whole = item.document
    at = locate(whole, (*item.base, "data", key))
    line = at.line or whole.line
    lines = whole.text.split("\n")
    head = lines[line - whole.line] if 0 <= line - whole.line < len(lines) else ""
    if not _LITERAL.search(head):
        return Document(whole.file, whole.index, line, "", data)
    indent = len(head) - len(head.lstrip())
    block = []
    for each in lines[line - whole.line + 1 :]:
        if each.strip() and len(each) - len(each.lstrip()) <= indent:
            break
        block.append(each)
    return Document(whole.file, whole.index, line + 1, "\n".join(block), data)


def _user(model: Model, item: ApiObject) -> ApiObject | None:
    for workload in model.in_namespace.get(item.namespace, ()):
        volumes = workload.spec.get("volumes") or ()
        if any(isinstance(each, dict) and (each.get("configMap") or {}).get("name") == item.name for each in volumes):
            return workload.source
    return None
