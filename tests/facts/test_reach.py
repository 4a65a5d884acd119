"""Who is called, and through what."""

import pytest

from checker.facts.fields import Unknown
from tests.facts.small import deployment, facts, service

PORT = "ports: [{containerPort: 8080}]"
METRICS = "ports: [{name: metrics, containerPort: 9090}]"


@pytest.mark.parametrize(
    ("texts", "serves", "through"),
    [
        ([deployment(container=PORT), service()], True, "service"),
        ([deployment(container=PORT), service(spec="clusterIP: None")], True, "headless"),
        ([deployment(), service()], True, "service"),
        ([deployment(container=PORT)], True, None),
        ([deployment()], None, None),
        ([deployment(), service("other", selector="app: other")], False, "nothing"),
        ([deployment(container=METRICS), service("other", selector="app: other")], False, "nothing"),
        ([deployment(container=METRICS), service(ports="[{name: metrics, port: 9090}]")], False, "nothing"),
        ([deployment(container=PORT), service(selector="app: wep")], True, "service"),
    ],
)
def test_a_workload_serves_if_callers_can_reach_it(texts, serves, through):
    told = [facts("workload", *texts, name="web")[f"workload.{name}"] for name in ("serves", "reached_through")]
    assert [None if isinstance(value, Unknown) else value for value in told] == [serves, through]


def test_of_two_containers_the_one_that_the_service_targets_serves():
    text = deployment(container=PORT).replace("containers: [", "containers: [{name: log, image: 'b:1'}, ")
    assert facts("container", text, service())["container.serves"] is False
