"""The command line, called as a program would call it."""

import json
import subprocess
import sys

import jsonschema
import pytest

from checker.cli import main
from tests.systems import ROOT

BAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: registry.example.com/web:1.0.0
        ports: [{containerPort: 8080}]
"""
FINE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: c}\n"


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, *argv):
    status = main(list(argv))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("files", "argv", "status"),
    [
        ({"a.yaml": FINE}, ["a.yaml"], 0),
        ({"a.yaml": BAD}, ["a.yaml"], 1),
        ({"a.yaml": BAD}, ["check", "a.yaml"], 1),
        ({"a.yaml": BAD}, ["a.yaml", "--fail-on", "none"], 0),
        ({"a.yaml": BAD}, ["--fail-on", "none", "a.yaml"], 0),
        ({"a.yaml": BAD}, ["a.yaml", "--only", "no-liveness-probe"], 0),
        ({"a.yaml": BAD}, ["a.yaml", "--only", "no-liveness-probe", "--fail-on", "low"], 1),
        ({"a.yaml": BAD}, ["a.yaml", "--only", "no-such-policy"], 2),
        ({"a.yaml": FINE}, ["a.yaml", "--no-such-flag"], 2),
        ({"a.yaml": FINE}, ["a.yaml", "--format", "pdf"], 2),
        ({"a.yaml": FINE, ".k8s-stabcheck.yaml": "fail_no: x"}, ["a.yaml"], 2),
        ({"a.yaml": BAD, ".k8s-stabcheck.yaml": "fail_on: none"}, ["a.yaml"], 0),
        ({"a.yaml": BAD, "own.yaml": "fail_on: none"}, ["a.yaml", "--config", "own.yaml"], 0),
        ({}, ["missing.yaml"], 3),
        ({}, ["."], 3),
        ({"a.yaml": "a: ["}, ["a.yaml"], 3),
        ({"a.yaml": BAD, "b.yaml": "kind: [\n"}, ["."], 3),
        ({}, [], 2),
        ({}, ["explain", "no-readiness-probe"], 0),
        ({}, ["explain", "FF-2"], 0),
        ({}, ["explain", "nothing-like-it"], 2),
        ({}, ["list", "policies"], 0),
        ({}, ["list", "checklist"], 0),
        ({}, ["list", "misconfigurations"], 0),
        ({}, ["list", "facts"], 0),
        ({}, ["list", "formats"], 0),
        ({}, ["test", "no-readiness-probe"], 0),
    ],
)
def test_exit_status(capsys, tmp_path, files, argv, status):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert run(capsys, *argv)[0] == status


def test_an_error_says_what_to_do(capsys):
    status, out, err = run(capsys, "explain", "no-rediness-probe")
    assert (status, out) == (2, "")
    assert "did you mean `no-readiness-probe`" in err
    assert "Traceback" not in err


def test_several_formats_at_once(capsys, tmp_path):
    (tmp_path / "a.yaml").write_text(BAD)
    status, out, _ = run(capsys, "a.yaml", "--format", "json=out.json", "--format", "text")
    assert status == 1
    assert "no-readiness-probe" in out
    report = json.loads((tmp_path / "out.json").read_text())
    schema = json.loads((ROOT / "checker/reports/schema/report-1.schema.json").read_text())
    jsonschema.validate(report, schema)
    assert report["inputs"]["objects"] == 1
    assert any(
        finding["location"] == {"file": "a.yaml", "line": 10, "column": 9, "field": "spec.template.spec.containers[0].name"}
        for finding in report["findings"]
    )


def test_names_are_relative_to_the_current_directory(capsys, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.yaml").write_text(BAD)
    _, out, _ = run(capsys, str(tmp_path / "deep"), "--format", "json")
    assert {finding["location"]["file"] for finding in json.loads(out)["findings"]} == {"deep/a.yaml"}


def test_own_policies_are_loaded_and_checked(capsys, tmp_path):
    (tmp_path / "a.yaml").write_text(BAD)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/image-from-elsewhere.yaml").write_text("""\
id: image-from-elsewhere
checklist: SC-2
title: Images come from our registry
severity: high
subject: container
expression: container.image.startsWith("our.example.com/")
message: '"image " + container.image + " is not ours"'
fix: Use our registry.
why: We cannot rebuild the others.
examples:
- name: bad
  manifests: |
    {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: b}]}}  # expect: image-from-elsewhere
- name: good
  manifests: |
    {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: our.example.com/b}]}}
""")
    status, out, _ = run(capsys, "a.yaml", "--policies", "own", "--only", "image-from-elsewhere")
    assert status == 1
    assert "image registry.example.com/web:1.0.0 is not ours" in out
    assert run(capsys, "test", "image-from-elsewhere", "--policies", "own")[0] == 0
    broken = (tmp_path / "own/image-from-elsewhere.yaml").read_text().replace("container.image.", "container.imgae.")
    (tmp_path / "own/image-from-elsewhere.yaml").write_text(broken)
    status, _, err = run(capsys, "a.yaml", "--policies", "own")
    assert status == 2
    assert "own/image-from-elsewhere.yaml:6" in err
    assert "did you mean `container.image`" in err


def test_standard_input_and_a_reader_that_leaves(tmp_path):
    command = [sys.executable, "-m", "checker", "-", "--format", "json"]
    done = subprocess.run(command, input=BAD.encode(), cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["inputs"]["files"] == 1
    many = "---\n".join(BAD.replace("name: web", f"name: web{number}") for number in range(400))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(many.encode())
        process.stdin.close()
        assert process.stderr.read() == b""


def test_the_same_bytes_for_any_number_of_jobs_and_any_order(capsys, tmp_path):
    for number in range(150):
        (tmp_path / f"{number}.yaml").write_text(BAD.replace("name: web", f"name: web{number}"))
    names = sorted(path.name for path in tmp_path.iterdir())
    outputs = {run(capsys, *order, "--format", "json", "--jobs", jobs)[1] for order in (names, names[::-1]) for jobs in ("1", "2", "3")}
    assert len(outputs) == 1


def test_version_and_help(capsys):
    for argv in (["--version"], ["--help"], ["check", "--help"]):
        with pytest.raises(SystemExit) as caught:
            main(argv)
        assert caught.value.code == 0
        assert "k8s-stabcheck" in capsys.readouterr().out


def test_colour_only_where_it_is_wanted(capsys, tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(BAD)
    assert "\033[" not in run(capsys, "a.yaml")[1]
    assert "\033[" in run(capsys, "a.yaml", "--color", "always")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033[" not in run(capsys, "a.yaml")[1]
