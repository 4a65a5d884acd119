"""Facts about calls that leave the cluster: what the mesh has in force on them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from checker.calls.graph import CallGraph
from checker.calls.types import Call
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.untold import unknown
from checker.facts.worst_case import worst_case_seconds
from checker.findings import Subject
from checker.model.traffic import Destination, Traffic, Way

OUTSIDE_FIELDS = {
    "outside.host": Field("string", "the host outside of the cluster"),
    "outside.port": Field("int", "the port that is called"),
    "outside.callers": Field("string", "who calls, for people"),
    "outside.http": Field("bool", "the mesh sees requests: HTTP that the application does not encrypt"),
    "outside.known": Field("bool", "a ServiceEntry tells the mesh of the host"),
    "outside.bounded": Field("bool", "a timeout is in force, for the whole or for each try"),
    "outside.chosen_by_client": Field("bool", "requests go to the address that the caller looked up: nothing else could take over"),
    "outside.ejects": Field("bool", "addresses that fail are taken out of service"),
}
_KINDS = {"http": "http", "grpc": "http", "https": "tls"}


def judge_outside(graph: CallGraph, traffic: Traffic) -> Iterator[Judged]:
    """Each host and port once; callers for whom it differs are told of by the least protected."""
    calls: dict[tuple[str, int], list[Call]] = defaultdict(list)
    for call in graph.calls:
        carried = call.workload is not None and traffic.carries(call.workload)
        if call.callee.service is None and call.callee.outcome == "external" and call.port is not None and carried and not call.telemetry:
            calls[call.callee.name, call.port].append(call)
    for (host, port), some in calls.items():
        yield from _judged(traffic, host, port, some)


def _judged(traffic: Traffic, host: str, port: int, calls: Sequence[Call]) -> Iterator[Judged]:
    first = calls[0]
    kind = _KINDS.get(first.protocol, "tcp")
    ways = traffic.ways(first.workload, first.caller.namespace, host, port, kind)
    reached = [(way, each) for way in ways for each in way.destinations]
    if not reached or any(unknown({**way.settings, **each.settings}) or each.result == "unknown" for way, each in reached):
        return
    way, least = min(reached, key=lambda pair: _protection(*pair))
    first_evidence = first.evidence[0]
    facts = {
        "outside.host": host,
        "outside.port": port,
        "outside.callers": ", ".join(dict.fromkeys(call.caller.name for call in calls)),
        "outside.http": kind == "http",
        "outside.known": least.result not in ("passthrough", "blocked", "no-cluster"),
        "outside.bounded": worst_case_seconds(way.settings) is not None,
        "outside.chosen_by_client": least.chosen_by_client,
        "outside.ejects": _ejects(least),
    }
    item = first.caller
    anchors = {"outside": Anchor(first_evidence.source, first_evidence.path)}
    yield Judged("outside", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{host}:{port}")


def _ejects(reached: Destination) -> bool:
    return "outlier_consecutive_5xx" in reached.settings


def _protection(way: Way, reached: Destination) -> int:
    return (worst_case_seconds(way.settings) is not None) + _ejects(reached)
