"""Every recorded answer of a real istiod, where the recordings are at hand."""

import importlib.util
import json
from pathlib import Path

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.documents import parse
from checker.edges import Question, answer
from checker.model.build import build
from checker.reading import begin_reading
from tests.systems import SHARED

TOOL = SHARED / "tools" / "score_oracle.py"
RECORDED = SHARED / "oracle" / "istio"
# A pod of a headless Service that calls this very Service: the recording took its own address among the pods' for the called one.
CALLS_ITSELF = {("seeds/0152", "edge/cart-v1", "cart.edge.svc.cluster.local")}

pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="the recordings are not beside the project")


def _judge():
    spec = importlib.util.spec_from_file_location("score_oracle", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _of_waypoints(expected):
    """The same for the Services that a waypoint serves: what goes to them it sends to clusters of its own."""
    for client, told in expected["clients"].items():
        namespace, name = client.split("/")
        for host in told.get("virtual_hosts", ()) if told["kind"] == "waypoint" else ():
            _, port, _, called = host["route_config"].split("|")
            query = {"caller": {"namespace": namespace, "name": name}, "host": called, "port": int(port), "call": "http"}
            clusters = {_outbound(cluster): given for cluster, given in told["clusters"].items()}
            routes = [{**route, "to": [{"cluster": _outbound(to["cluster"])} for to in route["to"]]} for route in host["routes"]]
            yield query, routes, clusters, "http"


def _outbound(cluster):
    _, port, subset, host = cluster.split("|")
    return f"outbound|{port}|{subset.partition('/')[2]}|{host}"


def _systems():
    return [pytest.param(*given, id=given[0]) for given in _judge().systems(str(RECORDED))] if TOOL.exists() else []


@pytest.mark.parametrize(("name", "inputs", "expected"), _systems())
def test_every_setting_of_every_call(name, inputs, expected):
    judge = _judge()
    reading = begin_reading([inputs[0]], 1)()
    model = build(kubernetes.read(reading.objects), complete=True)
    given = parse("mesh", Path(inputs[2]).read_bytes()).documents[0].data if len(inputs) > 1 else None
    system = System(model, mesh_of(model, given))
    wrong = []
    recorded = json.loads(Path(expected).read_text())
    for query, routes, clusters, kind in (*judge.queries_of(recorded), *_of_waypoints(recorded)):
        caller = query["caller"]
        if (name, f"{caller['namespace']}/{caller['name']}", query["host"]) in CALLS_ITSELF:
            continue
        question = Question("1", "", caller["namespace"], caller["name"], query["host"], query["port"], query["call"])
        _, problems = judge.compare(routes, clusters, kind, answer(model, system, question))
        wrong += [(query, problem) for problem in problems]
    assert not wrong
