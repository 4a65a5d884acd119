"""What becomes of requests for one rule of a route: the questions that name a route and no host."""

from typing import Any

from checker.adapters.envoy_gateway.detect import EnvoyGateways
from checker.edges.questions import RouteQuestion
from checker.edges.shapes import shown_way
from checker.model.build import Model
from checker.objects import ApiObject


def answer_route(model: Model, gateways: EnvoyGateways | None, question: RouteQuestion) -> dict[str, Any]:
    """The ways of the rule, each with the listeners for which it is so."""
    route = _find(model, question.route)
    gateway = next(iter(model.named.get(("Gateway", question.namespace, question.gateway), ())), None)
    if route is None:
        return {"id": question.id, "routes": [], "error": f"no {question.route} is in the input"}
    if gateway is None:
        return {"id": question.id, "routes": [], "error": f"no Gateway {question.namespace}/{question.gateway} is in the input"}
    if gateways is None or gateway not in gateways.system.gateways:
        return {"id": question.id, "routes": [], "reason": "what runs the Gateway is not known: no GatewayClass in the input says it"}
    found = gateways.system.ways(gateway, route, question.rule)
    return {"id": question.id, "routes": [{**shown_way(way), "listeners": list(names)} for names, way in found]}


def _find(model: Model, route: str) -> ApiObject | None:
    kind, namespace, name = route.split("/")
    return next(iter(model.named.get((kind, namespace, name), ())), None)
