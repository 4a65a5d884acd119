"""JSON patches (RFC 6902) on values that know where they are written."""

from typing import Any

from checker.documents import Document
from checker.sources.kustomize.simulation.tracked import Tracked, child, copied, node_at, tracked


def operate(root: Tracked, document: Document) -> None:
    """All operations of the list in `document`, in order; one that cannot be done changes nothing."""
    for index, operation in enumerate(document.data):
        if isinstance(operation, dict) and isinstance(operation.get("path"), str):
            _operate(root, operation, document, index)


def _operate(root: Tracked, operation: dict[str, Any], document: Document, index: int) -> None:
    path = _steps(operation["path"])
    match operation.get("op"):
        case "add" | "replace" as kind if "value" in operation:
            _set(root, path, tracked(operation["value"], document, (index, "value")), insert=kind == "add")
        case "remove":
            _take(root, path)
        case "copy" | "move" as kind:
            source = _steps(str(operation.get("from") or ""))
            found = node_at(root, _resolved(root, source)) if kind == "copy" else _take(root, source)
            if found is not None:
                _set(root, path, copied(found), insert=True)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _resolved(root: Tracked, path: list[str]) -> list[str | int]:
    """The same with numbers where a list is met; `-` is behind its last item."""
    steps: list[str | int] = []
    node: Tracked | None = root
    for step in path:
        resolved: str | int = step
        if node is not None and isinstance(node.value, list):
            resolved = len(node.value) if step == "-" else int(step) if step.lstrip("-").isdecimal() else -1
            resolved = resolved + len(node.value) if resolved < 0 and step != "-" else resolved
        steps.append(resolved)
        node = child(node, resolved) if node is not None else None
    return steps


def _set(root: Tracked, path: list[str], new: Tracked, *, insert: bool) -> None:
    steps = _resolved(root, path)
    if not steps:
        root.value, root.place = new.value, new.place
        return
    parent = node_at(root, steps[:-1])
    last = steps[-1]
    if parent is None:
        return
    if isinstance(parent.value, dict):
        old = parent.value.get(last)
        if old is not None and not isinstance(old.value, (dict, list)):
            new.over = old
        parent.value[last] = new
    elif isinstance(parent.value, list) and isinstance(last, int):
        if insert and 0 <= last <= len(parent.value):
            parent.value.insert(last, new)
        elif not insert and 0 <= last < len(parent.value):
            new.over = parent.value[last]
            parent.value[last] = new


def _take(root: Tracked, path: list[str]) -> Tracked | None:
    steps = _resolved(root, path)
    parent, last = node_at(root, steps[:-1]), steps[-1] if steps else None
    if parent is None or last is None or child(parent, last) is None:
        return None
    taken: Tracked = parent.value.pop(last)
    return taken
