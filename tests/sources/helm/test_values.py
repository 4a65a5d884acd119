"""Values of charts: which file wins, and copies of them that are recognised when rendered."""

from pathlib import Path

import pytest

from checker.sources.helm import values
from checker.sources.helm.chart import Chart
from checker.sources.helm.values import Values, Words


@pytest.fixture
def loaded(tmp_path: Path) -> Values:
    files = {
        "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: db, alias: store}\n- {name: db, alias: cache}\n",
        "shop/values.yaml": "size: 3\nlist: [a, b]\nmap: {one: 1, two: 2}\nstore: {port: 1}\nempty: {}\ngone: {entry: 1}\nitems: [{limits: {cpu: 1}}]\nsize2: 1\n",
        "shop/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
        "shop/charts/db/values.yaml": "port: 5\nhost: h\n",
        "shop/charts/README.md": "no chart\n",
        "mine.yaml": "list: [c]\nmap:\n  two: 3\ngone:\nitems: [{z: 1, limits: {}}]\n",
        "broken.yaml": "a: [\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    given = [str(tmp_path / name) for name in ("mine.yaml", "broken.yaml", "missing.yaml")]
    return values.load(Chart(str(tmp_path / "shop"), "shop"), given, ["size2: 2\n"])


def test_files_are_merged_as_helm_does(loaded: Values) -> None:
    assert loaded.merged == {
        "size": 3,
        "list": ["c"],
        "map": {"one": 1, "two": 3},
        "store": {"port": 1, "host": "h"},
        "cache": {"port": 5, "host": "h"},
        "empty": {},
        "gone": None,
        "items": [{"z": 1, "limits": {}}],
        "size2": 2,
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("size",), "shop/values.yaml:1:1"),
        (("map", "one"), "shop/values.yaml:3:7"),
        (("map", "two"), "mine.yaml:3:3"),
        (("map", "three"), "mine.yaml:2:1"),  # not there: where the mapping is
        (("list", 0), "mine.yaml:1:8"),
        (("store", "port"), "shop/values.yaml:4:9"),
        (("store", "host"), "shop/charts/db/values.yaml:2:1"),
        (("cache", "port"), "shop/charts/db/values.yaml:1:1"),
        (("nothing", "like", "it"), "None"),
        (("list", 0, "more"), "mine.yaml:1:8"),
        (("gone", "entry"), "mine.yaml:4:1"),  # a null leaves nothing of the others
        (("items", 0, "limits", "cpu"), "mine.yaml:5:16"),  # lists replace one another whole
        (("size2",), "None"),  # set by a text that is in no file
    ],
)
def test_a_value_is_where_the_last_file_sets_it(loaded: Values, path: tuple[str | int, ...], place: str, tmp_path: Path) -> None:
    assert str(loaded.where(path)).removeprefix(f"{tmp_path}/") == place


NO_WORDS = Words(set(), set(), set(), set(), set())


def values_of(merged: object) -> Values:
    return Values((), merged)


def test_marked_values_are_of_the_same_type_and_told_apart() -> None:
    marked = values.changed(values_of({"a": "x", "b": 7, "c": True, "d": None, "e": "", "f": [1, {"g": "y"}], "h": 0, "i": -1}), lambda _, value: bool(value), "41000")
    assert marked.values == {"a": "x\ue002k0\ue003", "b": 48919, "f": [56838, {"g": "y\ue002k3\ue003"}]}
    assert marked.paths == [("a",), ("b",), ("f", 0), ("f", 1, "g")]
    assert marked.in_text("x\ue002k0\ue003:48919") == {0, 1}
    assert marked.in_text("489190") == set()
    assert marked.without("x\ue002k0\ue003:48919") == "x:7"


def test_a_text_of_many_lines_is_marked_by_a_comment() -> None:
    marked = values.changed(values_of({"config": "a: 1\nb: 2\n"}), lambda _, value: bool(value), "")
    assert marked.values == {"config": "a: 1\nb: 2 #\ue002k0\ue003\n"}
    assert marked.without(marked.values["config"]) == "a: 1\nb: 2\n"


def test_what_is_empty_is_filled_unless_loops_or_versions_depend_on_it() -> None:
    words = values.words(["toYaml .Values.some", "range .Values.looped", 'semverCompare ">1" .Values.version', "with .Values.none", "toYaml . | nindent 2", "with .Values.unknown"])
    merged = {"some": {}, "looped": [], "version": "", "text": "", "none": None, "unknown": {}, "zero": 0, "off": False, "full": {"a": 1}}
    filled = values.filled(values_of(merged), [("full",)], words)
    assert filled.values == {
        "some": {"\ue002k0\ue003": "x"},
        "text": "\ue002k1\ue003",
        "none": {"\ue002k2\ue003": "x"},
        "full": {"\ue002k3\ue003": "x"},
    }
    assert filled.paths == [("some",), ("text",), ("none",), ("full",)]


@pytest.mark.parametrize(("value", "taken"), [("ClusterIP", False), ("other", True), ("1.2.3", False), ("v1.2", False), ("100m", True), (5, True)])
def test_words_of_the_templates_and_compared_versions_are_not_marked(value: object, taken: bool) -> None:
    assert values.words(['eq .Values.type "ClusterIP"', "semverCompare .a .b"]).unlike(("a",), value) is taken


def test_numbers_that_say_how_often_something_is_done_are_not_marked() -> None:
    words = values.words(["$count := int .Values.shards", "range until $count", "range until (int .Values.replicas)"])
    taken = [words.unlike((name,), 3) for name in ("shards", "replicas", "port")]
    assert taken == [False, False, True]


@pytest.mark.parametrize(("value", "taken"), [(5, True), ("100m", True), ("30s", True), ("1.5Gi", True), ("80%", True), ("web", False), ("1.2.3", False)])
def test_only_numbers_and_quantities_are_marked_with_care(value: object, taken: bool) -> None:
    assert NO_WORDS.careful(("a",), value) is taken


def test_no_words_nothing_filled_but_texts() -> None:
    assert values.filled(values_of({"a": {}, "b": ""}), (), NO_WORDS).values == {"b": "\ue002k0\ue003"}
