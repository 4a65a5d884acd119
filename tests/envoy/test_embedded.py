"""An Envoy's configuration in a ConfigMap, and the workload that runs with it."""

import textwrap

import pytest
import yaml

from checker.admission import is_sound, shaped
from checker.documents import locate
from tests.envoy.configs import Case, bootstrap
from tests.envoy.test_settings import entries, in_force
from tests.systems import read

WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec:
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      containers: [{name: envoy, image: "envoyproxy/envoy:v1.36.2", volumeMounts: [{name: config, mountPath: /etc/envoy}]}]
      volumes: [{name: config, configMap: {name: envoy}}]
"""
CONFIG = yaml.safe_dump(bootstrap(Case("", {}, route={"timeout": "3s"})))


def config_map(value):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: envoy, namespace: shop}}\ndata:\n  envoy.yaml: {value}\n"


LITERAL = config_map("|  # the proxy in front\n" + textwrap.indent(CONFIG, "    "))
QUOTED = config_map(yaml.safe_dump(CONFIG, default_style='"', width=10**6).strip())


@pytest.mark.parametrize("text", [LITERAL, QUOTED], ids=["literal", "quoted"])
def test_the_workload_is_the_caller(text):
    (entry,) = entries({"system.yaml": f"{text}---{WORKLOAD}"})
    assert (entry.gateway.kind, entry.gateway.namespace, entry.gateway.name) == ("Deployment", "shop", "front")
    assert in_force(entry)["request_timeout_seconds"] == (3.0, "set")


def test_without_a_workload_the_envoy_is():
    (entry,) = entries({"envoy.yaml": LITERAL})
    assert (entry.gateway.kind, entry.gateway.namespace, entry.gateway.name) == ("Envoy", "shop", "envoy")


def test_a_literal_block_leads_to_its_very_line():
    (entry,) = entries({"system.yaml": f"# a comment\n{LITERAL}"})
    origin = entry.way.settings["request_timeout_seconds"].origin
    found = locate(origin.item.document, (*origin.item.base, *origin.path))
    assert f"# a comment\n{LITERAL}".split("\n")[found.line - 1].strip() == "timeout: 3s"
    assert found.file == "system.yaml"


def test_of_another_text_the_place_of_its_key_is_known():
    (entry,) = entries({"system.yaml": QUOTED})
    origin = entry.way.settings["request_timeout_seconds"].origin
    assert locate(origin.item.document, (*origin.item.base, *origin.path)).line == 5


def test_other_texts_are_left_alone():
    assert not entries_or_none(config_map("|\n    # static_resources: none\n    a: 1"))


def entries_or_none(text):
    from tests.envoy.test_settings import envoys

    return envoys({"a.yaml": text})


@pytest.mark.parametrize(("before", "after", "message"), [
    ("connect_timeout: 1s", "connect_timeout: 250ms", 'connect_timeout is "250ms", and no duration'),
    ("connect_timeout: 1s", "connect_timeout:\t1s\n\t\tx", "a configuration of Envoy"),
    ("connect_timeout: 1s", "connect_timeout: 1s, hosts: []", "hosts is of API v2"),
])
def test_what_an_envoy_would_not_take_is_told_where_it_stands(before, after, message):
    config = f"static_resources:\n  clusters:\n  - {{name: cart, {before}, type: STATIC}}\n"
    text = config.replace(before, after)
    whole = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: front, namespace: shop}\ndata:\n  envoy.yaml: |\n"
    (item,) = read({"front.yaml": whole + textwrap.indent(text, "    ")})
    kept, problems = shaped([item])
    assert kept
    assert not is_sound(item)
    assert any(message in problem.message for problem in problems)
    assert {problem.line for problem in problems} <= {8, 9}
    (fine,) = read({"front.yaml": whole + textwrap.indent(config, "    ")})
    assert is_sound(fine)
    (template,) = read({"front.yaml": whole + textwrap.indent(config.replace("1s", "${SECONDS}s"), "    ")})
    assert is_sound(template)
