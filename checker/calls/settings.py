"""What a workload is configured with: variables, arguments, files. Values are expanded as Kubernetes does it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.calls.configuration import entries
from checker.calls.types import Kind, Setting
from checker.model.build import Model
from checker.model.types import Container, Path, Workload
from checker.objects import ApiObject

ANNOTATION = "k8s-stabcheck/calls"
# $(NAME), and $$(NAME), which stands for the text $(NAME)
_REFERENCE = re.compile(r"\$(\$)?\(([A-Za-z0-9_.-]+)\)")
_KINDS: Mapping[str, Kind] = {"ConfigMap": "config-map", "Secret": "secret"}


def environment(model: Model, workload: Workload, container: Container) -> dict[str, Setting]:
    """Variables by name, the last definition of each; those with values that the input does not tell are not in it."""
    found: dict[str, Setting] = {}
    for entry in container.data.get("envFrom") or ():
        for kind, reference in (("ConfigMap", entry.get("configMapRef")), ("Secret", entry.get("secretRef"))):
            if reference:
                prefix = entry.get("prefix") or ""
                for item, path, key, value in _contents(model, workload, kind, reference.get("name")):
                    found[prefix + key] = Setting(_KINDS[kind], item, path, prefix + key, value, container.role)
    for index, entry in enumerate(container.data.get("env") or ()):
        name = str(entry.get("name") or "")
        setting = _variable(model, workload, container, index, entry, found)
        if setting is None:
            found.pop(name, None)
        else:
            found[name] = setting
    return found


def _variable(
    model: Model, workload: Workload, container: Container, index: int, entry: Mapping[str, Any], found: Mapping[str, Setting]
) -> Setting | None:
    name, path = str(entry.get("name") or ""), (*container.path, "env", index)
    source = entry.get("valueFrom")
    if not source:
        value = entry.get("value")
        return Setting("env", workload.source, path, name, expanded("" if value is None else str(value), found), container.role)
    if (source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace":
        return Setting("env", workload.source, path, name, workload.namespace, container.role)
    for kind, reference in (("ConfigMap", source.get("configMapKeyRef")), ("Secret", source.get("secretKeyRef"))):
        for item, place, key, value in _contents(model, workload, kind, (reference or {}).get("name")):
            if key == reference["key"]:
                return Setting(_KINDS[kind], item, place, name, value, container.role)
    return None


def expanded(value: str, variables: Mapping[str, Setting]) -> str:
    """`$(NAME)` replaced where the variable is known; what is not known stays, as it does in Kubernetes."""
    if "$" not in value:
        return value

    def known(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        return variables[found[2]].value if found[2] in variables else found[0]

    return _REFERENCE.sub(known, value)


def arguments(workload: Workload, container: Container, variables: Mapping[str, Setting]) -> Iterator[Setting]:
    """Command and arguments, in their order; the key of each is empty."""
    kinds: tuple[Kind, Kind] = ("command", "arg")
    for kind, name in zip(kinds, ("command", "args"), strict=True):
        given = container.data.get(name) or ()
        for index, value in enumerate(given if isinstance(given, list) else ()):
            yield Setting(kind, workload.source, (*container.path, name, index), "", expanded(str(value), variables), container.role)


def files(model: Model, workload: Workload) -> Iterator[Setting]:
    """The settings in ConfigMaps and Secrets that are mounted; keys in full."""
    for kind, name, wanted in _mounted(workload):
        for item, path, key, text in _contents(model, workload, kind, name):
            if wanted and key not in wanted:
                continue
            place: Path = path
            for entry in entries(key, text) if "\n" in text or "." in key else ():
                yield Setting(_KINDS[kind], item, place, entry.key, entry.value)
            if "\n" not in text and "." not in key:
                yield Setting(_KINDS[kind], item, place, key, text)


def _mounted(workload: Workload) -> Iterator[tuple[str, str, frozenset[str]]]:
    for volume in workload.spec.get("volumes") or ():
        sources = [volume, *((volume.get("projected") or {}).get("sources") or ())]
        for source in sources:
            for kind, field, name in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
                reference = source.get(field)
                if reference and (called := reference.get(name) or reference.get("name")):
                    yield kind, called, frozenset(item["key"] for item in reference.get("items") or () if item.get("key"))


def annotated(workload: Workload) -> Iterator[Setting]:
    """What people say that the workload calls, on the object or on its pods."""
    metadata: Path = ("metadata", "annotations", ANNOTATION)
    own = workload.source.data["metadata"].get("annotations") or {}
    for annotations, path in ((own, metadata), (workload.annotations, (*workload.pod_path, *metadata))):
        if annotations.get(ANNOTATION):
            yield Setting("annotation", workload.source, path, ANNOTATION, str(annotations[ANNOTATION]))
        if not workload.pod_path:
            return


def _contents(model: Model, workload: Workload, kind: str, name: str | None) -> Iterable[tuple[ApiObject, Path, str, str]]:
    """The texts of a ConfigMap or Secret: object, place, key, text. The place in a Secret is not that of the value."""
    item = model.find(kind, workload.namespace, name, workload.source) if name else None
    if item is None:
        return
    field = "data" if kind == "ConfigMap" else "stringData"
    data = item.data.get(field)
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, str):
            # Findings show the line they point at: with a Secret that must not be the one with the value.
            yield item, (field, key) if kind == "ConfigMap" else (field,), key, value
