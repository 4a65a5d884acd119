"""What is in force on a call: questions in, answers out, as plain data (the shape is in docs/edges.md)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.ambient import of_waypoint, ztunnel_ways
from checker.adapters.istio.calls import System
from checker.adapters.istio.gateways import is_gateway
from checker.adapters.istio.scope import Client
from checker.calls.graph import call_graph
from checker.calls.types import Call
from checker.documents import locate
from checker.errors import UsageError
from checker.facts.edge import call_kind
from checker.facts.paths import host_of
from checker.model.build import Model
from checker.model.setting import Origin, Setting, Settings, said_by
from checker.model.traffic import Destination, Traffic, Way
from checker.model.types import Workload

_CALLS = ("http", "tcp", "tls")
_ROUTED = frozenset({"http", "grpc", "unknown"})


class Question(NamedTuple):
    """One line of `--queries`: who calls (`kind` may be empty), which host and port, and what the application speaks."""

    id: Any
    kind: str
    namespace: str
    name: str
    host: str
    port: int
    call: str


def questions(lines: Iterable[str]) -> Iterator[Question]:
    """JSON lines as questions. Raises UsageError with the number of the line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _question(number, line)


def _question(number: int, line: str) -> Question:
    try:
        given = json.loads(line)
        caller, port = given["caller"], given["port"]
        question = Question(
            given.get("id"), caller.get("kind") or "", caller["namespace"], caller["name"], given["host"], port, given.get("call") or "http"
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--queries: line {number} is no question: {error}",
            fix='write {"id": "1", "caller": {"namespace": "web", "name": "front"}, "host": "cart.shop.svc.cluster.local", "port": 80, '
            '"call": "http"}',
        ) from None
    if question.call not in _CALLS or not isinstance(port, int) or isinstance(port, bool):
        raise UsageError(f"--queries: line {number}: `call` is one of {', '.join(_CALLS)}, and `port` a number", fix="mend the line")
    return question


def answer(model: Model, system: System, question: Question) -> dict[str, Any]:
    """The routes of a call in the order in which the proxy tries them, each with its destinations and their settings."""
    asked = question.host, question.port, question.call
    passed_on = of_waypoint(system, question.namespace, question.name, *asked)
    if passed_on is not None:
        return {"id": question.id, "routes": [_way(way) for way in passed_on]}
    caller = _caller(model, question)
    if caller is None:
        name = f"{question.namespace}/{question.name}"
        return {"id": question.id, "routes": [], "error": f"no workload {name} is in the input"}
    client, member = Client(caller.namespace, caller.labels), system.memberships.of(caller)
    if question.call == "http" and is_gateway(model, client):
        ways = system.gateway_ways(client, question.host, question.port)
    elif member.proxy == "none":
        return {"id": question.id, "routes": [], "reason": f"the mesh does not carry the caller's calls: {member.reason}"}
    else:
        ways = ztunnel_ways(system, *asked) if member.proxy == "ztunnel" else system.sidecar_ways(client, *asked)
    return {"id": question.id, "routes": [_way(way) for way in ways]}


def _caller(model: Model, question: Question) -> Workload | None:
    named = (workload for workload in model.in_namespace.get(question.namespace, ()) if workload.name == question.name)
    return next((workload for workload in named if question.kind in ("", workload.kind)), None)


def edges(model: Model, traffic: Traffic | None) -> list[dict[str, Any]]:
    """Every call that is seen, with what is in force on it; and what any caller would get of Services that nobody is seen to call."""
    graph = call_graph(model)
    found = [edge for call in graph.calls for edge in _of_call(call, traffic)]
    called = {(call.callee.service, call.port) for call in graph.calls}
    for port in traffic.ports() if traffic else ():
        if (port.service, port.number) not in called:
            host = host_of(port.service)
            spoken = call_kind(port.protocol)
            ways = traffic.ways(None, port.service.source.namespace, host, port.number, spoken) if traffic else ()
            found += _edges(None, {"host": host, "port": port.number, "protocol": spoken}, (), ways)
    return found


def _of_call(call: Call, traffic: Traffic | None) -> Iterator[dict[str, Any]]:
    service, item = call.callee.service, call.caller
    host = host_of(service) if service else call.callee.name
    evidence = [{"kind": each.kind, "key": each.key, **_place(said_by(each.source, *each.path))} for each in call.evidence]
    caller = {"kind": item.kind, "namespace": item.namespace, "name": item.name}
    callee = {"host": host, "port": call.port, "protocol": call.protocol}
    ways: Sequence[Way] = ()
    reason = ""
    if traffic is not None and call.workload is not None and call.port is not None:
        reason = traffic.left_out(call.workload)
        spoken = "http" if call.protocol in _ROUTED else "tcp"
        ways = () if reason else traffic.ways(call.workload, item.namespace, host, call.port, spoken)
    yield from _edges(caller, callee, evidence, ways, reason)


def _edges(
    caller: dict[str, Any] | None, callee: dict[str, Any], evidence: Sequence[dict[str, Any]], ways: Sequence[Way], reason: str = ""
) -> Iterator[dict[str, Any]]:
    if not ways:
        said = {"reason": reason} if reason else {}
        to = {**callee, "subset": None}
        yield {"caller": caller, "callee": to, "evidence": evidence, "route": None, "result": None, "settings": {}, **said}
    for way in ways:
        shown = _way(way)
        route = {key: shown[key] for key in ("name", "match", "answer", "source")}
        for reached in shown["destinations"] or [{"subset": None, "result": None, "settings": {}}]:
            to = {key: reached[key] for key in ("host", "port") if reached.get(key)}
            yield {
                "caller": caller,
                "callee": {**callee, "subset": reached["subset"]},
                "evidence": evidence,
                "route": route,
                "destination": to or None,
                "result": reached["result"],
                "settings": reached["settings"],
            }


def _way(way: Way) -> dict[str, Any]:
    source = {"object": way.source, **(_place(way.origin) if way.origin else {})} if way.source else None
    destinations = [_destination(way, reached) for reached in way.destinations]
    return {"name": way.name, "match": way.match, "answer": way.answer, "source": source, "destinations": destinations}


def _destination(way: Way, reached: Destination) -> dict[str, Any]:
    settings: Settings = {**way.settings, **reached.settings} if reached.settings else {}
    return {
        "host": reached.host,
        "port": reached.port,
        "subset": reached.subset or None,
        "weight": reached.weight,
        "result": reached.result,
        "settings": {name: _setting(setting) for name, setting in settings.items()},
    }


def _setting(setting: Setting) -> dict[str, Any]:
    source = {"object": setting.origin.name, **_place(setting.origin)}
    shown = {"value": setting.value, "state": setting.state, "source": source}
    if setting.reason:
        shown["reason"] = setting.reason
    return shown


def _place(origin: Origin) -> dict[str, Any]:
    if origin.item is None:
        return {}
    place = locate(origin.item.document, (*origin.item.base, *origin.path))
    return {"location": {"file": place.file, "line": place.line, "column": place.column, "field": place.field}}
