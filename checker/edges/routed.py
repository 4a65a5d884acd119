"""What becomes of requests for one rule of a route: the questions that name a route and no host."""

from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.detect import EnvoyGateways
from checker.edges.shapes import shown_way
from checker.model.build import Model
from checker.objects import ApiObject

_ROUTE_PARTS = 3


class RouteQuestion(NamedTuple):
    """One line of `--queries`: a Gateway, and a rule of a route (`HTTPRoute/shop/cart`, 0)."""

    id: Any
    namespace: str
    gateway: str
    route: str
    rule: int


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


def _find(model: Model, name: str) -> ApiObject | None:
    parts = name.split("/")
    if len(parts) != _ROUTE_PARTS:
        return None
    return next(iter(model.named.get((parts[0], parts[1], parts[2]), ())), None)
