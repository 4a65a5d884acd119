"""Facts about calls that leave the mesh because the caller's proxy is told nothing of the callee."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checker.calls.graph import CallGraph
from checker.facts.edge import call_kind
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.paths import host_of, meant_port
from checker.findings import Subject
from checker.model.setting import Origin
from checker.model.traffic import Hidden, ServicePortProtocol, Traffic

HIDING_FIELDS = {
    "hiding.calls": Field("string", "the calls for which the proxy has no settings, for people"),
    "hiding.blocked": Field("bool", "the proxy refuses them; else it lets them through as they are"),
}
_SHOWN = 3


class _Call(NamedTuple):
    """One call, for people, and where it is written."""

    text: str
    evidence: Anchor


def judge_hiding(graph: CallGraph, traffic: Traffic) -> Iterator[Judged]:
    """Each line that hides callees from callers, with the calls that are seen nonetheless."""
    ports = {(port.service, port.number): port for port in traffic.ports()}
    hiding: dict[object, tuple[Hidden, list[_Call]]] = {}
    for call in graph.calls:
        port = ports.get((call.callee.service, meant_port(call) or 0)) if call.callee.service else None
        if port is None or call.workload is None or call.telemetry or not traffic.carries(call.workload):
            continue
        hidden = traffic.hidden(call.workload, host_of(port.service), port.number, call_kind(port.protocol))
        if hidden is not None and hidden.by.item is not None:
            first = call.evidence[0]
            shown = _Call(f"{call.caller.name} → {_named(port)}", Anchor(first.source, first.path))
            hiding.setdefault(id(hidden.by.item), (hidden, []))[1].append(shown)
    for hidden, calls in hiding.values():
        yield from _judged(hidden.by, hidden, {call.text: call for call in calls})


def _named(port: ServicePortProtocol) -> str:
    return f"{port.service.source.name}.{port.service.source.namespace}:{port.number}"


def _judged(by: Origin, hidden: Hidden, calls: Mapping[str, _Call]) -> Iterator[Judged]:
    if by.item is None:
        return
    texts = list(calls)
    shown = ", ".join(texts[:_SHOWN]) + (f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")
    anchors = {"hiding": Anchor(by.item, by.path), "rival": calls[texts[0]].evidence}
    facts = {"hiding.calls": shown, "hiding.blocked": hidden.blocked}
    yield Judged("hiding", Subject(by.item.kind, by.item.namespace, by.item.name), anchors, facts)
