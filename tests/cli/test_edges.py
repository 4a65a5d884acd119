"""`edges`: tables for people, JSON, and answers to questions."""

import json
import subprocess
import sys

import pytest

from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import ROOT

CALLER = BASE.replace("image: 'registry.example.com/app:1',", "image: 'registry.example.com/app:1', env: [{name: URL, value: 'http://reviews.prod:9080'}],", 1)
POLICY = {"connectionPool": {"tcp": {"maxConnections": 100}}, "outlierDetection": {"maxEjectionPercent": 50}}


@pytest.fixture
def manifests(tmp_path):
    (tmp_path / "base.yaml").write_text(CALLER)
    (tmp_path / "rule.yaml").write_text(rule("reviews", "prod", "reviews", trafficPolicy=POLICY))
    (tmp_path / "routes.yaml").write_text(routes("reviews", "prod", to_reviews(timeout="2s", retries={"attempts": 1, "perTryTimeout": "1s"})))
    return tmp_path


def run(folder, *arguments, given=""):
    return subprocess.run(
        [sys.executable, "-m", "checker", "edges", ".", *arguments],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_table(manifests):
    done = run(manifests, "--to", "reviews")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"{REVIEWS}:9080  (http)\n"
        "  from Deployment web/front (base.yaml:4)\n"
        "    route: VirtualService/prod/reviews (routes.yaml:1)\n"
        "    timeout  2 s [routes.yaml:1]\n"
        "    retries  1 [routes.yaml:1], each try 1 s [routes.yaml:1], on cancelled connect-failure refused-stream"
        " retriable-status-codes unavailable [istio 1.31]\n"
        "    connect  10 s [istio 1.31]\n"
        "    limits   connections 100 [rule.yaml:1], waiting requests unbounded [istio 1.31], requests unbounded [istio 1.31],"
        " retries unbounded [istio 1.31]\n"
        "    breaker  5xx in a row 5 [Envoy], ejects for 30 s [Envoy], at most 50 % [rule.yaml:1]\n"
    )


def test_json(manifests):
    (edge,) = json.loads(run(manifests, "--from", "web/front", "--format", "json").stdout)["edges"]
    assert edge["caller"] == {"kind": "Deployment", "namespace": "web", "name": "front"}
    assert edge["callee"] == {"host": REVIEWS, "port": 9080, "protocol": "http", "subset": None}
    assert edge["settings"]["request_timeout_seconds"]["value"] == 2
    assert edge["settings"]["max_connections"]["source"]["location"]["field"] == "spec.trafficPolicy.connectionPool.tcp.maxConnections"
    assert edge["evidence"][0]["kind"] == "env"


def test_a_caller_outside_of_the_mesh(manifests):
    text = (manifests / "base.yaml").read_text()
    (manifests / "base.yaml").write_text(text.replace("labels: {app: front}}", "labels: {app: front, sidecar.istio.io/inject: 'false'}}"))
    assert "no mesh carries the call" in run(manifests, "--from", "front").stdout


def test_questions(manifests):
    asked = {"id": 7, "caller": {"namespace": "web", "name": "front"}, "host": REVIEWS, "port": 9080, "call": "http"}
    lines = run(manifests, "--queries", "-", given=f"{json.dumps(asked)}\n\n{json.dumps({**asked, 'id': 8, 'port': 1})}\n").stdout.splitlines()
    first, second = map(json.loads, lines)
    assert (first["id"], first["routes"][0]["destinations"][0]["settings"]["request_timeout_seconds"]["value"]) == (7, 2)
    assert (second["id"], second["routes"][0]["destinations"][0]["result"]) == (8, "passthrough")


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"caller": {}}', '{"caller": {"namespace": "a", "name": "b"}, "host": "c", "port": "80"}'])
def test_what_is_no_question_is_refused_with_its_line(manifests, line):
    done = run(manifests, "--queries", "-", given=f"\n{line}\n")
    assert done.returncode == 2
    assert "--queries: line 2" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("--mesh", "linkerd"), ("--mesh-config", "nowhere.yaml"), ("--queries", "nowhere.jsonl")])
def test_wrong_flags(manifests, arguments):
    done = run(manifests, *arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr
