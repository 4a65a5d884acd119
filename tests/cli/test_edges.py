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
        "    retries  1, each try 1 s [routes.yaml:1], on cancelled connect-failure refused-stream"
        " retriable-status-codes unavailable [istio 1.31]\n"
        "    connect  10 s [istio 1.31]\n"
        "    limits   connections 100 [rule.yaml:1], waiting requests, requests, retries unbounded [istio 1.31]\n"
        "    breaker  5xx in a row 5, ejects for 30 s [Envoy], at most 50 % [rule.yaml:1]\n"
        "    server   each pod: connections 100 [rule.yaml:1]\n"
        "\nassumed:\n"
        "  istio 1.31 (the newest known; nothing in the input says which)\n"
        "  the pods of namespaces web, prod have a proxy of the mesh where nothing says whether they do\n"
    )


def test_what_a_patch_touches_is_one_line(manifests):
    route = {"applyTo": "HTTP_ROUTE", "match": {"context": "SIDECAR_OUTBOUND"}, "patch": {"operation": "MERGE", "value": {"route": {"max_stream_duration": {}, "hedge_policy": {}}}}}
    cluster = {"applyTo": "CLUSTER", "match": {"context": "SIDECAR_OUTBOUND"}, "patch": {"operation": "MERGE", "value": {"circuit_breakers": {"per_host_thresholds": []}}}}
    patches = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": "x", "namespace": "istio-system"}, "spec": {"configPatches": [route, cluster]}}
    (manifests / "patches.yaml").write_text(json.dumps(patches, indent=1))
    shown = run(manifests, "--to", "reviews").stdout
    (line,) = [line for line in shown.splitlines() if "EnvoyFilter" in line]
    assert line.startswith("    unknown  timeout, retries ")
    assert line.endswith(": EnvoyFilter/istio-system/x changes it")
    assert ", limits [patches.yaml:" in line


def test_what_a_patch_replaces_has_no_effect(manifests):
    route = {"applyTo": "HTTP_ROUTE", "match": {"context": "SIDECAR_OUTBOUND"}, "patch": {"operation": "MERGE", "value": {"route": {"timeout": "3s"}}}}
    patches = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"name": "x", "namespace": "istio-system"}, "spec": {"configPatches": [route]}}
    (manifests / "patches.yaml").write_text(json.dumps(patches, indent=1))
    shown = run(manifests, "--to", "reviews").stdout
    assert "timeout  3 s [patches.yaml:" in shown
    assert "no effect: timeout 2 s [routes.yaml:1]: EnvoyFilter/istio-system/x changes it" in shown


def test_callees_for_whom_the_same_holds_stand_together_and_a_caller_once(manifests):
    service = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"name": "http", "port": 80}], "selector": {"app": "reviews"}}}
    (manifests / "more.yaml").write_text("\n---\n".join(json.dumps({**service, "metadata": {"name": name, "namespace": "prod"}}) for name in ("one", "two")))
    (manifests / "twice").mkdir()
    (manifests / "twice" / "base.yaml").write_text(CALLER)
    shown = run(manifests).stdout
    assert "one.prod.svc.cluster.local:80  (http)\ntwo.prod.svc.cluster.local:80  (http)\n  from any caller (nobody is seen to call)\n" in shown
    assert "  from Deployment web/front (base.yaml:4 and 1 more place)\n" in shown


def test_json(manifests):
    (edge,) = json.loads(run(manifests, "--from", "web/front", "--format", "json").stdout)["edges"]
    assert edge["caller"] == {"kind": "Deployment", "namespace": "web", "name": "front"}
    assert edge["callee"] == {"host": REVIEWS, "port": 9080, "protocol": "http", "subset": None}
    assert edge["settings"]["request_timeout_seconds"]["value"] == 2
    assert edge["settings"]["max_connections"]["source"]["location"]["field"] == "spec.trafficPolicy.connectionPool.tcp.maxConnections"
    assert edge["facts"] == {"worst_case_seconds": 2}
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


