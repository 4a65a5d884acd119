"""How the parts of a system hang together: what follows from the web of calls, and from the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.graph import components
from checker.facts.coupling.web import above
from checker.facts.cron import starts
from checker.facts.startup import startup_facts
from checker.model.types import Container
from tests.facts.small import deployment, facts, service

NODES = list("abcdefgh")
links = st.dictionaries(st.sampled_from(NODES), st.dictionaries(st.sampled_from(NODES), st.none(), max_size=4), max_size=8)


@given(links)
def test_who_waits_is_who_can_reach(given_links):
    whole = {node: {other: None for other in given_links.get(node, {}) if other != node} for node in NODES}
    found = above(whole, components(whole))
    for node in NODES:
        reached, waiting = set(), [node]
        while waiting:
            for other in whole[waiting.pop()]:
                if other not in reached:
                    reached.add(other)
                    waiting.append(other)
        for other in reached - {node}:
            assert node in found[other]
        for other in set(NODES) - reached:
            assert node not in found[other] or node == other


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 3 * * *", ("", {180})),
        ("@daily", ("", {0})),
        ("0,30 1-2 * * ?", ("", {60, 90, 120, 150})),
        ("5 */6 * * MON-FRI", ("* * mon-fri", {5, 365, 725, 1085})),
        ("0 3 1 * *", ("1 * *", {180})),
        ("*/5 * * * *", None),
        ("@every 6h", None),
        ("0 25 * * *", None),
        ("", None),
    ],
)
def test_when_a_schedule_starts(schedule, expected):
    assert starts(schedule) == (expected and (expected[0], frozenset(expected[1])))


@pytest.mark.parametrize(
    ("command", "args", "role", "seconds"),
    [
        (["sh", "-c", "sleep 30 && exec /app"], [], "main", 30),
        (["/bin/bash", "-c"], ["set -e\nsleep 1.5m\n/app"], "main", 90),
        (["sh", "-c", "echo waiting; sleep 10; /app --x"], [], "main", 10),
        (["sleep", "20"], [], "init", 20),
        (["sleep", "20"], [], "main", 0),
        (["sleep", "infinity"], [], "init", 0),
        (["sh", "-c", "until nc -z db 5432; do sleep 2; done; /app"], [], "main", 0),
        (["sh", "-c", "for i in 1 2 3; do sleep 2; done"], [], "init", 0),
        (["sh", "-c", "/app; sleep 60"], [], "main", 0),
        (["sh", "-c", "/app & sleep 5; exit 0"], [], "main", 0),
        (["python", "-c", "time.sleep(3); sleep 3"], [], "main", 0),
        (["/app", "--sleep", "30"], [], "main", 0),
        (["sh", "-c", "/opt/presleep 30; /app"], [], "main", 0),
        ([], ["sleep"], "main", 0),
        (["sh", "-c", "sleep 5  # for the proxy\n/app"], [], "main", 5),
        (["sh", "-c", "# sleep 5\n/app"], [], "main", 0),
        (["sh", "-c", "echo 'sleep 5; then start'; /app"], [], "main", 0),
        (["sh", "-c", "echo it's; sleep 5; /app"], [], "main", 0),
        (["sh", "-c", "sleep 1m 30s; /app"], [], "main", 90),
        (["sh", "-c", "/one & sleep 5; exec /other"], [], "main", 5),
        (["sh", "-c", "(sleep 20; /warm-up) & exec /app"], [], "main", 0),
        (["sh", "-c", "sleep 20 & /app"], [], "main", 0),
        (["sh", "-c", "/app || (sleep 30; exit 1)"], [], "main", 0),
        (["sh", "-c", "/app || { sleep 30; /report; }"], [], "main", 0),
        (["sh", "-c", "if ! /ready; then sleep 10; fi; exec /app"], [], "main", 0),
        (["sh", "-c", "[ -f /slow ] && sleep 10\n/app"], [], "main", 0),
        (["sh", "-c", "case $A in\n  a) sleep 3 ;;\nesac\n/app"], [], "main", 0),
        (["sh", "-c", "if [ -f /a ]; then /b; fi; sleep 3; /app"], [], "main", 3),
        (["sh", "-c"], ["touch /tmp/healthy; sleep 30; rm -rf /tmp/healthy; sleep 600"], "main", 0),
    ],
)
def test_a_sleep_before_the_program(command, args, role, seconds):
    container = Container("app", role, (), {"command": command, "args": args}, ())
    assert startup_facts(container)["container.startup_sleep_seconds"] == seconds


@pytest.mark.parametrize(
    ("name", "image", "routes"),
    [
        ("front", "nginx:1.27", True),
        ("front", "docker.io/nginxinc/nginx-unprivileged@sha256:00", True),
        ("front", "registry.example.com:5000/envoyproxy/envoy:v1.31", True),
        ("front", "quay.io/team/my-envoy:2", True),
        ("api-gateway", "registry.example.com/api:1", True),
        ("front-proxy", "registry.example.com/front:1", True),
        ("front", "registry.example.com/nginx/front:1", False),
        ("front", "registry.example.com/envoys:1", False),
        ("gatewayed", "registry.example.com/front:1", False),
    ],
)
def test_what_routes_does_not_wait_for_all(name, image, routes):
    caller = deployment(name, container="env: [{name: CART_URL, value: 'http://cart'}]").replace("'a:1'", f"'{image}'")
    assert facts("node", caller, service("cart", selector="app: cart"), deployment("cart"))["node.routes"] == routes
