"""A live cluster as input, and files put over it."""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

from checker.admission import standing
from checker.cli.judging import Judged, settle
from checker.cli.making import making, source_directories
from checker.cli.progress import Progress
from checker.errors import Problem
from checker.findings import Inputs
from checker.objects import ApiObject
from checker.objects.unseen import Unseen
from checker.reading import Reading, begin_reading
from checker.sources.cluster import Cluster, Unreachable, Wanted, connect, read_cluster
from checker.sources.cluster.changes import compared, put_over
from checker.sources.cluster.provenance import with_writers
from checker.sources.process import ending_in_order
from checker.workers import default_jobs

_SYSTEM = frozenset({"kube-system", "kube-node-lease", "kube-public"})


class Read(NamedTuple):
    """A cluster as it is, and as it would be once the files are applied; without files twice the same."""

    cluster: Cluster | None
    before: Reading
    now: Reading


def judge_cluster(arguments: argparse.Namespace, jobs: int, progress: Progress) -> Judged:
    """The cluster, or what files would change in it, judged. Raises StabcheckError."""
    read = read_over(arguments, source_directories(arguments))
    how = settle(arguments, jobs)
    progress.phase(f"judging {read.now.inputs.objects} objects")
    report = how.check(read.now)
    if read.cluster is None:
        return Judged(report, how, read.now)
    if arguments.paths:
        report = report._replace(findings=compared(how.check(read.before).findings, report.findings))
    report = report._replace(findings=with_writers(report.findings, read.cluster.objects, read.cluster.writers))
    return Judged(report, how, read.now)


def read_over(arguments: argparse.Namespace, sources: Sequence[str] | None = None) -> Read:
    """The cluster, and the files that are put over it; `sources` as for `begin_reading`. Raises UsageError."""
    namespaces = tuple(dict.fromkeys(arguments.namespace))
    connection = connect(Wanted(arguments.kubeconfig, arguments.context))
    wanted = arguments.paths or sources
    files = begin_reading(arguments.paths, arguments.jobs or default_jobs(), making(arguments), sources) if wanted else None
    try:
        with ending_in_order():  # what the client keeps in files meanwhile is a secret
            cluster = read_cluster(connection, namespaces)
    except Unreachable as error:
        nothing = _inputs(connection.name, 0, [error.problem])
        return Read(None, *[Reading([], nothing)] * 2)
    finally:
        connection.close()
    before = _reading(cluster, _SYSTEM - set(namespaces))
    if files is None:
        return Read(cluster, before, before)
    read = files()
    before = before._replace(code=read.code, inputs=before.inputs._replace(skipped=read.inputs.skipped))
    return Read(cluster, before, _over(before, read, cluster) if arguments.paths else before)


def _reading(cluster: Cluster, aside: frozenset[str]) -> Reading:
    objects, problems = standing(cluster.objects)
    taken = {id(item.data) for item in objects}
    refused = frozenset((item.kind, item.namespace) for item in cluster.objects if problems and id(item.data) not in taken)
    inputs = _inputs(cluster.name, len(objects), [*problems, *_nothing(cluster)])
    unseen = cluster.unseen._replace(places=refused)
    spared = sorted(aside & {item.namespace for item in objects})
    notes = [*cluster.notes, *([f"not judged, only referred to: what is in {', '.join(spared)}"] if spared else [])]
    return Reading(objects, inputs, unseen, complete=True, notes=notes, aside=aside)


def _nothing(cluster: Cluster) -> list[Problem]:
    """Where nothing at all could be listed."""
    if not cluster.refusal:
        return []
    fix = "list the namespaces you may read with --namespace, or ask for the rights in docs/cluster.md"
    return [Problem(f"cluster {cluster.name}", None, None, f"nothing can be listed: {cluster.refusal}", fix)]


def _inputs(cluster: str, objects: int, errors: list[Problem]) -> Inputs:
    return Inputs(files=0, documents=objects, objects=objects, skipped=(), errors=errors, cluster=cluster)


def _over(before: Reading, files: Reading, cluster: Cluster) -> Reading:
    objects: list[ApiObject] = put_over(before.objects, files.objects, cluster.namespace)
    inputs = files.inputs._replace(
        documents=files.inputs.documents + before.inputs.documents,
        objects=len(objects),
        errors=[*before.inputs.errors, *files.inputs.errors],
        cluster=cluster.name,
        compared=True,
    )
    unseen = Unseen(before.unseen.places | files.unseen.places, before.unseen.files + files.unseen.files, before.unseen.listed)
    return before._replace(objects=objects, inputs=inputs, unseen=unseen, variants=files.variants, renderings=files.renderings)
