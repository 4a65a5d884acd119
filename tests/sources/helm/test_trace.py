"""From places in what a real helm renders to lines of templates and to values."""

import io
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.documents import locate, parse
from checker.sources.helm.trace import origin_of
from checker.sources.rendering import Written
from tests.binaries import helm

Files = dict[str, str | bytes]

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum }}
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- if .Values.probe }}
          livenessProbe:
            httpGet: {path: {{ .Values.probe.path | quote }}, port: 80}
          {{- end }}
          env:
            {{- range $name, $value := .Values.env }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
"""
_HELPERS = """\
{{- define "shop.name" -}}
{{ .Chart.Name | trunc 20 }}
{{- end }}

{{/* Labels: of all */}}
{{- define "shop.labels" -}}
app: {{ include "shop.name" . }}
{{- if .Values.team }}
team: {{ .Values.team }}
{{- end }}
part-of: shop
{{- end }}
"""
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  mode: {{ .Values.mode }}\n"
_VALUES = """\
replicas: 2
mode: fast
team: cart
image:
  repository: example.com/web
  tag: ""
probe:
  path: /healthz
env:
  FIRST: one
  SECOND: "2"
nodeSelector: {}
resources:
  limits:
    cpu: 100m
"""
SHOP = {
    "templates/deployment.yaml": _DEPLOYMENT,
    "templates/_helpers.tpl": _HELPERS,
    "templates/config.yaml": _CONFIG,
    "values.yaml": _VALUES,
}


class Rendered(NamedTuple):
    """What a chart rendered, and where its lines come from."""

    text: str
    origin: Callable[..., Written | None]
    renders: list[int]

    def by_path(self, kind: str, *path: str | int) -> Written | None:
        """Of an entry of the only object of a kind."""
        document = next(each for each in parse("", self.text.encode()).documents if each.data["kind"] == kind)
        return self.origin(locate(document, path).line, path)

    def by_text(self, text: str, nth: int = 0) -> str | None:
        """`templates/web.yaml:3` for the line that holds a text."""
        numbers = [number for number, line in enumerate(self.text.split("\n"), 1) if text in line]
        written = self.origin(numbers[nth], ("a",))
        return f"{written.location.file}:{written.location.line}" if written else None

    def set_by(self, kind: str, *path: str | int) -> list[str]:
        """What else sets an entry: note and place."""
        written = self.by_path(kind, *path)
        return [f"{each.note} {each.location}" for each in written.related] if written else []


Make = Callable[..., Rendered]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a chart and render it; `values` are texts of the user's files, `sets` of `--set`."""

    def made(files: Files, values: Sequence[str] = (), sets: Sequence[str] = ()) -> Rendered:
        chart = tmp_path / "shop"
        for name, content in {"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: '7'\n", **files}.items():
            file = chart / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        given = []
        for number, text in enumerate(values):
            file = tmp_path / f"values-{number}.yaml"
            file.write_text(text)
            given.append(str(file))
        renders: list[int] = []

        def render(directory: str, more: Sequence[str]) -> str | None:
            command = [helm(), "template", "rel", directory]
            command += [argument for file in (*given, *more) for argument in ("-f", file)]
            command += [argument for each in sets for argument in ("--set", each)]
            ended = subprocess.run(command, capture_output=True, check=False)
            renders.append(ended.returncode)
            return ended.stdout.decode() if ended.returncode == 0 else None

        text = render(str(chart), ())
        assert text is not None
        renders.clear()
        return Rendered(text, origin_of(str(chart), "shop", text, render, given), renders)

    return made


def line_of(text: str, wanted: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if wanted in line)


@pytest.mark.parametrize(
    ("rendered", "file", "written"),
    [
        ("replicas: 2", "deployment.yaml", "replicas:"),
        ("name: rel-web", "deployment.yaml", "name: {{ .Release"),
        ("app: shop", "_helpers.tpl", "app:"),
        ("team: cart", "_helpers.tpl", "team:"),
        ("part-of: shop", "_helpers.tpl", "part-of:"),
        ("checksum/config", "deployment.yaml", "checksum/config"),
        ("httpGet", "deployment.yaml", "httpGet"),
        ("- name: FIRST", "deployment.yaml", "- name: {{ $name"),
        ("- name: SECOND", "deployment.yaml", "- name: {{ $name"),
        ('value: "2"', "deployment.yaml", "value:"),
        ("resources:", "deployment.yaml", "resources:"),
        ("limits:", "deployment.yaml", "toYaml .Values.resources"),
        ("cpu: 100m", "deployment.yaml", "toYaml .Values.resources"),
        ("mode: fast", "config.yaml", "mode:"),
    ],
)
def test_a_line_is_traced_to_the_line_of_the_template_that_wrote_it(make: Make, rendered: str, file: str, written: str) -> None:
    template = SHOP[f"templates/{file}"]
    assert make(SHOP).by_text(rendered) == f"shop/templates/{file}:{line_of(template, written)}"


@pytest.mark.parametrize(
    ("template", "rendered", "line"),
    [
        ("{{- if true -}}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n{{- end -}}\n", "apiVersion", 2),
        ("{{- if true -}}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n{{- end -}}\n", "name: a", 5),
        ("apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a # größer\r\n  labels:\r\n    {{- toYaml (dict \"x\" 1) | nindent 4 }}\r\n", "x: 1", 6),
        ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    data: '{\"a\":\n      {{ toJson .Values }}}'\nspec: {}\n", "spec", 8),
        ("kind: A\n---\nkind: Pod\nmetadata: {name: b}\n---\nkind: Service\nmetadata: {name: c}\n", "name: c", 7),
        ("kind: A\n---\nkind: Pod\nmetadata: {name: b}\n---\nkind: Service\nmetadata: {name: c}\n", "kind: Pod", 3),
        ("kind: A\nspec:\n  {{- $x := 1 }}\n  {{- /* said: */ -}}\n  {{- if $x }}\n  a: {{ $x }}\n  {{- else }}\n  b: 1\n  {{- end }}\n", "a: 1", 6),
        ('kind: A\nspec:\n{{ tpl "a: {{ .Release.Name }}\\nb: 2" . | indent 2 }}\nc: 3\n', "b: 2", 3),
        ('kind: A\nspec:\n{{ tpl "a: {{ .Release.Name }}\\nb: 2" . | indent 2 }}\nc: 3\n', "c: 3", 4),
        ('kind: A\nspec:\n  {{- toYaml (dict\n    "a" 1\n    "b" 2) | nindent 2 }}\nc: 3\n', "b: 2", 3),
        ("kind: A\nspec: {{ if .Values.x }}{{ .Values.x }}{{ else }}none{{ end }}\nc: 3\n", "spec: none", 2),
        ("kind: A\nspec:\n  run: |\n    set -e\n    exec x\n  last: 1\n", "last: 1", 6),
        ("{{- range $i := until 3 }}\n---\nkind: A\nmetadata:\n  name: n-{{ $i }}\n{{- end }}\n", "name: n-2", 5),
        ('{{ define "one" }}\nsame: {{ . }}\n{{ end }}kind: A\nspec:\n  {{- include "one" 1 | indent 2 }}\nlist:\n{{- include "one" 2 }}\n', "same: 2", 2),
    ],
)  # fmt: skip
def test_whatever_the_template_is_like(make: Make, template: str, rendered: str, line: int) -> None:
    assert make({"templates/a.yaml": template}).by_text(rendered) == f"shop/templates/a.yaml:{line}"


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("kind: A\nspec:\n  args: [a\n  {{- range list 1 2 }}, {{ . }}{{ end }}]\n", "args"),  # a comment would take the rest away
        ("kind: A\nspec:\n  text: one\n    two\n", "text: one"),  # no comment can be in a scalar
        ('kind: A\nspec:\n  {{ "a: 1" -}}\n  {{ "\\n  b: 2" }}\n', "a: 1"),
    ],
)
def test_a_line_that_cannot_be_shown_has_its_file_alone(make: Make, template: str, rendered: str) -> None:
    assert make({"templates/a.yaml": template}).by_text(rendered) == "shop/templates/a.yaml:None"


