"""Facts about who takes part in a mesh: callers that do not, probes that it refuses, and what is written for those who do not read it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from checker.calls.graph import CallGraph
from checker.calls.types import Call
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.paths import host_of, meant_port
from checker.facts.ports import number_of
from checker.facts.probe import PROBES, handler
from checker.findings import Subject
from checker.model.build import Model
from checker.model.setting import Origin, Settings
from checker.model.traffic import LeftOut, LostSelector, Traffic, Unread
from checker.model.types import Workload

OUTSIDER_FIELDS = {
    "outsider.callers": Field("string", "the workloads whose calls the mesh does not carry, for the same reason, for people"),
    "outsider.why": Field("string", "the reason"),
    "outsider.online": Field("bool", "one of them runs for good, not to completion"),
    "outsider.losing": Field("string", "callees for whose calls a route or a rule says something; empty if none"),
    "outsider.lost": Field("string", "the objects that say so, for people"),
    "outsider.refused": Field("string", "callees that take mutual TLS of the mesh only; empty if none"),
    "outsider.refused_by": Field("string", "the objects that say so, for people"),
}
MESH_PROBE_FIELDS = {
    "meshprobe.container": Field("string", "name of the container"),
    "meshprobe.type": Field("string", "readiness, liveness, startup"),
    "meshprobe.port": Field("int", "the port that is asked"),
    "meshprobe.refused_by": Field("string", "the object that has the port take mutual TLS only; empty if none does"),
}
UNREAD_FIELDS = {
    "unread.namespace": Field("string", "namespace of the Services"),
    "unread.services": Field("string", "Services whose requests nobody looks into, for people"),
    "unread.rules": Field("string", "what is written for their requests, for people"),
    "unread.why": Field("string", "what is missing"),
    "unread.read": Field("bool", "somebody reads what is written"),
}
LOST_SELECTOR_FIELDS = {
    "lostselector.rule": Field("string", "name of the rule"),
    "lostselector.host": Field("string", "the host it is for, in full"),
    "lostselector.why": Field("string", "why it counts for no caller"),
}
_REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
_SHOWN = 3
_ROUTE = ("request_timeout_seconds", "retry_attempts")


def judge_outsiders(graph: CallGraph, traffic: Traffic) -> Iterator[Judged]:
    """The callers outside the mesh, those together that the same line leaves out."""
    left_out: dict[tuple[object, ...], tuple[LeftOut, list[Call]]] = {}
    for caller, calls in groupby(graph.calls, key=lambda call: call.workload):
        out = traffic.left_out(caller) if caller is not None else None
        if caller is not None and out is not None:
            said_by = out.origin
            key = (id(said_by.item), said_by.path) if said_by else (id(caller),)
            left_out.setdefault(key, (out, []))[1].extend(call for call in calls if not call.telemetry)
    for out, calls_of_all in left_out.values():
        if calls_of_all:
            yield _outsiders(traffic, out, calls_of_all)


def _outsiders(traffic: Traffic, out: LeftOut, calls: Sequence[Call]) -> Judged:
    callers = list(dict.fromkeys(call.workload for call in calls if call.workload is not None))
    lost: dict[str, list[Origin]] = {}
    refused: dict[str, list[Origin]] = {}
    for call in calls:
        service, port = call.callee.service, meant_port(call)
        if service is None or port is None:
            continue
        if by := traffic.refuses_plain_text(service, port):
            refused.setdefault(service.source.name, []).append(by)
        elif rules := list(_rules(traffic, call)):
            lost.setdefault(service.source.name, []).extend(rules)
    anchor = Anchor(out.origin.item, out.origin.path) if out.origin and out.origin.item else Anchor(callers[0].source)
    facts = {
        "outsider.callers": _some(caller.name for caller in callers),
        "outsider.why": out.reason,
        "outsider.online": any(not caller.runs_to_completion for caller in callers),
        "outsider.losing": _some(lost),
        "outsider.lost": _some(origin.name for origins in lost.values() for origin in origins),
        "outsider.refused": _some(refused),
        "outsider.refused_by": _some(origin.name for origins in refused.values() for origin in origins),
    }
    item = anchor.source
    return Judged("outsider", Subject(item.kind, item.namespace, item.name), {"outsider": anchor}, facts)


def _rules(traffic: Traffic, call: Call) -> Iterator[Origin]:
    """Who writes what a proxy would do with a call."""
    caller, service, port = call.workload, call.callee.service, meant_port(call)
    if caller is None or service is None or port is None:
        return
    for way in traffic.ways(caller, caller.namespace, host_of(service), port, "http"):
        if way.source is not None:
            yield from _written({name: way.settings[name] for name in _ROUTE if name in way.settings})
        for reached in way.destinations:
            if reached.rule is not None:
                yield from _written(reached.settings)


def _written(settings: Settings) -> Iterator[Origin]:
    return (setting.origin for setting in settings.values() if setting.state == "set" and setting.origin.item is not None)


def judge_mesh_probes(model: Model, traffic: Traffic) -> Iterator[Judged]:
    """Probes of pods whose proxy is told not to answer them: the kubelet speaks plain text to the pod's own port."""
    for pod in model.part.workloads:
        if str(pod.annotations.get(_REWRITE, "")).lower() == "false":
            yield from _mesh_probes(pod, traffic)


