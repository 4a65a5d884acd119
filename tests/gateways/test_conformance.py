"""The Gateway API's own conformance manifests, where they are at hand: what is wrong on purpose is told, and nothing else."""

import pytest

from checker.adapters import kubernetes
from checker.facts.subjects import judges
from checker.model.build import build
from checker.reading import begin_reading
from tests.systems import SHARED

CONFORMANCE = SHARED / "corpus" / "gateway" / "gateway-api" / "conformance"
BASE = CONFORMANCE / "base" / "manifests.yaml"
KINDS = {"route-parent": "parent.attached", "route-backend": "routebackend.reachable", "gateway-listener": "listener.serves"}
KINDS["gateway-reference"] = "reference.found"
# Names of files whose test is about what no manifest of theirs shows wrong, and files that are wrong without saying so in their name.
FINE = {"gateway-with-invalid-clientcertificate-validation", "gateway-invalid-default-frontend-client-certificate-validation"}
ALSO_WRONG = {
    "gateway-secret-missing-reference-grant": "gateway-secret-missing-reference-grant",
    "httproute-hostname-intersection": "no-intersecting-hosts",
    "httproute-disallowed-kind": "disallowed-kind",
    "udproute-not-allowed-by-listeners": "udproute-not-allowed-by-listeners",
    "listenerset-gateway-parent-section-name-not-found": "route-via-gateway",
}
# Their routes lead to Services of other manifests, or their certificates are made while the test runs.
OTHERS = ("mesh", "tls", "client", "certificate", "secret", "attached", "listenerset", "modify", "backend")

pytestmark = pytest.mark.skipif(not BASE.exists(), reason="the manifests are not beside the project")


def _files(*, invalid):
    found = sorted((CONFORMANCE / "tests").glob("*.yaml")) if BASE.exists() else []
    return [pytest.param(path, id=path.stem) for path in found if ("invalid" in path.stem) == invalid]


def _wrong(path):
    """Names of objects of a file that are judged as failing."""
    model = build(kubernetes.read(begin_reading([str(path), str(BASE)], 1)().objects), complete=True)
    for judge in judges(model):
        for judged in judge():
            source = next(iter(judged.anchors.values())).source
            if judged.kind in KINDS and judged.facts[KINDS[judged.kind]] is False and source.document.file == str(path):
                yield source.name


@pytest.mark.parametrize("path", _files(invalid=True))
def test_what_is_invalid_is_told(path):
    assert any(_wrong(path)) or path.stem in FINE


@pytest.mark.parametrize("path", _files(invalid=False))
def test_what_is_valid_is_left_alone(path):
    wrong = set(_wrong(path))
    if path.stem in ALSO_WRONG:
        assert ALSO_WRONG[path.stem] in wrong
    elif not any(word in path.stem for word in OTHERS):
        assert wrong == set()
