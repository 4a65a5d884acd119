"""Against Kubernetes' own decoder, over every document of the corpus. Skipped where either is missing."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.documents import parse
from tests.documents.tables import DOCUMENTS, same
from tests.documents.tables import SCALARS as TABLE

SHARED = Path(__file__).parents[3] / "shared"
TOOL = SHARED / "tools" / "kubernetes-yaml"
CORPUS = SHARED / "corpus"
NOT_YAML = {".tpl", ".txt", ".md", ".tsv", ".jsonl", ".golden", ".json"}

# Where we differ on purpose.
ACCEPTED = {
    "bad-input/tab-in-comment-ok.yaml": "a tab before a comment is legal YAML 1.2",
    "bad-input/utf16le-bom.yaml": "UTF-16 is legal YAML",
}
REFUSED = {
    "bad-input/python-tag.yaml": "a tag of Python is not passed over",
    "bad-input/deep-nesting.yaml": "deeper than we read",
}

SCALARS = (  # noqa: SIM905  (a table)
    "0644 0o17 0o8 0b11 -0b11 0b-1 0b+1 0x1F -0xff 0x 1_000 0x_1 _1 1_ 0800 0_8 +12 -0 1e3 1E+3 1e400 1e-400 .5 5. -.5 1.0 1.50 1:20 2024-05-01 "
    "2024-1-1 yes Yes YES yEs y Y n N on On oN off null Null nUll ~ .nan .inf -.INF << = 9223372036854775807 9223372036854775808 "
    '-9223372036854775809 18446744073709551616 0xFFFFFFFFFFFFFFFFF 00000000000000000000001 1.2.3 1e5a 8dc603 1e 0e0 !!str~1 !!int~"2" !!int~1.5 '
    '!!float~3 !!float~x !!bool~on !!bool~1 !!null~x !!binary~aGk= !!binary~x !!timestamp~2024-05-01 !!timestamp~x !foo~1 !!set~x !~"12" "\\/" '
    "\"\\'\" \"\\x41\" \"\\ud800\" [a?b] [?~a] {a} {a:~} [a:~b] {\"a\":1} *x @a `a %a &x~1 ? ... --- |~x >9 |0 'a~b: #c' a#b a~#b"
).split(" ")


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if go is None or not TOOL.is_dir():
        pytest.skip("needs Go and the reference decoder")
    folder = tmp_path_factory.mktemp("reference")
    for file in TOOL.iterdir():
        shutil.copyfile(file, folder / file.name)
    built = subprocess.run([go, "build", "-o", "reference", "."], cwd=folder, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the reference decoder cannot be built: {built.stderr[:200]}")
    return folder / "reference"


def reference(tool: Path, files: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """By file, what Kubernetes makes of each document: `json` or `error`."""
    found: dict[str, list[dict[str, Any]]] = {str(file): [] for file in files}
    for start in range(0, len(files), 500):
        output = subprocess.run([tool, *files[start : start + 500]], capture_output=True, text=True, check=True).stdout
        for line in output.splitlines():
            try:
                entry = json.loads(line)
            except RecursionError:
                continue
            found[entry["file"]].append(entry)
    return found


def differences(file: Path, entries: list[dict[str, Any]]) -> Iterator[str]:
    ours = {document.index: document.data for document in parse(str(file), file.read_bytes()).documents}
    theirs = {entry["index"]: entry["json"] for entry in entries if entry.get("json") is not None}
    for index in sorted(ours.keys() | theirs.keys()):
        if index not in theirs:
            yield "accepted"
        elif index not in ours:
            yield "refused"
        elif not same(ours[index], theirs[index]):
            yield f"differs: {ours[index]!r} {theirs[index]!r}"


def test_every_document_of_the_corpus(tool: Path) -> None:
    files = [Path(folder, name) for folder, _, names in os.walk(CORPUS) for name in names if Path(name).suffix not in NOT_YAML]
    assert len(files) > 1000
    found = reference(tool, files)
    different = {
        str(file.relative_to(CORPUS)): sorted(set(kinds)) for file in files if (kinds := list(differences(file, found[str(file)])))
    }
    expected = {name: ["accepted"] for name in ACCEPTED} | {name: ["refused"] for name in REFUSED if name != "bad-input/deep-nesting.yaml"}
    assert different == expected


def test_json_files_of_the_corpus(tool: Path) -> None:
    """Our reader of JSON against Kubernetes' reader of YAML: they agree wherever the file is JSON."""
    files = [Path(folder, name) for folder, _, names in os.walk(CORPUS) for name in names if name.endswith(".json")]
    found = reference(tool, files)
    for file in files:
        parsed = parse(str(file), file.read_bytes())
        if parsed.problems or len(parsed.documents) != 1:
            continue
        assert same(parsed.documents[0].data, found[str(file)][0]["json"]), file


def test_the_tables_say_what_kubernetes_reads(tool: Path, tmp_path: Path) -> None:
    expected: dict[Path, tuple[str, Any]] = {}
    for number, (text, value) in enumerate([(f"- {text}\n", [value]) for text, value in TABLE] + DOCUMENTS):
        expected[tmp_path / f"{number}.yaml"] = text, value
        (tmp_path / f"{number}.yaml").write_bytes(text.encode())
    found = reference(tool, list(expected))
    wrong = {text: found[str(file)] for file, (text, value) in expected.items() if not same(found[str(file)][0].get("json"), value)}
    assert wrong.keys() == {"a: b\n\t# c\nd: e\n"}  # see ACCEPTED


def test_odd_scalars_as_values_keys_and_items(tool: Path, tmp_path: Path) -> None:
    files: list[Path] = []
    for number, scalar in enumerate(text.replace("~", " ") if len(text) > 1 else text for text in SCALARS):
        for shape, text in (("value", f"a: {scalar}\n"), ("item", f"- {scalar}\n- b\n"), ("key", f"{scalar}: a\n"), ("flow", f"[b, {scalar}]\n")):
            files.append(tmp_path / f"{number}-{shape}.yaml")
            files[-1].write_text(text)
    found = reference(tool, files)
    different = {
        file.read_text(): kinds for file in files if (kinds := list(differences(file, found[str(file)])))
    }
    # Kubernetes takes `[? a]` for the whole document and never reads on.
    assert different == {"[? a]: a\n": ["refused"]}


def test_the_yaml_test_suite(tool: Path, tmp_path: Path) -> None:
    """Where Kubernetes and the suite differ, Kubernetes is right. A few oddities of its scanner are not followed: those are refused."""
    suite = CORPUS / "peers" / "yaml-test-suite" / "cases.jsonl"
    files: list[Path] = []
    for line in suite.read_text().splitlines():
        case = json.loads(line)
        files.append(tmp_path / f"{case['id']}.yaml")
        files[-1].write_bytes(case["yaml"].encode())
    found = reference(tool, files)
    different = {file.stem: kinds for file in files if (kinds := list(differences(file, found[str(file)])))}
    # A tag that ends at a comma; libyaml has learnt that since go-yaml was made from it.
    assert different == {"WZ62": ["accepted"]}
