"""What Argo CD and Flux deploy of a tree."""

import json

import pytest
import yaml

from checker.documents import parse
from checker.sources.gitops import deployments, may_deploy

TREE = frozenset({
    "charts/cart", "charts/cart/values.yaml", "charts/cart/prod.yaml", "envs/prod/cart.yaml", "apps/overlays/prod", "repo/charts/web",
})  # fmt: skip


def found(*objects, file="argo/cart.yaml"):
    text = "---\n".join(yaml.safe_dump(each) for each in objects)
    assert may_deploy(text.encode())
    return deployments(parse(file, text.encode()).documents, TREE.__contains__)


def application(source, **destination):
    spec = {"source": {"repoURL": "https://git.example.com/shop.git", **source}, "destination": destination}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "cart-prod", "namespace": "argocd"}, "spec": spec}


def release(chart, **spec):
    ref = {"kind": "GitRepository", "name": "shop"}
    spec = {"chart": {"spec": {"chart": chart, "sourceRef": ref}}, **spec}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "cart", "namespace": "shop"}, "spec": spec}


def test_a_chart_with_values():
    helm = {
        "releaseName": "cart",
        "valueFiles": ["prod.yaml", "../../envs/prod/cart.yaml", "/envs/prod/cart.yaml", "gone.yaml"],
        "valuesObject": {"replicas": 3},
        "parameters": [{"name": "image.tag", "value": "1.2"}, {"name": "hosts", "value": "a,b"}],
    }
    (each,), missing = found(application({"path": "charts/cart", "helm": helm}, namespace="shop", server="https://prod.example.com"))
    assert missing == []
    assert each.who == "Application argocd/cart-prod"
    assert (each.path, each.release, each.namespace, each.cluster) == ("charts/cart", "cart", "shop", "https://prod.example.com")
    assert each.values == ("charts/cart/prod.yaml", "envs/prod/cart.yaml", "envs/prod/cart.yaml")
    assert [json.loads(text) for text in each.inline] == [{"replicas": 3}]
    assert each.sets == ("image.tag=1.2", "hosts=a\\,b")
    assert each.left_out == ("the values file gone.yaml",)


def test_values_of_another_source():
    sources = [
        {"repoURL": "https://git.example.com/shop.git", "path": "charts/cart", "helm": {"valueFiles": ["$config/envs/prod/cart.yaml"]}},
        {"repoURL": "https://git.example.com/config.git", "ref": "config"},
    ]
    whole = application({})
    whole["spec"] = {"sources": sources, "destination": {"name": "in-cluster"}}
    (each,), missing = found(whole)
    assert (each.values, each.cluster, each.release, missing) == (("envs/prod/cart.yaml",), "", "cart-prod", [])


def test_the_repository_may_be_below_the_working_directory():
    (each,), _ = found(application({"path": "charts/web"}), file="repo/argo/apps/web.yaml")
    assert each.path == "repo/charts/web"


def test_a_release_of_flux():
    spec = {"targetNamespace": "prod", "values": {"replicas": 2}, "valuesFrom": [{"kind": "Secret", "name": "cart"}]}
    (each,), missing = found(release("./charts/cart", **spec))
    assert (each.path, each.release, each.namespace, missing) == ("charts/cart", "prod-cart", "prod", [])
    assert [json.loads(text) for text in each.inline] == [{"replicas": 2}]
    assert each.left_out == ("valuesFrom Secret cart",)


def test_a_kustomization_of_flux():
    whole = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "apps", "namespace": "flux-system"}}
    spec = {"path": "./apps/overlays/prod", "targetNamespace": "shop", "sourceRef": {"kind": "GitRepository"}, "postBuild": {"substitute": {"A": "1"}}}
    (each,), _ = found({**whole, "spec": spec})
    assert (each.path, each.namespace, each.left_out) == ("apps/overlays/prod", "shop", ("postBuild",))


@pytest.mark.parametrize(("whole", "why"), [
    (application({"chart": "redis", "repoURL": "https://charts.example.com"}), "deploys the chart redis of https://charts.example.com: not in the input"),
    (application({"path": "elsewhere"}), "deploys elsewhere of https://git.example.com/shop.git: not in the input"),
    (application({"path": "../../../etc"}), "deploys ../../../etc of"),
    (release("redis"), "deploys the chart redis: not in the input"),
    ({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "all"}}, "generators that are not followed"),
])
def test_what_is_not_in_the_tree_is_named(whole, why):
    deployed, (skipped,) = found(whole)
    assert deployed == []
    assert why in skipped.reason
    assert skipped.line == 2


@pytest.mark.parametrize("spec", [None, [], "x", {"source": []}, {"source": {"path": 5}}, {"sources": "x"}, {"source": {"path": "charts/cart", "helm": []}}])
def test_odd_shapes_are_survived(spec):
    for kind, group in (("Application", "argoproj.io/v1alpha1"), ("HelmRelease", "helm.toolkit.fluxcd.io/v2"), ("Kustomization", "kustomize.toolkit.fluxcd.io/v1")):
        found({"apiVersion": group, "kind": kind, "metadata": {"name": "x"}, "spec": spec})
