"""Who has a proxy, by the rules of the injection webhook."""

import json

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.injection import Memberships
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.model.build import build
from tests.systems import read


def pod(namespace, labels=None, annotations=None, container="app", **spec):
    meta = {"labels": {"app": "a", **(labels or {})}, "annotations": annotations or {}}
    template = {"metadata": meta, "spec": {"containers": [{"name": container, "image": "registry.example.com/a:1"}], **spec}}
    body = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": namespace}, "spec": body})


INJECT = "sidecar.istio.io/inject"


@pytest.mark.parametrize(
    ("around", "given", "expected"),
    [
        (None, {}, ("sidecar", False)),
        ({}, {}, ("sidecar", False)),
        ({"istio-injection": "enabled"}, {}, ("sidecar", True)),
        ({"istio-injection": "disabled"}, {}, ("none", True)),
        ({"istio-injection": "disabled"}, {"labels": {INJECT: "true"}}, ("none", True)),
        ({"istio-injection": "disabled", "istio.io/rev": "1-22"}, {}, ("none", True)),
        ({"istio.io/rev": "1-22"}, {}, ("sidecar", True)),
        ({"istio-injection": "enabled"}, {"labels": {INJECT: "false"}}, ("none", True)),
        ({"istio-injection": "enabled"}, {"annotations": {INJECT: "false"}}, ("none", True)),
        ({"istio-injection": "enabled"}, {"labels": {INJECT: "true"}, "annotations": {INJECT: "false"}}, ("sidecar", True)),
        ({"istio-injection": "enabled"}, {"hostNetwork": True}, ("none", True)),
        ({}, {"labels": {INJECT: "true"}}, ("sidecar", True)),
        ({}, {"labels": {"istio.io/rev": "canary"}}, ("sidecar", True)),
        ({"istio-injection": "disabled"}, {"container": "istio-proxy"}, ("sidecar", True)),
        ({"istio.io/dataplane-mode": "ambient"}, {}, ("ztunnel", True)),
        ({"istio.io/dataplane-mode": "ambient"}, {"labels": {"istio.io/dataplane-mode": "none"}}, ("none", True)),
        ({"istio.io/dataplane-mode": "ambient", "istio-injection": "enabled"}, {}, ("sidecar", True)),
        ({"istio.io/dataplane-mode": "ambient", "istio-injection": "disabled"}, {}, ("ztunnel", True)),
        ({"istio.io/dataplane-mode": "ambient"}, {"labels": {INJECT: "false"}}, ("ztunnel", True)),
        ({}, {"labels": {"istio.io/dataplane-mode": "ambient"}}, ("ztunnel", True)),
        ({"istio.io/dataplane-mode": "ambient"}, {"hostNetwork": True}, ("none", True)),
    ],
)
def test_who_takes_part(around, given, expected):
    labels = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": around}}
    files = {"pod.yaml": pod("shop", **given), **({} if around is None else {"space.yaml": json.dumps(labels)})}
    model = build(kubernetes.read(read(files)), complete=True)
    member = Memberships(model).of(model.part.workloads[0])
    assert (member.proxy, member.said) == expected
    assert bool(member.reason) == (member.proxy == "none")


def test_namespaces_that_istiod_leaves_alone():
    model = build(kubernetes.read(read({"pod.yaml": pod("kube-system", labels={INJECT: "true"})})), complete=True)
    assert Memberships(model).of(model.part.workloads[0]).proxy == "none"


@pytest.mark.parametrize(
    ("spaces", "expected"),
    [
        ({}, ["the pods of namespaces shop, web have a proxy of the mesh where nothing says whether they do"]),
        ({"web": "enabled"}, ["the pods of namespace shop have a proxy of the mesh where nothing says whether they do"]),
        ({"web": "enabled", "shop": "disabled"}, []),
    ],
)
def test_what_is_taken_for_granted_is_said(spaces, expected):
    labelled = {
        name: json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"istio-injection": label}}})
        for name, label in spaces.items()
    }
    rule = json.dumps({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "a"}, "spec": {"host": "a"}})
    model = build(kubernetes.read(read({"a.yaml": pod("shop"), "b.yaml": pod("web"), "rule.yaml": rule, **labelled})), complete=True)
    version, *rest = traffic_of(model, mesh_of(model)).assumptions()
    assert (version, rest) == ("istio 1.31 (the newest known; nothing in the input says which)", expected)
