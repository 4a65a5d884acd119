"""Who wrote what is reported, on a real API server; and a mesh that is read from it."""

import json

import pytest

from checker.cli import main

pytestmark = pytest.mark.cluster

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop%s}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:latest", ports: [{containerPort: 8080}]}
      - {name: log, image: "example.com/log:1.0.0"}
"""
_NIGHTLY = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: "example.com/job:1.0.0"}]}}}
"""
_MESH = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: virtualservices.networking.istio.io}
spec:
  group: networking.istio.io
  scope: Namespaced
  names: {plural: virtualservices, singular: virtualservice, kind: VirtualService, listKind: VirtualServiceList}
  versions:
  - &version
    name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
  - {<<: *version, name: v1alpha3, storage: false}
"""
_ROUTE = """\
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec: {hosts: [cart], http: [{timeout: 2s, route: [{destination: {host: cart}}]}]}
"""
_CART = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80}]}
"""


@pytest.fixture
def notes(server, capsys):
    def run(policy):
        main(["check", "--cluster", "--kubeconfig", server.kubeconfig, "--only", policy, "--format", "json"])
        [finding] = json.loads(capsys.readouterr().out)["findings"]
        return [each["note"] for each in finding["related"]]

    return run


def test_kubectl_apply(notes, apply):
    apply(_WEB % "")
    [note] = notes("image-not-pinned")
    assert note.startswith("written by kubectl-client-side-apply (Update, 20")


def test_server_side_apply_by_a_named_manager(notes, apply):
    apply(_WEB % "", "--server-side", "--field-manager=pipeline")
    [note] = notes("image-not-pinned")
    assert note.startswith("written by pipeline (Apply, 20")


def test_who_changed_it_since(notes, apply, server):
    apply(_WEB % "")
    server.kubectl("set", "image", "deployment/web", "-n", "shop", "app=example.com/other:latest", "--field-manager=somebody")
    [note] = notes("image-not-pinned")
    assert note.startswith("written by somebody (Update, 20")


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (", annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: shop}", "of the Helm release shop/web"),
        (", annotations: {argocd.argoproj.io/tracking-id: 'front:apps/Deployment:shop/web'}", "kept by the Argo CD Application front"),
        (
            ", labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}",
            "kept by the Flux Kustomization flux-system/apps",
        ),
    ],
)
def test_what_keeps_the_object(notes, apply, kept, said):
    apply(_WEB % kept)
    [note] = notes("image-not-pinned")
    assert note.endswith(f"; {said}")


def test_what_the_api_server_filled_in(notes, apply):
    apply(_NIGHTLY, "--server-side")
    assert notes("cronjob-may-overlap") == ["defaulted by the API server"]


def test_what_may_be_a_default_or_not_is_left_open(notes, apply):
    apply(_NIGHTLY)
    assert notes("cronjob-may-overlap") == []


def test_a_password_in_an_address_is_not_shown(server, apply, capsys):
    apply((_WEB % "").replace("{name: log, ", "{name: log, env: [{name: DB, value: 'postgres://app:s3cret@db:5432/x'}], "))
    main(["check", "--cluster", "--kubeconfig", server.kubeconfig])
    assert "s3cret" not in capsys.readouterr().out


def test_a_route_of_the_mesh_is_in_force_on_calls(server, apply, capsys):
    server.kubectl("apply", "-f", "-", given=_MESH)
    server.kubectl("wait", "--for=condition=Established", "crd/virtualservices.networking.istio.io", "--timeout=60s")
    apply(_WEB % "" + "---\n" + _CART)
    apply(_ROUTE)
    status = main(["edges", "--cluster", "--kubeconfig", server.kubeconfig, "--from", "shop/web", "--to", "cart:80", "--format", "json"])
    [edge] = json.loads(capsys.readouterr().out)["edges"]
    assert status == 0
    timeout = edge["settings"]["request_timeout_seconds"]
    assert (timeout["value"], timeout["state"]) == (2.0, "set")
    assert timeout["source"]["location"] == {
        "file": "admin: VirtualService/shop/cart",
        "line": None,
        "column": None,
        "field": "spec.http[0].timeout",
    }
