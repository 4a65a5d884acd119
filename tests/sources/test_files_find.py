"""Which files a command line means: trees with links, loops, charts, backups and odd names."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.sources import Found, find, read

Tree = Callable[..., None]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Make files in an empty working directory: `tree("a/b.yaml")`."""
    monkeypatch.chdir(tmp_path)

    def make(*files: str) -> None:
        for file in files:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(f"# {file}\n")

    return make


def names(found: Found) -> list[str]:
    """The inputs as they are reported."""
    return [source.name for source in found.inputs]


@pytest.mark.parametrize(
    ("files", "arguments", "expected"),
    [
        (["a.yaml"], ["."], ["a.yaml"]),
        (["a.yaml"], ["./a.yaml"], ["a.yaml"]),
        (["b/a.yml", "b/c.YAML", "b/d.Json", "b/e.txt", "b/README.md", "b/yaml"], ["b"], ["b/a.yml", "b/c.YAML", "b/d.Json"]),
        (["b/Kustomization", "b/kustomization.yml"], ["b/"], ["b/Kustomization", "b/kustomization.yml"]),
        (["b/manifest.txt"], ["b/manifest.txt"], ["b/manifest.txt"]),
        (["x.yaml/inner.yaml"], ["."], ["x.yaml/inner.yaml"]),
        (["x.yaml/inner.yaml"], ["x.yaml"], ["x.yaml/inner.yaml"]),
        (["a/x.yaml", "a/b/y.yaml"], ["a", "a/b", "a/b/y.yaml", "./a//b"], ["a/b/y.yaml", "a/x.yaml"]),
        (["a/.git/x.yaml", "a/.hidden.yaml", "a/node_modules/p/x.json", "a/__pycache__/x.json", "a/y.yaml"], ["a"], ["a/y.yaml"]),
        (["a/env/pyvenv.cfg", "a/env/lib/x.yaml", "a/y.yaml"], ["a"], ["a/y.yaml"]),
        (["a/.hidden/x.yaml"], ["a/.hidden"], ["a/.hidden/x.yaml"]),
        (["a/.hidden.yaml"], ["a/.hidden.yaml"], ["a/.hidden.yaml"]),
        ([], ["."], []),
        (["-"], ["-", "-"], ["<stdin>"]),
    ],
)
def test_what_arguments_mean(tree: Tree, files: list[str], arguments: list[str], expected: list[str]) -> None:
    """Endings decide in a directory; whoever names a file means it."""
    tree(*files)
    found = find(arguments)
    assert names(found) == expected
    assert found.problems == []
    assert found.skipped == []


def test_what_is_left_out_is_counted(tree: Tree) -> None:
    """Hidden directories and those of tools are left out, and their number is known."""
    tree("a/.git/x.yaml", "a/.ci.yaml", "a/.bashrc", "a/node_modules/x.json", "a/venv/pyvenv.cfg", "a/y.yaml")
    left_out = [".git", ".ci.yaml", "node_modules", "venv"]
    assert find(["a"]).left_out == len(left_out)


def test_a_file_that_was_named_is_told_from_one_that_was_found(tree: Tree) -> None:
    """Named and found at once counts as named."""
    tree("a/x.yaml", "a/y.yaml")
    assert {source.name: source.explicit for source in find(["a", "a/y.yaml"]).inputs} == {"a/x.yaml": False, "a/y.yaml": True}


