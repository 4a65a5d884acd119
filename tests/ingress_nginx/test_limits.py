"""Rate limits in annotations of ingress-nginx."""

import json

import pytest
import yaml

from checker.adapters import kubernetes
from checker.adapters.ingress_nginx.limits import nginx_of
from checker.cli import main
from checker.model.build import build
from tests.systems import read

PREFIX = "nginx.ingress.kubernetes.io/"


def ingress(annotations, kind="nginx"):
    metadata = {"name": "shop", "namespace": "shop", "annotations": {PREFIX + key: value for key, value in annotations.items()}}
    backend = {"service": {"name": "cart", "port": {"number": 80}}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"ingressClassName": kind, "defaultBackend": backend}}


def limits(annotations, *others, kind="nginx"):
    text = yaml.safe_dump_all([ingress(annotations, kind), *others])
    found = nginx_of(build(kubernetes.read(read({"a.yaml": text})), complete=True))
    return [limit for entry in found.entries() for limit in entry.way.limits] if found else []


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, []),
        ({"limit-rps": "10"}, [("requests", "set", 10, 1.0, 51)]),
        ({"limit-rpm": "300", "limit-burst-multiplier": "2"}, [("requests", "set", 300, 60.0, 601)]),
        ({"limit-rps": "10", "limit-burst-multiplier": "0"}, [("requests", "set", 10, 1.0, 1)]),
        ({"limit-rps": "10", "limit-burst-multiplier": "many"}, [("requests", "set", 10, 1.0, 51)]),
        ({"limit-connections": "20"}, [("connections", "set", 20, None, None)]),
        ({"limit-rps": "0"}, [("requests", "unbounded", None, None, None)]),
        ({"limit-rps": "10r/s", "limit-connections": "20"}, [("requests", "inert", None, None, None), ("connections", "inert", None, None, None)]),
    ],
)
def test_what_is_limited(annotations, expected):
    assert [(each.counts, each.state, each.amount, each.unit_seconds, each.burst) for each in limits(annotations)] == expected


def test_for_each_client_but_those_that_are_let_through():
    (found,) = limits({"limit-rps": "10", "limit-whitelist": "10.0.0.0/8"})
    assert (found.per, found.only) == (("client address",), ({"client address": {"not": "10.0.0.0/8"}},))


@pytest.mark.parametrize(("data", "statuses"), [({}, [503, 503]), ({"limit-req-status-code": "429"}, [429, 503])])
def test_the_status_is_the_controllers(data, statuses):
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "i", "labels": labels}, "data": data}
    assert [each.refusing.status for each in limits({"limit-rps": "10", "limit-connections": "2"}, settings)] == statuses


@pytest.mark.parametrize(("controller", "state"), [("k8s.io/ingress-nginx", "set"), ("traefik.io/ingress-controller", "inert")])
def test_another_controller_does_not_read_it(controller, state):
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "web"}, "spec": {"controller": controller}}
    assert [each.state for each in limits({"limit-rps": "10"}, kind, kind="web")] == [state]


def test_edges_of_the_ingress_say_it(tmp_path, capsys):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump_all([ingress({"limit-rps": "10"}), service]))
    assert main(["edges", str(tmp_path), "--format", "json"]) == 0
    (edge,) = json.loads(capsys.readouterr().out)["edges"]
    assert [(each["amount"], each["unit_seconds"], each["status"], each["source"]["location"]["line"]) for each in edge["rate_limits"]] == [(10, 1.0, 503, 5)]
