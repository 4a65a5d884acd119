"""Built-in transformers that a kustomization configures in files: labels, annotations, patches."""

from collections.abc import Iterator
from typing import Any

from checker.documents import Document, parse
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation.patches import apply_patch, inline, patch_documents
from checker.sources.kustomize.simulation.tracked import Place, Thing, Tracked, put
from checker.sources.kustomize.tree import Kustomization, is_inline, items
from checker.sources.walk import reported

_PAIRS = {"LabelTransformer": "labels", "AnnotationsTransformer": "annotations"}


def transform(here: Kustomization, things: list[Thing]) -> None:
    """`transformers`, as far as they are known; what others change has no place afterwards."""
    for index, entry in enumerate(items(here.document.data, "transformers")):
        if isinstance(entry, str):
            for document in _documents(here, index, entry):
                if isinstance(document.data, dict):
                    _transform(here, document, things)


def _documents(here: Kustomization, index: int, entry: str) -> Iterator[Document]:
    if is_inline(entry):
        yield from inline(here.document, ("transformers", index), entry)
        return
    target = here.target(entry)
    content = read(Input(target, reported(target)))
    yield from parse(reported(target), content).documents if isinstance(content, bytes) else ()


def _transform(here: Kustomization, document: Document, things: list[Thing]) -> None:
    data, kind = document.data, document.data.get("kind")
    if kind == "PatchTransformer":
        patches = inline(document, ("patch",), data["patch"]) if isinstance(data.get("patch"), str) else patch_documents(here, (), data)
        for patch in patches:
            apply_patch(patch, data.get("target"), data.get("options") or {}, things)
    elif kind in _PAIRS and isinstance(pairs := data.get(_PAIRS[kind]), dict):
        for key, value in pairs.items():
            new = Tracked(value, Place(document, (_PAIRS[kind], key)))
            for field in items(data, "fieldSpecs"):
                for each in things:
                    if _concerns(field, each):
                        put(each.root, [*str(field.get("path")).split("/"), key], new, create=bool(field.get("create")))


def _concerns(field: Any, each: Thing) -> bool:
    return isinstance(field, dict) and all(field.get(key) in (None, "", getattr(each, key)) for key in ("kind", "group", "version"))