def _mesh_probes(pod: Workload, traffic: Traffic) -> Iterator[Judged]:
    anchor = Anchor(pod.source, (*pod.pod_path, "metadata", "annotations", _REWRITE))
    for container in pod.containers:
        for kind in PROBES:
            probe = container.data.get(f"{kind}Probe")
            asked = handler(probe, container) if probe is not None else None
            port = number_of(asked.port) if asked and asked.kind in ("http", "grpc") else None
            if port is not None:
                by = traffic.refuses_probes(pod, port)
                facts = {
                    "meshprobe.container": container.name,
                    "meshprobe.type": kind,
                    "meshprobe.port": port,
                    "meshprobe.refused_by": by.name if by else "",
                }
                subject = Subject(pod.kind, pod.namespace, pod.name, container.name)
                yield Judged("mesh-probe", subject, {"meshprobe": anchor}, facts, part=kind)


def judge_unread(traffic: Traffic) -> Iterator[Judged]:
    """Services whose requests nobody looks into."""
    for each in traffic.unread():
        if each.at.item is not None:
            yield _unread(each, Anchor(each.at.item, each.at.path))


def _unread(each: Unread, anchor: Anchor) -> Judged:
    facts = {
        "unread.namespace": each.namespace,
        "unread.services": _some(each.services),
        "unread.rules": _some(origin.name for origin in each.rules),
        "unread.why": each.why,
        "unread.read": False if each.certain else Unknown(f"the waypoint of namespace {each.namespace}"),
    }
    item = anchor.source
    return Judged("unread", Subject(item.kind, item.namespace, item.name), {"unread": anchor}, facts, part=each.why)


def judge_lost_selectors(traffic: Traffic) -> Iterator[Judged]:
    """Rules whose selector keeps them from all callers."""
    return (judged for each in traffic.lost_selectors() for judged in _lost_selector(each))


def _lost_selector(each: LostSelector) -> Iterator[Judged]:
    item = each.origin.item
    if item is not None:
        facts = {"lostselector.rule": item.name, "lostselector.host": each.host, "lostselector.why": each.why}
        anchors = {"lostselector": Anchor(item, each.origin.path)}
        yield Judged("lost-selector", Subject(item.kind, item.namespace, item.name), anchors, facts)


def _some(names: Iterable[str]) -> str:
    each = list(dict.fromkeys(names))
    return ", ".join(each[:_SHOWN]) + (f" and {len(each) - _SHOWN} more" if len(each) > _SHOWN else "")
