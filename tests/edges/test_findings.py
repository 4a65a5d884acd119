"""Findings about calls: whom they name, and who may accept them."""

import datetime

import pytest

from checker.findings import fingerprint
from tests.istio.meshes import BASE, REVIEWS, routes, to_reviews
from tests.systems import judge

SECOND = """apiVersion: apps/v1
kind: Deployment
metadata: {name: back, namespace: web}
spec: {selector: {matchLabels: {app: back}}, template: {metadata: {labels: {app: back}}, spec: {containers: [{name: app, image: a:1, env: [URL]}]}}}
"""
URL = "{name: URL, value: 'http://reviews.prod:9080'}"
CALLER = BASE.replace("image: 'registry.example.com/app:1',", f"image: 'registry.example.com/app:1', env: [{URL}],", 1)
ROUTE = routes("reviews", "prod", to_reviews(timeout="2s", retries={"attempts": 3, "perTryTimeout": "1s"}))
POLICY = "tries-do-not-fit-timeout"
WAIVER = f'annotations: {{k8s-stabcheck/ignore: "{POLICY}: known"}}'


def found(**changes):
    texts = {"base.yaml": CALLER, "second.yaml": SECOND.replace("URL", URL), "route.yaml": ROUTE}
    files = {name: text.replace(*changes[key]) if (key := name.partition(".")[0]) in changes else text for name, text in texts.items()}
    (finding,) = judge(files, POLICY, today=datetime.date(2026, 6, 1)).findings
    return finding


def test_the_subject_is_the_call():
    finding = found()
    assert finding.subject.edge.host == REVIEWS
    assert (finding.subject.edge.port, finding.subject.edge.protocol) == (9080, "http")
    assert [caller[3] for caller in finding.subject.edge.callers] == ["front", "back"]


def test_further_callers_leave_the_fingerprint_as_it_is():
    assert found().fingerprint == found(second=("http://reviews", "http://stock")).fingerprint
    subject = found().subject
    assert fingerprint("a", subject, "b") == fingerprint("a", subject._replace(edge=None), "b")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "fail"),
        ({"base": ("{name: reviews, namespace: prod}", f"{{name: reviews, namespace: prod, {WAIVER}}}")}, "waived"),
        ({"route": ('"namespace": "prod"', f'"namespace": "prod", {WAIVER}')}, "waived"),
        ({"base": ("{name: front, namespace: web}", f"{{name: front, namespace: web, {WAIVER}}}")}, "fail"),
        (
            {
                "base": ("{name: front, namespace: web}", f"{{name: front, namespace: web, {WAIVER}}}"),
                "second": ("{name: back, namespace: web}", f"{{name: back, namespace: web, {WAIVER}}}"),
            },
            "waived",
        ),
        ({"route": ('"name": "reviews"', '"name": "other"')}, "fail"),
    ],
    ids=["nobody", "the Service", "the route", "one of two callers", "both callers", "something else"],
)  # fmt: skip
def test_who_may_accept_it(changes, outcome):
    assert found(**changes).outcome == outcome


GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: outside, namespace: prod}
spec: {selector: {app: gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
"""


@pytest.mark.parametrize(
    ("timeout", "messages"),
    [
        ({"timeout": "3s"}, []),
        ({}, ["calls to reviews on port 9080 may wait for ever: no timeout is in force for the gateway"]),
    ],
)
def test_what_only_a_gateway_calls_is_judged_by_its_routes(timeout, messages):
    route = routes("outside", "prod", to_reviews(**timeout), hosts=["shop.example.com"], gateways=["outside"])
    report = judge({"base.yaml": BASE, "gateway.yaml": GATEWAY, "route.yaml": route}, "edge-without-timeout", today=datetime.date(2026, 6, 1))
    assert [finding.message for finding in report.findings] == messages


def test_a_seen_caller_is_judged_by_what_the_mesh_has_for_it():
    route = routes("outside", "prod", to_reviews(timeout="3s"), hosts=["shop.example.com"], gateways=["outside"])
    report = judge({"base.yaml": CALLER, "gateway.yaml": GATEWAY, "route.yaml": route}, "edge-without-timeout", today=datetime.date(2026, 6, 1))
    assert len(report.findings) == 1
