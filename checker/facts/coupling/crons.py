"""Facts about CronJobs together: those that start in the same minute, and those that seem to wait for each other by the clock."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from checker.calls.graph import CallGraph
from checker.facts.cron import starts
from checker.facts.datastore import DATABASES, database_of
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.workload import workload_subject
from checker.model.build import Model
from checker.model.types import Workload

CRON_MOMENT_FIELDS = {
    "moment.jobs": Field("int", "CronJobs that start in this minute"),
    "moment.names": Field("string", "these, for people"),
    "moment.at": Field("string", "the minute, for people: 03:00", ("spec", "schedule")),
    "moment.shared": Field("string", "a Service or database that two of them or more use; empty if none is seen", ("spec", "schedule")),
    "moment.sharing": Field("int", "CronJobs that use it"),
}
CRON_PAIR_FIELDS = {
    "pair.first": Field("string", "name of the CronJob that starts earlier"),
    "pair.second": Field("string", "name of the one that starts later", ("spec", "schedule")),
    "pair.minutes": Field("int", "minutes between their starts"),
    "pair.data": Field("string", "what both of them use, for people: a volume or a database"),
}
_SHOWN = 6
_SPEC = ("spec", "jobTemplate", "spec", "template", "spec")


class _Cron(NamedTuple):
    workload: Workload
    clock: str  # the time zone, as written; empty for that of the cluster
    days: str
    minutes: frozenset[int]  # of the day


def judge_moments(model: Model, graph: CallGraph) -> Iterator[Judged]:
    """Each minute of the day in which several CronJobs start, told of the same jobs once."""
    by_minute: dict[tuple[str, str, int], list[_Cron]] = defaultdict(list)
    crons = list(_crons(model))
    for cron in crons:
        for minute in cron.minutes:
            by_minute[cron.clock, cron.days, minute].append(cron)
    used = _used(graph)
    seen: set[frozenset[int]] = set()
    for (clock, days, minute), own in sorted(by_minute.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        daily = [] if days == "" else by_minute.get((clock, "", minute), [])
        together = sorted((*own, *daily), key=lambda cron: (cron.workload.namespace, cron.workload.name))
        key = frozenset(id(cron.workload) for cron in together)
        if len(together) > 1 and not any(key <= known for known in seen):
            seen.add(key)
            yield _moment(together, minute, used)


def _moment(together: Sequence[_Cron], minute: int, used: Mapping[Workload, frozenset[str]]) -> Judged:
    workloads = [cron.workload for cron in together]
    uses: dict[str, list[Workload]] = defaultdict(list)
    for workload in workloads:
        for name in used.get(workload, ()):
            uses[name].append(workload)
    shared = max(sorted(uses), key=lambda name: len(uses[name]), default="")
    sharing = len(uses[shared]) if shared else 0
    facts = {
        "moment.jobs": len(workloads),
        "moment.names": ", ".join(each.name for each in workloads[:_SHOWN]) + (" …" if len(workloads) > _SHOWN else ""),
        "moment.at": f"{minute // 60:02}:{minute % 60:02}",
        "moment.shared": shared if sharing > 1 else "",
        "moment.sharing": sharing if sharing > 1 else 0,
    }
    first = workloads[0]
    anchors = {"moment": Anchor(first.source)} | {"rival": Anchor(workloads[1].source)}
    return Judged("cron-moment", workload_subject(first), anchors, facts)


def judge_pairs(model: Model, graph: CallGraph) -> Iterator[Judged]:
    """Pairs of daily CronJobs of one namespace on the same data, by the clock."""
    by_data: dict[tuple[str, str, str], list[tuple[int, Workload]]] = defaultdict(list)
    used = _databases(graph)
    for cron in _crons(model):
        if cron.days == "" and len(cron.minutes) == 1:
            for name in {*_claims(cron.workload), *used.get(cron.workload, ())}:
                by_data[cron.workload.namespace, cron.clock, name].append((min(cron.minutes), cron.workload))
    for (_, _, name), some in by_data.items():
        for (early, first), (late, second) in combinations(sorted(some, key=lambda each: (each[0], each[1].name)), 2):
            if late > early:
                facts = {
                    "pair.first": first.name,
                    "pair.second": second.name,
                    "pair.minutes": late - early,
                    "pair.data": name,
                }
                anchors = {"pair": Anchor(second.source), "rival": Anchor(first.source)}
                yield Judged("cron-pair", workload_subject(second), anchors, facts, part=f"{first.name} {name}")


def _crons(model: Model) -> Iterator[_Cron]:
    """Those whose starts are certain: not suspended, with a schedule that names minutes of a day. Time zones are kept apart.

    One that is defined in several files counts once.
    """
    for workload in {(each.namespace, each.name): each for each in model.part.workloads if each.kind == "CronJob"}.values():
        spec: Any = workload.source.data.get("spec") or {}
        found = None if spec.get("suspend") else starts(str(spec.get("schedule") or ""))
        if found is not None:
            yield _Cron(workload, str(spec.get("timeZone") or ""), *found)


def _used(graph: CallGraph) -> dict[Workload, frozenset[str]]:
    """What may be too small for many at a time: Services and databases, but nothing of the wide world such as a chat or a bucket."""
    used: dict[Workload, set[str]] = defaultdict(set)
    for call in graph.calls:
        ours = call.callee.outcome != "external" or call.protocol in DATABASES
        if call.workload is not None and call.workload.kind == "CronJob" and ours and not call.telemetry:
            used[call.workload].add(call.callee.name.removesuffix(".svc.cluster.local"))
    return {workload: frozenset(names) for workload, names in used.items()}


def _databases(graph: CallGraph) -> dict[Workload, set[str]]:
    used: dict[Workload, set[str]] = defaultdict(set)
    for call in graph.calls:
        if call.workload is not None and call.workload.kind == "CronJob" and (name := database_of(call)):
            used[call.workload].add(f"the database {name} on {call.callee.name.removesuffix('.svc.cluster.local')}")
    return used


def _claims(workload: Workload) -> Iterator[str]:
    for volume in workload.spec.get("volumes") or ():
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim:
            yield f"the volume {claim}"
