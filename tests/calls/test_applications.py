"""The edges of well-known applications are those of their documentation: none is missing, and none is made up."""

import json

import pytest

from checker.calls.graph import call_graph
from checker.cli import main
from tests.calls.architectures import APPLICATIONS, BOUTIQUE, DEMO, EMOJIVOTO, pairs
from tests.facts.small import deployment, model, service
from tests.systems import SHARED

APPS = SHARED / "corpus" / "apps"


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_manifests_of_the_application(name, capsys):
    application = APPLICATIONS[name]
    if not (APPS / application.folder).exists():
        pytest.skip("the applications are not beside the project")
    main(["edges", str(APPS / application.folder), "--format", "json", "--jobs", "1"])
    found = json.loads(capsys.readouterr().out)["edges"]
    documented = [edge for edge in found if edge.get("world") != "tracing"]  # an overlay that adds a collector and who sends to it
    seen = {(edge["caller"]["name"], edge["callee"]["host"]) for edge in documented if edge["caller"]}
    assert {(caller, host.partition(".")[0] if ".svc." in host else host) for caller, host in seen} == pairs(application.calls)
    assert not pairs(application.hidden) & pairs(application.calls)


def as_address(callee):
    return [(f"{callee.upper().replace('-', '_')}_ADDR", f"{callee}:8080")]


def as_host(callee):
    return [(f"{callee.upper().replace('-', '')}_HOST", f"{callee}.shop:8080")]


def as_pair(callee):
    stem = callee.upper().replace("-", "_")
    return [(f"{stem}_HOST", callee), (f"{stem}_PORT", "8080"), (f"{stem}_ENDPOINT", f"http://$({stem}_HOST):$({stem}_PORT)")]


@pytest.mark.parametrize(
    ("architecture", "form"), [(BOUTIQUE, as_address), (EMOJIVOTO, as_host), (DEMO, as_pair)], ids=["address", "host", "pair"]
)
def test_the_same_system_in_the_form_of_its_manifests(architecture, form):
    calls = {caller: [callee for callee in callees.split() if "." not in callee] for caller, callees in architecture.calls.items()}
    names = {*calls, *(callee for callees in calls.values() for callee in callees)}
    texts = []
    for name in sorted(names):
        variables = ", ".join(f"{{name: {key}, value: '{value}'}}" for callee in calls.get(name, ()) for key, value in form(callee))
        own = f"{{name: PORT, value: '8080'}}, {{name: SERVICE_NAME, value: {name}}}"
        texts += [deployment(name, container=f"env: [{own}{', ' + variables if variables else ''}]")]
        texts += [service(name, selector=f"app: {name}", ports="[{name: http, port: 8080}]")]
    found = {(call.caller.name, call.host.partition(".")[0], call.port) for call in call_graph(model(*texts, complete=True)).calls}
    assert found == {(caller, callee, 8080) for caller, callees in calls.items() for callee in callees}


def test_a_directory_of_the_whole_system_says_nothing_about_who_calls_whom():
    """As the social network of DeathStarBench has it: every workload reads the same file, with the addresses of all."""
    names = ("compose", "text", "user", "home")
    directory = json.dumps({name: {"addr": name, "port": 9090} for name in names})
    texts = []
    for name in names:
        texts += [
            deployment(name, pod=f"volumes: [{{name: c, configMap: {{name: {name}}}}}]"),
            service(name, selector=f"app: {name}", ports="[{port: 9090}]"),
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n  service-config.json: '{directory}'\n",
        ]
    assert not call_graph(model(*texts)).calls


def test_a_file_with_the_addresses_of_others_alone_is_no_directory():
    settings = json.dumps({name: {"addr": name, "port": 9090} for name in ("text", "user", "home")})
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: shop}}\ndata:\n  service-config.json: '{settings}'\n"
    others = [service(name, selector=f"app: {name}", ports="[{port: 9090}]") for name in ("text", "user", "home")]
    found = call_graph(model(deployment(pod="volumes: [{name: c, configMap: {name: web}}]"), config, *others)).calls
    assert sorted(call.host for call in found) == ["home", "text", "user"]