def test_names_outside_the_working_directory_are_as_given(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative where that is short, never a path that the user did not write."""
    tree("here/x.yaml", "there/y.yaml")
    absolute = str(Path("there").resolve())
    monkeypatch.chdir("here")
    assert names(find(["../there"])) == ["../there/y.yaml"]
    assert names(find([absolute])) == [f"{absolute}/y.yaml"]
    assert names(find([str(Path.cwd())])) == ["x.yaml"]


def test_links_are_followed_and_loops_survived(tree: Tree) -> None:
    """Each file once, under its own name where it has one."""
    tree("a/x.yaml", "a/b/y.yaml", "elsewhere/z.yaml")
    Path("a/loop").symlink_to("../a")
    Path("a/b/up").symlink_to("..")
    Path("a/0.yaml").symlink_to("x.yaml")
    Path("a/out").symlink_to("../elsewhere")
    Path("a/self.yaml").symlink_to("self.yaml")
    found = find(["a"])
    assert names(found) == ["a/b/y.yaml", "a/out/z.yaml", "a/self.yaml", "a/x.yaml"]
    assert names(find(["a", "elsewhere"])) == ["a/b/y.yaml", "a/self.yaml", "a/x.yaml", "elsewhere/z.yaml"]
    assert "cannot be read" in str(read(found.inputs[2]))


def test_a_mounted_config_map_is_read_once(tree: Tree) -> None:
    """The kubelet mounts `x.yaml -> ..data/x.yaml`, `..data -> ..2026_01_01`."""
    tree("m/..2026_01_01/x.yaml")
    Path("m/..data").symlink_to("..2026_01_01")
    Path("m/x.yaml").symlink_to("..data/x.yaml")
    assert names(find(["m"])) == ["m/x.yaml"]


@pytest.mark.parametrize("name", ["x.yaml~", "x.yaml.bak", "x.yaml.ORIG", ".x.yaml.swp", "#x.yaml#", "x.yaml.rej"])
def test_backups_are_skipped_even_when_named(tree: Tree, name: str) -> None:
    """A shell's `*` names them too."""
    tree(name, "d/" + name)
    found = find([name, "d"])
    assert names(found) == []
    assert [(entry.file, entry.reason) for entry in found.skipped] == [(name, "a backup that an editor or a merge left behind")]


def test_what_does_not_exist_is_a_problem(tree: Tree) -> None:
    """What, and what to do; the rest is read."""
    tree("a.yaml")
    found = find(["no-such", "a.yaml", "a.yaml/x", "nul\0byte"])
    assert names(found) == ["a.yaml"]
    assert [str(problem) for problem in found.problems] == [
        "a.yaml/x: cannot be read: not a directory",
        "no-such: no such file or directory",
        "nul\\x00byte: cannot be read: embedded null byte",
    ]
    assert all(problem.fix for problem in found.problems)


SUBCHART = ["c/charts/sub/Chart.yaml", "c/charts/sub/templates/x.yaml"]
CHART = ["c/Chart.yaml", "c/values.yaml", "c/templates/web.yaml", "c/crds/x.yaml", *SUBCHART]


def charts(found: Found) -> list[tuple[str, str]]:
    return [(chart.name, chart.file) for chart in found.charts]


@pytest.mark.parametrize("argument", [".", "c", "c/templates", "c/templates/", "c/Chart.yaml", "c/values.yaml", "c/templates/web.yaml"])
def test_a_chart_is_found_once(tree: Tree, argument: str) -> None:
    """Whether the user names the chart, a directory above it, its templates, or, as pre-commit does, a file of it."""
    tree("web.yaml", *CHART)
    found = find([argument, argument])
    assert charts(found) == [("c", "c/Chart.yaml")]
    assert "c" not in {name.split("/")[0] for name in names(found)}
    assert found.problems == []


def test_files_beside_a_chart(tree: Tree) -> None:
    """Definitions and values of others are files like any."""
    tree("values.yaml", *CHART)
    found = find(["c/crds/x.yaml", "values.yaml"])
    assert names(found) == ["c/crds/x.yaml", "values.yaml"]
    assert charts(found) == []


def test_a_chart_in_the_working_directory(tree: Tree) -> None:
    """The commonest call of all: `k8s-stabcheck .` in a chart."""
    tree("Chart.yaml", "my templates/x.yaml", "templates/x.yaml")
    assert charts(find(["."])) == [(".", "Chart.yaml")]


def test_a_packaged_chart_is_one_where_it_is_named(tree: Tree) -> None:
    tree("web.yaml", "c-1.0.0.tgz")
    assert charts(find(["c-1.0.0.tgz"])) == [("c-1.0.0.tgz", "c-1.0.0.tgz")]
    assert charts(find(["."])) == []


def test_kustomizations_are_told(tree: Tree) -> None:
    tree("base/kustomization.yaml", "prod/Kustomization", "prod/patch.yaml")
    assert find(["."]).kustomizations == ["base/kustomization.yaml", "prod/Kustomization"]


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        (b"\xff.yaml", "\\xff.yaml"),
        (b"a\nb.yaml", "a\\x0ab.yaml"),
        (b"\x1b[31m.yaml", "\\x1b[31m.yaml"),
        ("\u202egpj.yaml".encode(), "\\u202egpj.yaml"),
        ("name mit leerzeichen und ü.yaml".encode(), "name mit leerzeichen und ü.yaml"),
        (b"n" * 250 + b".yaml", "n" * 250 + ".yaml"),
    ],
)
def test_odd_names_are_reported_safely(tree: Tree, name: bytes, reported: str) -> None:
    """Nothing in a name can break a line of a report, run a terminal command, or fail to be encoded."""
    tree()
    Path(os.fsdecode(name)).write_text("x")
    for argument in (".", os.fsdecode(name)):
        (source,) = find([argument]).inputs
        assert source.name == reported
        assert source.name.encode()
        assert read(source) == b"x"


