"""Every recorded answer of a real Envoy Gateway, where the recordings are at hand."""

import importlib.util
import json
import sys
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
