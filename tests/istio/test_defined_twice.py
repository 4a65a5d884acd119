"""Routes and rules that are defined more than once under one name."""

import json

import pytest

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.edges import Question, answer
from checker.facts.subjects import judges
from checker.model.build import build
from tests.istio.meshes import BASE, REVIEWS, routes, rule, to_reviews
from tests.systems import read


def limited(limit):
    return rule("reviews", "prod", "reviews", trafficPolicy={"connectionPool": {"tcp": {"maxConnections": limit}}})


def route(timeout):
    return routes("reviews", "prod", to_reviews(timeout=timeout))


ELSE = rule("other", "prod", "other")


def told(files):
    """Timeout and limit of a call, rivals that are found, and what is assumed about definitions."""
    model = build(kubernetes.read(read({"base.yaml": BASE, **files})), complete=True)
    mesh = mesh_of(model)
    traffic = traffic_of(model, mesh)
    (way,) = answer(model, System(model, mesh), Question("1", "", "web", "front", REVIEWS, 9080, "http"))["routes"]
    settings = way["destinations"][0]["settings"]
    rivals = sum(judged.facts["object.rivals"] for judge in judges(model, traffic) for judged in judge() if judged.kind == "object")
    assumed = [said for said in traffic.assumptions() if "defined differently" in said or "variants" in said]
    return settings["request_timeout_seconds"]["value"], settings["max_connections"]["value"], rivals, assumed


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": f"{limited(1)}\n---\n{limited(2)}\n---\n{route('1s')}\n---\n{route('2s')}"},
        {"a.yaml": f"{limited(1)}\n---\n{route('1s')}\n---\n{ELSE}", "b.yaml": f"{limited(2)}\n---\n{route('2s')}\n---\n{routes('o', 'prod', hosts=['o'])}"},
    ],
    ids=["one file", "files of one folder"],
)
def test_what_is_applied_last_counts_and_the_first_is_reported(files):
    assert told(files) == (2, 2, 2, [])


@pytest.mark.parametrize(
    ("files", "first", "other"),
    [
        ({"dev/a.yaml": f"{limited(1)}\n---\n{route('1s')}", "prod/a.yaml": f"{limited(2)}\n---\n{route('2s')}"}, "dev/a.yaml", "prod/a.yaml"),
        ({"all.yaml": f"{limited(1)}\n---\n{route('1s')}", "one.yaml": limited(2)}, "all.yaml", "one.yaml"),
    ],
    ids=["folders", "files to choose from"],
)
def test_of_variants_the_first_counts_and_the_others_are_named(files, first, other):
    timeout, limit, rivals, assumed = told(files)
    assert (timeout, limit, rivals) == (1, 1, 0)
    assert assumed[0] == f"DestinationRule/prod/reviews is the one in {first}:1 (with the subsets of all); defined differently: {other}:1"


def test_copies_are_no_variants():
    assert told({"dev/a.yaml": limited(1), "prod/a.yaml": limited(1)})[2:] == (0, [])


def test_many_variants_are_told_in_few_sentences():
    text = {folder: "\n---\n".join(json.dumps(json.loads(rule(f"r{number}", "prod", f"r{number}", trafficPolicy={"tls": {"mode": mode}}))) for number in range(20)) for folder, mode in (("a", "DISABLE"), ("b", "SIMPLE"))}
    assumed = told({f"{folder}/a.yaml": each for folder, each in text.items()})[3]
    assert len(assumed) == 6
    assert assumed[-1].startswith("15 more ")
