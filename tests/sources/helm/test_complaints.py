"""Helm's messages, as helm 4.3.1 and 3.19.0 wrote them, and what they come to."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.sources.helm.chart import Chart
from checker.sources.helm.command import HelmOptions
from checker.sources.helm.complaints import complaints

_FILES = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nkubeVersion: '>=1.99.0'\ndependencies:\n- name: redis\n  version: 1.2.3\n  repository: https://charts.example.com\n- name: pg\n  version: ~2\n  repository: oci://x/y\n  condition: pg.enabled\n- {name: cart, version: 1.0.0, alias: basket}\n",
    "values.yaml": "replicas: x\nimage:\n  tag: 1\nbasket:\n  port: a\n",
    "templates/web.yaml": "",
    "templates/_names.tpl": "",
    "charts/the-cart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
    "charts/the-cart/values.yaml": "a: 1\nb:\n - x\n c: 1\n",
    "charts/the-cart/templates/web.yaml": "",
    "charts/the-cart/templates/_helpers.tpl": "",
}
_DEBUG = "\n\nUse --debug flag to render out invalid YAML\n"
_WARNING = "walk.go:75: found symbolic link in path: /a resolves to /b. Contents of linked file included and used\n"
_WARNING_4 = 'level=INFO msg="found symbolic link in path." path=/a\n'
_CORRECT = "correct the template"
_GIVE = "give the value with --set or -f"
_TYPE = "json: cannot unmarshal string into Go value of type releaseutil.SimpleHead"

_NO_VALUE = "`.Values.a.b.c`: there is nothing to take `.b` from: no such value is given"
_SAID: list[tuple[str, list[str], str, str]] = [
    (
        "no value",
        [
            'template: shop/templates/web.yaml:4:18: executing "shop/templates/web.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.b' + _DEBUG,
            'shop/templates/web.yaml:4:18\n  executing "shop/templates/web.yaml" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b' + _DEBUG,
        ],
        f"shop/templates/web.yaml:4:19: {_NO_VALUE}",
        _GIVE,
    ),
    (
        "in what is included",
        [
            'template: shop/templates/web.yaml:4:11: executing "shop/templates/web.yaml" at <include "outer" .>: error calling include: template: shop/templates/_names.tpl:2:3: executing "outer" at <include "inner" .>: error calling include: template: shop/templates/_names.tpl:5:12: executing "inner" at <.Values.a.b.c>: nil pointer evaluating interface {}.b' + _DEBUG,
            'shop/templates/web.yaml:4:11\n  executing "shop/templates/web.yaml" at <include "outer" .>:\n    error calling include:\nshop/templates/_names.tpl:2:3\n  executing "outer" at <include "inner" .>:\n    error calling include:\nshop/templates/_names.tpl:5:12\n  executing "inner" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b' + _DEBUG,
        ],
        f"shop/templates/_names.tpl:5:13: {_NO_VALUE}; on the way: shop/templates/_names.tpl:2, shop/templates/web.yaml:4",
        _GIVE,
    ),
    (
        "in what another chart defines",
        [
            'template: shop/templates/web.yaml:4:11: executing "shop/templates/web.yaml" at <include "cart.name" .>: error calling include: template: shop/charts/cart/templates/_helpers.tpl:2:3: executing "cart.name" at <.Values.a.b.c>: nil pointer evaluating interface {}.b' + _DEBUG,
            'shop/templates/web.yaml:4:11\n  executing "shop/templates/web.yaml" at <include "cart.name" .>:\n    error calling include:\nshop/charts/cart/templates/_helpers.tpl:2:3\n  executing "cart.name" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b' + _DEBUG,
        ],
        f"shop/templates/web.yaml:4:12: {_NO_VALUE}; on the way: shop/charts/the-cart/templates/_helpers.tpl:2",
        _GIVE,
    ),
    (
        "in a chart within, by its other name",
        ['template: shop/charts/basket/templates/web.yaml:1:13: executing "shop/charts/basket/templates/web.yaml" at <.Values.q.z>: nil pointer evaluating interface {}.z'],
        "shop/charts/the-cart/templates/web.yaml:1:14: `.Values.q.z`: there is nothing to take `.z` from: no such value is given",
        _GIVE,
    ),
    (
        "no such template",
        [
            'template: shop/templates/web.yaml:4:11: executing "shop/templates/web.yaml" at <include "common.names" .>: error calling include: template: no template "common.names" associated with template "gotpl"' + _DEBUG,
            'shop/templates/web.yaml:4:11\n  executing "shop/templates/web.yaml" at <include "common.names" .>:\n    error calling include:\ntemplate: no template "common.names" associated with template "gotpl"' + _DEBUG,
        ],
        "shop/templates/web.yaml:4:12: no chart here defines the template 'common.names'",
        "correct the name, or add the library chart that defines it: helm dependency build",
    ),
    (
        "in a template that values hold",
        ['template: shop/templates/web.yaml:4:11: executing "shop/templates/web.yaml" at <tpl "{{ .Values.a.b.c }}" .>: error calling tpl: error during tpl function execution for "{{ .Values.a.b.c }}": template: gotpl:1:10: executing "gotpl" at <.Values.a.b.c>: nil pointer evaluating interface {}.b' + _DEBUG],
        f"shop/templates/web.yaml:4:12: {_NO_VALUE}",
        _GIVE,
    ),
    (
        "something else",
        ['template: shop/templates/web.yaml:4:11: executing "shop/templates/web.yaml" at <index .Values.list 4>: error calling index: index out of range: 4' + _DEBUG],
        "shop/templates/web.yaml:4:12: `index .Values.list 4`: error calling index: index out of range: 4",
        _CORRECT,
    ),
    (
        "what only a cluster could answer",
        ['template: shop/templates/web.yaml:4:37: executing "shop/templates/web.yaml" at <"b">: nil pointer evaluating interface {}.x' + _DEBUG],
        'shop/templates/web.yaml:4:38: `"b"`: nil pointer evaluating interface {}.x',
        _CORRECT,
    ),
    (
        "includes itself",
        ['template: shop/templates/web.yaml:1:47: executing "shop/templates/web.yaml" at <include "r" .>: error calling include: ' + 'template: shop/templates/_names.tpl:1:19: executing "r" at <include "r" .>: error calling include: ' * 900 + "rendering template has a nested reference name: r: unable to execute template"],
        "shop/templates/_names.tpl:1:20: the template 'r' includes itself without end; on the way: shop/templates/_names.tpl:1, shop/templates/web.yaml:1",
        _CORRECT,
    ),
    (
        "includes itself by other means",
        ['shop/templates/web.yaml:1:28\n  executing "r" at <{{template "r" .}}>:\n    exceeded maximum template depth (100000)' + _DEBUG],
        "shop/templates/web.yaml:1:29: the template includes itself without end",
        _CORRECT,
    ),
    (
        "the author's own words",
        ["execution error at (shop/templates/web.yaml:4:11): image.tag must be given:\nsee: README\n - a" + _DEBUG],
        "shop/templates/web.yaml:4:12: image.tag must be given: see: README - a",
        _GIVE,
    ),
    (
        "no template",
        ['parse error at (shop/templates/web.yaml:2): function "foobar" not defined' + _DEBUG],
        'shop/templates/web.yaml:2: is no template that Helm can read: function "foobar" not defined',
        _CORRECT,
    ),
    (
        "no manifest",
        [f"YAML parse error on shop/templates/web.yaml: error unmarshaling JSON: while decoding JSON: {_TYPE}" + _DEBUG],
        f"shop/templates/web.yaml: what it renders is no manifest: error unmarshaling JSON: while decoding JSON: {_TYPE}",
        _CORRECT,
    ),
    (
        "missing charts",
        [
            "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis, pg, pg",
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis, pg",
        ],
        "shop/Chart.yaml:6: depends on charts that are not in charts/: redis 1.2.3 from https://charts.example.com, pg ~2 from oci://x/y; Helm wants them even where a condition or tag switches them off",
        "helm dependency build shop",
    ),
    (
        "a missing chart",
        ["an error occurred while checking for chart dependencies: found in Chart.yaml, but missing in charts/ directory: redis"],
        "shop/Chart.yaml:6: depends on a chart that is not in charts/: redis 1.2.3 from https://charts.example.com",
        "helm dependency build shop",
    ),
    (
        "another Kubernetes",
        ["chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.20.0" + _DEBUG],
        "shop/Chart.yaml:4: the chart is for Kubernetes >=1.99.0, and was rendered for v1.20.0",
        "name your cluster's version with --kube-version",
    ),
    ("--set", ['failed parsing --set data: key "a" has no value'], 'shop/Chart.yaml: --set: key "a" has no value', "write --set name.of.value=value"),
    (
        "values of a chart within",
        [
            "error unpacking subchart the-cart in shop: cannot load values.yaml: error converting YAML to JSON: yaml: line 3: did not find expected '-' indicator",
            "error unpacking subchart the-cart in shop: cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 3: did not find expected '-' indicator",
        ],
        'shop/charts/the-cart/values.yaml:4:2: the indentation does not fit: an item ("- …") of the list above was expected here',
        "indent the line like its siblings",
    ),
    (
        "values that only Helm cannot read",
        ["cannot load values.yaml: error converting YAML to JSON: yaml: line 3: something of its own"],
        "shop/values.yaml:3: is no YAML that Helm can read: something of its own",
        "correct the file",
    ),
    (
        "what nobody foresaw",
        ['validation: chart.metadata.version "abc.d" is invalid', "validation: chart.metadata.version \"abc.d\"\n is invalid\n"],
        'shop/Chart.yaml: helm: validation: chart.metadata.version "abc.d" is invalid',
        "correct the chart, or render it yourself and give the output",
    ),
]  # fmt: skip


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    for name, content in _FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return Chart(str(tmp_path), "shop")


@pytest.mark.parametrize(("said", "problem", "fix"), [case[1:] for case in _SAID], ids=[case[0] for case in _SAID])
def test_what_helm_says(chart: Chart, said: list[str], problem: str, fix: str) -> None:
    for one in said:
        for before in ("", _WARNING, _WARNING_4):
            found = complaints(f"{before}Error: {one}", chart, HelmOptions(), lambda: "")
            assert [(str(each), each.fix) for each in found] == [(problem, fix)]


def test_the_line_of_what_is_no_yaml_is_shown(chart: Chart) -> None:
    """Helm counts lines within the document; a second run that writes it all shows the line."""
    rendered = "---\n# Source: shop/templates/other.yaml\n{\n---\n# Source: shop/templates/web.yaml\nkind: ConfigMap\nmetadata:\n  name: a\n   x: b\n"
    said = "Error: YAML parse error on shop/templates/web.yaml: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context"
    (found,) = complaints(said, chart, HelmOptions(), lambda: rendered)
    assert (found.file, found.line) == ("shop/templates/web.yaml", None)
    assert found.message.startswith("what it renders is no YAML: ")
    assert found.message.endswith("in `x: b`")


_SCHEMA = "values don't meet the specifications of the schema(s) in the following chart(s):\n"
_REFUSED = "the schema of the chart {} does not take {}: {}"


@pytest.mark.parametrize(
    ("said", "sets", "expected"),
    [
        ("shop:\n- at '/replicas': got string, want integer\n", (), ["shop/values.yaml:1:1: " + _REFUSED.format("shop", "`replicas`", "got string, want integer")]),
        ("shop:\n- replicas: Invalid type. Expected: integer, given: string\n", (), ["shop/values.yaml:1:1: " + _REFUSED.format("shop", "`replicas`", "Invalid type. Expected: integer, given: string")]),
        ("shop:\n- (root): foo is required\n", (), ["shop/values.yaml: " + _REFUSED.format("shop", "the values", "foo is required")]),
        ("shop:\n- at '': missing property 'foo'\n- at '/image/tag': got number, want string\n", (), ["shop/values.yaml: " + _REFUSED.format("shop", "the values", "missing property 'foo'"), "shop/values.yaml:3:3: " + _REFUSED.format("shop", "`image.tag`", "got number, want string")]),
        ("basket:\n- at '/port': got string, want integer\n", (), ["shop/values.yaml:5:3: " + _REFUSED.format("basket", "`basket.port`", "got string, want integer")]),
        ("shop:\n- at '/replicas': got string, want integer\n", ("x=1,replicas=x",), ["shop/Chart.yaml: " + _REFUSED.format("shop", "`replicas`", "got string, want integer") + " (it is given with --set)"]),
        ("shop:\nunexpected EOF\n", (), ["shop/values.schema.json: is no schema that Helm can read: unexpected EOF"]),
    ],
)  # fmt: skip
def test_values_that_a_schema_refuses(chart: Chart, said: str, sets: tuple[str, ...], expected: list[str]) -> None:
    found = complaints(f"Error: {_SCHEMA}{said}\n", chart, HelmOptions(sets=sets), lambda: "")
    assert [str(each) for each in found] == expected


def test_the_last_file_of_values_is_where_a_refused_value_is_mended(chart: Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.yaml").write_text("replicas: y\n")
    Path("two.yaml").write_text("\nreplicas: z\n")
    Path("three.yaml").write_text("image: {}\n")
    options = HelmOptions(values=("one.yaml", "two.yaml", "three.yaml"))
    said = f"Error: {_SCHEMA}shop:\n- at '/replicas': got string, want integer\n"
    (found,) = complaints(said, chart, options, lambda: "")
    assert str(found).startswith("two.yaml:2:1: ")


_PIECES = ["Error: ", "template: ", "shop/templates/web.yaml", ":1", ":" + "9" * 30, ': executing "x" at <', "a", ">: ", "\n  ", "parse error at (", ")", "- at '/a/9", "': ", "nil pointer evaluating interface {}.b", "missing in charts/ directory: ", _SCHEMA, "shop:\n", "cannot load ", "values.yaml: ", "YAML parse error on ", "../", "\0", "\x1b", "\udc80"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_whatever_is_said_comes_to_problems_of_one_line(chart: Chart, said: str) -> None:
    found = complaints(said, chart, HelmOptions(), lambda: said.encode(errors="replace").decode())
    assert found
    assert all(each.message.isprintable() and each.fix for each in found)