def test_marks_do_no_harm_to_what_looks_at_texts(make: Make) -> None:
    helpers = '{{ define "data" }}\na: 1\nb: two\n{{ end }}{{ define "is" }}true{{ end }}'
    template = """\
kind: A
metadata:
  name: {{ (include "data" . | fromYaml).b }}
{{- if eq (include "is" .) "true" }}
spec:
  sum: {{ include "data" . | sha256sum }}
  short: {{ include "data" . | trim | trunc 4 | quote }}
  after: 1
{{- end }}
"""
    rendered = make({"templates/a.yaml": template, "templates/_h.tpl": helpers})
    assert [rendered.by_text(text) for text in ("name: two", "sum:", "after: 1")] == [f"shop/templates/a.yaml:{n}" for n in (3, 6, 8)]


def test_a_document_begins_where_its_template_does(make: Make) -> None:
    written = make(SHOP).origin(line_of(make(SHOP).text, "# Source: shop/templates/deployment.yaml"), ())
    assert written is not None
    assert (written.location.line, written.excerpt) == (1, "apiVersion: apps/v1")


def test_the_place_is_that_of_the_key(make: Make) -> None:
    written = make(SHOP).by_path("Deployment", "spec", "replicas")
    assert written is not None
    assert (str(written.location), written.location.field, written.excerpt) == (
        "shop/templates/deployment.yaml:8:3",
        "spec.replicas",
        "  replicas: {{ .Values.replicas }}",
    )


