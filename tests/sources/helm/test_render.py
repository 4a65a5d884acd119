"""Charts rendered by a real helm: what comes out, where it is from, and what is said when nothing does."""

import gzip
import io
import os
import shutil
import socket
import tarfile
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.errors import Problem, Skipped
from checker.sources import process
from checker.sources.helm import HelmOptions, command, render_chart
from checker.sources.rendering import Rendering
from tests.binaries import helm

Tree = Callable[[dict[str, str]], str]

_POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Files of a chart in the directory `shop` below the working directory, which with the temporary one must stay as it is."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("K8S_STABCHECK_HELM", os.environ.get("K8S_STABCHECK_HELM") or helm())

    def make(files: dict[str, str]) -> str:
        for name, content in {"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", **files}.items():
            path = place / "shop" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return "shop"

    return make


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    private = tmp_path / "temporary"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    yield
    assert os.listdir(private) == []


def rendered(path: str, **options: object) -> Rendering:
    found = render_chart(path, path, HelmOptions(**options))  # type: ignore[arg-type]
    assert isinstance(found, Rendering), found
    return found


def problems(path: str, **options: object) -> list[Problem]:
    found = render_chart(path, path, HelmOptions(**options))  # type: ignore[arg-type]
    assert isinstance(found, list), found
    return found


def pack(files: dict[str, str], top: str = "shop") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return gzip.compress(stream.getvalue())


def files_by_name(found: Rendering) -> dict[str, str | None]:
    """Of each object the file it is written in."""
    lines = found.text.decode().split("\n")
    named = {line.removeprefix("  name: "): number for number, line in enumerate(lines, 1) if line.startswith("  name: ")}
    places = {name: found.origin(number, ("metadata", "name")) for name, number in named.items()}
    return {name: place.location.file if place else None for name, place in places.items()}


def test_values_and_names_are_as_given(tree: Tree) -> None:
    text = "a: {{ .Values.a }}\nb: {{ .Values.b }}\nc: {{ .Values.c }}\nd: {{ .Release.Name }}\ne: {{ .Release.Namespace }}\nf: {{ .Capabilities.KubeVersion }}\n"
    chart = tree({"templates/x.yaml": text, "values.yaml": "a: 1\nb: 1\nc: 1\n"})
    Path("one, two.yaml").write_text("b: 2\nc: 2\n")
    found = rendered(chart, values=("one, two.yaml",), sets=("c=3",), release="r", namespace="n", kube_version="1.30.1")
    assert found.text.decode().split("\n")[2:8] == ["a: 1", "b: 2", "c: 3", "d: r", "e: n", "f: v1.30.1"]
    assert found.name == "shop"
    assert found.via == "helm template r shop -n n -f 'one, two.yaml' --set c=3 --kube-version=1.30.1"
    assert rendered(chart).text.decode().split("\n")[5:7] == ["d: shop", "e: default"]


def test_a_template_whose_name_breaks_lines_is_refused(tree: Tree) -> None:
    (problem,) = problems(tree({"templates/a\nkind: Pod\n.yaml": "a: 1\n"}))
    assert (problem.file, problem.fix) == ("shop/templates/a\\x0akind: Pod\\x0a.yaml", "rename it")


@pytest.mark.parametrize("flag", ["--output-dir=out", "--post-renderer=./program", "-x"])
def test_the_name_of_a_release_is_no_flag(tree: Tree, flag: str) -> None:
    """It may come from an Application or a HelmRelease, and Helm has flags that write files and run programs."""
    chart = tree({"templates/x.yaml": "a: 1\n"})
    before = sorted(os.walk("."))
    (problem,) = problems(chart, release=flag)
    assert problem.message == f'"{flag}" cannot be the name of a release'
    assert sorted(os.walk(".")) == before


@pytest.mark.parametrize(
    ("chart", "release"),
    [("shop", "shop"), ("Our_Shop.v2", "our-shop-v2"), ("-", "release"), ("a" * 60, "a" * 53), ("a" * 52 + "-b", "a" * 52)],
)
def test_a_release_is_called_as_its_chart_where_that_is_possible(chart: str, release: str) -> None:
    assert command.release_name(chart) == release


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ("networking.istio.io/v1/VirtualService", (), "true"),
        ("gateway.networking.k8s.io/v1", (), "true"),
        ("monitoring.coreos.com/v1", (), "true"),
        ("policy/v1/PodDisruptionBudget", (), "true"),
        ("security.openshift.io/v1", (), "false"),
        ("monitoring.coreos.com/v1", ("example.com/v1",), "false"),
        ("example.com/v1", ("example.com/v1", "example.com/v2"), "true"),
    ],
)
def test_what_a_cluster_may_have_is_there(tree: Tree, asked: str, given: tuple[str, ...], expected: str) -> None:
    chart = tree({"templates/x.yaml": f'a: {{{{ .Capabilities.APIVersions.Has "{asked}" }}}}\n'})
    assert f"a: {expected}\n" in rendered(chart, api_versions=given).text.decode()


