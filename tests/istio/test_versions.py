"""Which Istio it is, and what that changes."""

import json

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.scope import Client
from checker.adapters.istio.traffic import traffic_of
from checker.adapters.istio.versions import parse_version
from checker.cli.meshes import mesh_config, mesh_versions
from checker.edges import Question, answer
from checker.errors import UsageError
from checker.model.build import build
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import read


def model_of(*texts):
    return build(kubernetes.read(read({f"{number}.yaml": text for number, text in enumerate((BASE, *texts))})), complete=True)


def settings(version, *texts, mesh=None):
    model = model_of(*texts)
    system = System(model, mesh_of(model, mesh, version))
    (route,) = answer(model, system, Question("1", "", "web", "front", REVIEWS, 9080, "http"))["routes"]
    (destination,) = route["destinations"]
    return {name: (setting["value"], setting["state"]) for name, setting in destination["settings"].items()}


BACKOFF = routes("v", "prod", to_reviews(retries={"attempts": 1, "backoff": "1s"}))
BUDGET = rule("r", "prod", "reviews", trafficPolicy={"retryBudget": {"percent": 10}})
BASELINE = {"defaultTrafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 7}}}}


@pytest.mark.parametrize(
    ("name", "before", "since", "texts", "mesh"),
    [
        ("retry_codes", ((1, 23), ([503], "default")), ((1, 24), (None, "default")), (), None),
        ("retry_backoff_base_seconds", ((1, 25), (1, "inert")), ((1, 26), (1, "set")), (BACKOFF,), None),
        ("retry_budget_percent", ((1, 26), (10, "inert")), ((1, 27), (10, "set")), (BUDGET,), None),
        ("max_concurrent_streams", ((1, 27), (2147483647, "default")), ((1, 28), (1024, "default")), (), None),
        ("max_connections", ((1, 30), (None, "unbounded")), ((1, 31), (7, "set")), (), BASELINE),
        ("panic_threshold_percent", ((1, 30), (50, "default")), ((1, 31), (0, "disabled")), (), None),
    ],
)
def test_what_a_version_changes(name, before, since, texts, mesh):
    for version, expected in (before, since, ((9, 0), since[1])):
        assert settings(version, *texts, mesh=mesh)[name] == expected


@pytest.mark.parametrize(("version", "ejects_one"), [((1, 19), True), ((1, 20), False)])
def test_before_1_20_one_endpoint_may_be_ejected_whatever_the_percentage(version, ejects_one):
    model = model_of(rule("r", "prod", "reviews", trafficPolicy={"outlierDetection": {}}))
    (way,) = System(model, mesh_of(model, None, version)).sidecar_ways(Client("web", {}), REVIEWS, 9080, "http")
    assert way.destinations[0].ejects_one == ejects_one


def pod(name, image, kind="Deployment"):
    body = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "a", "image": image}]}},
    }
    return json.dumps({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "istio-system"}, "spec": body})


def thing(kind, spec, name="istio", api="example.com/v1", namespace="istio-system", **labels):
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec})


def values(text):
    meta = {"name": "istio-sidecar-injector", "namespace": "istio-system"}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": text}})


def space(revision):
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web", "labels": {"istio.io/rev": revision}}})


ARGO = {"source": {"chart": "istiod", "targetRevision": "1.24.1", "repoURL": "https://charts.example.com"}}


