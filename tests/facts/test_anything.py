"""Objects that are defined twice, and namespaces."""

import pytest

from checker.adapters import kubernetes
from checker.facts.subjects import judges
from checker.model.build import build
from tests.facts.small import deployment, facts, service
from tests.systems import read

TWO, THREE = deployment(spec="replicas: 2"), deployment(spec="replicas: 3")


@pytest.mark.parametrize(
    ("files", "rivals"),
    [
        ({"a.yaml": f"{TWO}---\n{THREE}"}, 1),
        ({"a.yaml": f"{TWO}---\n{TWO}"}, 0),
        ({"a.yaml": f"{TWO}---\n{service()}", "b.yaml": f"{THREE}---\n{deployment('cart')}"}, 1),
        ({"a.yaml": f"{TWO}---\n{service()}", "b.yaml": f"{THREE}---\n{service()}"}, 0),
        ({"a.yaml": TWO, "all.yaml": f"{THREE}---\n{service()}"}, 0),
        ({"dev/a.yaml": f"{TWO}---\n{service()}", "prod/a.yaml": f"{THREE}---\n{deployment('cart')}"}, 0),
    ],
)
def test_definitions_that_rival_and_files_that_are_alternatives(files, rivals):
    model = build(kubernetes.read(read(files)), complete=False)
    counted = [judged.facts["object.rivals"] for judge in judges(model) for judged in judge() if judged.kind == "object"]
    assert sum(counted) == rivals


@pytest.mark.parametrize(
    ("api_version", "removed", "replacement"),
    [("apps/v1", "", ""), ("extensions/v1beta1", "1.16", "apps/v1"), ("apps/v1beta2", "1.16", "apps/v1")],
)
def test_an_api_version_that_is_not_served_any_more(api_version, removed, replacement):
    told = facts("object", deployment().replace("apps/v1", api_version))
    assert (told["object.removed_in"], told["object.replacement"]) == (removed, replacement)
