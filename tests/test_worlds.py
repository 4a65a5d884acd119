"""Variants of a system do not see each other; what they share is said once."""

from checker.engine import Settings, check
from checker.findings import Inputs
from checker.objects.unseen import Unseen
from checker.worlds import in_each, worlds
from tests.systems import catalogue, read

_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"


def deployment(replicas):
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - {{name: app, image: registry.example.com/web:1.4.2, ports: [{{containerPort: 80}}]}}
"""


def report(variants, *only, **files):
    items = read({f"{name}.yaml": text for name, text in files.items()})
    several = worlds(items, Unseen(), variants)
    settings = Settings(only=frozenset(only), complete=True)
    return in_each(several, lambda world: check(world.objects, Inputs(1, 1, 1, (), ()), catalogue(), settings), catalogue())


def told(found):
    return {(finding.policy, finding.location.file, finding.worlds) for finding in found.findings}


BOTH = {"dev.yaml": "dev", "prod.yaml": "prod"}


def test_none_sees_the_objects_of_another():
    items = read({"common.yaml": _SERVICE, "dev.yaml": deployment(1), "prod.yaml": deployment(2)})
    seen = {world.label: [item.document.file for item in world.objects] for world in worlds(items, Unseen(), BOTH)}
    assert seen == {"dev": ["common.yaml", "dev.yaml"], "prod": ["common.yaml", "prod.yaml"]}


def test_what_holds_in_one_says_so_and_what_holds_in_all_is_said_once():
    found = report(BOTH, "single-replica", "publishes-not-ready-addresses", "service-port-unknown", common=_SERVICE, dev=deployment(1), prod=deployment(3))
    assert told(found) == {("single-replica", "dev.yaml", ("dev",))}
    gone = report(BOTH, "selector-matches-nothing", common=_SERVICE, dev="", prod="")
    assert told(gone) == {("selector-matches-nothing", "common.yaml", ())}


def test_counts_are_those_of_what_is_told():
    found = report(BOTH, "no-memory-limit", "single-replica", common=_SERVICE, dev=deployment(1), prod=deployment(1))
    assert {finding.worlds for finding in found.findings} == {("dev",), ("prod",)}
    assert found.tallies["no-memory-limit"].failed == 2
    assert found.tallies["single-replica"].failed == 2
    (row,) = [row for row in found.checklist if row.id == "GV-4"]
    assert row.tally.failed == 2


def test_one_world_is_judged_as_it_is():
    items = read({"a.yaml": deployment(1)})
    settings = Settings(only=frozenset({"single-replica"}), complete=True)

    def judged(world):
        return check(world.objects, Inputs(1, 1, 1, (), ()), catalogue(), settings)

    (world,) = worlds(items, Unseen(), {})
    assert in_each([world], judged, catalogue()) == judged(world)


def test_two_makings_of_one_workload_are_alternatives():
    items = read({"common.yaml": _SERVICE, "chart": deployment(1), "overlay": deployment(2), "other": _SERVICE.replace("web", "b")})
    several = worlds(items, Unseen(), {}, ["chart", "overlay", "other"])
    assert {world.label: [item.document.file for item in world.objects] for world in several} == {
        "chart": ["common.yaml", "chart", "other"],
        "overlay": ["common.yaml", "overlay", "other"],
    }
