"""What of a kustomization is refused before anything runs: what is remote, missing, outside of it, or a plugin."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.documents import parse
from checker.errors import Problem
from checker.location import Path
from checker.objects.words import quoted
from checker.sources.files import Input, read
from checker.sources.kustomize.tree import (
    Kustomization,
    Reference,
    Role,
    file_in,
    is_inline,
    items,
    load,
    local_charts,
    references,
)
from checker.sources.walk import reported

_DIRECTORIES = (Role.RESOURCE, Role.COMPONENT, Role.PLUGIN)
_DEEPEST = 100
_BUILTIN = "builtin"
_HELM_GENERATOR = "HelmChartInflationGenerator"


class Checked(NamedTuple):
    """A kustomization and all that it builds upon, by directory; what keeps it from being built; whether it renders charts."""

    members: dict[str, Kustomization]
    problems: list[Problem]
    charts: bool


def check(root: Kustomization, *, allow_remote: bool, helm: str | None) -> Checked:
    """Follow all local references from `root`; `helm` is the program that renders charts, if there is one."""
    checked = Checked({}, [], charts=False)
    _follow(root, (), checked, allow_remote=allow_remote)
    charts = [problem for each in checked.members.values() for problem in _charts(each, helm, allow_remote=allow_remote)]
    return Checked(
        checked.members,
        list(dict.fromkeys([*checked.problems, *charts])),
        charts=any(_chart_entries(each) for each in checked.members.values()),
    )


def _follow(here: Kustomization, above: tuple[str, ...], checked: Checked, *, allow_remote: bool) -> None:
    checked.members[here.directory] = here
    for reference in references(here):
        target = here.target(reference.text)
        if reference.is_remote:
            if not allow_remote:
                checked.problems.append(_remote(here, reference))
        elif os.path.isabs(reference.text) and reference.role in _DIRECTORIES:
            message = f"{quoted(reference.text)} is an absolute path, which kustomize refuses here"
            checked.problems.append(here.problem(reference.path, message, "write it relative to this file"))
        elif os.path.isdir(target) and reference.role in _DIRECTORIES:
            _directory(here, reference, (*above, here.directory), checked, allow_remote=allow_remote)
        elif problem := _file(here, reference, target):
            checked.problems.append(problem)
        elif reference.role is Role.PLUGIN:
            checked.problems.extend(_plugins(here, reference, target, allow_remote=allow_remote))
    checked.problems.extend(_inline_plugins(here))


def _directory(here: Kustomization, reference: Reference, above: tuple[str, ...], checked: Checked, *, allow_remote: bool) -> None:
    target = here.target(reference.text)
    real = os.path.realpath(target)
    if any(each == real or each.startswith(os.path.join(real, "")) for each in above):
        kind = (
            "is this directory or one above it" if real == here.directory or here.directory.startswith(real + os.sep) else "leads back here"
        )
        message = f"{quoted(reference.text)} {kind}: kustomize would never end"
        checked.problems.append(here.problem(reference.path, message, "remove the entry, or move what is shared to a base of its own"))
        return
    if real in checked.members:
        return
    if len(above) > _DEEPEST:
        checked.problems.append(
            here.problem(reference.path, f"more than {_DEEPEST} kustomizations lead here", "build fewer upon each other")
        )
        return
    if not file_in(real):
        message = f"the directory {quoted(reference.text)} holds no kustomization.yaml"
        checked.problems.append(here.problem(reference.path, message, "add one there, or name the files one by one"))
        return
    loaded = load(target)
    if isinstance(loaded, Problem):
        checked.problems.append(loaded)
    elif loaded.is_component != (reference.role is Role.COMPONENT):
        kind = "a component" if loaded.is_component else "no component"
        key = "components" if loaded.is_component else "resources"
        message = f"{quoted(reference.text)} is {kind}, so it cannot be listed here"
        checked.problems.append(here.problem(reference.path, message, f"list it under `{key}`"))
    else:
        _follow(loaded, above, checked, allow_remote=allow_remote)


def _remote(here: Kustomization, reference: Reference) -> Problem:
    message = f"{quoted(reference.text)} is remote and was not fetched, so the kustomization was not built"
    return here.problem(reference.path, message, "give --allow-remote to have it fetched, or keep a copy in the tree")


def _file(here: Kustomization, reference: Reference, target: str) -> Problem | None:
    """Kustomize reads files in or below the directory of the kustomization alone, wherever links lead."""
    if not os.path.exists(target):
        return here.problem(reference.path, f"{quoted(reference.text)} does not exist", "check the path, or remove the entry")
    if not os.path.realpath(target).startswith(os.path.join(here.directory, "")):
        message = f"{quoted(reference.text)} leads out of the directory of this kustomization, where kustomize reads no files"
        return here.problem(reference.path, message, "move the file here, or make a kustomization of its directory and list that")
    if not os.path.isfile(target):
        return here.problem(reference.path, f"{quoted(reference.text)} is no file", "name a file")
    return None


def _plugins(here: Kustomization, reference: Reference, target: str, *, allow_remote: bool) -> Iterator[Problem]:
    content = read(Input(target, reported(target)))
    if isinstance(content, Problem):
        yield content
        return
    for document in parse(reported(target), content).documents:
        yield from _plugin(here, reference, document.data)
        for url in _remote_files(document.data):
            if not allow_remote:
                yield _remote(here, reference._replace(text=url))


def _inline_plugins(here: Kustomization) -> Iterator[Problem]:
    for key in ("generators", "transformers", "validators"):
        for index, entry in enumerate(items(here.document.data, key)):
            if isinstance(entry, str) and is_inline(entry):
                for document in parse(here.file, entry.encode()).documents:
                    yield from _plugin(here, Reference((key, index), entry, Role.PLUGIN), document.data)


def _plugin(here: Kustomization, reference: Reference, data: Any) -> Iterator[Problem]:
    if not isinstance(data, dict):
        return
    kind = data.get("kind")
    if data.get("apiVersion") != _BUILTIN:
        message = f"the {reference.path[0]!s} entry {kind} is a program of its own, which is never run"
        fix = "run it yourself and check its output: kustomize build --enable-alpha-plugins DIR | k8s-stabcheck -"
        yield here.problem(reference.path, message, fix)
    elif kind == _HELM_GENERATOR:
        message = f"{_HELM_GENERATOR} as a plugin is not supported"
        yield here.problem(reference.path, message, "use `helmCharts` of the kustomization with a local chart")


def _remote_files(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("path", "paths", "files", "envs", "env", "valuesFile") and value:
                yield from (each for each in (value if isinstance(value, list) else [value]) if _is_url(each))
            yield from _remote_files(value)
    elif isinstance(data, list):
        for each in data:
            yield from _remote_files(each)


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and Reference((), value.partition("=")[2] or value, Role.DATA).is_remote


def _chart_entries(here: Kustomization) -> list[Any]:
    return [*items(here.document.data, "helmCharts"), *items(here.document.data, "helmChartInflationGenerator")]


def _unsafe(here: Kustomization, path: Path, chart: Mapping[str, Any], directory: str) -> Iterator[Problem]:
    """What kustomize would hand to helm as a flag, and a chart that helm must not be given."""
    from checker.sources.helm import reviewed

    for key in ("name", "releaseName"):
        if str(chart.get(key, "")).startswith("-"):
            yield here.problem(
                (*path, key), f"{quoted(str(chart[key]))} would be a flag of helm", "give a name that does not begin with '-'"
            )
    if os.path.isdir(directory) and (problem := reviewed(directory, reported(directory))):
        yield problem


def _charts(here: Kustomization, helm: str | None, *, allow_remote: bool) -> Iterator[Problem]:
    """Charts must lie on disk where kustomize looks before it fetches."""
    for path, chart, folder in local_charts(here):
        name, repository = chart.get("name"), chart.get("repo")
        if not os.path.isfile(os.path.join(here.directory, folder, "Chart.yaml")) and not (allow_remote and repository):
            why = f"is not in {folder!r}" + (" and was not fetched" if repository else "")
            fix = "give --allow-remote to have it fetched, or keep the chart there" if repository else "keep the chart there"
            yield here.problem(path, f"the Helm chart {name!r} {why}, so the kustomization was not built", fix)
        elif helm is None:
            yield here.problem(
                path, f"the Helm chart {name!r} needs helm, which is not installed", "install helm: https://helm.sh/docs/intro/install/"
            )
        else:
            yield from _unsafe(here, path, chart, os.path.join(here.directory, folder))
    for index, _ in enumerate(items(here.document.data, "helmChartInflationGenerator")):
        message = "helmChartInflationGenerator is not supported"
        yield here.problem(("helmChartInflationGenerator", index), message, "use `helmCharts` with a local chart")
