"""Callers who get the same share an answer; who shares one gets what would be worked out for them alone."""

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.scope import Client
from checker.adapters.istio.traffic import IstioTraffic
from checker.model.build import build
from checker.reading import begin_reading
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import SHARED, read

RECORDED = SHARED / "oracle" / "istio" / "seeds"
POOL = {"connectionPool": {"tcp": {"maxConnections": 100}}}
THIRD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: third, namespace: other}
spec:
  selector: {matchLabels: {app: third}}
  template: {metadata: {labels: {app: third}}, spec: {containers: [{name: app, image: "registry.example.com/app:1"}]}}"""


def shown(ways):
    return [
        (way.name, dict(way.match), way.answer, way.source, told(way.settings),
         [(reached.host, reached.port, reached.subset, reached.result, told(reached.settings)) for reached in way.destinations])
        for way in ways
    ]  # fmt: skip


def told(settings):
    return {name: (setting.value, setting.state, setting.origin.name) for name, setting in settings.items()}


def differences(model):
    mesh = mesh_of(model, None, None)
    system, traffic = System(model, mesh), IstioTraffic(model, mesh)
    for caller in model.part.workloads:
        if not traffic.carries(caller) or traffic._member(caller).proxy != "sidecar":
            continue
        for host in system.hosts:
            for port in host.ports:
                alone = system.sidecar_ways(Client(caller.namespace, caller.labels), host.name, port.number, "http")
                shared = traffic.ways(caller, caller.namespace, host.name, port.number, "http")
                if shown(alone) != shown(shared):
                    yield caller.name, host.name, port.number


@pytest.mark.parametrize(
    "texts",
    [
        (),
        (rule("r", "web", REVIEWS, trafficPolicy=POOL),),
        (rule("r", "prod", "reviews", trafficPolicy=POOL, exportTo=["."]),),
        (rule("r", "prod", "reviews", trafficPolicy=POOL, exportTo=["web"]),),
        (rule("r", "web", "*.local", trafficPolicy=POOL),),
        (routes("r", "web", to_reviews(timeout="2s"), hosts=[REVIEWS], exportTo=["."]),),
        (routes("r", "prod", {**to_reviews(timeout="2s"), "match": [{"sourceNamespace": "web"}]}, to_reviews(timeout="5s")),),
    ],
)
def test_small_meshes(texts):
    files = {f"{number}.yaml": text for number, text in enumerate((BASE, THIRD, *texts))}
    assert list(differences(build(kubernetes.read(read(files)), complete=True))) == []


@pytest.mark.parametrize("name", sorted(path.name for path in RECORDED.glob("*.yaml"))[::4])
def test_recorded_systems(name):
    reading = begin_reading([str(RECORDED / name)], 1)()
    assert list(differences(build(kubernetes.read(reading.objects), complete=True))) == []
