"""One build from its files to its objects, in kustomize's order, on values that know where they are written.

Source: accumulateTarget and configureBuiltinTransformers in api/internal/target of kubernetes-sigs/kustomize.
"""

import os
from collections.abc import Iterator, Mapping

from checker.documents import parse
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation import generators, plugins, replacements, transforms
from checker.sources.kustomize.simulation.patches import apply_patches
from checker.sources.kustomize.simulation.tracked import Thing, thing, tracked
from checker.sources.kustomize.tree import Kustomization, items
from checker.sources.walk import reported


def built(root: Kustomization, members: Mapping[str, Kustomization]) -> list[Thing]:
    """The objects that a kustomization makes; `members` are it and all that it builds upon, by directory."""
    things: list[Thing] = []
    _accumulate(root, members, things)
    return things


def _accumulate(here: Kustomization, members: Mapping[str, Kustomization], things: list[Thing]) -> None:
    for key in ("resources", "bases"):
        for entry in items(here.document.data, key):
            things.extend(_resource(here, entry, members))
    generators.generate(here, things)
    for entry in items(here.document.data, "components"):
        component = members.get(os.path.realpath(here.target(entry))) if isinstance(entry, str) else None
        if component is not None:
            _accumulate(component, members, things)
    apply_patches(here, things, ("patchesStrategicMerge", "patches"))
    transforms.set_namespace(here, things)
    transforms.set_names(here, things)
    transforms.set_labels(here, things)
    transforms.set_annotations(here, things)
    apply_patches(here, things, ("patchesJson6902",))
    transforms.set_replicas(here, things)
    transforms.set_images(here, things)
    replacements.replace_all(here, things)
    plugins.transform(here, things)


def _resource(here: Kustomization, entry: object, members: Mapping[str, Kustomization]) -> list[Thing]:
    if not isinstance(entry, str):
        return []
    target = here.target(entry)
    base = members.get(os.path.realpath(target))
    return built(base, members) if base is not None else list(_objects(target))


def _objects(target: str) -> Iterator[Thing]:
    """The objects of a file; those of a List are objects of their own."""
    content = read(Input(target, reported(target))) if os.path.isfile(target) else None
    for document in parse(reported(target), content).documents if isinstance(content, bytes) else ():
        if not isinstance(document.data, dict):
            continue
        whole = tracked(document.data, document)
        if str(document.data.get("kind") or "").endswith("List") and isinstance(document.data.get("items"), list):
            yield from (thing(each) for each in whole.value["items"].value if isinstance(each.value, dict))
        else:
            yield thing(whole)
