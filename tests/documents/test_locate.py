"""From a value back to its place in the file."""

import pytest

from checker.documents import comments, locate, parse, source_line
from checker.location import Path

TEXT = """\
apiVersion: v1
---
# the second one
defaults: &defaults
  cpu: 1
  memory: 2
spec:
  on: true
  containers:
  - name: a
    limits: *defaults
  -   name: b
      limits:
        <<: *defaults
        cpu: 3
  flow: {x: [1, {z: 2}], "q r": 1}
twice: 1
twice: 2
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "field"),
    [
        ((), 4, 1, ""),
        (("spec",), 7, 1, "spec"),
        (("spec", "true"), 8, 3, "spec.true"),
        (("spec", "containers"), 9, 3, "spec.containers"),
        (("spec", "containers", 0), 10, 5, "spec.containers[0]"),
        (("spec", "containers", 0, "name"), 10, 5, "spec.containers[0].name"),
        (("spec", "containers", 1), 12, 7, "spec.containers[1]"),
        (("spec", "containers", 0, "limits"), 11, 5, "spec.containers[0].limits"),
        (("spec", "containers", 0, "limits", "cpu"), 5, 3, "spec.containers[0].limits.cpu"),
        (("spec", "containers", 1, "limits", "cpu"), 15, 9, "spec.containers[1].limits.cpu"),
        (("spec", "containers", 1, "limits", "memory"), 6, 3, "spec.containers[1].limits.memory"),
        (("spec", "flow", "x", 1, "z"), 16, 18, "spec.flow.x[1].z"),
        (("spec", "flow", "q r"), 16, 26, "spec.flow.q r"),
        (("twice",), 18, 1, "twice"),
        (("spec", "replicas"), 7, 1, "spec.replicas"),
        (("spec", "containers", 7, "image"), 9, 3, "spec.containers[7].image"),
        (("spec", "containers", "x"), 9, 3, "spec.containers.x"),
        (("nothing", "here"), 4, 1, "nothing.here"),
    ],
)
def test_location(path: Path, line: int, column: int, field: str) -> None:
    document = parse("f.yaml", TEXT.encode()).documents[1]
    assert locate(document, path) == ("f.yaml", line, column, field)


@pytest.mark.parametrize(
    ("text", "index", "path", "place"),
    [
        ('{\n\t"a": {"b": [1,\n\t\t2]}}', 0, ("a", "b", 1), (3, 3)),
        ('{"a": 1} {"b": {"c": 2}}\n{"d": 1}', 1, ("b", "c"), (1, 17)),
        ('{"a": 1} {"b": {"c": 2}}\n{"d": 1}', 2, ("d",), (2, 2)),
        ('{"x": "\\ud83d\\ude00", "a\\/b": 1, "y": 1}', 0, ("y",), (1, 34)),
        ('\t {"a": 1}', 0, ("a",), (1, 4)),
    ],
)
def test_location_in_json(text: str, index: int, path: Path, place: tuple[int, int]) -> None:
    document = parse("f.json", text.encode()).documents[index]
    assert locate(document, path)[1:3] == place


def test_json_that_is_no_yaml_is_located_by_its_first_line() -> None:
    document = parse("f.json", ('\n{"' + "k" * 2000 + '": 1,\n"b": 2}').encode()).documents[0]
    assert document.data["b"] == 2
    assert locate(document, ("b",)).line in (1, 2, 3)


def test_windows_line_ends_and_odd_line_breaks_do_not_move_lines() -> None:
    document = parse("f.yaml", "a: 1\r\nb: 'x\u2028y'\r\nc: 3\r\n".encode()).documents[0]
    assert locate(document, ("c",))[1:3] == (3, 1)


def test_source_line() -> None:
    document = parse("f.yaml", b"x: 1\n---\na: 1\nb: 2\n").documents[1]
    assert [source_line(document, line) for line in (1, 3, 4, 99)] == ["", "a: 1", "b: 2", ""]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1 # other\n", []),
        ("a: k8s-stabcheck\n", []),
        ("# k8s-stabcheck: x\na: 1  # k8s-stabcheck: y \n", [(1, "# k8s-stabcheck: x"), (2, "# k8s-stabcheck: y")]),
        ("a: | # k8s-stabcheck: x\n  # k8s-stabcheck: no\nb: '# k8s-stabcheck'\n", [(1, "# k8s-stabcheck: x")]),
        ("a: b#k8s-stabcheck\n", []),
        ("a: 'x\n # k8s-stabcheck\n y' # k8s-stabcheck\n", [(3, "# k8s-stabcheck")]),
        ("a: [1, # k8s-stabcheck # k8s-stabcheck\n 2]\n", [(1, "# k8s-stabcheck # k8s-stabcheck")]),
        ('{"a": "b # k8s-stabcheck"}', []),
    ],
)
def test_comments_that_speak_to_us(text: str, found: list[tuple[int, str]]) -> None:
    assert comments(parse("f.yaml", text.encode()).documents[0]) == found


def test_lines_of_comments_are_those_of_the_file() -> None:
    document = parse("f.yaml", b"x: 1\n---\n# k8s-stabcheck\na: 1\n").documents[1]
    assert comments(document) == [(3, "# k8s-stabcheck")]
