"""Every object that a real istiod refuses is named, and none that it takes; where its recorded answers are at hand."""

import json

import pytest

from checker.reading import begin_reading
from tests.systems import SHARED

RECORDED = SHARED / "oracle" / "istio"
SYSTEMS = [
    *((folder / "input.yaml", folder / "expected.json") for group in ("cases", "ambient") for folder in (RECORDED / group).glob("*")),
    *((file, file.with_suffix(".json")) for file in (RECORDED / "seeds").glob("*.yaml")),
]

pytestmark = pytest.mark.skipif(not SYSTEMS, reason="the recordings are not beside the project")


@pytest.mark.parametrize(("given", "answer"), sorted(SYSTEMS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_objects_that_istio_refuses(given, answer):
    recorded = json.loads(answer.read_text())
    refused = {entry["object"] for entry in recorded.get("rejected") or ()}
    reading = begin_reading([str(given)], 1)()
    told = {_named(problem.message) for problem in reading.inputs.errors if problem.message.endswith("refuses this object")}
    assert told == refused
    assert not told & {f"{item.kind}/{item.namespace}/{item.name}" for item in reading.objects}
    assert all(problem.line and problem.fix for problem in reading.inputs.errors)


def _named(message):
    kind, name = message.partition(": ")[0].split(" ")
    return f"{kind}/{name}"


# Asked about each object of these folders, the istiod 1.31 refused this one alone: a template with JWKS_URI for the address.
REFUSED_IN_APPLICATIONS = {"RequestAuthentication istio-ingress/istio-ingress"}


@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="the applications are not beside the project")
def test_nothing_of_real_applications_is_refused_without_reason():
    folders = [str(SHARED / "corpus" / name) for name in ("apps", "mesh", "gateway")]
    messages = [problem.message for problem in begin_reading(folders, 1)().inputs.errors]
    told = {message.partition(": ")[0] for message in messages if "so Istio refuses" in message or "is no field of" in message}
    assert told == REFUSED_IN_APPLICATIONS
