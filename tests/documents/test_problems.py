"""What is said of a text that cannot be read: where, what, and what to do."""

import pytest

from checker.documents import parse

QUOTE = "a quote is opened here and never closed"
TAB = "a tab where YAML wants spaces"
TEMPLATE = "an unrendered template: it is not YAML until it is rendered"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, TAB),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "the indentation does not fit: a key of the mapping above was expected here"),
        ("- a\nb: 1\n", 2, 1, 'an item ("- …") of the list above was expected'),
        ("a: |\n\t\nb: 1\n", 2, 1, TAB),
        ("spec:\n  replicas:3\n  x: 1\n", 2, 3, 'expected "key: value"; the space after the colon is missing'),
        ("a: b: c\n", 1, 5, '":" cannot stand here'),
        ("a: 1\nb\nc: 1\n", 2, 1, 'expected "key: value"; is a colon or a space after it missing?'),
        ("a: 1\nb: 'x\nc: 1\n", 2, 4, QUOTE),
        ('a: "x\n', 1, 4, QUOTE),
        ("a: [1,\n  2\nb: 1\n", 3, 2, 'expected a comma or the "]" that closes the "[" 2 lines further up'),
        ("a: *x\n", 1, 4, "the alias *x refers to nothing"),
        ("a: &x [*x]\n", 1, 8, "the value would contain itself"),
        ("a: &x\n  b:\n    c: *x\n", 3, 8, "the value would contain itself"),
        ("a: &x\n- *x\n", 2, 3, "the value would contain itself"),
        ("&x\na: *x\n", 2, 4, "the value would contain itself"),
        ("a: @b\n", 1, 4, 'a value cannot begin with "@"'),
        ('a: "\\d"\n', 1, 5, "a backslash inside double quotes begins an escape, and this is none"),
        ('a: "\\/"\n', 1, 5, "a backslash inside double quotes begins an escape, and this is none"),
        ("a: !!python/object:os.x {}\n", 1, 4, "the tag !!python/object:os.x asks for a Python object, which is never made"),
        ("a: !Ref b\n", 1, 4, "Kubernetes does not know the tag !Ref and takes the value as if it were not there"),
        ("a: !!int x\n", 1, 4, '"x" is not what its tag !!int says'),
        ("? [a, b]\n: c\n", 1, 3, "a list is used as a key, and a key must be text"),
        ("~: c\n", 1, 1, "the key ~ cannot be a key"),
        ("a: {b?c: 1}\n", 1, 5, 'a "?" inside [ ] or { } begins a key'),
        ("a: .inf\n", 1, 4, ".inf is not a number that Kubernetes can read"),
        ("a: &x 1\nb:\n  <<: *x\n", 3, 7, "<< takes an alias of a mapping"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'key "a" is written twice in one mapping (lines 1 and 3); Kubernetes silently takes the last'),
        ("x: 1\n---\n{a: 1, a: 2}\n", 3, 8, 'key "a" is written twice in one mapping (on line 3)'),
        ('{"a": 1,\n "a": 2}', 2, 2, 'key "a" is written twice in one mapping (lines 1 and 2)'),
        ("a: 1\n...\nb: 2\n", 3, 1, "the document ends before this: Kubernetes never reads what follows"),
        ("a: 1\n--- b\nc: 1\n", 2, 1, 'nothing but a comment may stand behind "---", and here stands "b"'),
        ("a: 1\n---\nb: 2\nc: [\n", 4, 5, "a value is missing here"),
        ("a: x\0y\n", 1, 5, "a NUL character (0x00)"),
        ("a: x\x1by\n", 1, 5, "the control character 0x1B is not allowed"),
        ("a: {{ .Values.x }}\n", 1, 4, TEMPLATE),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\n", 1, 1, TEMPLATE),
        ("a: 1\n{% if x %}\nb: 1\n{% endif %}\n", 2, 1, TEMPLATE),
        ("a: {b: ${C}}\nd: e\n", 1, 8, TEMPLATE),
        ("a: '{{ x }}'\nb: [\n", 2, 5, "a value is missing here"),
        ("# {{ x }}\nb: [\n", 2, 5, "a value is missing here"),
    ],
)
def test_problem(text: str, line: int, column: int, message: str) -> None:
    (problem,) = parse("f.yaml", text.encode()).problems
    assert message in problem.message
    assert (problem.file, problem.line, problem.column) == ("f.yaml", line, column)
    assert problem.fix


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"a": 1,}', 1, None, "comma"),
        ("[1, 2,\n]", None, None, "comma"),
        ('{"a" 1}', 1, 6, 'expected ":" after the key'),
        ('{"a": 1 "b": 2}', 1, 9, "expected a comma or a closing bracket"),
        ('{"a": "b', 1, 7, QUOTE),
        ('{"a": "\\d"}', 1, 8, "a backslash begins an escape"),
        ('{"a": NaN}', 1, 7, "NaN is not a number that JSON knows"),
        ('{"a": 1e999}', 1, 7, "1e999 is not a number that JSON knows"),
        ("{{ x }}", 1, 1, TEMPLATE),
    ],
)
def test_a_file_that_is_called_json_is_held_to_it(text: str, line: int | None, column: int | None, message: str) -> None:
    (problem,) = parse("f.json", text.encode()).problems
    assert message in problem.message
    assert line in (None, problem.line)
    assert column in (None, problem.column)


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, 7, "the byte 0xE9 is not valid UTF-8"),
        (b"\xff\xfea", None, None, "the file says that it is UTF-16-LE, and it is not"),
    ],
)
def test_bytes_that_are_no_text(content: bytes, line: int | None, column: int | None, message: str) -> None:
    (problem,) = parse("f.yaml", content).problems
    assert (problem.line, problem.column, problem.message, problem.fix) == (line, column, message, "save the file as UTF-8")


def test_a_bad_byte_spoils_its_own_document_only() -> None:
    parsed = parse("f.yaml", b"a: 1\n---\nb: \xe9\n---\nc: 3\n")
    assert [document.data for document in parsed.documents] == [{"a": 1}, {"c": 3}]
    assert [problem.line for problem in parsed.problems] == [3]


def test_a_template_is_one_problem_however_many_documents_it_breaks() -> None:
    parsed = parse("f.yaml", b"a: {{ x }}\n---\nb: 1\n---\nc: {{ y }}\n---\nd: [\n")
    assert [problem.line for problem in parsed.problems] == [1, 7]
    assert [document.data for document in parsed.documents] == [{"b": 1}]
    assert "helm template" in parsed.problems[0].fix


def test_a_key_beside_a_merge_that_brings_it_too_is_legal() -> None:
    assert parse("f.yaml", b"a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n").problems == []


def test_unknown_tags_are_one_problem_of_their_document() -> None:
    (problem,) = parse("f.yaml", b"a: !Ref b\nc: !Sub d\n").problems
    assert "!Ref (and 1 more)" in problem.message