def test_tests_and_definitions_are_left_out_and_other_hooks_are_not(tree: Tree) -> None:
    def hook(name: str) -> str:
        return _POD.format(name=name) + f'  annotations: {{helm.sh/hook: "{name}"}}\n'

    chart = tree({
        "templates/a.yaml": hook("test") + "---\n" + hook("pre-install") + "---\n" + hook("post-upgrade,test-success"),
        "templates/NOTES.txt": "Hello",
        "crds/x.yaml": _POD.format(name="definition"),
    })
    assert files_by_name(rendered(chart)) == {"pre-install": "shop/templates/a.yaml"}


_INNER = {"Chart.yaml": "apiVersion: v2\nname: packed\nversion: 1.0.0\n", "templates/deep/x.yaml": _POD.format(name="packed")}


def test_every_object_leads_to_its_template(tree: Tree) -> None:
    """In charts within too: under another name, in a directory of another name, packed."""
    chart = tree({
        "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: cart, version: 1.0.0, alias: basket}\n",
        "templates/web.yaml": _POD.format(name="web"),
        "templates/charts/odd.yaml": _POD.format(name="odd"),
        "charts/the-cart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
        "charts/the-cart/templates/x.yaml": _POD.format(name="cart"),
        "charts/the-cart/charts/far/Chart.yaml": "apiVersion: v2\nname: far\nversion: 1.0.0\n",
        "charts/the-cart/charts/far/templates/x.yaml": _POD.format(name="far"),
    })
    Path(chart, "charts", "packed-1.0.0.tgz").write_bytes(pack(_INNER, "packed"))
    assert files_by_name(rendered(chart)) == {
        "web": "shop/templates/web.yaml",
        "odd": "shop/templates/charts/odd.yaml",
        "cart": "shop/charts/the-cart/templates/x.yaml",
        "far": "shop/charts/the-cart/charts/far/templates/x.yaml",
        "packed": "shop/charts/packed-1.0.0.tgz/packed/templates/deep/x.yaml",
    }


