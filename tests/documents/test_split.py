"""Where a stream is cut into documents."""

from typing import Any

import pytest

from checker.documents import parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n", []),
        ("# nothing\n", []),
        ("---\n---\n---\n", []),
        ("null\n", []),
        ("a: 1", [(0, 1, {"a": 1})]),
        ("---\na: 1\n", [(0, 1, {"a": 1})]),
        ("a: 1\n---\nb: 2\n", [(0, 1, {"a": 1}), (1, 3, {"b": 2})]),
        ("a: 1\n---   # next\nb: 2", [(0, 1, {"a": 1}), (1, 3, {"b": 2})]),
        ("a: 1\n---\n---\nb: 2\n", [(0, 1, {"a": 1}), (1, 3, {"b": 2})]),
        ("a: 1\n---\n---\n---\nb: 2\n", [(0, 1, {"a": 1}), (2, 5, {"b": 2})]),
        ("a: 1\r\n---\r\nb: 2\r\n", [(0, 1, {"a": 1}), (1, 3, {"b": 2})]),
        ("%YAML 1.2\n---\na: 1\n", [(1, 3, {"a": 1})]),
        ("a: |\n  x\n---\nb: 2\n", [(0, 1, {"a": "x\n"}), (1, 4, {"b": 2})]),
        ("a: |\n  ---\n  x\n", [(0, 1, {"a": "---\nx\n"})]),
        ('{"a": 1}{"b": 2}\n{"c": 3}', [(0, 1, {"a": 1}), (1, 1, {"b": 2}), (2, 1, {"c": 3})]),
        ('{"a": 1}\n---\n{"b": 2}\n', [(0, 1, {"a": 1}), (1, 3, {"b": 2})]),
        ("a: 1\n--- b\nc: d\n---\ne: 2\n", [(0, 1, {"a": 1}), (2, 5, {"e": 2})]),
        ("a: 1\n---\nb: [\n---\nc: 3\n", [(0, 1, {"a": 1}), (2, 5, {"c": 3})]),
    ],
)
def test_documents(text: str, found: list[tuple[int, int, Any]]) -> None:
    assert [(document.index, document.line, document.data) for document in parse("f.yaml", text.encode()).documents] == found
