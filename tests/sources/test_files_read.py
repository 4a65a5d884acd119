"""The bytes of an input, or why there are none."""

import io
import os
import sys
from pathlib import Path

import pytest

from checker.errors import Problem
from checker.sources import Input, files, find, read

STDIN = Input("-", "<stdin>")


class _Stdin:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Byte for byte."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\n\0")
    assert read(Input(str(path), "x.yaml")) == b"\xef\xbb\xbfa: 1\r\n\0"


def test_standard_input_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many reads it takes."""
    content = b"x" * 3_000_000
    monkeypatch.setattr(sys, "stdin", _Stdin(content))
    assert read(STDIN) == content


def test_standard_input_that_is_closed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `k8s-stabcheck - <&-`."""
    monkeypatch.setattr(sys, "stdin", None)
    problem = read(STDIN)
    assert isinstance(problem, Problem)
    assert problem.message == "cannot be read: standard input is closed"


def test_what_is_too_big_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither from a file nor from standard input."""
    monkeypatch.setattr(files, "SIZE_LIMIT_BYTES", 1024 * 1024)
    path = tmp_path / "x.yaml"
    monkeypatch.setattr(sys, "stdin", _Stdin(b"x" * (1024 * 1024 + 1)))
    with path.open("wb") as stream:
        stream.truncate(1024 * 1024 + 1)
    for source in (Input(str(path), "x.yaml"), STDIN):
        problem = read(source)
        assert isinstance(problem, Problem)
        assert problem.message == "is bigger than 1 MiB, more than any manifest needs"
    path.write_bytes(b"x" * 1024 * 1024)
    monkeypatch.setattr(sys, "stdin", _Stdin(b"x" * (1024 * 1024)))
    assert read(Input(str(path), "x.yaml")) == read(STDIN)


def test_what_the_shell_opened_is_read() -> None:
    """`k8s-stabcheck <(helm template .)` names a pipe, but one that is open already."""
    reading, writing = os.pipe()
    os.write(writing, b"a: 1\n")
    os.close(writing)
    (source,) = find([f"/dev/fd/{reading}"]).inputs
    assert read(source) == b"a: 1\n"
    os.close(reading)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "x.yaml"
    path.touch(mode=0o000)
    problem = read(Input(str(path), "x.yaml"))
    assert isinstance(problem, Problem)
    assert problem.message == "cannot be read: permission denied"