@pytest.mark.parametrize(
    ("texts", "version", "said"),
    [
        ((), (1, 31), ""),
        ((pod("istiod", "docker.io/istio/pilot:1.22.1-distroless"),), (1, 22), "from the image tag of Deployment istio-system/istiod"),
        ((pod("gw", "registry.example.com/mesh/proxyv2:1.21.0@sha256:abc"),), (1, 21), "from the image tag of Deployment istio-system/gw"),
        ((pod("istiod", "registry.example.com:5000/istio/pilot"),), (1, 31), ""),
        ((pod("other", "registry.example.com/autopilot/pilot:1.2"),), (1, 31), ""),
        ((thing("IstioOperator", {"tag": "1.20.3"}),), (1, 20), "from tag of IstioOperator istio-system/istio"),
        (
            (thing("IstioOperator", {"values": {"global": {"tag": "1.19.0"}}}),),
            (1, 19),
            "from global.tag of IstioOperator istio-system/istio",
        ),
        ((thing("Istio", {"version": "v1.24.1"}),), (1, 24), "from version of Istio istio-system/istio"),
        (
            (thing("HelmRelease", {"chart": {"spec": {"chart": "istiod", "version": "1.23.x"}}}),),
            (1, 23),
            "from chart version of HelmRelease",
        ),
        ((thing("HelmRelease", {"chart": {"spec": {"chart": "postgres", "version": "1.23.1"}}}),), (1, 31), ""),
        ((thing("Application", ARGO),), (1, 24), "from targetRevision of Application istio-system/istio"),
        ((values('{"global": {"tag": "1.25.2"}}'),), (1, 25), "from global.tag of ConfigMap istio-system/istio-sidecar-injector"),
        ((values("no json"),), (1, 31), ""),
        ((space("1-22-3"),), (1, 22), "from the label istio.io/rev of Namespace web"),
        ((space("stable"),), (1, 31), ""),
        ((space("1-22-3"), pod("istiod", "istio/pilot:1.24.0")), (1, 24), "Deployment istio-system/istiod; there is 1.22 as well"),
        ((pod("istiod", "istio/pilot:1.40.0"),), (1, 40), "the newest known is 1.31"),
    ],
)
def test_the_version_that_the_input_shows(texts, version, said):
    mesh = mesh_of(model_of(*texts))
    assert (mesh.version, bool(mesh.said)) == (version, bool(said))
    assert said in mesh.said


def test_the_version_that_is_given_counts_before_what_is_shown():
    model = model_of(pod("istiod", "istio/pilot:1.22.0"), space("1-22-0"))
    traffic = traffic_of(model, mesh_of(model, None, (1, 24)))
    assert traffic.assumptions()[0] == "istio 1.24 (given with --mesh)"


@pytest.mark.parametrize("text", ["linkerd=2.14", "istio", "istio=", "istio=new", "1.22", "istio=1"])
def test_what_is_no_mesh(text):
    with pytest.raises(UsageError):
        mesh_versions(text)


@pytest.mark.parametrize(
    ("text", "version"), [("1.22", (1, 22)), ("v1.22.3", (1, 22)), ("1.22.3-rc.1", (1, 22)), ("22", None), ("1.x", None)]
)
def test_versions(text, version):
    assert parse_version(text) == version


CONFIG = {"connectTimeout": "3s"}


@pytest.mark.parametrize(
    "text",
    [
        thing("IstioOperator", {"meshConfig": CONFIG}),
        thing("IstioOperator", {"values": {"meshConfig": CONFIG}}),
        thing("Istio", {"values": {"meshConfig": CONFIG}}),
        thing("HelmRelease", {"values": {"meshConfig": CONFIG}}),
        thing("Application", {"source": {"helm": {"valuesObject": {"meshConfig": CONFIG}}}}),
        *(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: istio-system}}\ndata:\n  mesh: |-\n    connectTimeout: 3s\n"
            for name in ("istio", "istio-1-22-3")
        ),
    ],
)
def test_where_the_configuration_of_the_mesh_is_read(text):
    model = model_of(text)
    assert mesh_of(model).values == CONFIG
    assert mesh_of(model, {"connectTimeout": "4s"}).values == {"connectTimeout": "4s"}


def test_a_file_with_helm_values(tmp_path):
    (tmp_path / "values.yaml").write_text("global: {tag: 1.22.1}\nmeshConfig: {connectTimeout: 3s}\n")
    (tmp_path / "mesh.yaml").write_text("connectTimeout: 3s\n")
    assert [mesh_config(str(tmp_path / name)) for name in ("values.yaml", "mesh.yaml")] == [CONFIG, CONFIG]