ASKED = {"id": 7, "caller": {"namespace": "web", "name": "front"}, "host": REVIEWS, "port": 9080}


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("nonsense", "2:1", "this is no JSON"),
        ('{"id": 1,}', "2:10", "this is no JSON"),
        ("[" * 100_000, "2:1", "this cannot be read"),
        ('{"id": "\\ud800"}', "2:1", "this cannot be read"),
        ("[]", "2:1", "a JSON object is expected"),
        ('{"caller": {}}', "2:2", "`caller.namespace` is missing"),
        ('{"caller": {"namespace": "a", "name": 1}, "host": "c"}', "2:31", "`caller.name` is 1"),
        ('{"caller": {"namespace": "a", "name": "b"}, "port": 80}', "2:1", "`host` is missing"),
        ('{"caller": {"namespace": "a", "name": "b"}, "host": "c", "port": "80"}', "2:58", '`port` is "80": it must be a number'),
        ('  {"caller": {"namespace": "a", "name": "b"}, "host": "c", "port": 0}', "2:60", "`port` is 0"),
        ('{"caller": {"namespace": "a", "name": "b"}, "host": "c", "port": 1, "call": "udp"}', "2:69", '`call` is "udp": it must be one of'),
        ('{"caller": {"namespace": "a", "name": "b"}, "route": "shop/cart"}', "2:45", '`route` is "shop/cart": it must be KIND/NAMESPACE/NAME'),
        ('{"caller": {"namespace": "a", "name": "b"}, "route": "HTTPRoute/a/b", "rule": "x"}', "2:71", '`rule` is "x"'),
    ],
)
def test_what_is_no_question_is_said_with_its_place_and_the_others_are_answered(manifests, line, place, said):
    done = run(manifests, "--queries", "-", given=f"\n{line}\n{json.dumps(ASKED)}\n")
    assert done.returncode == 2
    first, fix = done.stderr.splitlines()
    assert first.startswith(f"k8s-stabcheck: <stdin>:{place}: ")
    assert said in first
    assert fix.startswith("  fix: ")
    bad, good = map(json.loads, done.stdout.splitlines())
    assert (bad.keys(), said in bad["error"], good["id"], len(good["routes"])) == ({"id", "error"}, True, 7, 1)


def test_each_line_has_its_answer(manifests):
    (manifests / "q.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(json.dumps({**ASKED, **more}).encode() for more in ({}, {"id": 8, "port": -1}, {"id": 9})) + b"\n\xff\n")
    done = run(manifests, "--queries", "q.jsonl")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["id"], "error" in each) for each in answers] == [(7, False), (8, True), (9, False), (None, True)]
    assert "q.jsonl:2:" in done.stderr
    assert "q.jsonl:4:1: this is not UTF-8" in done.stderr
    assert done.returncode == 2


def test_input_that_cannot_be_read_counts_more_than_lines_that_are_no_questions(manifests):
    (manifests / "broken.yaml").write_text("apiVersion: v1\nkind: [")
    done = run(manifests, "--queries", "-", given="nonsense\n")
    assert done.returncode == 3
    assert "broken.yaml:2" in done.stderr
    assert "<stdin>:1:1" in done.stderr


def test_answers_say_what_each_setting_was_preferred_to(manifests):
    done = run(manifests, "--queries", "-", given=json.dumps(ASKED))
    (route,) = json.loads(done.stdout)["routes"]
    (edge,) = json.loads(run(manifests, "--from", "front", "--format", "json").stdout)["edges"]
    assert route["destinations"][0]["settings"] == edge["settings"]
    assert [other["value"] for other in edge["settings"]["retry_attempts"]["overrides"]] == [2]