CONTAINER = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        (("spec", "replicas"), "set by the value `replicas` shop/values.yaml:1:1"),
        ((*CONTAINER, "livenessProbe", "httpGet", "path"), "set by the value `probe.path` shop/values.yaml:8:3"),
        ((*CONTAINER, "image"), "the value `image.repository` is part of it shop/values.yaml:5:3"),
        ((*CONTAINER, "env", 1), "set by the value `env.SECOND` shop/values.yaml:11:3"),
        ((*CONTAINER, "resources", "limits", "cpu"), "set by the value `resources.limits.cpu` shop/values.yaml:15:5"),
        ((*CONTAINER, "resources"), "set by the value `resources` shop/values.yaml:13:1"),
        ((*CONTAINER, "resources", "limits", "memory"), "the value `resources.limits.memory` would set it shop/values.yaml:14:3"),
        ((*CONTAINER, "resources", "requests", "cpu"), "the value `resources.requests.cpu` would set it shop/values.yaml:13:1"),
        (("spec", "template", "spec", "nodeSelector", "zone"), "the value `nodeSelector.zone` would set it shop/values.yaml:12:1"),
        (("metadata", "labels", "team"), "set by the value `team` shop/values.yaml:3:1"),
    ],
)
def test_what_a_value_sets_is_traced_to_it(make: Make, path: tuple[str | int, ...], claim: str) -> None:
    assert make(SHOP).set_by("Deployment", *path) == [claim]


@pytest.mark.parametrize(
    "path",
    [
        ("kind",),
        ("metadata", "name"),
        (*CONTAINER, "name"),
        (*CONTAINER, "livenessProbe"),  # partly by a value
        (*CONTAINER, "readinessProbe"),
        (*CONTAINER, "livenessProbe", "periodSeconds"),
        ("spec", "template", "spec", "affinity"),
    ],
)
def test_nothing_is_said_of_what_no_value_sets(make: Make, path: tuple[str | int, ...]) -> None:
    assert make(SHOP).set_by("Deployment", *path) == []


def test_the_value_is_where_the_last_file_sets_it(make: Make, tmp_path: Path) -> None:
    rendered = make(SHOP, values=["replicas: 4\n", "# more\nreplicas: 5\n", "mode: slow\n"])
    assert rendered.set_by("Deployment", "spec", "replicas") == [f"set by the value `replicas` {tmp_path}/values-1.yaml:2:1"]


def test_what_the_command_line_sets_is_not_said_to_be_set_by_a_file(make: Make) -> None:
    assert make(SHOP, sets=["replicas=4"]).set_by("Deployment", "spec", "replicas") == []


