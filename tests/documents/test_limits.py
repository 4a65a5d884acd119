"""Hostile texts: a problem that names the limit, and bounded work."""

import pytest

from checker.documents import comments, locate, parse

LAUGHS = "a: &a [x, x, x]\n" + "".join(f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefghijk", "bcdefghijkl", strict=True))
MERGES = "b0: &b0 {k: v}\n" + "".join(f"b{i}: &b{i}\n  <<: [{', '.join([f'*b{i - 1}'] * 9)}]\n" for i in range(1, 13))
TOO_DEEP = "more than 200 levels"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "aliases multiply this document"),
        (MERGES, "aliases multiply this document"),
        ("a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 3000)), TOO_DEEP),
        ("x: " + "[" * 3000 + "]" * 3000 + "\n", TOO_DEEP),
        ("[" * 100_000, TOO_DEEP),
        ("- " * 100_000 + "x\n", TOO_DEEP),
        ("? " * 100_000 + "x\n", TOO_DEEP),
        ("".join(" " * i + "a:\n" for i in range(300)), TOO_DEEP),
        ('{"a":' * 100_000, TOO_DEEP),
        ('{"a":' * 500 + "1" + "}" * 500, TOO_DEEP),
    ],
)
def test_a_limit_is_named(text: str, message: str) -> None:
    parsed = parse("f.yaml", text.encode())
    assert not parsed.documents
    (problem,) = parsed.problems
    assert message in problem.message
    assert problem.line is not None


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x" * 300_000 + "\n",
        "a: " + "1" * 100_000 + "\n",
        '{"a": ' + "1" * 5_000 + "}",
        ":" * 300_000,
        "- |\n" * 20_000,
        "k: 1\n" * 5_000,
        '"' + '\\"' * 100_000 + "\n{{ x",
        "a: b\n\t# c\nd: e\n" * 500,
        "{}" * 20_000,
        "---\na: [\n" * 2_000,
        "# k8s-stabcheck: ignore x\n" * 5_000 + "a: '# # k8s-stabcheck'\n",
        "- &x a\n- *x\n" * 5_000,
        "x: " + "[" * 190 + "]" * 190 + "\n",
    ],
)
def test_large_texts_are_read_in_reasonable_time(text: str) -> None:
    """No assertion on time: a text that takes quadratic time would be noticed."""
    parsed = parse("f.yaml", text.encode())
    assert parsed.documents or parsed.problems
    for document in parsed.documents[:3]:
        assert locate(document, ("a", 0, "b")).line
        comments(document)


def test_aliases_within_the_limit_are_read() -> None:
    parsed = parse("f.yaml", ("a: &a [1, 2, 3]\nb:\n" + "- *a\n" * 2000).encode())
    assert parsed.problems == []
    assert parsed.documents[0].data["b"] == [[1, 2, 3]] * 2000
