"""Kustomization files on disk, and what each of them refers to.

Fields: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

import os
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from checker.documents import Document, locate, parse
from checker.errors import Problem
from checker.location import Path
from checker.sources.files import Input, read
from checker.sources.walk import reported

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

# A resource that kustomize gives to git or fetches, whatever lies on disk under such a name.
# Source: IsRemoteFile in api/internal/loader, NewRepoSpecFromURL in api/internal/git of kubernetes-sigs/kustomize.
_REMOTE = re.compile(r"(?:git::|[a-z][a-z0-9+.\-]*://|gh:|(?:www\.)?github\.com[/:]|[^/@\s]+@[^/:\s]+[:/])", re.IGNORECASE)
_REMOTE_FILE = re.compile(r"https?://", re.IGNORECASE)


class Role(Enum):
    """What an entry of a kustomization is used for."""

    RESOURCE = "a resource"
    COMPONENT = "a component"
    PLUGIN = "a plugin"
    PATCH = "a patch"
    SETTINGS = "settings"
    DATA = "data for a ConfigMap or Secret"
    VALUES = "values of a chart"


class Reference(NamedTuple):
    """One file or directory that a kustomization names: where it does, the name, and what for."""

    path: Path
    text: str
    role: Role

    @property
    def is_remote(self) -> bool:
        """Whether kustomize would go to the network for it."""
        pattern = _REMOTE if self.role in (Role.RESOURCE, Role.COMPONENT, Role.PLUGIN) else _REMOTE_FILE
        return pattern.match(self.text) is not None


class Kustomization(NamedTuple):
    """One kustomization file; `directory` is absolute and without links, `spelled` is the same as the user would write it."""

    directory: str
    spelled: str
    document: Document

    @property
    def file(self) -> str:
        """The name that is reported."""
        return self.document.file

    @property
    def is_component(self) -> bool:
        """Components are only built as a part of something else."""
        return bool(self.document.data.get("kind") == "Component")

    def target(self, text: str) -> str:
        """The path that an entry means, spelled like this kustomization's own where links allow."""
        text = text.replace("\0", "")
        real = os.path.normpath(os.path.join(self.directory, text))
        spelled = os.path.normpath(os.path.join(self.spelled, text))
        return spelled if os.path.realpath(spelled) == os.path.realpath(real) else real

    def problem(self, path: Path, message: str, fix: str) -> Problem:
        """What is wrong with the entry at `path`."""
        at = locate(self.document, path)
        return Problem(self.file, at.line, at.column, message, fix)


def file_in(directory: str) -> list[str]:
    """The kustomization files of a directory: kustomize takes exactly one."""
    return [path for name in FILE_NAMES if os.path.isfile(path := os.path.join(directory, name))]


def load(directory: str) -> Kustomization | Problem:
    """The kustomization of a directory, with what keeps it from being read in place of it."""
    found = file_in(directory)
    if not found:
        return Problem(reported(directory), None, None, "holds no kustomization.yaml", "add one, or name the directory that has it")
    if len(found) > 1:
        both = " and ".join(os.path.basename(each) for each in found)
        return Problem(reported(found[1]), None, None, f"kustomize refuses a directory with both {both}", "keep one of them")
    file = reported(found[0])
    content = read(Input(found[0], file))
    if isinstance(content, Problem):
        return content
    parsed = parse(file, content)
    if parsed.problems:
        return parsed.problems[0]
    if not parsed.documents:
        return Problem(file, None, None, "is empty, which kustomize refuses", "list its resources, or remove the file")
    if len(parsed.documents) > 1 or not isinstance(parsed.documents[0].data, dict):
        return Problem(
            file, 1, None, "is no kustomization: one mapping is expected", "see https://kubectl.docs.kubernetes.io/references/kustomize/"
        )
    return Kustomization(os.path.realpath(directory), directory, parsed.documents[0])


def references(kustomization: Kustomization) -> Iterator[Reference]:
    """Everything that a kustomization names, in the order of the fields below."""
    data = kustomization.document.data
    for key in ("resources", "bases"):
        yield from _strings(data, key, Role.RESOURCE)
    yield from _strings(data, "components", Role.COMPONENT)
    for key in ("generators", "transformers", "validators"):
        yield from (each for each in _strings(data, key, Role.PLUGIN) if not is_inline(each.text))
    for key in ("configurations", "crds"):
        yield from _strings(data, key, Role.SETTINGS)
    yield from _at(data, ("openapi", "path"), Role.SETTINGS)
    yield from _each_at(data, "replacements", "path", Role.SETTINGS)
    for key in ("patches", "patchesJson6902"):
        yield from _each_at(data, key, "path", Role.PATCH)
    yield from (each for each in _strings(data, "patchesStrategicMerge", Role.PATCH) if not is_inline(each.text))
    for key in ("configMapGenerator", "secretGenerator"):
        yield from _generated(data, key)
    yield from _values(data)


def local_charts(kustomization: Kustomization) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """The `helmCharts`: where each is listed, its entry, and the directory in which kustomize looks for it before it fetches it.

    Source: absChartHome in api/internal/builtins/HelmChartInflationGenerator.go of kubernetes-sigs/kustomize.
    """
    settings = kustomization.document.data.get("helmGlobals")
    home = str((settings.get("chartHome") if isinstance(settings, Mapping) else None) or "charts")
    for index, chart in enumerate(items(kustomization.document.data, "helmCharts")):
        if isinstance(chart, dict):
            name, repository, version = (str(chart.get(key) or "") for key in ("name", "repo", "version"))
            versioned = os.path.join(home, f"{name}-{version}") if version and repository else home
            yield ("helmCharts", index), chart, os.path.join(versioned, name)


def is_inline(text: str) -> bool:
    """Whether an entry is YAML in place rather than the name of a file."""
    return "\n" in text or ": " in text


def items(data: Any, key: str) -> list[Any]:
    """The list at a key, or no items."""
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, list) else []


def _strings(data: Any, key: str, role: Role, above: Path = ()) -> Iterator[Reference]:
    for index, each in enumerate(items(data, key)):
        if isinstance(each, str) and each:
            yield Reference((*above, key, index), each, role)


def _at(data: Any, path: Path, role: Role, above: Path = ()) -> Iterator[Reference]:
    found = data
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str) and found:
        yield Reference((*above, *path), found, role)


def _each_at(data: Any, key: str, field: str, role: Role) -> Iterator[Reference]:
    for index, each in enumerate(items(data, key)):
        yield from _at(each, (field,), role, (key, index))


def _generated(data: Any, key: str) -> Iterator[Reference]:
    for index, generator in enumerate(items(data, key)):
        for reference in _strings(generator, "files", Role.DATA, (key, index)):
            yield reference._replace(text=reference.text.partition("=")[2] or reference.text)
        yield from _strings(generator, "envs", Role.DATA, (key, index))
        yield from _at(generator, ("env",), Role.DATA, (key, index))


def _values(data: Any) -> Iterator[Reference]:
    for index, chart in enumerate(items(data, "helmCharts")):
        yield from _at(chart, ("valuesFile",), Role.VALUES, ("helmCharts", index))
        yield from _strings(chart, "additionalValuesFiles", Role.VALUES, ("helmCharts", index))
    for index, chart in enumerate(items(data, "helmChartInflationGenerator")):
        yield from _at(chart, ("values",), Role.VALUES, ("helmChartInflationGenerator", index))
