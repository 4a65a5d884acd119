"""Patches as they are written, in files or in place, and the objects that each is for."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from checker.documents import Document, locate, parse
from checker.location import Path
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation.jsonpatch import operate
from checker.sources.kustomize.simulation.strategic import DELETED, merge
from checker.sources.kustomize.simulation.tracked import Thing, Tracked, at, copied, node_at, plain, tracked
from checker.sources.kustomize.tree import Kustomization, is_inline, items
from checker.sources.walk import reported


def patch_documents(kustomization: Kustomization, path: Path, entry: Any) -> list[Document]:
    """The documents of an entry of `patches`, `patchesStrategicMerge` or `patchesJson6902`, each at its own place."""
    if isinstance(entry, str):
        return inline(kustomization.document, path, entry) if is_inline(entry) else _file(kustomization, entry)
    if not isinstance(entry, dict):
        return []
    if isinstance(entry.get("patch"), str):
        return inline(kustomization.document, (*path, "patch"), entry["patch"])
    return _file(kustomization, entry["path"]) if isinstance(entry.get("path"), str) else []


def _file(kustomization: Kustomization, name: str) -> list[Document]:
    target = kustomization.target(name)
    content = read(Input(target, reported(target)))
    return parse(reported(target), content).documents if isinstance(content, bytes) else []


def inline(whole: Document, path: Path, text: str) -> list[Document]:
    """The documents in a text within another document; lines are known in a literal block, else only where it begins."""
    start = locate(whole, path).line or whole.line
    lines = whole.text.split("\n")[start - whole.line + 1 :]
    block = [re.sub(r"^ +$", "", line) for line in _block(lines, text)]
    found = []
    for document in parse(whole.file, text.encode()).documents:
        if block:
            first = document.line - 1
            written = "\n".join(block[first : first + document.text.count("\n")])
            found.append(document._replace(line=start + 1 + first, text=written + "\n", index=whole.index))
        else:
            found.append(document._replace(line=start, text="", index=whole.index))
    return found


def _block(lines: list[str], text: str) -> list[str]:
    """The lines that hold the literal block `text`, if these begin with one."""
    wanted = text.rstrip("\n").split("\n")
    indent = next((len(line) - len(line.lstrip()) for line, content in zip(lines, wanted, strict=False) if content.strip()), 0)
    indent -= next((len(content) - len(content.lstrip()) for content in wanted if content.strip()), 0)
    block = lines[: len(wanted)]
    return block if [line[indent:].rstrip() for line in block] == [each.rstrip() for each in wanted] else []


def apply_patches(kustomization: Kustomization, things: list[Thing], keys: Iterable[str]) -> None:
    """Everything under these keys of a kustomization, in order."""
    for key in keys:
        for index, entry in enumerate(items(kustomization.document.data, key)):
            target = entry.get("target") if isinstance(entry, dict) else None
            options = entry.get("options") if isinstance(entry, dict) else None
            for document in patch_documents(kustomization, (key, index), entry):
                apply_patch(document, target, options or {}, things)


def apply_patch(document: Document, target: Any, options: dict[str, Any], things: list[Thing]) -> None:
    """One patch, to the objects it is for."""
    if isinstance(document.data, list):
        for each in list(selected(things, target)) if isinstance(target, dict) else []:
            operate(each.root, document)
            each.renamed()
    elif isinstance(document.data, dict):
        patch = tracked(document.data, document)
        for each in list(selected(things, target) if isinstance(target, dict) else _namesakes(things, patch)):
            _merged(each, copied(patch), options, things)


def _merged(each: Thing, patch: Tracked, options: dict[str, Any], things: list[Thing]) -> None:
    """A patch changes neither name, namespace nor kind unless its options say so."""
    kept: list[tuple[str, ...]] = [("metadata", "namespace")]
    kept += [] if options.get("allowNameChange") else [("metadata", "name")]
    kept += [] if options.get("allowKindChange") else [("kind",), ("apiVersion",)]
    before = {path: copied(found) for path in kept if (found := node_at(each.root, path)) is not None}
    if merge(each.root, patch, builtin=is_builtin(each.group)) is DELETED:
        things.remove(each)
        return
    for path, node in before.items():
        parent = node_at(each.root, path[:-1])
        if parent is not None and isinstance(parent.value, dict):
            parent.value[path[-1]] = node
    each.renamed()


def is_builtin(group: str) -> bool:
    """Whether Kubernetes' own schema tells how lists of this API group are merged."""
    return "." not in group or (group.endswith(".k8s.io") and group.count(".") == 2 and not group.startswith("gateway."))  # noqa: PLR2004


def _namesakes(things: list[Thing], patch: Tracked) -> Iterator[Thing]:
    """A patch without a target is for the object of its kind with its name, now or at any time before."""
    kind, api_version = at(patch, ("kind",)), at(patch, ("apiVersion",)) or ""
    name, namespace = at(patch, ("metadata", "name")), at(patch, ("metadata", "namespace")) or ""
    group = str(api_version).rpartition("/")[0]
    for each in things:
        if (
            each.kind == kind
            and each.group == group
            and any((name, namespace or "default") == (had, at_ or "default") for had, at_ in each.names)
        ):
            yield each


def selected(things: list[Thing], selector: dict[str, Any]) -> Iterator[Thing]:
    """Those that a `target` or `select` is for; names are patterns, tried on the first name and the current one.

    Source: resWrangler.Select in api/resmap of kubernetes-sigs/kustomize.
    """
    for each in things:
        names = (each.names[0], each.names[-1])
        if (
            _fits(selector, "kind", [each.kind])
            and _fits(selector, "group", [each.group])
            and _fits(selector, "version", [each.version])
            and _fits(selector, "name", [name for name, _ in names])
            and _fits(selector, "namespace", [namespace or "default" for _, namespace in names])
            and _labelled(each, selector.get("labelSelector"), "labels")
            and _labelled(each, selector.get("annotationSelector"), "annotations")
        ):
            yield each


def _fits(selector: dict[str, Any], key: str, values: list[str]) -> bool:
    pattern = selector.get(key)
    if not isinstance(pattern, str) or not pattern:
        return True
    try:
        return any(re.fullmatch(pattern, value) for value in values)
    except re.error:
        return False


def _labelled(each: Thing, selector: Any, field: str) -> bool:
    """Selectors as kubectl writes them: `a=b,c!=d,e in (f,g),h notin (i),j,!k`."""
    if not isinstance(selector, str) or not selector.strip():
        return True
    found = node_at(each.root, ("metadata", field))
    labels = plain(found) if found is not None else {}
    return isinstance(labels, dict) and all(_holds(term.strip(), labels) for term in re.split(r",(?![^(]*\))", selector))


def _holds(term: str, labels: dict[str, Any]) -> bool:
    if among := re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)", term):
        inside = labels.get(among[1]) in [value.strip() for value in among[3].split(",")]
        return inside if among[2] == "in" else not inside
    if compared := re.fullmatch(r"([^=!\s]+)\s*(==|=|!=)\s*(\S*)", term):
        same = bool(labels.get(compared[1]) == compared[3])
        return same if compared[2] != "!=" else not same
    return term[1:].strip() not in labels if term.startswith("!") else term in labels
