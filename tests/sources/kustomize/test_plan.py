"""Which kustomizations of a tree are built, under which label, and which files are thereby judged."""

import os

import pytest

from checker.sources.kustomize import kustomizations
from tests.sources.kustomize.trees import TREES, write


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def _plan(files, tmp_path):
    write(files, tmp_path)
    return kustomizations([name for name in files if os.path.basename(name).lower().startswith("kustomization")])


def _uses(*entries, **more):
    return "".join(f"{key}: [{', '.join(value)}]\n" for key, value in (("resources", entries), *more.items()))


LABELS = {
    "overlays of one base": ({"base": [], "overlays/dev": ["../../base"], "overlays/prod": ["../../base"]}, {"overlays/dev": "dev", "overlays/prod": "prod"}),
    "one overlay": ({"base": [], "overlays/dev": ["../../base"]}, {"overlays/dev": ""}),
    "environments of regions": (
        {"base": [], "dev/eu": ["../../base"], "dev/us": ["../../base"], "prod/eu": ["../../base"]},
        {"dev/eu": "dev/eu", "dev/us": "dev/us", "prod/eu": "prod/eu"},
    ),
    "a common last step": ({"base": [], "dev/kustomize": ["../../base"], "prod/kustomize": ["../../base"]}, {"dev/kustomize": "dev", "prod/kustomize": "prod"}),
    "by way of a third": (
        {"base": [], "other": [], "o/a": ["../../base"], "o/b": ["../../base", "../../other"], "o/c": ["../../other"]},
        {"o/a": "a", "o/b": "b", "o/c": "c"},
    ),
    "a base through another base": ({"base": [], "mid": ["../base"], "o/a": ["../../mid"], "o/b": ["../../base"]}, {"o/a": "a", "o/b": "b"}),
    "apart": ({"a": [], "b": []}, {"a": "", "b": ""}),
    "one above the other": ({"base": [], "k": ["../base"], "k/tests/x": ["../../../base"]}, {"k": "k", "k/tests/x": "k/tests/x"}),
    "the base is used, so it is none": ({"base": [], "base/prod": ["../../base"], "dev": ["../base"]}, {"base/prod": "base/prod", "dev": "dev"}),
}  # fmt: skip


@pytest.mark.parametrize("case", LABELS)
def test_roots_are_what_nothing_else_uses_and_variants_have_labels(case, tmp_path):
    tree, expected = LABELS[case]
    plan = _plan({f"{name}/kustomization.yaml": _uses(*bases) for name, bases in tree.items()}, tmp_path)
    if case == "the base is used, so it is none":
        assert plan.problems == []
    assert {root.name: root.label for root in plan.roots} == expected
    assert {root.path for root in plan.roots} == set(expected)


def test_components_are_never_built_alone(tmp_path):
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    plan = _plan({"c/kustomization.yaml": component, "d/kustomization.yaml": component, "over/kustomization.yaml": _uses(components=["../c"])}, tmp_path)
    assert ([root.name for root in plan.roots], plan.components, plan.used) == (["over"], ["c", "d"], [])


def test_variants_do_not_come_of_a_common_component(tmp_path):
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    plan = _plan({"c/kustomization.yaml": component} | {f"{name}/kustomization.yaml": _uses(components=["../c"]) for name in "ab"}, tmp_path)
    assert [root.label for root in plan.roots] == ["", ""]


@pytest.mark.parametrize("tree", TREES)
def test_every_file_of_a_tree_is_consumed(tree, tmp_path):
    plan = _plan(TREES[tree], tmp_path)
    assert plan.consumed == {str(tmp_path.resolve() / name) for name in TREES[tree]}
    assert plan.problems == []
    assert [root.name for root in plan.roots] == ["over" if "over/kustomization.yaml" in TREES[tree] else "."]


def test_files_that_no_kustomization_names_are_left(tmp_path):
    plan = _plan({"a/kustomization.yaml": _uses("x.yaml"), "a/x.yaml": "", "a/y.yaml": ""}, tmp_path)
    assert plan.consumed == {str(tmp_path.resolve() / "a" / name) for name in ("kustomization.yaml", "x.yaml")}


def test_what_is_missing_is_named_once_where_it_is_written(tmp_path):
    plan = _plan(
        {"base/kustomization.yaml": _uses("nope.yaml")} | {f"{name}/kustomization.yaml": _uses("../base", "https://example.com/x.yaml") for name in "ab"}, tmp_path
    )
    assert [str(problem) for problem in plan.problems] == ["base/kustomization.yaml:1:13: 'nope.yaml' does not exist"]
    assert [root.name for root in plan.roots] == ["a", "b"]


def test_a_base_outside_of_the_tree_is_followed(tmp_path):
    write({"base/kustomization.yaml": _uses("x.yaml"), "base/x.yaml": "", "o/a/kustomization.yaml": _uses("../../base"), "o/b/kustomization.yaml": _uses("../../base")}, tmp_path)
    plan = kustomizations(["o/a/kustomization.yaml", "o/b/kustomization.yaml"])
    assert [(root.name, root.label) for root in plan.roots] == [("o/a", "a"), ("o/b", "b")]
    assert str(tmp_path.resolve() / "base" / "x.yaml") in plan.consumed


def test_cycles_end_and_one_of_them_is_built_for_its_error(tmp_path):
    plan = _plan(
        {"a/kustomization.yaml": _uses("../b"), "b/kustomization.yaml": _uses("../a"), "self/kustomization.yaml": _uses("."), "x/kustomization.yaml": _uses("../a")}, tmp_path
    )
    assert [root.name for root in plan.roots] == ["self", "x"]


def test_a_kustomization_that_cannot_be_read_is_a_problem(tmp_path):
    plan = _plan({"a/kustomization.yaml": "resources: [", "b/kustomization.yaml": _uses("../a")}, tmp_path)
    assert [problem.file for problem in plan.problems] == ["a/kustomization.yaml"]
    assert [root.name for root in plan.roots] == ["b"]


def test_the_order_of_the_files_changes_nothing(tmp_path):
    files = {f"o/{name}/kustomization.yaml": _uses("../../base") for name in "cab"} | {"base/kustomization.yaml": _uses()}
    write(files, tmp_path)
    assert kustomizations(list(files)) == kustomizations(list(reversed(files)))


def test_many_overlays_in_linear_time(tmp_path):
    files = {f"o/{number}/kustomization.yaml": _uses("../../base") for number in range(500)} | {"base/kustomization.yaml": _uses()}
    assert len(_plan(files, tmp_path).roots) == 500


def test_charts_that_are_rendered_are_told(tmp_path):
    plan = _plan({"a/kustomization.yaml": "helmCharts:\n- name: web\n- name: other\n", "a/charts/web/Chart.yaml": "name: web\n"}, tmp_path)
    assert plan.charts == {str(tmp_path.resolve() / "a" / "charts" / "web")}