def test_values_of_subcharts_and_global_ones(make: Make) -> None:
    template = "kind: Service\nmetadata: {name: a}\nspec:\n  port: {{ .Values.port }}\n  own: {{ .Values.own }}\n  zone: {{ .Values.global.zone }}\n"
    rendered = make(
        {
            "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: cart, alias: basket, version: 1.0.0}]\n",
            "charts/cart-dir/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
            "charts/cart-dir/templates/s.yaml": template,
            "charts/cart-dir/values.yaml": "port: 80\nown: 3\n",
            "values.yaml": "global:\n  zone: 7\nbasket:\n  port: 81\n",
        }
    )
    assert rendered.by_text("port: 81") == "shop/charts/cart-dir/templates/s.yaml:4"
    assert [rendered.set_by("Service", "spec", key) for key in ("port", "own", "zone")] == [
        ["set by the value `basket.port` shop/values.yaml:4:3"],
        ["set by the value `basket.own` shop/charts/cart-dir/values.yaml:2:1"],
        ["set by the value `global.zone` shop/values.yaml:2:3"],
    ]


@pytest.mark.parametrize(
    ("template", "values"),
    [
        # A marked mode takes the other branch, which must not be told.
        ("{{- if hasPrefix `fa` .Values.mode }}{{ end }}kind: A\nmetadata: {name: a}\nspec:\n  x: {{ len .Values.mode | eq 4 | ternary .Values.first .Values.second }}\n", "mode: fast\nfirst: 3\nsecond: 4\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  {{- if len .Values.mode | eq 4 }}\n  x: {{ .Values.first }}\n  {{- else }}\n  x: {{ .Values.second }}\n  {{- end }}\n", "mode: fast\nfirst: 3\nsecond: 3\n"),
        # A mapping the entries of which come of several places.
        ("kind: A\nmetadata: {name: a}\nspec:\n  x:\n    host: {{ .Values.web.host }}\n    port: {{ .Values.number }}\n", "web: {host: h}\nnumber: 3\n"),
        # Of two values.
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ .Values.first }}-{{ .Values.second }}\n", "first: 1\nsecond: 2\n"),
        # Of two values with the same text, one that is shown because of the marks.
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ if gt (int .Values.many) 1 }}{{ .Values.first }}{{ else }}{{ .Values.second }}{{ end }}\n", "many: 1\nfirst: 3\nsecond: 3\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ ternary .Values.first .Values.second (eq .Values.one .Values.two) }}\n", "one: a\ntwo: a\nfirst: 3\nsecond: 3\n"),
        ("{{- $x := .Values.first }}\n{{- if ne .Values.one .Values.two }}{{ $x = .Values.second }}{{ end }}\nkind: A\nmetadata: {name: a}\nspec:\n  x: {{ $x }}\n", "one: a\ntwo: a\nfirst: 3\nsecond: 3\n"),
        ('{{- define "x" }}{{ if eq .one .two }}{{ .first }}{{ else }}{{ .second }}{{ end }}{{ end -}}\nkind: A\nmetadata: {name: a}\nspec:\n  x: {{ include "x" .Values }}\n', "one: a\ntwo: a\nfirst: 3\nsecond: 3\n"),
        ('{{- define "x" }}{{ if eq .p .q }}{{ .r }}{{ else }}{{ .s }}{{ end }}{{ end -}}\nkind: A\nmetadata: {name: a}\nspec:\n  x: {{ include "x" (dict "p" .Values.one "q" .Values.two "r" .Values.first "s" .Values.second) }}\n', "one: a\ntwo: a\nfirst: 3\nsecond: 3\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ int .Values.first | default .Values.second }}\n", "first: '80'\nsecond: 80\n"),
        # Empty ones that help only together.
        ("kind: A\nmetadata: {name: a}\nspec:\n  y: 1\n  {{ if .Values.first }}x: {{ .Values.second }}{{ end }}\n", "first: ''\nsecond: ''\n"),
        ('{{- define "x" }}{{ if .p }}{{ .q }}{{ end }}{{ end -}}\nkind: A\nmetadata: {name: a}\nspec:\n  x: {{ include "x" (dict "p" .Values.first "q" .Values.second) }}\n', "first: ''\nsecond: ''\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ and .Values.first .Values.second | quote }}\n", "first: ''\nsecond: ''\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  {{- if .Values.a.on }}\n  x: {{ .Values.b.on }}\n  {{- end }}\n  y: 1\n", "a: {on: ''}\nb: {on: ''}\n"),
        # Arithmetic: not the value itself, even where it comes to another one.
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ add .Values.first 1 }}\n", "first: 80\nsecond: 81\n"),
        ("kind: A\nmetadata: {name: a}\nspec:\n  x: {{ mul .Values.first 2 }}\n", "first: 1\n"),
    ],
)  # fmt: skip
def test_no_value_is_told_that_might_be_another(make: Make, template: str, values: str) -> None:
    assert make({"templates/a.yaml": template, "values.yaml": values}).set_by("A", "spec", "x") == []


