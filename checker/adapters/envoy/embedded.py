"""Configurations of Envoy that lie in ConfigMaps, and who runs with them."""

import re
from collections.abc import Iterator
from typing import Any

from checker.documents import embedded_document, parse
from checker.errors import Problem
from checker.model.build import Model
from checker.objects import ENVOY, ApiObject
from checker.objects.foreign import is_envoy

_TEMPLATE = re.compile(r"\{\{|\$\{|<%")
_AT_THE_LEFT = re.compile(r"""^["'{ ]{0,4}(?:static|dynamic)_?[rR]esources["']?\s*:""", re.MULTILINE)
_MAY_BE = re.compile(r"""["']?(?:static|dynamic)_?[rR]esources["']?\s*:""")


def embedded(model: Model) -> Iterator[tuple[ApiObject, ApiObject | None]]:
    """Each configuration with the first workload that mounts it."""
    for item in model.kinds.get("ConfigMap", ()):
        for found in configurations(item):
            if isinstance(found, ApiObject):
                yield found, _user(model, item)


def configurations(item: ApiObject) -> Iterator[ApiObject | Problem]:
    """What a ConfigMap holds of them, and why one cannot be read. Templates, which something fills first, are neither."""
    data = item.data.get("data")
    for key, text in data.items() if isinstance(data, dict) else ():
        if isinstance(text, str) and _MAY_BE.search(text):
            yield from _parsed(item, str(key), text)


def is_filled(item: ApiObject) -> bool:
    """Whether a configuration is one as it stands, and no template that something fills when it starts."""
    return not _TEMPLATE.search(str(item.data))


def _parsed(item: ApiObject, key: str, text: str) -> Iterator[ApiObject | Problem]:
    parsed = parse(f"{key}.json" if text.lstrip().startswith("{") else key, text.encode())
    place = embedded_document(item.document, (*item.base, "data", key), None)
    if parsed.problems and not _TEMPLATE.search(text) and _AT_THE_LEFT.search(text):
        first = parsed.problems[0]
        line = place.line + (first.line or 1) - 1 if place.text else place.line
        yield Problem(place.file, line, None, f"{key} of ConfigMap {item.name}, a configuration of Envoy: {first.message}", first.fix)
    if parsed.problems or len(parsed.documents) != 1 or not is_envoy(parsed.documents[0].data):
        return
    data: Any = parsed.documents[0].data
    node = data.get("node") if isinstance(data, dict) else None
    named = (node.get("cluster") or node.get("id")) if isinstance(node, dict) else None
    yield ApiObject(place._replace(data=data), (), *ENVOY, item.namespace, str(named or item.name), data)


def _user(model: Model, item: ApiObject) -> ApiObject | None:
    for workload in model.in_namespace.get(item.namespace, ()):
        volumes = workload.spec.get("volumes") or ()
        if any(isinstance(each, dict) and (each.get("configMap") or {}).get("name") == item.name for each in volumes):
            return workload.source
    return None