def test_a_packaged_chart_is_rendered(tree: Tree) -> None:
    Path("shop-1.0.0.tgz").write_bytes(
        pack({"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "templates/x.yaml": _POD.format(name="{{ .Values.who }}"), "values.yaml": "who: a"})
    )
    assert files_by_name(rendered("shop-1.0.0.tgz")) == {"a": "shop-1.0.0.tgz/shop/templates/x.yaml"}
    (problem,) = problems("shop-1.0.0.tgz", sets=("who=,b",))
    assert "/tmp" not in str(problem)


def test_a_packaged_chart_that_is_none_is_a_problem(tree: Tree) -> None:
    Path("shop-1.0.0.tgz").write_bytes(b"PK")
    (problem,) = problems("shop-1.0.0.tgz")
    assert str(problem) == "shop-1.0.0.tgz: is no packaged chart: it is not compressed with gzip"
    os.mkfifo("pipe.tgz")
    assert "neither" in str(problems("pipe.tgz")[0])


def test_a_library_chart_is_no_fault(tree: Tree) -> None:
    chart = tree({"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ntype: library\n", "templates/_x.tpl": ""})
    found = render_chart(chart, chart)
    assert found == Skipped("shop/Chart.yaml", 4, "a library chart: it has templates for other charts and no objects of its own")


def test_an_old_chart_with_requirements(tree: Tree) -> None:
    old = {"Chart.yaml": "name: shop\nversion: 1.0.0\n", "requirements.yaml": "dependencies:\n- {name: cart, version: 1.0.0, repository: https://example.com, alias: basket}\n"}
    chart = tree(old)
    assert [str(each) for each in problems(chart)] == ["shop/requirements.yaml:2: depends on a chart that is not in charts/: cart 1.0.0 from https://example.com"]
    tree({**old, "charts/cart/Chart.yaml": "name: cart\nversion: 1.0.0\n", "charts/cart/templates/x.yaml": _POD.format(name="cart")})
    assert files_by_name(rendered(chart)) == {"cart": "shop/charts/cart/templates/x.yaml"}


_DEPENDS = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: cart, version: 1.0.0, repository: https://example.com, condition: cart.enabled}\n"


def test_a_condition_switches_a_chart_off_that_is_there(tree: Tree) -> None:
    part = {"charts/cart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n", "charts/cart/templates/x.yaml": _POD.format(name="cart")}
    chart = tree({"Chart.yaml": _DEPENDS, **part})
    assert list(files_by_name(rendered(chart))) == ["cart"]
    assert files_by_name(rendered(chart, sets=("cart.enabled=false",))) == {}


def test_helm_wants_a_chart_that_is_switched_off_all_the_same(tree: Tree) -> None:
    chart = tree({"Chart.yaml": _DEPENDS, "values.yaml": "cart: {enabled: false}"})
    (problem,) = problems(chart)
    assert str(problem).startswith("shop/Chart.yaml:5: depends on a chart that is not in charts/: cart 1.0.0 from https://example.com; Helm wants")
    assert problem.fix == "helm dependency build shop"


_FAULTS: list[tuple[dict[str, str], dict[str, object], str]] = [
    ({"templates/x.yaml": "a: {{ .Values.a.b.c }}"}, {}, "shop/templates/x.yaml:1:14: `.Values.a.b.c`: there is nothing to take `.b` from: no such value is given"),
    ({"templates/x.yaml": '\n{{ include "a" . }}', "templates/_a.tpl": '{{ define "a" }}\n{{ .Values.a.b.c }}{{ end }}'}, {}, "shop/templates/_a.tpl:2:11: `.Values.a.b.c`: there is nothing to take `.b` from: no such value is given; on the way: shop/templates/x.yaml:2"),
    ({"templates/x.yaml": 'a: {{ required "give a:\\n it" .Values.a }}'}, {}, "shop/templates/x.yaml:1:7: give a: it"),
    ({"templates/x.yaml": "a: b\n{{ if }}"}, {}, "shop/templates/x.yaml:2: is no template that Helm can read: missing value for if"),
    ({"templates/x.yaml": '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}'}, {}, "shop/templates/x.yaml:1:20: the template 'r' includes itself without end; on the way: shop/templates/x.yaml:1"),
    ({"templates/x.yaml": "a: b\n c: {{ .Chart.Name }}: d"}, {}, "shop/templates/x.yaml: what it renders is no YAML: "),
    ({"values.yaml": "a:\n - x\n b: 1\n"}, {}, "shop/values.yaml:3:2: the indentation does not fit: an item"),
    ({"values.yaml": "- a\n"}, {}, "shop/values.yaml:1:1: is not a mapping of names to values"),
    ({"Chart.yaml": "name: [\n"}, {}, "shop/Chart.yaml:1:8: a value is missing here"),
    ({"Chart.yaml": "a: 1\n"}, {}, "shop/Chart.yaml: helm: validation: chart.metadata.name is required"),
    ({"Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\nkubeVersion: '>=1.99.0'\n"}, {}, "shop/Chart.yaml:4: the chart is for Kubernetes >=1.99.0, and was rendered for v1."),
    ({}, {"sets": ("a",)}, 'shop/Chart.yaml: --set: key "a" has no value'),
    ({}, {"sets": ("a=\0",)}, "what --set gives holds a NUL"),
    ({}, {"sets": ("a=" + "x" * 200_000,)}, "what --set gives is too long for a command line"),
    ({}, {"values": ("none.yaml",)}, "none.yaml: no such file or directory"),
    ({}, {"values": ("https://example.com/x.yaml",)}, "https://example.com/x.yaml: values are not fetched"),
    ({}, {"values": ("-",)}, "<stdin>: values are not read from standard input"),
    ({}, {"values": ("/dev/null",)}, "/dev/null: is no plain file"),
    ({}, {"values": ("shop",)}, "shop: cannot be read: is a directory"),
    ({}, {"values": ("shop/Chart.yaml", "shop/bad.yaml")}, "shop/bad.yaml: no such file"),
    ({"bad.yaml": "a: [\n"}, {"values": ("shop/bad.yaml",)}, "shop/bad.yaml:1:5: a value is missing here"),
    ({"values.schema.json": '{"required": ["a"]}'}, {}, "shop/values.yaml: the schema of the chart shop does not take the values: "),
    ({"values.schema.json": '{"properties": {"a": {"type": "string"}}}', "values.yaml": "b: 1\na: 1\n"}, {}, "shop/values.yaml:2:1: the schema of the chart shop does not take `a`: "),
    ({}, {"release": "Not_Valid"}, 'shop/Chart.yaml: "Not_Valid" cannot be the name of a release'),
    ({}, {"kube_version": "new"}, "shop/Chart.yaml: 'new' is no version of Kubernetes"),
    ({"templates/x.yaml": "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"}, {}, "shop/Chart.yaml: helm did not finish in 1 seconds and was stopped"),
    ({"templates/x.yaml": '{{ repeat 100000000 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }}'}, {}, "shop/Chart.yaml: helm needed more than 2 GiB of memory for it"),
    ({"templates/x.yaml": 'a: {{ repeat 3000000 "a" }}'}, {}, "shop/Chart.yaml: renders to more than 1 MiB"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "options", "expected"), _FAULTS)
def test_what_is_wrong_is_told_with_its_place(tree: Tree, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], options: dict[str, object], expected: str) -> None:
    monkeypatch.setattr(command, "SECONDS", 1.0 if "in 1 seconds" in expected else 60.0)
    monkeypatch.setattr(process, "OUTPUT_LIMIT_BYTES", 1 << 20)
    found = problems(tree(files), **options)
    assert expected in str(found[0]), found
    assert len(found) == 1
    assert found[0].fix


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/etc/hostname", "shop/l: is a link that leads out of the chart and its repository, to /etc/hostname"),
        ("/nowhere", "shop/l: is a link to /nowhere, which does not exist"),
        ("l", "shop/l: is a link to l, which does not exist"),
    ],
)
def test_links_out_of_a_chart_are_refused(tree: Tree, target: str, expected: str) -> None:
    chart = tree({"templates/x.yaml": 'a: {{ .Files.Get "l" | quote }}'})
    os.symlink(target, "shop/l")
    (problem,) = problems(chart)
    assert expected in str(problem)


