"""What indentation tells is what the parser tells, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.documents import parse
from checker.documents.glance import glance
from checker.documents.locate import _composed, _entry, place
from tests.systems import ROOT, SHARED

TEXT = """\
# about it
kind: Deployment
metadata: {name: web}
spec:
  # a comment
  template:
    labels:
      "app.io/x": a
    items:
    - name: one   # first
      value: "a: b"
    -   name: two
        list:
        - 1
        - 2
    - plain
    text: |
      kind: none
      - nothing
    folded: a long
      text
  last:
"""


def by_parser(document, path):
    node = _composed(document.text)
    at = node.at
    for step in path:
        entry = _entry(node, step)
        if entry is None:
            break
        at, node = entry
    return place(document, at)


def paths(value, path=()):
    yield path
    yield (*path, "nowhere")
    yield (*path, 0)
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(below, (*path, key))


def differences(document):
    for path in paths(document.data):
        seen = glance(document.text, path)
        if seen is not None and (document.line + seen[0], seen[1] + 1) != by_parser(document, path):
            yield path


def test_every_path_of_a_plain_text():
    (document,) = parse("a.yaml", TEXT.encode()).documents
    assert list(differences(document)) == []
    assert glance(TEXT, ("spec", "template", "items", 1, "list", 1)) == (14, 10)
    assert glance(TEXT, ("metadata", "name")) is None  # inside of { } it takes a parser


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a:\n- # odd\n  b: 1\n", ("a", 0, "b")),
        ("a: &x\n  b: 1\nc: *x\n", ("c", "b")),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ("c", "b")),
        ("a:\n- - 1\n", ("a", 0, 0)),
        ("? a\n: b\n", ("a",)),
        ("on:\n  b: 1\n", ("true", "b")),
        ("\ta: 1\n", ("a",)),
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(text, path):
    assert glance(text, path) is None


@given(st.recursive(st.sampled_from(["a", 1, None, "x: y", "- z"]), lambda below: st.lists(below) | st.dictionaries(st.sampled_from("abcde"), below)))
def test_of_any_value_that_a_library_writes(value):
    import yaml

    parsed = parse("a.yaml", yaml.safe_dump({"kind": value}).encode())
    for document in parsed.documents:
        assert list(differences(document)) == []


@pytest.mark.parametrize("folder", [ROOT / "manifests_examples", SHARED / "corpus" / "apps", SHARED / "corpus" / "bad-input"], ids=str)
def test_of_real_files(folder):
    found = []
    for path in [each for each in sorted(folder.rglob("*.yaml")) if each.is_file()][:150]:
        documents = parse(str(path), path.read_bytes()).documents
        found += [(path, wrong) for document in documents if len(document.text) < 20_000 for wrong in differences(document)]
    assert found == []
