"""Hosts outside of the cluster that the mesh knows."""

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.calls.graph import call_graph
from checker.edges import edges
from checker.model.build import build
from tests.istio.meshes import BASE, rule
from tests.systems import read

ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: bank, namespace: web}
spec: {hosts: [api.bank.example.com, '*.shop.example.com'], ports: [{number: 443, name: tls, protocol: TLS}, {number: 80, name: http, protocol: HTTP}], resolution: DNS}
"""
LIMIT = rule("bank", "web", "api.bank.example.com", trafficPolicy={"connectionPool": {"tcp": {"maxConnections": 7}}})


def told(url):
    base = BASE.replace("image: 'registry.example.com/app:1',", f"image: 'registry.example.com/app:1', env: [{{name: BANK_URL, value: '{url}'}}],", 1)
    built = build(kubernetes.read(read({"base.yaml": base, "entry.yaml": ENTRY, "rule.yaml": LIMIT})), complete=True)
    mesh = mesh_of(built)
    found = edges(built, call_graph(built), traffic_of(built, mesh), System(built, mesh))
    return [
        (edge["caller"] and edge["caller"]["name"], edge["callee"]["host"], edge["callee"]["port"], edge["settings"].get("max_connections", {}).get("value"))
        for edge in found
        if not edge["callee"]["host"].endswith("svc.cluster.local")
    ]


@pytest.mark.parametrize(("url", "port", "other"), [("https://api.bank.example.com/v1", 443, 80), ("http://api.bank.example.com/v1", 80, 443)])
def test_what_is_in_force_on_a_call_out_of_the_cluster(url, port, other):
    assert told(url) == [("front", "api.bank.example.com", port, 7), (None, "api.bank.example.com", other, 7)]


def test_a_host_that_nobody_calls():
    assert told("") == [(None, "api.bank.example.com", 443, 7), (None, "api.bank.example.com", 80, 7)]
