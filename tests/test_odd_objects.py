"""Odd objects are refused with a reason or judged; they never end the run."""

import json

import pytest

from checker.admission import shaped
from checker.documents import parse
from checker.engine import Settings, check
from checker.objects import join, objects
from checker.objects.unseen import Unseen
from tests.systems import NO_INPUTS, catalogue, judge

POD = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "b:1"}]}}
GROUPS = [
    ("apps/v1", "Deployment"), ("apps.openshift.io/v1", "DeploymentConfig"), ("argoproj.io/v1alpha1", "Rollout"), ("example.com/v1", "Gadget"),
    ("serving.knative.dev/v1", "Service"), ("v1", "Service"), ("keda.sh/v1alpha1", "ScaledObject"), ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"), ("networking.k8s.io/v1", "Ingress"), ("v1", "ConfigMap"), ("v1", "Namespace"), ("batch/v1", "CronJob"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"), ("v1", "LimitRange"),
]  # fmt: skip
ODD = [None, "x", 5, [1], {}, [], {"a": None}, True]
SPECS = [
    *ODD,
    *({"template": odd} for odd in ODD),
    *({"template": {"spec": odd}} for odd in ODD),
    *({"template": {"spec": {"containers": odd}}} for odd in ODD),
    *({"template": POD, "selector": odd} for odd in ODD),
    *({"template": POD, "replicas": odd} for odd in [*ODD, 10**30, -1, "http"]),
    *({"selector": odd, "ports": odd, "maxReplicaCount": 10**30, "scaleTargetRef": odd} for odd in ODD),
    {"template": {**POD, "spec": {"containers": [{"name": "a", "image": "b", "livenessProbe": {"tcpSocket": {"port": "²"}}}]}}},
    {"ports": [{"port": 80, "targetPort": "²"}], "selector": {"app": "web"}},
    {"rules": [{"http": {"paths": [{"backend": {"serviceName": "s", "servicePort": "²"}}]}}]},
    {"strategy": "x", "template": POD},
]
METADATA = [{"name": "web"}, *({"name": "web", "ownerReferences": odd} for odd in [*ODD, [""], [{"controller": True, "kind": ["a"]}]])]


def run(texts):
    found = join(objects(document) for text in texts for document in parse("x.json", text.encode()).documents)
    sound, mistakes = shaped(found.objects)
    return check(sound, NO_INPUTS, catalogue(), Settings(complete=True)), mistakes


@pytest.mark.parametrize(("api_version", "kind"), GROUPS)
def test_no_shape_of_an_object_ends_the_run(api_version, kind):
    beside = json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": POD}})
    for metadata in METADATA:
        for spec in SPECS if metadata == METADATA[0] else [{"template": POD}]:
            run([json.dumps({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}), beside])


UNCHECKED = [
    ("gateway.networking.k8s.io/v1", "Gateway", ("gatewayClassName", "listeners")),
    ("gateway.networking.k8s.io/v1", "HTTPRoute", ("parentRefs", "rules", "hostnames")),
    ("projectcontour.io/v1", "HTTPProxy", ("routes",)),
    ("traefik.io/v1alpha1", "Middleware", ("retry",)),
    ("install.istio.io/v1alpha1", "IstioOperator", ("meshConfig", "tag")),
]
MESH = [
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {selector: {app: cart}, ports: [{port: 80}]}\n",
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart}\nspec: {host: cart}\n",
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart}\nspec: {hosts: [cart], gateways: [web, mesh], http: [{route: [{destination: {host: cart}}]}]}\n",
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {defaultBackend: {service: {name: ".", port: {number: 80}}}}\n',
]


@pytest.mark.parametrize(("api_version", "kind", "fields"), UNCHECKED)
def test_no_shape_of_an_object_that_nobody_checks_ends_the_run(api_version, kind, fields):
    for odd in [*ODD, {"outboundTrafficPolicy": "x"}, {"defaultConfig": 5}, {"defaultConfig": {"proxyMetadata": "x"}}, [{"namespace": [1], "name": {}}]]:
        for field in fields:
            run([json.dumps({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": {field: odd}}), *MESH])


def test_a_service_of_another_group_is_no_service():
    knative = json.dumps({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": POD}})
    ingress = json.dumps({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i", "namespace": "shop"}, "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}})
    report = judge({"a.json": knative, "b.json": ingress}, "route-to-nowhere", complete=True)
    assert [finding.outcome for finding in report.findings] == ["fail"]


def test_what_is_refused_is_not_missing():
    """A Service whose pods are there, in an object that an API server would refuse, does not select nothing."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
    assert [finding.outcome for finding in judge({"s.yaml": service}, "selector-matches-nothing", complete=True).findings] == ["fail"]
    report = judge({"s.yaml": service}, "selector-matches-nothing", complete=True, unseen=Unseen(frozenset({("Deployment", "shop")}), 1))
    assert [finding.outcome for finding in report.findings] == ["unknown"]