def test_links_in_a_chart_are_followed(tree: Tree) -> None:
    chart = tree({"templates/x.yaml": 'a: {{ .Files.Get "l" | quote }}', "text": "here"})
    os.symlink("text", "shop/l")
    assert b'a: "here"' in rendered(chart).text


def test_what_is_no_file_is_not_waited_for(tree: Tree) -> None:
    chart = tree({})
    for name in ("values.schema.json", "charts/x.tgz", "x"):
        Path("shop", name).parent.mkdir(exist_ok=True)
        os.mkfifo(f"shop/{name}")
        assert f"shop/{name}: is neither a file nor a directory" in str(problems(chart)[0])
        os.remove(f"shop/{name}")


def test_a_hostile_chart_within_never_gets_to_helm(tree: Tree) -> None:
    chart = tree({"charts/README.md": ""})
    Path(chart, "charts", "x.tgz").write_bytes(pack({"../../x": ""}))
    (problem,) = problems(chart)
    assert str(problem) == "shop/charts/x.tgz: holds a path that leads out of it: 'shop/../../x'"


def test_templates_reach_nothing_outside(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "leaked")
    Path("outside").write_text("leaked")
    chart = tree({"templates/x.yaml": 'a: {{ .Files.Get "../outside" | quote }}\nb: {{ getHostByName "localhost" | quote }}\nc: {{ lookup "v1" "Secret" "" "" | len }}\nd: {{ tpl "{{ .Files.Get \\"/etc/hostname\\" | quote }}" . }}\n'})
    assert rendered(chart).text.decode().split("\n")[2:6] == ['a: ""', 'b: ""', "c: 0", 'd: ""']
    tree({"templates/x.yaml": 'a: {{ env "SECRET" }}'})
    assert 'function "env" not defined' in str(problems(chart)[0])


