"""Where marks are put into templates, and where they would change what is rendered."""

import pytest

from checker.sources.helm.actions import blocks, tokens
from checker.sources.helm.marks import MARK, Template


def marked(text: str, *, definitions: bool = True) -> str:
    """A template with `<1` and `1>` for the marks around what its first line writes."""
    with_marks = Template(0, text).marked(definitions=definitions)
    return MARK.sub(lambda mark: f" <{mark[3]}" if mark[1] == "b" else f" {mark[3]}>", with_marks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\n", " <1\na: 1 1> <2\nb: 2 2>\n"),
        ("a: 1\r\nb: 2\r\n", " <1\na: 1 1> <2\r\nb: 2 2>\r\n"),
        ("a: {{ .x }}\n", " <1\na: {{ .x }} 1>\n"),
        ("a:\n\n\n  b: 1\n", " <1\na: 1> <4\n\n\n  b: 1 4>\n"),
        ("a: {{ .x -}}\nb: 1\n", "a: {{ .x -}}\nb: 1 2>\n"),
        ("a:\n  {{- toYaml .x | nindent 2 }}\n", ' <1\na: 1>\n  {{- " <2" }}{{- toYaml .x | nindent 2 }} 2>\n'),
        ("a: x\n  {{- .tail }}\nb: 1\n", "a: x\n  {{- .tail }} <3\nb: 1 3>\n"),
        ("{{- if .x }}\na: 1\n{{- end }}\nb: 1\n", "{{- if .x }} <2\na: 1 2>\n{{- end }} <4\nb: 1 4>\n"),
        ("a: {{ if .x }}1{{ else }}2{{ end }}\n", " <1\na: {{ if .x }}1{{ else }}2{{ end }} 1>\n"),
        ("a: {{ if .x }}1\n{{ else }}b: 2{{ end }}\n", "a: {{ if .x }}1\n{{ else }}b: 2{{ end }}\n"),
        ("{{/* a: 1\nb: 2 */}}\nc: 3\n", "{{/* a: 1\nb: 2 */}} <3\nc: 3 3>\n"),
        ("---\na: 1\n---\nb: 1\n", "--- <2\na: 1 2>\n--- <4\nb: 1 4>\n"),
        ("a: one\n  two\nb: 1\n", "a: one\n  two <3\nb: 1 3>\n"),
        ("a: |\n  echo one\n  echo two\nb: 1\n", " <1\na: | 1>\n  echo one\n  echo two <4\nb: 1 4>\n"),
        ('{{ define "x" }}{{ .n }}{{ end }}a: 1\n', '{{ define "x" }}{{ .n }}{{ end }}a: 1\n'),
        ('{{ define "x" }}\nplain\n{{ end }}\na: 1\n', '{{ define "x" }}\nplain\n{{ end }} <4\na: 1 4>\n'),
        ('{{ define "x" }}\na: 1\n{{ end }}', '{{ define "x" }} <2\na: 1 2>\n{{ end }}'),
        ('{{ define "x" }}\n{{ .k }}: {{ .v }}\n{{ end }}', '{{ define "x" }} <2\n{{ .k }}: {{ .v }} 2>\n{{ end }}'),
        ("a: {{ range .l }}{{ break }}{{ end }}\n", "a: {{ range .l }}{{ break }}{{ end }}\n"),
        ('{{ include "x" (dict\n  "}}" 1) }}\nb: 1\n', ' <1\n{{ include "x" (dict\n  "}}" 1) }} 1> <3\nb: 1 3>\n'),
        ("", ""),
    ],
)
def test_marks_are_where_an_end_of_line_follows(text: str, expected: str) -> None:
    assert marked(text) == expected


def test_definitions_are_left_alone_when_they_are_to_be() -> None:
    assert marked('{{ define "x" }}\na: 1\n{{ end }}\nb: 1\n', definitions=False) == '{{ define "x" }}\na: 1\n{{ end }} <4\nb: 1 4>\n'


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a{{ .x }}b", ["text", "output", "text"]),
        ("{{ if .x }}{{ else if .y }}{{ end }}", ["open", "else", "end"]),
        ("{{- $x := 1 }}{{ $x }}{{ $a, $b = 2 }}", ["quiet", "output", "quiet"]),
        ('{{ "}}" }}{{ `}}` }}{{ \'}\' }}{{ "\\"}}" }}', ["output"] * 4),
        ("{{- /* }} */ -}}{{/**/}}", ["quiet", "quiet"]),
        ('{{ define "x" }}{{ template "x" }}{{ end }}', ["define", "output", "end"]),
        ("{{ endless }}{{ .end }}{{ ifx }}", ["output"] * 3),
    ],
)
def test_actions_are_what_go_takes_them_for(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in tokens(text)] == kinds


@pytest.mark.parametrize(("text", "trims"), [("{{- 1 -}}", (True, True)), ("{{-1 }}", (False, False)), ("{{ -1}}", (False, False))])
def test_a_dash_trims_only_beside_a_space(text: str, trims: tuple[bool, bool]) -> None:
    (token,) = tokens(text)
    assert (token.trims_left, token.trims_right) == trims


@pytest.mark.parametrize("text", ["{{ a", '{{ "a }}', "{{/* a }}", "{{ end }}", "{{ if .x }}", "{{ else }}"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="without"):
        blocks(tokens(text))
