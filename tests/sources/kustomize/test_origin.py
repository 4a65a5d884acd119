"""Where a person edits what a kustomization makes: checked by editing it."""

import os

import pytest

from checker.documents import parse
from checker.sources.kustomize import render_kustomization
from checker.sources.rendering import Rendering
from tests.binaries import kubectl
from tests.sources.kustomize.trees import TREES, Mark, document_of, edited, line_of, marks, value_at, write


@pytest.fixture(autouse=True)
def _with_kubectl(monkeypatch, tmp_path):
    monkeypatch.setenv("K8S_STABCHECK_KUBECTL", kubectl())
    monkeypatch.setenv("K8S_STABCHECK_KUSTOMIZE", "no-such-program")
    monkeypatch.chdir(tmp_path)


def _rendering(path: str) -> Rendering:
    made = render_kustomization(path, "made")
    assert isinstance(made, Rendering), made
    return made


def _edit(mark: Mark) -> None:
    with open(mark.file, encoding="utf-8") as stream:
        lines = stream.read().split("\n")
    lines[mark.line - 1] = edited(lines[mark.line - 1])
    with open(mark.file, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines))


@pytest.mark.parametrize("tree", TREES)
def test_the_line_that_is_named_sets_the_value(tree, tmp_path):
    files = TREES[tree]
    root = write(files, tmp_path)
    made = _rendering(root)
    for mark in marks(files):
        document = document_of(made.text, mark.kind, mark.name)
        before = value_at(document.data, mark.path)
        assert before is not None, mark
        written = made.origin(line_of(document, mark.path), mark.path)
        assert written is not None
        assert (written.location.file, written.location.line) == (mark.file, mark.line), mark
        assert written.excerpt == files[mark.file].split("\n")[mark.line - 1]
        _edit(mark)
        again = [each for each in parse("again", _rendering(root).text).documents if each.data["kind"] == mark.kind]
        assert before not in [value_at(each.data, mark.path) for each in again if mark.name in each.data["metadata"]["name"]], mark
        write(files, tmp_path)


@pytest.mark.parametrize("tree", TREES)
def test_every_value_is_traced_to_a_line_that_is_there(tree, tmp_path):
    made = _rendering(write(TREES[tree], tmp_path))
    documents = parse("made", made.text).documents
    assert documents
    for document in documents:
        for path in _leaves(document.data):
            written = made.origin(line_of(document, path), path)
            assert written is not None, path
            if tree == "names changed by a transformer" and path == ("metadata", "name"):
                continue
            assert written.location.line is not None, (path, written)
            with open(written.location.file, encoding="utf-8") as stream:
                assert stream.read().split("\n")[written.location.line - 1] == written.excerpt


def _leaves(data, path=()):
    if isinstance(data, (dict, list)):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _leaves(value, (*path, step))
    else:
        yield path


def test_a_missing_entry_is_added_in_the_base_or_in_the_patch_that_brought_what_it_belongs_to(tmp_path):
    files = TREES["inline strategic merge"] | {
        "over/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
        "over/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  strategy:\n    type: Recreate\n  replicas: 2\n",
    }
    made = _rendering(write(files, tmp_path))
    document = document_of(made.text, "Deployment", "web")

    def line(*path: str | int) -> str:
        written = made.origin(line_of(document, path), path)
        return f"{written.location}: {written.excerpt.strip()}"

    assert line("spec", "template", "spec", "containers", 1, "resources", "limits") == "base/web.yaml:18:9: - name: web"
    assert line("spec", "strategy", "rollingUpdate") == "over/p.yaml:6:3: strategy:"
    assert line("spec", "nothing") == "base/web.yaml:5:1: spec:"
    assert line("metadata", "annotations", "a") == "base/web.yaml:3:1: metadata:"


def test_what_a_patch_replaces_is_named_too(tmp_path):
    made = _rendering(write(TREES["nested bases"], tmp_path))
    document = document_of(made.text, "Deployment", "web")
    written = made.origin(line_of(document, ("spec", "replicas")), ("spec", "replicas"))
    assert [str(each.location) for each in written.related] == ["mid/p.yaml:6:3"]


def test_a_value_that_cannot_be_traced_has_no_line(tmp_path):
    files = TREES["plain resources"] | {
        "kustomization.yaml": "resources: [web.yaml, service.yaml]\nvars:\n- name: PORT\n  objref: {kind: Service, name: web, apiVersion: v1}\n  fieldref: {fieldpath: 'spec.ports[0].port'}\n"
    }
    files["web.yaml"] = files["web.yaml"].replace("value: info", "value: $(PORT)")
    made = _rendering(write(files, tmp_path))
    document = document_of(made.text, "Deployment", "web")
    path = ("spec", "template", "spec", "containers", 1, "env", 0, "value")
    assert value_at(document.data, path) == 80
    assert made.origin(line_of(document, path), path).location[:2] == ("web.yaml", None)


def test_lines_of_files_in_generated_objects(tmp_path):
    made = _rendering(write(TREES["generators without hashes"], tmp_path))
    document = document_of(made.text, "ConfigMap", "settings")
    found = {key: made.origin(line_of(document, ("data", key)), ("data", key)).location for key in document.data["data"]}
    assert {key: (at.file, at.line) for key, at in found.items()} == {
        "app.conf": ("app.conf", 1), "other": ("b.conf", 1), "ONE": ("c.env", 1), "TWO": ("c.env", 2),
    }  # fmt: skip


def test_nothing_is_written_beside_the_files_of_the_user(tmp_path):
    root = write(TREES["nested bases"], tmp_path)
    before = sorted(os.walk("."))
    _rendering(root).origin(1, ("spec",))
    assert sorted(os.walk(".")) == before


def test_lines_within_texts_are_found_in_the_file_or_the_literal_they_are_of(tmp_path):
    files = {
        "kustomization.yaml": "resources: [map.yaml]\nconfigMapGenerator:\n- name: settings\n  files:\n  - envoy.yaml\n",
        "envoy.yaml": "# the proxy\nadmin:\n  port: 1\ntimeout: 3s\n",
        "map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n  first: one\n  conf: |\n    a: 1\n\n    b:\n      c: 2\n",
    }
    made = _rendering(write(files, tmp_path))
    lines = made.text.decode().split("\n")

    def written(text: str) -> str:
        return str(made.origin(next(number for number, line in enumerate(lines, 1) if line.strip() == text), ("c",)).location)

    assert [written(text) for text in ("port: 1", "timeout: 3s", "a: 1", "c: 2")] == ["envoy.yaml:3:3", "envoy.yaml:4:1", "map.yaml:8:5", "map.yaml:11:7"]
