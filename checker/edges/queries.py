"""Questions about calls in, answers out."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checker.adapters.istio.ambient import of_waypoint, ztunnel_ways
from checker.adapters.istio.calls import System
from checker.adapters.istio.gateways import is_gateway
from checker.adapters.istio.scope import Client
from checker.edges.routed import RouteQuestion
from checker.edges.shapes import shown_way
from checker.errors import UsageError
from checker.model.build import Model
from checker.model.types import Workload

_CALLS = ("http", "tcp", "tls")


class Question(NamedTuple):
    """One line of `--queries`: who calls (`kind` may be empty), which host and port, and what the application speaks."""

    id: Any
    kind: str
    namespace: str
    name: str
    host: str
    port: int
    call: str


def questions(lines: Iterable[str]) -> Iterator[Question | RouteQuestion]:
    """JSON lines as questions. Raises UsageError with the number of the line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _question(number, line)


def _question(number: int, line: str) -> Question | RouteQuestion:
    try:
        given = json.loads(line)
        if "route" in given:
            caller = given["caller"]
            return RouteQuestion(given.get("id"), caller["namespace"], caller["name"], given["route"], int(given.get("rule") or 0))
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
        return {"id": question.id, "routes": [shown_way(way) for way in passed_on]}
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
    return {"id": question.id, "routes": [shown_way(way) for way in ways]}


def _caller(model: Model, question: Question) -> Workload | None:
    named = (workload for workload in model.in_namespace.get(question.namespace, ()) if workload.name == question.name)
    return next((workload for workload in named if question.kind in ("", workload.kind)), None)