@pytest.mark.parametrize("arguments", [("--mesh", "linkerd"), ("--mesh-config", "nowhere.yaml"), ("--queries", "nowhere.jsonl")])
def test_wrong_flags(manifests, arguments):
    done = run(manifests, *arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


def test_one_call_as_if_a_workload_made_it(manifests):
    (edge,) = json.loads(run(manifests, "--from", "Deployment/prod/reviews-v1", "--to", "reviews.prod:9080", "--format", "json").stdout)["edges"]
    assert edge["caller"] == {"kind": "Deployment", "namespace": "prod", "name": "reviews-v1"}
    assert edge["evidence"] == []
    assert edge["settings"]["request_timeout_seconds"]["value"] == 2


def test_one_call_that_is_seen(manifests):
    (edge,) = json.loads(run(manifests, "--from", "front", "--to", "reviews.prod", "--format", "json").stdout)["edges"]
    assert [each["kind"] for each in edge["evidence"]] == ["env"]


def test_one_call_to_a_subset(manifests):
    subsets = [{"name": name, "labels": {"version": name}, "trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": limit}}}} for name, limit in (("v1", 1), ("v2", 2))]
    (manifests / "rule.yaml").write_text(rule("reviews", "prod", "reviews", subsets=subsets))
    destinations = [{"destination": {"host": "reviews", "subset": name}, "weight": 50} for name in ("v1", "v2")]
    (manifests / "routes.yaml").write_text(routes("reviews", "prod", {"route": destinations}))
    found = json.loads(run(manifests, "--from", "front", "--to", "reviews.prod:9080/v2", "--format", "json").stdout)["edges"]
    assert [(edge["callee"]["subset"], edge["weight"], edge["settings"]["max_connections"]["value"]) for edge in found] == [("v2", 50, 2)]
    wrong = run(manifests, "--from", "front", "--to", "reviews.prod:9080/v3")
    assert (wrong.returncode, "routes lead to v1, v2" in wrong.stderr) == (2, True)
    assert "subset v2, weight 50" in run(manifests, "--to", "reviews").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--from", "a/b/c/d"], "[KIND/][NAMESPACE/]NAME"),
        (["--from", "web/"], "[KIND/][NAMESPACE/]NAME"),
        (["--to", "reviews:http"], "HOST[:PORT][/SUBSET]"),
        (["--to", "reviews:99999"], "HOST[:PORT][/SUBSET]"),
        (["--to", ":80"], "HOST[:PORT][/SUBSET]"),
        (["--from", "frnt"], "did you mean `Deployment/web/front`?"),
        (["--from", "Deployment/prod/front"], "there is Deployment/web/front"),
        (["--to", "revews"], "did you mean `reviews.prod`?"),
        (["--to", "reviews:1"], "it is called on 9080"),
        (["--from", "front", "--to", "revews.prod:9080"], "did you mean `reviews.prod`?"),
        (["--from", "frnt", "--to", "reviews.prod"], "did you mean `Deployment/web/front`?"),
        (["--from", "front", "--to", "api.example.com"], "HOST[:PORT][/SUBSET]"),
    ],
)
def test_what_cannot_be_answered_says_what_could(manifests, arguments, hint):
    done = run(manifests, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr


def test_services_that_nobody_calls_are_shown_without_a_mesh_too(tmp_path):
    (tmp_path / "a.yaml").write_text(BASE)
    (edge,) = json.loads(run(tmp_path, "--format", "json").stdout)["edges"]
    assert (edge["caller"], edge["callee"]["host"], edge["route"], edge["settings"]) == (None, REVIEWS, None, {})


def test_nothing_to_look_at(tmp_path):
    (tmp_path / "a.yaml").write_text("{}")
    assert run(tmp_path).returncode == 3


def test_a_port_that_nothing_tells(manifests):
    base = CALLER.replace("http://reviews.prod:9080", "reviews.prod").replace("name: URL", "name: REVIEWS_HOST").replace("{name: http, port: 9080}", "{name: http, port: 9080}, {name: admin, port: 1}")
    (manifests / "base.yaml").write_text(base)
    (edge,) = json.loads(run(manifests, "--from", "front", "--format", "json").stdout)["edges"]
    assert (edge["callee"]["port"], edge["result"]) == (None, "unknown")
    assert "nothing tells the port" in run(manifests, "--from", "front").stdout


def test_what_has_no_effect_in_ambient_mode_is_said_to_have_none(manifests):
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"istio.io/dataplane-mode": "ambient"}}}
        for name in ("web", "prod")
    ]
    (manifests / "spaces.yaml").write_text("\n---\n".join(map(json.dumps, spaces)))
    shown = run(manifests, "--to", "reviews").stdout
    assert "    timeout  2 s without effect [routes.yaml:1]\n" in shown
    assert "    limits   connections 100 without effect [rule.yaml:1]\n" in shown
