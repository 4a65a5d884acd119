"""Application source through the command line."""

import json

import pytest

from checker.cli import main

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "registry.example.com/shop/web:1"}]}
"""
APP = "import requests\n\n\ndef price(sku):\n    return requests.get(f'http://prices/{sku}')\n"
ONLY = ("--only", "code-call-without-timeout", "--format", "json")


@pytest.fixture(autouse=True)
def _repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"k8s/web.yaml": POD, "src/web/Dockerfile": "FROM python\n", "src/web/app.py": APP}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def checked(capsys, *argv):
    status = main(["check", *argv, *ONLY])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("argv", [(".",), ("k8s", "src"), ("k8s", "--source", "src"), ("k8s", "--source", ".", "--source", "src/web")])
def test_source_in_what_is_read_and_in_directories_of_its_own(capsys, argv):
    status, report = checked(capsys, *argv)
    (finding,) = report["findings"]
    assert (status, finding["outcome"]) == (1, "fail")
    assert {key: finding["location"][key] for key in ("file", "line", "column")} == {"file": "src/web/app.py", "line": 5, "column": 12}
    assert "application source: src/web runs in web (the folder has the image's name)" in report["assumptions"]


def test_source_elsewhere_is_not_read(capsys):
    status, report = checked(capsys, "k8s")
    assert (status, report["findings"]) == (0, [])
    assert not any("source" in said for said in report["assumptions"])


def test_a_directory_that_does_not_exist(capsys):
    assert main(["check", "k8s", "--source", "nowhere"]) == 2
    assert "--source nowhere: there is no such directory" in capsys.readouterr().err


def test_the_annotation_accepts_a_finding(capsys, tmp_path):
    accepted = 'metadata: {name: web, namespace: shop, annotations: {k8s-stabcheck/ignore: "code-call-without-timeout: a tool"}}'
    (tmp_path / "k8s/web.yaml").write_text(POD.replace("metadata: {name: web, namespace: shop}", accepted))
    status, report = checked(capsys, ".")
    assert (status, [finding["outcome"] for finding in report["findings"]]) == (0, ["waived"])


def test_the_text_shows_the_line(capsys):
    main(["check", ".", "--only", "code-call-without-timeout"])
    out = capsys.readouterr().out
    assert "src/web/app.py:5:12" in out
    assert "return requests.get(f'http://prices/{sku}')" in out


@pytest.mark.parametrize(
    ("app", "outcome"),
    [
        (APP.replace("')", "')  # k8s-stabcheck: ignore code-call-without-timeout: a tool"), "waived"),
        (APP.replace("    return", "    # k8s-stabcheck: ignore code-call-without-timeout: a tool\n    return"), "waived"),
        (APP.replace("    return", "    # k8s-stabcheck: ignore code-queue-unbounded: a tool\n    return"), "fail"),
        (APP.replace("import", "# k8s-stabcheck: ignore code-call-without-timeout: a tool\nimport"), "fail"),
    ],
)
def test_a_comment_accepts_a_finding(capsys, tmp_path, app, outcome):
    (tmp_path / "src/web/app.py").write_text(app)
    _, report = checked(capsys, ".")
    assert [finding["outcome"] for finding in report["findings"]] == [outcome]


def test_a_comment_without_a_reason_is_void(capsys, tmp_path):
    (tmp_path / "src/web/app.py").write_text(APP.replace("')", "')  # k8s-stabcheck: ignore code-call-without-timeout"))
    status, report = checked(capsys, ".")
    assert status == 3
    assert [(error["file"], error["line"]) for error in report["inputs"]["errors"]] == [("src/web/app.py", 5)]