@pytest.mark.parametrize(
    ("template", "values", "claim"),
    [
        ("x: {{ .Values.first | default 3 | quote }}", "first: 3", "set by the value `first`"),
        ('x: {{ if eq .Values.type "NodePort" }}{{ .Values.first }}{{ else }}0{{ end }}', "first: 3\ntype: NodePort", "set by the value `first`"),
        ("x: {{ .Values.first | default .Values.second | default 7 }}", "first: ''\nsecond: ''", "the value `first` would set it"),
        ("x: {{ if .Values.first }}{{ .Values.first }}{{ else }}5{{ end }}", "first: ''\nsecond: ''", "the value `first` would set it"),
        ('x: {{ coalesce .Values.first .Values.second "c" }}', "first: 5\nsecond: ''", "set by the value `first`"),
    ],
)
def test_a_value_is_told_where_conditions_cannot_turn(make: Make, template: str, values: str, claim: str) -> None:
    rendered = make({"templates/a.yaml": f"kind: A\nmetadata: {{name: a}}\nspec:\n  {template}\n", "values.yaml": values + "\n"})
    assert rendered.set_by("A", "spec", "x") == [f"{claim} shop/values.yaml:1:1"]


def test_an_entry_that_a_line_leaves_out_of_a_mapping_is_not_set_by_it(make: Make) -> None:
    template = 'kind: A\nmetadata: {name: a}\nspec:\n  x:\n    {{- omit .Values.more "left" | toYaml | nindent 4 }}\n'
    rendered = make({"templates/a.yaml": template, "values.yaml": "more: {}\n"})
    assert rendered.set_by("A", "spec", "x", "left") == []
    assert rendered.set_by("A", "spec", "x", "other") == ["the value `more.other` would set it shop/values.yaml:1:1"]


def test_a_number_of_objects_is_left_as_it_is(make: Make) -> None:
    template = "{{- range $i := until (int .Values.shards) }}\n---\nkind: A\nmetadata:\n  name: a-{{ $i }}\nspec:\n  port: {{ $.Values.port }}\n{{- end }}\n"
    rendered = make({"templates/a.yaml": template, "values.yaml": "shards: 1\nport: 80\n"})
    assert rendered.set_by("A", "spec", "port") == ["set by the value `port` shop/values.yaml:2:1"]


def test_a_value_that_helps_only_with_another_is_not_told(make: Make) -> None:
    template = "kind: A\nmetadata: {name: a}\nspec:\n  {{- if .Values.on }}\n  {{- with .Values.more }}\n  more: {{- toYaml . | nindent 4 }}\n  {{- end }}\n  {{- end }}\n"
    rendered = make({"templates/a.yaml": template, "values.yaml": 'on: ""\nmore: {}\n'})
    assert rendered.set_by("A", "spec", "more", "x") == []


def test_an_empty_text_that_is_rendered_is_set_by_its_value(make: Make) -> None:
    template = "kind: A\nmetadata: {name: a}\nspec:\n  storage: {{ .Values.storage | quote }}\n"
    rendered = make({"templates/a.yaml": template, "values.yaml": 'storage: ""\n'})
    assert rendered.set_by("A", "spec", "storage") == ["set by the value `storage` shop/values.yaml:1:1"]


