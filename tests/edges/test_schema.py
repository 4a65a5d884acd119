"""The edges keep their contract."""

import json
from pathlib import Path

import jsonschema
import pytest

import checker.reports
from checker.cli import main
from tests.istio.meshes import BASE, routes, rule, to_reviews
from tests.systems import SHARED

SCHEMA = json.loads((Path(checker.reports.__path__[0]) / "schema" / "edges-1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CORPUS = SHARED / "corpus" / "apps"
APPS = ("istio-samples", "online-boutique", "emojivoto", "opentelemetry-demo/examples/default", "mastering-service-mesh", "deathstarbench")
POLICY = {"connectionPool": {"http": {"http1MaxPendingRequests": 5}}, "outlierDetection": {}}


def shown(folder, capsys):
    main(["edges", str(folder), "--format", "json", "--jobs", "1"])
    return json.loads(capsys.readouterr().out)


def test_the_schema_is_a_schema():
    VALIDATOR.check_schema(SCHEMA)


def test_what_is_printed_follows_it(tmp_path, capsys):
    shop = Path(__file__).parents[2] / "manifests_examples"
    VALIDATOR.validate(shown(shop, capsys))
    redirect = {"redirect": {"uri": "/"}, "match": [{"uri": {"prefix": "/old"}}]}
    texts = (BASE, rule("reviews", "prod", "reviews", trafficPolicy=POLICY), routes("reviews", "prod", redirect, to_reviews("nowhere"), to_reviews()))
    (tmp_path / "mesh.yaml").write_text("\n---\n".join(texts))
    found = shown(tmp_path, capsys)
    VALIDATOR.validate(found)
    assert {edge["route"]["answer"] for edge in found["edges"]} == {"redirect", None}


@pytest.mark.parametrize("app", APPS)
def test_edges_of_real_applications_follow_it(app, capsys):
    if not (CORPUS / app).exists():
        pytest.skip("needs the corpus")
    found = shown(CORPUS / app, capsys)
    VALIDATOR.validate(found)
    assert found["edges"]
