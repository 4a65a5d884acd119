"""Whatever comes into force when a rule is taken out was among what it had been preferred to."""

from hypothesis import HealthCheck, example, given, settings

from checker.adapters.istio.calls import System
from checker.adapters.istio.overrides import with_overrides
from checker.adapters.istio.scope import Client
from tests.istio.meshes import REVIEWS
from tests.istio.test_dead_lines import MESHES, objects_of, system_of


def _in_force(objects):
    """By caller, host, port, match and destination: the settings."""
    model, mesh = system_of(objects)
    system = System(model, mesh)
    found = {}
    for workload in model.part.workloads:
        client = Client(workload.namespace, workload.labels)
        for host, port in ((each.name, port.number) for each in system.hosts for port in each.ports):
            for number, way in enumerate(with_overrides(system, client, host, port, system.sidecar_ways(client, host, port, "http"))):
                for reached in way.destinations:
                    found[workload.source.name, host, port, number, str(way.match), reached.host, reached.subset] = reached.settings
    return found


def _place(setting):
    return setting.origin.name, setting.origin.path


_POOL = {"trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 9}}}}
_SELECTING = {**_POOL, "workloadSelector": {"matchLabels": {"app": "front"}}}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=MESHES)
@example(drawn=([("prod", REVIEWS, _SELECTING), ("prod", REVIEWS, {**_POOL, "exportTo": ["."]})], []))
def test_the_next_best_is_named(drawn):
    objects = objects_of(drawn)
    before = _in_force(objects)
    for number in (number for number, data in enumerate(objects) if data["kind"] == "DestinationRule"):
        for call, after in _in_force([*objects[:number], *objects[number + 1 :]]).items():
            for name, setting in after.items():
                told = before.get(call, {}).get(name)
                if told is not None and setting.state == "set" and setting.origin.item is not None:
                    assert _place(setting) in map(_place, (told, *told.overrides))