def test_a_working_directory_that_is_gone(tree: Tree) -> None:
    """Absolute paths still work."""
    tree("x.yaml", "gone/x")
    absolute = str(Path("x.yaml").resolve())
    os.chdir("gone")
    Path("x").unlink()
    Path("../gone").rmdir()
    assert [source.path for source in find([absolute]).inputs] == [absolute]


ARGUMENTS = [".", "a", "a/b", "a/b/y.yaml", "a/link", "a/link/q.yaml", "alias", "c", "c/templates", "c/values.yaml", "none", "-", "x.yaml~"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_arguments_never_matters(tree: Tree, data: st.DataObject) -> None:
    """And naming something twice changes nothing."""
    tree("a/x.yaml", "a/b/y.yaml", "other/q.yaml", "x.yaml~", *CHART)
    for link, target in (("a/link", "../other"), ("alias", "a"), ("a/b/loop", "..")):
        if not Path(link).is_symlink():
            Path(link).symlink_to(target)
    arguments = data.draw(st.lists(st.sampled_from(ARGUMENTS), min_size=1))
    shuffled = data.draw(st.permutations(arguments))
    assert find(arguments) == find(shuffled) == find(arguments + shuffled)


@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "directory", "vanished", "link to nowhere"])
def test_only_files_are_opened(tree: Tree, kind: str) -> None:
    """A named pipe would block for ever."""
    tree("d/x.yaml")
    odd = Path("d/odd.yaml")
    server = socket.socket(socket.AF_UNIX)
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "socket":
        server.bind(str(odd))
    elif kind == "device":
        odd.symlink_to("/dev/zero")
    elif kind == "link to nowhere":
        odd.symlink_to("nowhere")
    else:
        odd.touch()
    found = find(["d"])
    if kind in ("vanished", "directory"):
        odd.unlink()
    if kind == "directory":
        odd.mkdir()
    server.close()
    assert names(found) == ["d/odd.yaml", "d/x.yaml"]
    problem = read(found.inputs[0])
    assert not isinstance(problem, bytes)
    assert problem.file == "d/odd.yaml"
    expected = {
        "fifo": "is a named pipe, not a file",
        "socket": "is a socket, not a file",
        "device": "is a device, not a file",
        "directory": "is a directory, not a file",
        "vanished": "no such file or directory",
        "link to nowhere": "is a link to 'nowhere', which does not exist",
    }
    assert problem.message == expected[kind]
    assert problem.fix
