"""ConfigMaps and Secrets made of literals and files: each entry is edited where its literal or its file is."""

import base64
import os
from collections.abc import Iterator
from typing import Any

from checker.documents import Document
from checker.location import Path
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation.tracked import Place, Thing, Tracked, node_at, thing
from checker.sources.kustomize.tree import Kustomization, items
from checker.sources.walk import reported


def generate(here: Kustomization, things: list[Thing]) -> None:
    """`configMapGenerator` and `secretGenerator`: new objects, or changes to those that bases generate."""
    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for index, entry in enumerate(items(here.document.data, field)):
            if isinstance(entry, dict):
                _generate(here, (field, index), entry, kind, things)


def _generate(here: Kustomization, path: Path, entry: dict[str, Any], kind: str, things: list[Thing]) -> None:
    new = _object(here, path, entry, kind)
    name, namespace = str(entry.get("name") or ""), str(entry.get("namespace") or "")
    old = next((each for each in things if each.kind == kind and any((name, namespace) == had for had in each.names)), None)
    match entry.get("behavior"):
        case "merge" if old is not None:
            for above in (("data",), ("binaryData",), ("metadata", "labels"), ("metadata", "annotations")):
                _update(old.root, new, above)
        case "replace" if old is not None:
            for above in (("data",), ("binaryData",)):
                found = node_at(new, above)
                if found is not None:
                    old.root.value[above[0]] = found
        case _:
            made = thing(new)
            made.generated = True
            things.append(made)


def _update(old: Tracked, new: Tracked, above: tuple[str, ...]) -> None:
    found = node_at(new, above)
    target = node_at(old, above)
    if found is None:
        return
    if target is not None and isinstance(target.value, dict):
        for key, value in found.value.items():
            value.over = target.value.get(key)
            target.value[key] = value
    elif (parent := node_at(old, above[:-1])) is not None:
        parent.value[above[-1]] = found


def _object(here: Kustomization, path: Path, entry: dict[str, Any], kind: str) -> Tracked:
    whole = Place(here.document, path)
    metadata: dict[str, Tracked] = {"name": Tracked(str(entry.get("name") or ""), Place(here.document, (*path, "name")))}
    if entry.get("namespace"):
        metadata["namespace"] = Tracked(entry["namespace"], Place(here.document, (*path, "namespace")))
    for field in ("labels", "annotations"):
        pairs = dict(_option_pairs(here, path, entry, field))
        if pairs:
            metadata[field] = Tracked(pairs, whole)
    data = {key: value for key, value in _entries(here, path, entry) if isinstance(value.value, str)}
    root = {"apiVersion": "v1", "kind": kind}
    if kind == "Secret":
        root["type"] = str(entry.get("type") or "Opaque")
        for value in data.values():
            value.value = base64.b64encode(value.value.encode()).decode()
    return Tracked(
        {**{key: Tracked(value, whole) for key, value in root.items()}, "metadata": Tracked(metadata, whole), "data": Tracked(data, whole)},
        whole,
    )


def _option_pairs(here: Kustomization, path: Path, entry: dict[str, Any], field: str) -> Iterator[tuple[str, Tracked]]:
    for options, above in ((here.document.data.get("generatorOptions"), ("generatorOptions",)), (entry.get("options"), (*path, "options"))):
        pairs = options.get(field) if isinstance(options, dict) else None
        for key, value in pairs.items() if isinstance(pairs, dict) else ():
            yield key, Tracked(value, Place(here.document, (*above, field, key)))


def _entries(here: Kustomization, path: Path, entry: dict[str, Any]) -> Iterator[tuple[str, Tracked]]:
    files = [((*path, "envs", index), each) for index, each in enumerate(items(entry, "envs"))]
    files += [((*path, "env"), entry["env"])] if isinstance(entry.get("env"), str) else []
    for _, name in files:
        yield from _lines(here, name)
    for index, each in enumerate(items(entry, "literals")):
        if isinstance(each, str) and "=" in each:
            key, _, value = each.partition("=")
            yield key, Tracked(_unquoted(value), Place(here.document, (*path, "literals", index)))
    for each in items(entry, "files"):
        if isinstance(each, str):
            key, _, name = each.rpartition("=")
            document = _text(here, name)
            if document is not None:
                yield key or os.path.basename(name), Tracked(document.text, Place(document, (), text=True))


def _unquoted(value: str) -> str:
    """Kustomize takes one pair of quotes off a literal."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _lines(here: Kustomization, name: str) -> Iterator[tuple[str, Tracked]]:
    document = _text(here, name)
    for number, line in enumerate(document.text.split("\n") if document is not None else ()):
        key, equals, value = line.lstrip().partition("=")
        if equals and document is not None and not key.startswith("#"):
            yield key, Tracked(value.rstrip("\r"), Place(document._replace(line=number + 1, text=line), (), text=True))


def _text(here: Kustomization, name: str) -> Document | None:
    target = here.target(name)
    content = read(Input(target, reported(target)))
    try:
        return Document(reported(target), 0, 1, content.decode(), None) if isinstance(content, bytes) else None
    except UnicodeDecodeError:
        return None