def test_nothing_is_fetched_for_a_schema(tree: Tree) -> None:
    """Not even from this machine, which no proxy would keep."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(3)

        def serve() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.json"
        chart = tree({"values.schema.json": f'{{"properties": {{"a": {{"$ref": "{url}"}}}}}}', "values.yaml": "a: 1", "templates/x.yaml": _POD.format(name="web")})
        assert list(files_by_name(rendered(chart))) == ["web"]
        thread.join()
    assert asked == []


def test_the_users_own_helm_settings_do_not_count(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HELM_NAMESPACE", "HELM_KUBEAPISERVER", "HELM_KUBECONTEXT", "HELM_DEBUG"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    chart = tree({"templates/x.yaml": "a: {{ .Release.Namespace }}"})
    assert b"a: default\n" in rendered(chart).text


def script(text: str) -> str:
    Path("fake").write_text(f"#!/bin/sh\n{text}\n")
    os.chmod("fake", 0o755)
    return os.path.abspath("fake")


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ('case $1 in version) echo v3.10.3+g835b733;; *) echo "Error: unknown flag: --enable-dns" >&2; exit 1;; esac', "is version 3.10.3 and does not know --enable-dns: Helm 3.11.1 or newer is needed"),
        ('case $1 in version) echo "Client: v2.17.0+ga690bad";; *) echo "Error: unknown flag: --skip-tests" >&2; exit 1;; esac', "is version 2.17.0 and does not know --skip-tests: Helm 3.11.1 or newer is needed"),
        ('echo "Error: unknown flag: --skip-schema-validation" >&2; exit 1', "does not tell its version and does not know --skip-schema-validation: Helm 3.16 or newer is needed"),
        ("exit 1", "helm: it failed and did not say why"),
        ('echo "unknown command: helm. Perhaps you have to reshim?" >&2; exit 126', "helm: unknown command: helm. Perhaps you have to reshim?"),
        ("kill -9 $$", "helm: it failed and did not say why"),
    ],
)  # fmt: skip
def test_a_helm_that_is_none(tree: Tree, monkeypatch: pytest.MonkeyPatch, does: str, expected: str) -> None:
    chart = tree({})
    monkeypatch.setenv("K8S_STABCHECK_HELM", script(does))
    (problem,) = problems(chart)
    assert expected in str(problem)
    assert "K8S_STABCHECK_HELM" in problem.fix


def test_warnings_are_no_errors(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = tree({})
    monkeypatch.setenv("K8S_STABCHECK_HELM", script('echo "Error: not really" >&2; printf "a: 1\\n"'))
    assert rendered(chart).text == b"a: 1\n"


@pytest.mark.parametrize("path", [None, "nothing-here"])
def test_without_helm_it_is_said_how_to_get_one(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | None) -> None:
    chart = tree({})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("K8S_STABCHECK_HELM", path or "")
    (problem,) = problems(chart)
    assert str(problem) == "shop/Chart.yaml: a Helm chart is rendered by helm, and there is none to be found"
    assert "https://helm.sh/docs/intro/install" in problem.fix
    assert "K8S_STABCHECK_HELM" in problem.fix


def test_the_helm_on_the_path_is_used(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = tree({})
    shutil.move(script("echo a: 1"), "helm")
    monkeypatch.delenv("K8S_STABCHECK_HELM")
    for path in (os.getcwd(), "."):
        monkeypatch.setenv("PATH", path)
        assert rendered(chart).text == b"a: 1\n"
    monkeypatch.setenv("K8S_STABCHECK_HELM", "./helm")
    assert rendered(chart).text == b"a: 1\n"


def test_a_chart_without_objects_is_an_empty_text(tree: Tree) -> None:
    found = rendered(tree({"templates/x.yaml": "{{ if .Values.a }}a: b{{ end }}"}))
    assert found.text.strip() == b""
    assert found.origin(1, ()) is None


def test_nothing_is_left_behind_by_an_interruption(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> process.Ended:
        raise KeyboardInterrupt

    Path("shop.tgz").write_bytes(pack({"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n"}))
    monkeypatch.setattr(command, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render_chart("shop.tgz", "shop.tgz")


@pytest.mark.parametrize("packaged", [False, True])
def test_a_place_leads_to_the_line_of_the_template_and_to_the_value(tree: Tree, packaged: bool) -> None:
    files = {"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "templates/x.yaml": "# ours\n" + _POD.format(name="{{ .Values.who }}"), "values.yaml": "who: nobody\n"}
    chart = tree(files)
    Path("shop.tgz").write_bytes(pack(files))
    Path("ours.yaml").write_text("\nwho: somebody\n")
    found = rendered("shop.tgz" if packaged else chart, values=("ours.yaml",))
    line = found.text.decode().split("\n").index("  name: somebody") + 1
    for _ in range(2):
        place = found.origin(line, ("metadata", "name"))
        assert place is not None
        assert str(place.location) == ("shop.tgz/shop" if packaged else "shop") + "/templates/x.yaml:5:3"
        assert [str(related.location) for related in place.related] == ["ours.yaml:2:1"]
