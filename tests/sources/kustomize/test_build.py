"""What is built, what is refused before anything runs, and what kustomize's refusals become."""

import os
import socket
import subprocess
import threading

import pytest

from checker.location import Location
from checker.sources.kustomize import render_kustomization
from checker.sources.rendering import Rendering
from tests.binaries import helm, kubectl
from tests.sources.kustomize.trees import DEPLOYMENT, TREES, write

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n"


@pytest.fixture(autouse=True)
def _with_kubectl(monkeypatch, tmp_path):
    monkeypatch.setenv("K8S_STABCHECK_KUBECTL", kubectl())
    monkeypatch.setenv("K8S_STABCHECK_KUSTOMIZE", "no-such-program")
    monkeypatch.setenv("K8S_STABCHECK_HELM", "no-such-program")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("tree", TREES)
def test_the_text_is_that_of_a_plain_build(tree, tmp_path):
    root = write(TREES[tree], tmp_path)
    plain = subprocess.run([kubectl(), "kustomize", root], capture_output=True, check=True)
    made = render_kustomization(root, "made")
    assert (made.name, made.via, made.text) == ("made", f"kubectl kustomize {root}", plain.stdout)


REFUSED = {
    "a missing resource": ({"kustomization.yaml": "resources:\n- nope.yaml\n"}, "kustomization.yaml:2:3: 'nope.yaml' does not exist"),
    "a missing resource of a base of a base": (
        {
            "a/kustomization.yaml": "resources:\n- nope.yaml\n",
            "b/kustomization.yaml": "resources: [../a]\n",
            "over/kustomization.yaml": "resources: [../b]\n",
        },
        "a/kustomization.yaml:2:3: 'nope.yaml' does not exist",
    ),
    "a missing patch": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- path: nope.yaml\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: 'nope.yaml' does not exist",
    ),
    "a missing file of data": (
        {"kustomization.yaml": "configMapGenerator:\n- name: x\n  envs:\n  - nope.env\n"},
        "kustomization.yaml:4:5: 'nope.env' does not exist",
    ),
    "a directory without a kustomization": (
        {"over/kustomization.yaml": "resources:\n- ../base\n", "base/a.yaml": MAP},
        "over/kustomization.yaml:2:3: the directory '../base' holds no kustomization.yaml",
    ),
    "a file beside the directory": (
        {"over/kustomization.yaml": "resources:\n- ../a.yaml\n", "a.yaml": MAP},
        "over/kustomization.yaml:2:3: '../a.yaml' leads out of the directory of this kustomization, where kustomize reads no files",
    ),
    "a file far outside": (
        {"kustomization.yaml": f"configMapGenerator:\n- name: x\n  files:\n  - p={'../' * 20}etc/passwd\n"},
        f"kustomization.yaml:4:5: '{'../' * 20}etc/passwd' leads out of the directory of this kustomization, where kustomize reads no files",
    ),
    "an absolute path": (
        {"kustomization.yaml": "resources:\n- /etc/passwd\n"},
        "kustomization.yaml:2:3: '/etc/passwd' is an absolute path, which kustomize refuses here",
    ),
    "an absolute path of data": (
        {"kustomization.yaml": "configMapGenerator:\n- name: x\n  files: [/etc/passwd]\n"},
        "kustomization.yaml:3:11: '/etc/passwd' leads out of the directory of this kustomization, where kustomize reads no files",
    ),
    "a cycle": (
        {"a/kustomization.yaml": "resources:\n- ../over\n", "over/kustomization.yaml": "resources: [../a]\n"},
        "a/kustomization.yaml:2:3: '../over' leads back here: kustomize would never end",
    ),
    "itself": ({"kustomization.yaml": "resources:\n- .\n"}, "kustomization.yaml:2:3: '.' is this directory or one above it: kustomize would never end"),
    "an object twice": (
        {"kustomization.yaml": "resources:\n- a.yaml\n- b.yaml\n", "a.yaml": MAP, "b.yaml": MAP},
        "kustomization.yaml:3:3: 'b.yaml' adds ConfigMap 'a', which is there already",
    ),
    "a patch for nothing": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- path: p.yaml\n", "a.yaml": MAP, "p.yaml": MAP.replace("name: a", "name: b")},
        "p.yaml:4:3: this patch is for ConfigMap 'b', which is not among the resources",
    ),
    "a patch in place for nothing": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata:\n      name: b\n", "a.yaml": MAP},
        "kustomization.yaml:7:7: this patch is for Service 'b', which is not among the resources",
    ),
    "a patch that is none": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n- patch: foo\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: cannot be used: must specify one of patch and path",
    ),
    "a patch of text": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- patch: foo\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: is neither a patch of an object nor a list of JSON patch operations",
    ),
    "a resource that is no YAML": (
        {"over/kustomization.yaml": "resources: [../a]\n", "a/kustomization.yaml": "resources: [a.yaml]\n", "a/a.yaml": "a: [1\nb: 2\n"},
        "a/a.yaml:2:2: ",
    ),
    "a resource without a kind": ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: b\n"}, "a.yaml: an object of this file has no apiVersion, kind and metadata"),
    "a resource without a name": (
        {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"},
        "a.yaml: an object of this file has no metadata.name",
    ),
    "a kustomization that is no YAML": ({"kustomization.yaml": "resources: [a.yaml\nfoo: 1\n"}, "kustomization.yaml:2:4: "),
    "an unknown field": (
        {"over/kustomization.yaml": "resources: [../a]\n", "a/kustomization.yaml": "resources: [a.yaml]\nresorces: []\n", "a/a.yaml": MAP},
        "a/kustomization.yaml:2:1: `resorces` is no field of a kustomization",
    ),
    "a value of the wrong type": ({"kustomization.yaml": "resources: a.yaml\n"}, "kustomization.yaml:1:1: `resources` holds a string where a list is expected"),
    "a patch as a string": (
        {"kustomization.yaml": "resources: [a.yaml]\npatches:\n- p.yaml\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: `patches` holds a string where a mapping is expected",
    ),
    "a component as a resource": (
        {"over/kustomization.yaml": "resources:\n- ../c\n", "c/kustomization.yaml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"},
        "over/kustomization.yaml:2:3: '../c' is a component, so it cannot be listed here",
    ),
    "a kustomization as a component": (
        {"over/kustomization.yaml": "components:\n- ../c\n", "c/kustomization.yaml": "resources: []\n"},
        "over/kustomization.yaml:2:3: '../c' is no component, so it cannot be listed here",
    ),
    "a generator that merges into nothing": (
        {"kustomization.yaml": "configMapGenerator:\n- name: x\n  behavior: merge\n  literals: [a=b]\n"},
        "kustomization.yaml:2:3: the ConfigMap 'x' is to be changed (behavior: merge), and no base generates it",
    ),
    "a literal without a value": (
        {"kustomization.yaml": "configMapGenerator:\n- name: x\n  literals:\n  - ab\n"},
        "kustomization.yaml:4:5: invalid literal source ab, expected key=value",
    ),
    "a replacement without a source": (
        {"kustomization.yaml": "resources: [a.yaml]\nreplacements:\n- source: {kind: Foo, name: z}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: the source of this replacement, Foo 'z', is not among the resources",
    ),
    "two kustomizations": ({"kustomization.yaml": "resources: []\n", "kustomization.yml": "resources: []\n"}, "kustomization.yml: kustomize refuses a directory with both"),
    "an empty kustomization": ({"kustomization.yaml": "# nothing\n"}, "kustomization.yaml: is empty, which kustomize refuses"),
    "none": ({"a.yaml": MAP}, ".: holds no kustomization.yaml"),
    "a plugin": (
        {"kustomization.yaml": "generators:\n- g.yaml\n", "g.yaml": "apiVersion: x/v1\nkind: Made\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./x.sh\n"},
        "kustomization.yaml:2:3: the generators entry Made is a program of its own, which is never run",
    ),
    "a plugin in place": (
        {"kustomization.yaml": "resources: [a.yaml]\ntransformers:\n- |-\n  apiVersion: x/v1\n  kind: Made\n  metadata:\n    name: g\n", "a.yaml": MAP},
        "kustomization.yaml:3:3: the transformers entry Made is a program of its own, which is never run",
    ),
    "a chart that is not here": (
        {"kustomization.yaml": "helmCharts:\n- name: web\n  repo: https://charts.example\n  version: 1.2.3\n"},
        "kustomization.yaml:2:3: the Helm chart 'web' is not in 'charts/web-1.2.3/web' and was not fetched, so the kustomization was not built",
    ),
    "a chart without helm": (
        {"kustomization.yaml": "helmCharts:\n- name: web\n", "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
        "kustomization.yaml:2:3: the Helm chart 'web' needs helm, which is not installed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_built_is_said_at_the_line_of_the_user(case, tmp_path):
    files, expected = REFUSED[case]
    problems = render_kustomization(write(files, tmp_path), "made")
    assert isinstance(problems, list)
    assert len(problems) == 1, problems
    assert str(problems[0]).startswith(expected), str(problems[0])
    assert problems[0].fix
    assert "\n" not in problems[0].message
    assert str(tmp_path) not in str(problems[0])


REMOTE = (
    "https://example.com/a.yaml",
    "http://example.com/a.yaml",
    "github.com/org/repo//path?ref=v1",
    "https://github.com/org/repo//path?ref=v1",
    "git@github.com:org/repo.git",
    "git::https://example.com/org/repo",
    "ssh://git@example.com/org/repo",
    "gh:org/repo",
    "file:///srv/repo.git",
    "oci://ghcr.io/org/repo",
)


@pytest.mark.parametrize("remote", REMOTE)
@pytest.mark.parametrize("field", ["resources", "components", "bases", "generators", "transformers"])
def test_remote_resources_are_named_and_not_fetched(remote, field, tmp_path):
    write({"base/kustomization.yaml": f"{field}:\n- {remote}\n", "over/kustomization.yaml": "resources: [../base]\n"}, tmp_path)
    (problem,) = render_kustomization("over", "made")
    assert str(problem).startswith(f"base/kustomization.yaml:2:3: '{remote}' is remote and was not fetched")
    assert "--allow-remote" in problem.fix


FETCHING = {
    "resources": "resources:\n- {url}/a.yaml\n",
    "crds": "crds:\n- {url}/a.yaml\n",
    "configurations": "configurations:\n- {url}/a.yaml\n",
    "openapi": "openapi:\n  path: {url}/a.yaml\n",
    "a patch": "patches:\n- path: {url}/a.yaml\n",
    "an old patch": "patchesStrategicMerge:\n- {url}/a.yaml\n",
    "replacements": "replacements:\n- path: {url}/a.yaml\n",
    "a file": "configMapGenerator:\n- name: x\n  files:\n  - k={url}/a.yaml\n",
    "variables": "secretGenerator:\n- name: x\n  envs:\n  - {url}/a.env\n",
    "values": "helmCharts:\n- name: web\n  valuesFile: {url}/a.yaml\n",
    "a patch of a transformer": "transformers:\n- t.yaml\n",
}


@pytest.fixture
def asked():
    """A server on this machine: its address, and the requests that reached it."""
    requests: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                requests.append(connection.recv(1000))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na: b")

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", requests
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.parametrize("entry", FETCHING)
def test_nothing_is_asked_of_the_network(entry, asked, tmp_path):
    url, requests = asked
    transformer = f"apiVersion: builtin\nkind: PatchTransformer\nmetadata:\n  name: p\npath: {url}/a.yaml\n"
    chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
    write({"kustomization.yaml": FETCHING[entry].format(url=url), "t.yaml": transformer, "charts/web/Chart.yaml": chart}, tmp_path)
    problems = render_kustomization(".", "made")
    assert any("was not fetched" in problem.message and url in problem.message for problem in problems), problems
    assert requests == []


def test_with_allow_remote_it_is_fetched(asked, tmp_path):
    url, requests = asked
    write({"kustomization.yaml": f"resources:\n- {url}/a.yaml\n"}, tmp_path)
    render_kustomization(".", "made", allow_remote=True)
    assert requests[0].startswith(b"GET /a.yaml")


def test_programs_that_could_fetch_are_not_within_reach(monkeypatch, tmp_path):
    shown = tmp_path / "kustomize"
    shown.write_text("#!/bin/sh\n/usr/bin/env\n")
    shown.chmod(0o755)
    write({"kustomization.yaml": "resources: []\n"}, tmp_path)
    monkeypatch.setenv("K8S_STABCHECK_KUSTOMIZE", str(shown))
    monkeypatch.setenv("KUBECONFIG", "/secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    seen = dict(line.split("=", 1) for line in render_kustomization(".", "made").text.decode().splitlines())
    assert not any("secret" in value for value in seen.values())
    assert seen["https_proxy"] == seen["HTTP_PROXY"] == "http://127.0.0.1:9"
    assert seen["HOME"] == seen["PATH"] == seen["TMPDIR"] != os.environ["HOME"]
    assert not os.path.exists(seen["HOME"])


def test_charts_on_disk_are_rendered(monkeypatch, tmp_path):
    monkeypatch.setenv("K8S_STABCHECK_HELM", helm())
    write(
        {
            "kustomization.yaml": "helmGlobals:\n  chartHome: mine\nhelmCharts:\n- name: web\n  releaseName: shop\n  valuesInline:\n    replicas: 4\n",
            "mine/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "mine/web/values.yaml": "replicas: 1\n",
            "mine/web/templates/web.yaml": DEPLOYMENT.replace("replicas: 1", "replicas: {{ .Values.replicas }}"),
        },
        tmp_path,
    )
    before = sorted(os.walk("."))
    made = render_kustomization(".", "made")
    assert isinstance(made, Rendering), made
    assert b"replicas: 4" in made.text
    assert made.origin(1, ("spec", "replicas")).location == Location("kustomization.yaml", 4, 3, "spec.replicas")
    assert sorted(os.walk(".")) == before


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("- name: web\n  releaseName: --output-dir=out\n", "kustomization.yaml:3:3: '--output-dir=out' would be a flag of helm"),
        ("- name: -web\n", "kustomization.yaml:2:3: '-web' would be a flag of helm"),
        ("- name: linked\n", "charts/linked/secret: is a link that leads out of the chart and its repository, to "),
    ],
)
def test_charts_get_no_further_than_as_input(monkeypatch, tmp_path, entry, expected):
    monkeypatch.setenv("K8S_STABCHECK_HELM", helm())
    charts = {f"charts/{name}/Chart.yaml": f"apiVersion: v2\nname: '{name}'\nversion: 1.0.0\n" for name in ("web", "-web", "linked")}
    write({"kustomization.yaml": "helmCharts:\n" + entry, **charts}, tmp_path)
    os.symlink("/etc/hostname", "charts/linked/secret")
    before = sorted(os.walk("."))
    (problem,) = render_kustomization(".", "made")
    assert str(problem).startswith(expected)
    assert sorted(os.walk(".")) == before


def test_without_a_program_it_is_said_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("K8S_STABCHECK_KUBECTL", "no-such-program")
    write({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": MAP}, tmp_path)
    (problem,) = render_kustomization(".", "made")
    assert str(problem) == "kustomization.yaml: neither kustomize nor kubectl is installed, so this kustomization was not built"
    assert problem.fix.startswith("install kustomize (https://")


def test_a_program_that_does_not_end_is_stopped(monkeypatch, tmp_path):
    slow = tmp_path / "kustomize"
    slow.write_text("#!/bin/sh\nwhile :; do :; done\n")
    slow.chmod(0o755)
    write({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": MAP}, tmp_path)
    monkeypatch.setenv("K8S_STABCHECK_KUSTOMIZE", str(slow))
    monkeypatch.setattr("checker.sources.kustomize.program._SECONDS", 0.3)
    (problem,) = render_kustomization(".", "made")
    assert str(problem) == "kustomization.yaml: the build of this kustomization took too long and was stopped"


def test_links_that_lead_out_are_not_followed(tmp_path):
    (tmp_path / "secret.yaml").write_text(MAP.replace("k: v", "k: hunter2"))
    write({"over/kustomization.yaml": "resources: [a.yaml]\n"}, tmp_path)
    (tmp_path / "over" / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    (problem,) = render_kustomization("over", "made")
    assert "leads out of the directory" in problem.message


@pytest.mark.parametrize("spelling", ["over", "./over/", "link", "{tmp}/over", "over/../over"])
def test_files_are_named_as_the_user_would(spelling, tmp_path):
    write({**TREES["nested bases"]}, tmp_path)
    (tmp_path / "link").symlink_to("over")
    made = render_kustomization(spelling.format(tmp=tmp_path), "made")
    document = made.text.decode().split("\n---\n")[0].count("\n") + 3
    assert made.origin(document, ("spec", "minReadySeconds")).location.file == "mid/p.yaml"


def test_from_another_directory_files_are_named_the_way_to_them(monkeypatch, tmp_path):
    write({"over/kustomization.yaml": "resources:\n- ../base\n", "base/kustomization.yaml": "resources:\n- nope.yaml\n", "here/x": ""}, tmp_path)
    monkeypatch.chdir(tmp_path / "here")
    assert str(render_kustomization("../over", "made")[0]).startswith("../base/kustomization.yaml:2:3: ")


