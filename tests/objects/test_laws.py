"""What holds for any document at all."""

import json
import marshal

from hypothesis import given
from hypothesis import strategies as st

from checker.documents import parse
from checker.objects import join, objects
from checker.objects.kustomize import settle
from checker.objects.pack import pack, unpack

KEYS = ["apiVersion", "kind", "metadata", "name", "generateName", "namespace", "spec", "items"]
KEYS += ["resources", "patches", "path", "objects", "on"]
TEXTS = ["v1", "apps/v1", "kustomize.config.k8s.io/v1", "a/b/c", "Pod", "List", "PodList", "Template", "a", "A b", "p.yaml"]
TEXTS += ["${X}", "{{ x }}", "\x1b[31m", "\u202e", ""]
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(TEXTS)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@given(documents)
def test_any_document_is_objects_or_is_spoken_of(data: object) -> None:
    """Nothing passes in silence, nothing crashes, nothing raw reaches a message; objects survive being packed."""
    parsed = parse("x.json", json.dumps(data).encode())
    found = join(objects(document) for document in parsed.documents)
    is_empty = data is None or (isinstance(data, dict) and str(data.get("kind")).endswith("List"))
    assert is_empty or parsed.problems or found.objects or found.skipped or found.problems
    assert all(problem.message.isprintable() and problem.fix for problem in found.problems)
    assert all(entry.reason.isprintable() for entry in found.skipped)
    assert unpack(marshal.loads(marshal.dumps(pack(found.objects)))) == found.objects


@given(documents)
def test_any_kustomization_can_be_accounted_for(content: object) -> None:
    """Whatever its shape."""
    found = settle(join([]), {"d/kustomization.yaml": content}, ["d/kustomization.yaml", "d/p.yaml", "d/a"])
    assert all(entry.reason.isprintable() for entry in found.skipped)
