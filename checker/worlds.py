"""Variants of one system, such as the overlays `dev` and `prod`, are worlds of their own: none sees the objects of another."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from checker.engine import Catalogue
from checker.errors import Problem
from checker.findings import Finding, ObjectKey, Report, Tally, in_order
from checker.model.build import POD_KINDS
from checker.objects import ApiObject
from checker.objects.unseen import Unseen
from checker.policy.checklist import rows


class World(NamedTuple):
    """Objects that exist together. `label` tells it from the others, and is empty where there is one alone."""

    label: str
    objects: Sequence[ApiObject]
    unseen: Unseen = Unseen()


def worlds(objects: Sequence[ApiObject], unseen: Unseen, variants: Mapping[str, str], made: Collection[str] = ()) -> list[World]:
    """The worlds of an input; `variants` are labels by file, `made` are files that a program made. What has no label is part of each."""
    if len(made) > 1:
        variants = {**alternatives(objects, made, variants), **variants}
    labels = sorted(set(variants.values()))
    if not labels:
        return [World("", objects, unseen)]
    return [World(label, [item for item in objects if variants.get(item.document.file, label) == label], unseen) for label in labels]


def alternatives(objects: Iterable[ApiObject], made: Collection[str], variants: Mapping[str, str]) -> dict[str, str]:
    """Labels for files that a program made and that have none, where another makes the same workload: a chart and a kustomization of it."""
    makers: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in objects:
        if item.kind in POD_KINDS and item.document.file in made:
            makers[item.kind, item.namespace, item.name].add(item.document.file)
    rivals = {file for files in makers.values() if len(files) > 1 for file in files}
    return {file: file for file in rivals - variants.keys()}


def in_each(several: Iterable[World], check: Callable[[World], Report], catalogue: Catalogue) -> Report:
    """One report on all: what holds in each world is said once, and of the rest in which it does."""
    reports = [(world.label, check(world)) for world in several]
    if len(reports) == 1:
        return reports[0][1]
    findings = _together(reports)
    tallies = _tallies([report for _, report in reports], findings)
    whole = reports[0][1]
    errors = {error for _, report in reports for error in report.inputs.errors}
    return whole._replace(
        inputs=whole.inputs._replace(errors=sorted(errors, key=_place)),
        assumptions=list(dict.fromkeys(each for _, report in reports for each in report.assumptions)),
        findings=in_order(findings),
        checklist=rows(catalogue.checklist, catalogue.policies.values(), tallies, findings),
        tallies=tallies,
    )


def _together(reports: Sequence[tuple[str, Report]]) -> list[Finding]:
    labels: dict[Finding, list[str]] = defaultdict(list)
    for label, report in reports:
        for finding in report.findings:
            labels[_placeless(finding)].append(label)
    return [finding._replace(worlds=() if len(found) == len(reports) else tuple(found)) for finding, found in labels.items()]


def _placeless(finding: Finding) -> Finding:
    """Without the names of the texts that its objects were read from, which differ from world to world."""
    edge = finding.subject.edge
    subject = finding.subject if edge is None else finding.subject._replace(edge=edge._replace(callers=_without_files(edge.callers)))
    return finding._replace(subject=subject, owners=())


def _without_files(callers: Iterable[ObjectKey]) -> tuple[ObjectKey, ...]:
    return tuple(dict.fromkeys(("", *caller[1:]) for caller in callers))


def _tallies(reports: Sequence[Report], findings: Iterable[Finding]) -> dict[str, Tally]:
    """Findings are counted as they are told; of the rest, what is shared must not count once for each world."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for finding in findings:
        counted[finding.policy, finding.outcome] += 1
    return {
        policy: Tally(
            max(report.tallies[policy].passed for report in reports),
            counted[policy, "fail"],
            counted[policy, "unknown"],
            counted[policy, "waived"],
            min(report.tallies[policy].not_applicable for report in reports),
            counted[policy, "ask"],
            counted[policy, "attested"],
        )
        for policy in reports[0].tallies
    }


def _place(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.line or 0, str(problem)
