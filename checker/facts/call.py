"""Facts about calls: what a workload is configured to call, and whether that leads somewhere."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from checker.calls.graph import CallGraph
from checker.calls.style import style_of
from checker.calls.types import Call, Evidence
from checker.facts.datastore import are_one
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.likeness import slip_of
from checker.facts.reach import declared_ports
from checker.facts.workload import replicas_floor
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Service, Workload

_WAITING = re.compile(r"\b(?:until|while)\b.*\b(?:sleep|do)\b|wait-?(?:for|4x)|dockerize\b.*-wait|\bwait\.sh", re.DOTALL)
_PLACES = {"env": "variable", "arg": "argument", "command": "command", "config-map": "ConfigMap", "secret": "Secret"}

CALL_FIELDS = {
    "call.caller": Field("string", "name of the workload or Ingress that calls"),
    "call.caller_kind": Field("string", "kind of the caller; an Ingress stands for callers from outside"),
    "call.host": Field("string", "the host as it is written"),
    "call.port": Field("int", "the port that is called; absent where nothing tells it", optional=True),
    "call.port_implied": Field("bool", "no port is written: it is the scheme's own"),
    "call.address": Field("string", "host and port, for people"),
    "call.protocol": Field(
        "string", "http, https, grpc, postgres, mysql, redis, mongodb, amqp, kafka, nats, memcached, tcp, unknown"
    ),
    "call.style": Field("string", "request/response, message (through a broker), or unknown"),
    "call.parallel": Field("bool", "several pods of the caller make it at a time"),
    "call.evidence": Field("string", "what says so, for people: variable CART_URL; never its value"),
    "call.by_init_container": Field("bool", "only init containers make the call"),
    "wait.until_answered": Field("bool", "an init container tries it until there is an answer"),
    "call.telemetry": Field("bool", "metrics, traces or logs: no request waits for it"),
    "call.external": Field("bool", "the host lies outside of the cluster"),
    "callee.name": Field("string", "the Service that the host names; empty if none is in the input", ("metadata", "name")),
    "call.callee_found": Field("bool", "the host names a Service in the input, or lies outside of the cluster"),
    "call.callee_alike": Field("string", "a Service of the namespace whose name is a slip away from the host; empty if none"),
    "call.callee_headless": Field("bool", "the host's addresses are those of pods, so that no Service maps ports"),
    "call.callee_ports": Field("string", "the ports the Service has, for people"),
    "call.port_found": Field(
        "bool", "the Service has the port or, where the host's addresses are those of pods, they do; true without a Service"
    ),
    "call.port_published": Field("bool", "the Service has the port; true where there is no Service, or no port is known"),
    "call.is_pod_port": Field("bool", "the port is one of the pods, and not one of the Service"),
    "call.is_pod_address": Field("bool", "the caller names one pod of those behind a Service, and not several of them"),
    "call.to_own_pod": Field("bool", "the Service that the host is of selects pods of the caller, or of another part of its program"),
    "call.service_port": Field("int", "the Service's port that leads to the pods' port that is called", optional=True),
    "call.in_cycle": Field("bool", "the callee comes to call the caller again"),
    "call.closes_cycle": Field("bool", "of such a circle of calls this is the one that it is told at"),
    "call.cycle": Field("string", "the circle that this call closes: a → b → a; empty if none"),
    "onward.address": Field("string", "of such a circle, what the callee calls next; empty if none"),
    "back.address": Field("string", "of such a circle, the call that leads to the caller; empty if none"),
}  # fmt: skip


def judge_calls(model: Model, graph: CallGraph, calls: Sequence[Call]) -> Iterator[Judged]:
    """Each of the calls of one caller."""
    for call in calls:
        yield _judged(model, graph, call)


def _judged(model: Model, graph: CallGraph, call: Call) -> Judged:
    first, service, circle = call.evidence[0], call.callee.service, graph.closing.get(call, ())
    waiting = [evidence for evidence in call.evidence if _waits(evidence)]
    item = call.caller
    alike = "" if service else _alike(model, call)
    port = "" if call.port is None else f":{call.port}"
    facts = {
        "call.caller": item.name,
        "call.caller_kind": item.kind,
        "call.host": call.host,
        "call.port": call.port,
        "call.port_implied": call.implied,
        "call.address": _address(call),
        "call.protocol": call.protocol,
        "call.style": style_of(call.protocol).name,
        "call.parallel": _parallel(model, call),
        "call.evidence": _said(first),
        "call.by_init_container": all(evidence.role == "init" for evidence in call.evidence),
        "wait.until_answered": bool(waiting),
        "call.telemetry": call.telemetry,
        "call.external": call.callee.outcome == "external",
        "callee.name": service.source.name if service else "",
        "call.callee_found": _found(call, alike),
        "call.callee_alike": alike,
        "call.callee_headless": bool(service and service.headless),
        "call.is_pod_address": bool(call.callee.pod),
        "call.to_own_pod": service is not None and _is_of_one(call.workload, graph.pods.get(service, ())),
        "call.in_cycle": call in graph.in_cycle,
        "call.closes_cycle": bool(circle),
        "call.cycle": " → ".join((*(step.caller.name for step in circle), item.name)) if circle else "",
        "onward.address": _address(circle[1]) if circle else "",
        "back.address": _address(circle[-1]) if circle else "",
        **_port_facts(graph, call),
    }
    anchors = {"call": Anchor(first.source, first.path)}
    if waiting:
        anchors["wait"] = Anchor(waiting[0].source, waiting[0].path)
    if service:
        anchors["callee"] = Anchor(service.source)
    if len(circle) > 1:
        anchors["onward"] = Anchor(circle[1].evidence[0].source, circle[1].evidence[0].path)
        anchors["back"] = Anchor(circle[-1].evidence[0].source, circle[-1].evidence[0].path)
    return Judged("call", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{call.callee.name}{port}")


def _is_of_one(caller: Workload | None, pods: Sequence[Workload]) -> bool:
    return caller is not None and any(caller is pod or are_one(caller, pod) for pod in pods)


def _parallel(model: Model, call: Call) -> bool | Unknown:
    floor = replicas_floor(model, call.workload)[0] if call.workload else None
    return floor if isinstance(floor, Unknown) else (floor or 0) > 1


def _waits(evidence: Evidence) -> bool:
    """A loop around the call, or a program that is made for it."""
    if evidence.role != "init" or "initContainers" not in evidence.path:
        return False
    container: Any = evidence.source.data
    for step in evidence.path[: evidence.path.index("initContainers") + 2]:
        container = container[step]
    words = " ".join(str(word) for key in ("command", "args") for word in container.get(key) or ())
    return _WAITING.search(f"{container.get('image')} {words}") is not None


def _address(call: Call) -> str:
    return call.host if call.port is None else f"{call.host}:{call.port}"


def _said(evidence: Evidence) -> str:
    """What says so, as a person would call it."""
    if evidence.kind in ("config-map", "secret"):
        return f"{evidence.key} of {_PLACES[evidence.kind]} {evidence.source.name}"
    if evidence.kind in ("annotation", "ingress"):
        return f"the {evidence.kind}"
    return f"{_PLACES[evidence.kind]} {evidence.key}".rstrip() if evidence.key else f"the {_PLACES[evidence.kind]}"


def _found(call: Call, alike: str) -> bool | Unknown:
    """In an incomplete input a Service that is not there may come from elsewhere, unless one of almost that name is there."""
    if call.callee.outcome in ("service", "external"):
        return True
    if call.callee.outcome == "missing" and (call.callee.certain or alike):
        return False
    return Unknown(f"Service {call.callee.name.removesuffix('.svc.cluster.local')}")


def _alike(model: Model, call: Call) -> str:
    if call.callee.outcome != "missing":
        return ""
    name, namespace = call.callee.name.split(".")[:2]
    names = (service.name for service in model.kinds.get("Service", ()) if service.namespace == namespace)
    return next((other for other in names if slip_of(name, other)), "")


def _port_facts(graph: CallGraph, call: Call) -> dict[str, Any]:
    service, port = call.callee.service, call.port
    ports = service.ports if service else ()
    # An alias has no ports of its own, and a headless Service need not name any.
    listed = service is None or port is None or service.external_name or any(each.number == port for each in ports)
    declared = [] if listed or service is None else [each for pod in graph.pods.get(service, ()) for each in declared_ports(pod.containers)]
    targets = {port} | {each.name for each in declared if each.number == port and each.name}
    mapped = next((each.number for each in ports if each.target in targets), None) if not listed else None
    of_pods = not listed and (mapped is not None or any(each.number == port for each in declared))
    found: bool | Unknown = listed
    if not listed and service and (service.headless or call.callee.pod):
        found = True if of_pods else Unknown(f"container of {service.source.name} that declares port {port}")
    elif not listed and service and _defined_elsewhere(graph, service, port):
        found = Unknown(f"single definition of Service {service.source.name}")
    return {
        "call.callee_ports": ", ".join(_port_text(service, each.number, each.name) for each in ports),
        "call.port_found": found,
        "call.port_published": listed or not (ports and service),
        "call.is_pod_port": of_pods,
        "call.service_port": mapped,
    }


def _defined_elsewhere(graph: CallGraph, service: Service, port: int | None) -> bool:
    """Whether another definition of the Service has the port: which of them is applied beside the caller is not certain."""
    others = graph.hosts.services[service.source.namespace, service.source.name]
    return any(each.number == port for other in others for each in other.ports)


def _port_text(service: Service | None, number: int, name: str) -> str:
    return f"{name} ({number})" if name and service else str(number)
