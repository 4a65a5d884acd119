"""Which kustomizations of a tree are built: those that no other one uses."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from checker.errors import Problem
from checker.objects.words import quoted
from checker.sources.kustomize.tree import Kustomization, Role, load, local_charts, references
from checker.sources.walk import reported


class Root(NamedTuple):
    """A directory to build. `label` tells it from the variants of the same base: `prod`; empty if it is the only one."""

    path: str
    name: str
    label: str = ""


class Plan(NamedTuple):
    """What to do with the kustomizations of a tree.

    `used` are directories that others build upon, `components` those that are never built alone, `consumed` the real paths of all
    files that a kustomization uses (itself included), `charts` those of the Helm charts that it renders: neither is judged a second
    time. A root with a problem is in `roots` all the same: building it tells the problem in full.
    """

    roots: list[Root]
    used: list[str]
    components: list[str]
    consumed: frozenset[str]
    charts: frozenset[str]
    problems: list[Problem]


def kustomizations(files: Iterable[str]) -> Plan:
    """The plan for a tree in which these kustomization files were found; their bases may lie outside of it."""
    problems: list[Problem] = []
    found: dict[str, Kustomization] = {}
    for directory in sorted({os.path.dirname(file) or "." for file in files}):
        _take(directory, found, problems)
    within = list(found)
    parents = _parents(found, problems)
    used = {child for children in parents.values() for child in children}
    roots = [each for each in within if each not in used and not found[each].is_component] + _cycles(within, parents, found)
    labels = _labels({root: _reach(root, parents) for root in roots}, found)
    spelled = {root: found[root].spelled for root in roots}
    return Plan(
        [Root(spelled[root], reported(spelled[root]), labels.get(root, "")) for root in sorted(roots, key=spelled.__getitem__)],
        sorted(reported(found[each].spelled) for each in used if not found[each].is_component),
        sorted(reported(each.spelled) for each in found.values() if each.is_component),
        frozenset(file for each in found.values() for file in _files(each)),
        frozenset(chart for each in found.values() for chart in _charts(each)),
        sorted(set(problems), key=str),
    )


def _take(directory: str, found: dict[str, Kustomization], problems: list[Problem]) -> str | None:
    """Load a directory unless it is there; its real path, None if there is no kustomization to be had."""
    real = os.path.realpath(directory)
    if real not in found:
        loaded = load(directory)
        if isinstance(loaded, Problem):
            problems.append(loaded)
            return None
        found[real] = loaded
    return real


def _parents(found: dict[str, Kustomization], problems: list[Problem]) -> dict[str, list[str]]:
    """The directories that each kustomization uses; what is met on the way is added to `found`."""
    uses: dict[str, list[str]] = {}
    pending = list(found)
    while pending:
        here = found[pending.pop()]
        if here.directory in uses:
            continue
        uses[here.directory] = []
        for reference in references(here):
            if reference.is_remote:
                continue
            target = here.target(reference.text)
            if os.path.isdir(target) and reference.role in (Role.RESOURCE, Role.COMPONENT, Role.PLUGIN):
                if (child := _take(target, found, problems)) is not None:
                    uses[here.directory].append(child)
                    pending.append(child)
            elif not os.path.exists(target):
                problems.append(
                    here.problem(reference.path, f"{quoted(reference.text)} does not exist", "check the path, or remove the entry")
                )
    return uses


def _cycles(within: list[str], uses: Mapping[str, list[str]], found: Mapping[str, Kustomization]) -> list[str]:
    """One of each circle of kustomizations that nothing outside of it leads to, for its error to be told."""
    used = {child for children in uses.values() for child in children}
    reached = {each for root in within if root not in used for each in _reach(root, uses)}
    picked = []
    for each in sorted(within):
        if each in used and each not in reached and not found[each].is_component:
            picked.append(each)
            reached |= _reach(each, uses)
    return picked


def _reach(root: str, uses: Mapping[str, list[str]]) -> set[str]:
    """A directory and all that it builds upon."""
    seen: set[str] = set()
    pending = [root]
    while pending:
        here = pending.pop()
        if here not in seen:
            seen.add(here)
            pending.extend(uses.get(here, ()))
    return seen


def _labels(reach: Mapping[str, set[str]], found: Mapping[str, Kustomization]) -> dict[str, str]:
    """Roots that share a base, directly or by way of others that do, are variants; each is told by where its path differs."""
    group = {root: root for root in reach}
    by_base: dict[str, list[str]] = defaultdict(list)
    for root, members in reach.items():
        for member in members:
            if not found[member].is_component:
                by_base[member].append(root)

    def head(root: str) -> str:
        while group[root] != root:
            root = group[root]
        return root

    for roots in by_base.values():
        for other in roots[1:]:
            group[head(other)] = head(roots[0])
    groups: dict[str, list[str]] = defaultdict(list)
    for root in reach:
        groups[head(root)].append(root)
    return {root: label for roots in groups.values() if len(roots) > 1 for root, label in _differences(roots).items()}


def _differences(roots: list[str]) -> dict[str, str]:
    """The steps of each path without those that all begin or end with; never empty."""
    steps = {root: root.split(os.sep) for root in roots}
    shortest = min(map(len, steps.values()))
    start = next((at for at in range(shortest - 1) if len({each[at] for each in steps.values()}) > 1), shortest - 1)
    room = shortest - start - 1
    end = next((at for at in range(room) if len({each[-1 - at] for each in steps.values()}) > 1), room)
    return {root: "/".join(each[start : len(each) - end]) for root, each in steps.items()}


def _charts(here: Kustomization) -> list[str]:
    """The real paths of the directories of the charts on disk that a kustomization renders."""
    return [os.path.realpath(path) for _, _, folder in local_charts(here) if os.path.isdir(path := os.path.join(here.directory, folder))]


def _files(here: Kustomization) -> list[str]:
    """The real paths of a kustomization and of the files it names."""
    named = [here.target(reference.text) for reference in references(here) if not reference.is_remote]
    return [os.path.realpath(path) for path in (os.path.join(here.directory, os.path.basename(here.file)), *named) if os.path.isfile(path)]