def packed(name: str, files: Files) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for path, content in {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n", **files}.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def test_charts_that_are_packed_within_are_traced_like_others(make: Make) -> None:
    template = "kind: {}\nmetadata: {{name: a}}\nspec:\n  port: {{{{ .Values.port }}}}\n"
    inner = packed("store", {"templates/s.yaml": template.format("Store"), "values.yaml": "# more\nport: 82\n"})
    cart = packed("cart", {"templates/s.yaml": template.format("Cart"), "values.yaml": "port: 80\n", "charts/store-1.tgz": inner, "README.md": ""})
    rendered = make({"charts/cart-1.0.0.tgz": cart, ".helmignore": "charts/cart/\n", "values.yaml": "cart:\n  port: 81\n"})
    written = rendered.by_path("Cart", "spec", "port")
    assert written is not None
    assert (str(written.location), written.excerpt) == ("shop/charts/cart-1.0.0.tgz/cart/templates/s.yaml:4:3", "  port: {{ .Values.port }}")
    assert rendered.set_by("Cart", "spec", "port") == ["set by the value `cart.port` shop/values.yaml:2:3"]
    written = rendered.by_path("Store", "spec", "port")
    place = "shop/charts/cart-1.0.0.tgz/cart/charts/store-1.tgz/store"
    assert written is not None
    assert str(written.location) == f"{place}/templates/s.yaml:4:3"
    assert rendered.set_by("Store", "spec", "port") == [f"set by the value `cart.store.port` {place}/values.yaml:2:1"]


def test_items_of_lists_are_told_by_name_where_others_come_before_them(make: Make) -> None:
    template = """\
kind: A
metadata: {name: a}
spec:
  {{- with .Values.first }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  - name: web
    size: {{ .Values.size }}
    {{- with .Values.limits }}
    limits: {{- toYaml . | nindent 6 }}
    {{- end }}
"""
    rendered = make({"templates/a.yaml": template, "values.yaml": "first: []\nsize: 3\nlimits: {}\n"})
    assert rendered.set_by("A", "spec", 0, "size") == ["set by the value `size` shop/values.yaml:2:1"]
    assert rendered.set_by("A", "spec", 0, "limits", "cpu") == ["the value `limits.cpu` would set it shop/values.yaml:3:1"]
    assert rendered.set_by("A", "spec", 0, "other") == []


def test_three_renders_at_most_and_none_before_they_are_needed(make: Make) -> None:
    rendered = make(SHOP)
    assert rendered.renders == []
    for _ in range(2):
        rendered.by_path("Deployment", "spec", "replicas")
    assert rendered.renders == [0, 0, 0]


def test_values_that_helm_refuses_marked_are_marked_with_more_care(make: Make) -> None:
    template = 'kind: A\nmetadata: {name: a}\nspec:\n  x: {{ .Values.x }}\n{{- if not (regexMatch "^[a-z]+$" .Values.name) }}{{ fail "name" }}{{ end }}\n'
    rendered = make({"templates/a.yaml": template, "values.yaml": "x: 10m\nname: web\n"})
    assert rendered.set_by("A", "spec", "x") == ["set by the value `x` shop/values.yaml:1:1"]
    assert rendered.renders == [0, 1, 0]


def test_a_chart_that_cannot_be_rendered_again_is_told_by_its_files(make: Make, tmp_path: Path) -> None:
    rendered = make(SHOP)
    origin = origin_of(str(tmp_path / "shop"), "", rendered.text, lambda _, __: None)
    written = origin(line_of(rendered.text, "replicas"), ("spec", "replicas"))
    assert written is not None
    assert (str(written.location), written.related) == ("templates/deployment.yaml", ())


def test_a_chart_that_is_gone_is_no_mishap(make: Make, tmp_path: Path) -> None:
    rendered = make(SHOP)
    shutil.rmtree(tmp_path / "shop")
    assert rendered.by_path("Deployment", "spec", "replicas") is None


def test_what_is_no_text_of_helm_is_from_nowhere(tmp_path: Path) -> None:
    assert origin_of(str(tmp_path), "shop", "kind: A\n", lambda _, __: None)(1, ("kind",)) is None
