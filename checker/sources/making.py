"""What has to be made before it can be read: charts are rendered, kustomizations built."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from checker.documents import Document, parse
from checker.errors import Problem, Skipped
from checker.sources import names
from checker.sources.charts import ANYTHING, chart_texts
from checker.sources.files import Chart, Found, Input, Made, read
from checker.sources.gitops import Deployed, deployments, may_deploy
from checker.sources.helm import HelmOptions, render_chart
from checker.sources.kustomize import Plan, Root, find_program, kustomizations, render_kustomization
from checker.sources.rendering import Rendering


class Options(NamedTuple):
    """What the user says of how to make things."""

    helm: HelmOptions = HelmOptions()
    allow_remote: bool = False


class _Job(NamedTuple):
    """One thing to make. `by`: who says how, as words to add to the command; `texts`: of what it is made."""

    name: str
    label: str
    namespace: str
    by: str
    make: Callable[[], Rendering | Skipped | list[Problem]]
    texts: Callable[[], Iterable[str]]


def make(found: Found, options: Options) -> Made:
    """Everything that the user's paths mean and nobody can read as it stands."""
    deployed, skipped = _deployed(found)
    clusters = {each.cluster for each in deployed}
    labels = {cluster: cluster if len(clusters) > 1 else "" for cluster in clusters}
    plan = _plan(found)
    work = [
        *_charts([chart for chart in found.charts if chart.path not in plan.charts], deployed, labels, options.helm),
        *_kustomizations(plan.roots, deployed, labels, allow_remote=options.allow_remote),
    ]
    made = _made(work)
    broken = {root.name for root in plan.roots} - made.renderings.keys()
    plain = [source for source in found.inputs if not _is_part(source, plan.consumed, broken)] if plan.roots else found.inputs
    told = {(problem.file, problem.line) for problem in made.problems}
    more = [problem for problem in plan.problems if (problem.file, problem.line) not in told]
    return made._replace(inputs=[*plain, *made.inputs], skipped=[*made.skipped, *skipped], problems=[*made.problems, *more])


def _is_part(source: Input, consumed: Container[str], broken: Container[str]) -> bool:
    """Whether a file is what a kustomization is made of; of one that cannot be built, what lies beside it most likely is."""
    return os.path.realpath(source.path) in consumed or (posixpath.dirname(source.name) or ".") in broken


def _plan(found: Found) -> Plan:
    """Without a program that builds them, kustomizations are read as the plain files they are."""
    if not found.kustomizations or find_program() is None:
        return Plan([], [], [], frozenset(), frozenset(), [])
    paths = {source.name: source.path for source in found.inputs}
    return kustomizations(paths[name] for name in found.kustomizations)


def _kustomizations(
    roots: Sequence[Root], deployed: Sequence[Deployed], labels: Mapping[str, str], *, allow_remote: bool
) -> Iterator[_Job]:
    """Each once; of several controllers that deploy one, what they have in common counts."""
    for root in roots:
        users = [each for each in deployed if each.path == root.name]
        spaces, clusters = {each.namespace for each in users}, {labels[each.cluster] for each in users}
        build = partial(render_kustomization, root.path, root.name, allow_remote=allow_remote)
        label = root.label or (clusters.pop() if len(clusters) == 1 else "")
        yield _Job(root.name, label, spaces.pop() if len(spaces) == 1 else "", "", build, partial(iter, [ANYTHING]))


def _made(work: Iterable[_Job]) -> Made:
    texts: list[Input] = []
    renderings: dict[str, Rendering] = {}
    labels: dict[str, str] = {}
    problems: list[Problem] = []
    skipped: list[Skipped] = []
    lost: dict[str, Iterable[str]] = {}
    for job, result in ((job, job.make()) for job in work):
        if isinstance(result, Rendering):
            renderings[job.name] = result._replace(name=job.name, via=result.via + job.by)
            texts.append(Input(job.name, job.name, content=result.text, namespace=job.namespace))
            labels |= {job.name: job.label} if job.label else {}
            problems += result.problems
        elif isinstance(result, Skipped):
            skipped.append(result)
        else:
            problems += result
            lost.update({problem.file: job.texts() for problem in result})
    return Made(texts, renderings, labels, problems, skipped, lost)


def _charts(charts: Sequence[Chart], deployed: Sequence[Deployed], labels: Mapping[str, str], options: HelmOptions) -> Iterator[_Job]:
    """Each chart once, or as often as it is deployed."""
    users: dict[str, list[Deployed]] = defaultdict(list)
    for each in deployed:
        users[each.path].append(each)
    for chart in charts:
        several = users.get(chart.name, [])
        if not several:
            yield _job(chart, chart.name, "", "", options)
        for use in several:
            name = chart.name if len(several) == 1 else f"{chart.name} ({use.who})"
            yield _job(chart, name, labels[use.cluster], f", as {use.who} has it", _with(options, use))


def _job(chart: Chart, name: str, label: str, by: str, options: HelmOptions) -> _Job:
    render = partial(render_chart, chart.path, chart.name, options)
    return _Job(name, label, options.namespace, by, render, partial(chart_texts, chart.path))


def _with(options: HelmOptions, use: Deployed) -> HelmOptions:
    """What the user says beats what is deployed."""
    return options._replace(
        values=use.values,
        inline=use.inline,
        later=options.values,
        sets=(*use.sets, *options.sets),
        release=options.release or use.release,
        namespace=options.namespace or use.namespace,
    )


def _deployed(found: Found) -> tuple[list[Deployed], list[Skipped]]:
    """By the objects of Argo CD and Flux among the files."""
    here = _known(found)
    deployed, skipped = deployments((document for source in found.inputs for document in _documents(source)), here.__contains__)
    partly = (each for each in deployed if each.left_out)
    return deployed, [*skipped, *(Skipped(each.file, each.line, f"{each.who}: without its {', '.join(each.left_out)}") for each in partly)]


def _known(found: Found) -> frozenset[str]:
    """Names of charts, files, and directories above them."""
    known = {chart.name for chart in found.charts}
    for chart in found.charts:
        inside = os.listdir(chart.path) if os.path.isdir(chart.path) else ()
        known.update(posixpath.normpath(posixpath.join(chart.name, name)) for name in inside)
    for source in found.inputs:
        known.add(source.name)
        name = source.name
        while (name := posixpath.dirname(name)) not in known and name:
            known.add(name)
    return frozenset(known)


def _documents(source: Input) -> Iterable[Document]:
    if source.path == names.STDIN:  # it can be read only once
        return ()
    content = read(source)
    return parse(source.name, content).documents if isinstance(content, bytes) and may_deploy(content) else ()
