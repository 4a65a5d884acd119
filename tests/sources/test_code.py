import os

import pytest

from checker.code.languages import is_aside, is_source, tells_of_builds
from checker.sources import code as reader
from checker.sources.files import find

CALL = "import requests\nrequests.get(1)\n"


def scanned(directory, jobs=1):
    found = find([str(directory)])
    return reader.begin_scan(found.code, found.code_roots, jobs)()


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("path", "aside"),
    [
        ("app.py", False),
        ("src/shop/latest.py", False),
        ("tests/app.py", True),
        ("src/test/java/A.java", True),
        ("src/main/java/Attest.java", False),
        ("src/main/java/CartTest.java", True),
        ("cart_test.go", True),
        ("contest.go", False),
        ("a.spec.ts", True),
        ("api_pb2_grpc.py", True),
        ("api.pb.go", True),
        ("vendor/x/y.go", True),
        ("node_modules/x/y.js", True),
        ("app.min.js", True),
        ("types.d.ts", True),
    ],
)
def test_what_does_not_run_in_production_is_left_aside(path, aside):
    assert is_aside(path) is aside


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.web", "web.Dockerfile", "skaffold.yaml", "docker-compose.prod.yml", "Tiltfile", "go.mod"])
def test_files_that_tell_of_builds(name):
    assert tells_of_builds(name)
    assert not is_source(name)


def test_files_are_sorted_out_and_counted(tmp_path):
    write(tmp_path, {"a/app.py": CALL, "a/tests/t.py": CALL, "a/big.py": CALL + "#\n" * 600_000, "a/x.txt": "", "node_modules/m/i.js": "x"})
    source = scanned(tmp_path)
    assert [os.path.basename(match.file) for match in source.code.matches] == ["app.py"]
    assert (source.code.files, source.code.aside) == (1, 2)


def test_the_folders_above_what_is_read_do_not_count(tmp_path):
    write(tmp_path, {"examples/shop/app.py": CALL})
    assert len(scanned(tmp_path / "examples" / "shop").code.matches) == 1


def test_links_in_circles_are_survived_and_a_file_is_read_once(tmp_path):
    write(tmp_path, {"a/app.py": CALL})
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert len(scanned(tmp_path).code.matches) == 1


def test_several_processes_find_the_same(tmp_path):
    write(tmp_path, {f"a/app{number}.py": CALL for number in range(200)})
    assert scanned(tmp_path, jobs=2) == scanned(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    write(tmp_path, {"a/app.py": CALL})
    os.mkfifo(tmp_path / "a" / "pipe.py")
    source = scanned(tmp_path)
    assert len(source.code.matches) == 1
    assert [(os.path.basename(skipped.file), skipped.reason) for skipped in source.skipped] == [
        ("pipe.py", "application source: is a named pipe, not a file")
    ]


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    write(tmp_path, {"a/app.py": CALL})
    monkeypatch.setattr(reader, "can_scan", lambda: False)
    (skipped,) = scanned(tmp_path).skipped
    assert "pip install 'k8s-stabcheck[source]'" in skipped.reason


def test_without_source_nothing_is_collected(tmp_path):
    write(tmp_path, {"kustomization.yaml": "resources: []\n", "Dockerfile": "FROM x\n", "a.yaml": "a: 1\n"})
    assert find([str(tmp_path)]).code == []


def test_what_another_file_of_the_program_sets_counts(tmp_path):
    call = "from urllib.request import urlopen\nurlopen(URL)\n"
    write(tmp_path, {"a/app.py": call, "a/settings.py": "import socket\nsocket.setdefaulttimeout(5)\n", "b/app.py": call})
    code = scanned(tmp_path).code
    assert len(code.matches) == 2
    assert [(os.path.basename(file), rule) for file, rule in code.silencing] == [("settings.py", "python-urlopen-without-timeout")]
