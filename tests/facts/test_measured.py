"""What we state of calls, against what was measured on a real Envoy, where the measurements are at hand."""

import json
import re

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.calls.graph import call_graph
from checker.facts.edge_destination import destination_facts
from checker.facts.edge_route import route_facts
from checker.facts.paths import Paths
from checker.facts.worst_case import pauses_seconds, worst_case_seconds
from checker.model.build import build
from checker.model.setting import Origin, Setting
from checker.model.traffic import Destination, Way
from tests.systems import SHARED, read

MEASURED = SHARED / "oracle" / "envoy"
SLACK = 0.02

pytestmark = pytest.mark.skipif(not MEASURED.exists(), reason="the measurements are not beside the project")


def rows(name):
    """None of them where they are not there."""
    file = MEASURED / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else []


def settings(**values):
    return {name: Setting(value, "set", Origin("test")) for name, value in values.items()}


HANGING = [row for row in rows("b_timetofail") if row.get("name", "").startswith("hang")]


@pytest.mark.parametrize("row", HANGING, ids=[row["name"] for row in HANGING])
def test_no_call_takes_longer_than_its_worst_case(row):
    numbers = re.match(r"hang, timeout ([\d.]+)s?(?: \(off\))?(?:, perTry ([\d.]+))?(?:.*?r=(\d)|, (\d) retries)?", row["name"])
    whole, per_try, *retries = numbers.groups()
    given = settings(
        request_timeout_seconds=float(whole),
        per_try_timeout_seconds=float(per_try) if per_try else None,
        retry_attempts=int(next(filter(None, retries), 0)),
        retry_backoff_base_seconds=0.025,
    )
    worst = worst_case_seconds(given)
    assert worst == pytest.approx(row["worst"])
    assert row["max"] <= worst + SLACK


PAUSES = [(row[0] / 1000, row[2], row[6] / 1000) for row in rows("b0_backoff") if row[1] == 10 * row[0]]


@pytest.mark.parametrize(("base", "retry", "longest"), PAUSES)
def test_no_pause_is_longer_than_stated(base, retry, longest):
    """Of some hundred pauses the longest comes near to the bound."""
    bound = pauses_seconds(retry, base) - pauses_seconds(retry - 1, base)
    assert bound * 0.95 <= longest <= bound + SLACK


RETRIES = sorted({row["policy"] for row in rows("g_retrymatrix")})
POLICIES = {
    "Istio default, old (with 503)": (["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"], [503]),
    "Istio default, new (no 503)": (["connect-failure", "refused-stream", "unavailable", "cancelled"], []),
    "new + reset-before-request": (["connect-failure", "refused-stream", "unavailable", "cancelled", "reset-before-request"], []),
}


@pytest.mark.parametrize("policy", RETRIES)
def test_which_failures_are_tried_again(policy):
    words, codes = POLICIES.get(policy, ([policy], []))
    tried = {row["kind"]: row["attempts"] > 1 for row in rows("g_retrymatrix") if row["policy"] == policy}
    way = Way("", {}, None, None, None, settings(retry_attempts=2, retry_on=words, retry_codes=codes), ())
    facts = route_facts(way)
    assert facts["retries.on_connecting"] == tried["refused"] == tried["SYN dropped"]
    if policy != "retriable-4xx":  # it is for 409 alone, which was not measured
        assert bool(facts["retries.repeating"]) == (tried["RST after request"] or tried["500"] or tried["hang, perTry .2"])
    assert bool(facts["retries.under_load"]) == tried["next proxy: rate limit 429"]


def chain(hops, retries):
    """Services that call each other in a row, each call retried when the callee fails."""
    for number in range(hops + 1):
        called = f", env: [{{name: NEXT, value: 'http://s{number + 1}'}}]" if number < hops else ""
        yield f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: s{number}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: s{number}}}}}
  template:
    metadata: {{labels: {{app: s{number}}}}}
    spec: {{containers: [{{name: a, image: 'a:1'{called}}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: s{number}, namespace: shop}}
spec: {{selector: {{app: s{number}}}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: s{number}, namespace: shop}}
spec:
  hosts: [s{number}]
  http: [{{route: [{{destination: {{host: s{number}}}}}], retries: {{attempts: {retries}, retryOn: 5xx}}}}]
"""


LAW = [(row["hops"], row["r"], row["amp"]) for row in rows("a_amplification") if row["exp"] == "a1"]


@pytest.mark.parametrize(("hops", "retries", "measured"), LAW)
def test_retries_multiply_along_a_path(hops, retries, measured):
    model = build(kubernetes.read(read({"a.yaml": "---".join(chain(hops, retries))})), complete=True)
    paths = Paths(model, call_graph(model), traffic_of(model, mesh_of(model)))
    first = next(service for service in model.part.services if service.source.name == "s0")
    assert (paths.repeated(first).requests, len(paths.repeated(first).path)) == (measured, hops if retries else 0)


EJECTED = [(row["k"], row["pct"], row["always"], row["meas"]) for row in rows("d_outlier") if row["exp"] == "d4"]


@pytest.mark.parametrize(("hosts", "percent", "always", "measured"), EJECTED)
def test_so_many_hosts_are_ejected(hosts, percent, always, measured):
    reached = Destination("", 0, "", 1, "ok", settings(outlier_max_ejection_percent=percent), endpoints=hosts, ejects_one=always)
    assert destination_facts(reached)["outlier.ejectable"] == measured
