"""Every recorded answer of a real Envoy Gateway, where the recordings are at hand."""

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from checker.adapters import kubernetes
from checker.adapters.envoy_gateway.detect import envoy_gateway_of
from checker.edges import RouteQuestion, answer_route
from checker.engine import Settings, check
from checker.model.build import build
from checker.reading import begin_reading
from tests.systems import SHARED, catalogue

TOOLS = SHARED / "tools"
RECORDED = SHARED / "oracle" / "envoy-gateway"

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not beside the project")


def _judge():
    sys.path.insert(0, str(TOOLS))
    try:
        spec = importlib.util.spec_from_file_location("score_envoy_gateway", TOOLS / "score_envoy_gateway.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(TOOLS))


def _model(folder):
    return build(kubernetes.read(begin_reading([str(folder / "input.yaml")], 1)().objects), complete=True)


def _cases():
    for path in sorted(RECORDED.glob("*/expected.json")):
        expected = json.loads(path.read_text())
        if not expected["error"]:
            yield pytest.param(path.parent, expected, id=path.parent.name)


@pytest.mark.parametrize(("folder", "expected"), [*_cases()])
def test_every_setting_of_every_route(folder: Path, expected):
    judge, model = _judge(), _model(folder)
    gateways = envoy_gateway_of(model)
    for edge in expected["edges"]:
        if edge["action"] == "mirror" or edge["route"].endswith("/None"):
            continue
        namespace, name = edge["gateway"].split("/")
        found = answer_route(model, gateways, RouteQuestion(None, namespace, name, edge["route"], edge["rule"]))
        assert judge.problem_of(edge, json.loads(json.dumps(found["routes"]))) is None


@pytest.mark.parametrize(("folder", "expected"), [*_cases()])
def test_every_policy_without_effect_is_told(folder: Path, expected):
    told = {line.what.replace(" ", "/") for line in envoy_gateway_of(_model(folder)).inert()}
    for policy in expected["policies"]:
        conditions = [ancestor.get("Accepted") for ancestor in policy["ancestors"]]
        if not conditions or any(isinstance(condition, dict) for condition in conditions):
            assert policy["policy"] in told


def test_all_of_them_are_judged():
    inputs = [str(path) for path in sorted(RECORDED.glob("*/input.yaml"))]
    for path in inputs:
        found = begin_reading([path], 1)()
        report = check(found.objects, found.inputs, catalogue(), Settings(envoy_gateway=True))
        assert not [finding for finding in report.findings if finding.policy == "proxy-route-to-nowhere" and finding.outcome == "unknown"]


def _of_proxies(limits):
    """The limits that each proxy counts, as the recordings have them."""
    local = [each for each in limits if each.counter == "proxy" and each.state != "inert"]
    if not local:
        return None
    (default,) = [each for each in local if not each.only and not each.per]
    amount = "unbounded" if default.state == "unbounded" else default.amount
    rules = [{"requests": each.amount, "unit_seconds": each.unit_seconds, "distinct": bool(each.per)} for each in local if each is not default]
    return {"default": {"requests": amount, "unit_seconds": default.unit_seconds}, "rules": rules}


def _of_service(limits):
    """Those that the rate limit service counts for each route; of shared ones the recordings know only beside others."""
    counted = [each for each in limits if each.counter == "service" and each.state != "inert"]
    return sorted((_rule(each.origin), each.amount, each.unit_seconds) for each in counted) if any("route" in each.per for each in counted) else []


def _rule(origin):
    (number,) = [step for step in origin.path if isinstance(step, int)]
    return f"{origin.item.namespace}/{origin.item.name}/rule/{number}"


@pytest.mark.parametrize(("folder", "expected"), [*_cases()])
def test_every_rate_limit_of_every_route(folder: Path, expected):
    model = _model(folder)
    system = envoy_gateway_of(model).system
    entered = Counter(edge["route"] + str(edge["rule"]) for edge in expected["edges"])
    for edge in expected["edges"]:
        if edge["action"] != "forward" or edge["route"].endswith("/None"):
            continue
        (route,), (gateway,) = model.named[tuple(edge["route"].split("/"))], model.named["Gateway", *edge["gateway"].split("/")]
        recorded = edge["rate_limits"] or {}
        for names, way in system.ways(gateway, route, edge["rule"]):
            if not set(names) & set(edge["listeners"]):
                continue
            assert _of_proxies(way.limits) == recorded.get("local")
            if entered[edge["route"] + str(edge["rule"])] == 1:  # else the recording has them of another listener
                counted = [(rule["rule"], rule["requests"], rule["unit_seconds"]) for rule in recorded.get("global", ())]
                assert _of_service(way.limits) == sorted(counted)
