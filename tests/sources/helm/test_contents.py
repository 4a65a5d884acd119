"""What Helm reads of a directory, and schemas that would make it read more."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.sources.helm.contents import files
from checker.sources.helm.schema import reaches_out

_LINKS: list[tuple[str, Callable[[Path], None], list[str]]] = [
    ("to a file of the chart", lambda chart: (chart / "l").symlink_to("Chart.yaml"), []),
    ("to a directory above, in it", lambda chart: (chart / "templates/l").symlink_to(".."), []),
    ("to itself", lambda chart: (chart / "l").symlink_to("l"), []),
    ("to another file of the repository", lambda chart: (chart / "l").symlink_to("../shared/x"), []),
    ("to another directory of it, which has a link out", lambda chart: (chart / "l").symlink_to("../shared"), ["l/out"]),
    ("to the system", lambda chart: (chart / "l").symlink_to("/etc/passwd"), ["l"]),
    ("to nothing", lambda chart: (chart / "l").symlink_to("/nowhere"), ["l"]),
    ("a directory of the system", lambda chart: (chart / "templates/l").symlink_to("/etc"), ["templates/l"]),
    ("in two steps", lambda chart: ((chart / "l").symlink_to("m"), (chart / "m").symlink_to("/etc")), ["l", "m"]),  # type: ignore[func-returns-value]
    ("to credentials of the checkout", lambda chart: (chart / "l").symlink_to("../.git/config"), ["l"]),
    ("to what holds the repository", lambda chart: (chart / "l").symlink_to("../.."), ["l"]),
]


@pytest.mark.parametrize(("made", "out"), [case[1:] for case in _LINKS], ids=[case[0] for case in _LINKS])
def test_links_may_lead_anywhere_in_the_repository(tmp_path: Path, made: Callable[[Path], None], out: list[str]) -> None:
    chart = tmp_path / "repository" / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").touch()
    shared = chart.parent / "shared"
    shared.mkdir()
    (shared / "x").touch()
    (shared / "out").symlink_to("/etc")
    (chart.parent / ".git").mkdir()
    (chart.parent / ".git" / "config").touch()
    made(chart)
    assert sorted(file.path for file in files(str(chart)) if file.leads_out) == out


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", {"Chart.yaml", "a/x.md", "a/y.txt", "b/a/x.md"}),
        ("\ufeff# comment\n\n*.md", {"Chart.yaml", "a/y.txt"}),
        ("a/", {"Chart.yaml"}),
        ("/a/", {"Chart.yaml", "b/a/x.md"}),
        ("a", {"Chart.yaml"}),
        ("a/*.md", {"Chart.yaml", "a/y.txt", "b/a/x.md"}),
        ("/*.md\nChart.yaml/", {"Chart.yaml", "a/x.md", "a/y.txt", "b/a/x.md"}),
        ("[xy].*", {"Chart.yaml"}),
        ("!*.*", {"Chart.yaml"}),
    ],
)
def test_what_helmignore_leaves_out(tmp_path: Path, rules: str, expected: set[str]) -> None:
    for name in ("Chart.yaml", "a/x.md", "a/y.txt", "b/a/x.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".helmignore").write_text(rules)
    assert {file.path for file in files(str(tmp_path))} - {".helmignore"} == expected


def test_a_link_that_is_left_out_is_not_followed(tmp_path: Path) -> None:
    os.symlink("/etc", tmp_path / "venv")
    (tmp_path / ".helmignore").write_text("venv\n")
    assert [file.path for file in files(str(tmp_path))] == [".helmignore"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (b'{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/a"}}}', False),
        (b'{"$schema": "https://json-schema.org/draft/2020-12/schema"}', False),
        (b'{"properties": {"$ref": {"type": "string"}}}', False),
        (b'{"items": [{"$ref": "https://example.com/x.json"}]}', True),
        (b'{"\\u0024ref": "file:///etc/passwd"}', True),
        (b'{"$id": "http://127.0.0.1/x", "a": {"$dynamicRef": "y"}}', True),
        (b'{"$schema": "http://127.0.0.1/dialect"}', True),
        (b'{"$schema": "http://json-schema.org.example.com/"}', True),
        (b"{", False),
        (b"[" * 100_000, True),
        (b'{"title": "\xff", "$ref": "https://example.com"}', True),
        (b'\xef\xbb\xbf{"$ref": "https://example.com", "maximum": ' + b"9" * 5000 + b"}", True),
        (b"", False),
    ],
)
def test_which_schemas_refer_to_what_is_not_in_them(schema: bytes, expected: bool) -> None:
    assert reaches_out(schema) is expected
