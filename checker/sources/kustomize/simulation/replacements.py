"""`replacements`: a value of one object put into others; it is edited where the first says it."""

from collections.abc import Iterator
from typing import Any

from checker.documents import Document, parse
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation.patches import selected
from checker.sources.kustomize.simulation.tracked import Thing, Tracked, at, child, copied
from checker.sources.kustomize.tree import Kustomization, items
from checker.sources.walk import reported


def replace_all(here: Kustomization, things: list[Thing]) -> None:
    """All replacements of a kustomization, in order."""
    for entry in items(here.document.data, "replacements"):
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            for document in _file(here, entry["path"]):
                for each in document.data if isinstance(document.data, list) else [document.data]:
                    _replace(each, things)
        else:
            _replace(entry, things)


def _file(here: Kustomization, name: str) -> list[Document]:
    target = here.target(name)
    content = read(Input(target, reported(target)))
    return parse(reported(target), content).documents if isinstance(content, bytes) else []


def _replace(replacement: Any, things: list[Thing]) -> None:
    source = replacement.get("source") if isinstance(replacement, dict) else None
    if not isinstance(source, dict):
        return
    sources = list(selected(things, {key: source[key] for key in ("group", "version", "kind", "name", "namespace") if key in source}))
    if len(sources) != 1:
        return
    values = list(_at(sources[0].root, _steps(str(source.get("fieldPath") or "metadata.name"))))
    if len(values) != 1:
        return
    value = _part(values[0][2], source.get("options"))
    for target in items(replacement, "targets"):
        rejected = [id(each) for selector in items(target, "reject") for each in selected(things, selector)]
        for each in selected(things, target.get("select") or {}):
            if id(each) not in rejected:
                for path in items(target, "fieldPaths") or ["metadata.name"]:
                    _put(each, _steps(str(path)), value, target.get("options") or {})


def _part(value: Tracked, options: Any) -> Tracked:
    """The piece of a text that `delimiter` and `index` choose."""
    if not isinstance(options, dict) or not options.get("delimiter") or not isinstance(value.value, str):
        return value
    parts = value.value.split(options["delimiter"])
    index = int(options.get("index") or 0)
    return Tracked(parts[index], value.place) if 0 <= index < len(parts) else value


def _put(each: Thing, path: list[str], value: Tracked, options: dict[str, Any]) -> None:
    for parent, key, old in list(_at(each.root, path, create=bool(options.get("create")), like=value)):
        new = copied(value)
        delimiter = options.get("delimiter")
        if delimiter and isinstance(old.value, str):
            parts, index = old.value.split(delimiter), int(options.get("index") or 0)
            if index < 0:
                parts.insert(0, str(value.value))
            elif index >= len(parts):
                parts.append(str(value.value))
            else:
                parts[index] = str(value.value)
            new.value = delimiter.join(parts)
        new.over = old if not isinstance(old.value, (dict, list)) else None
        parent.value[key] = new
    each.renamed()


def _steps(path: str) -> list[str]:
    r"""`spec.template.[name=a.b].x` in steps; `\.` is a dot within one, as is a dot in brackets."""
    steps, step, depth, at_ = [], "", 0, 0
    while at_ < len(path):
        character = path[at_]
        if character == "\\" and path[at_ + 1 : at_ + 2] == ".":
            step, at_ = step + ".", at_ + 2
            continue
        depth += (character == "[") - (character == "]")
        if character == "." and not depth:
            steps.append(step)
            step = ""
        else:
            step += character
        at_ += 1
    return [each for each in (*steps, step) if each]


def _at(node: Tracked, steps: list[str], *, create: bool = False, like: Tracked | None = None) -> Iterator[tuple[Tracked, Any, Tracked]]:
    """(what holds it, its key there, the value) for all that the steps lead to."""
    for key in list(_matching(node, steps[0])):
        found = child(node, key)
        if found is None:
            if not create or not isinstance(node.value, dict) or like is None:
                continue
            found = node.value[key] = Tracked({} if len(steps) > 1 else "", like.place)
        if len(steps) == 1:
            yield node, key, found
        else:
            yield from _at(found, steps[1:], create=create, like=like)


def _matching(node: Tracked, step: str) -> Iterator[Any]:
    if isinstance(node.value, dict):
        yield step.strip("[]") if step.startswith("[") and "=" not in step else step
    elif isinstance(node.value, list):
        if step == "*":
            yield from range(len(node.value))
        elif step.startswith("[") and "=" in step:
            key, _, wanted = step[1:-1].partition("=")
            yield from (index for index, each in enumerate(node.value) if str(at(each, (key,))) == wanted)
        elif step.isdecimal():
            yield int(step)
