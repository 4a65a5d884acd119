"""What is in force on a call that somebody asks about."""

from typing import Any

from checker.adapters.istio.ambient import of_waypoint, ztunnel_ways
from checker.adapters.istio.calls import System
from checker.adapters.istio.gateways import is_gateway
from checker.adapters.istio.overrides import with_overrides, with_overrides_of_gateway
from checker.adapters.istio.scope import Client
from checker.edges.questions import Question
from checker.edges.shapes import shown_way
from checker.model.build import Model
from checker.model.types import Workload


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
        ways = with_overrides_of_gateway(system, client, system.gateway_ways(client, question.host, question.port))
    elif member.proxy == "none":
        return {"id": question.id, "routes": [], "reason": f"the mesh does not carry the caller's calls: {member.reason}"}
    elif member.proxy == "ztunnel":
        ways = ztunnel_ways(system, *asked)
    else:
        ways = with_overrides(system, client, question.host, question.port, system.sidecar_ways(client, *asked))
    return {"id": question.id, "routes": [shown_way(way) for way in ways]}


def _caller(model: Model, question: Question) -> Workload | None:
    named = (workload for workload in model.in_namespace.get(question.namespace, ()) if workload.name == question.name)
    return next((workload for workload in named if question.kind in ("", workload.kind)), None)
