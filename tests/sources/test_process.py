"""Other programs within bounds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.sources import process
from checker.sources.process import Ended, run

_GROWS = "x = []\nwhile True: x.append(bytearray(1 << 24))"
_CHILD_WRITES = "import subprocess, sys; subprocess.run([sys.executable, '-c', \"import time; time.sleep(2); open('late', 'w')\"])"


def python(program: str, directory: Path, seconds: float = 30.0) -> Ended:
    """Run one."""
    return run([sys.executable, "-c", program], environment={"A": "1"}, directory=str(directory), seconds=seconds)


def test_output_error_and_status_are_told_apart(tmp_path: Path) -> None:
    program = "import sys, os; print(os.environ['A'], os.getcwd(), sys.stdin.read() == ''); sys.stderr.write('e'); sys.exit(3)"
    assert python(program, tmp_path) == Ended(3, f"1 {tmp_path} True\n".encode(), b"e")


def test_the_environment_is_what_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    assert b"SECRET" not in python("import os; print(dict(os.environ))", tmp_path).output


def test_more_than_a_pipe_holds_on_both_streams(tmp_path: Path) -> None:
    ended = python("import sys; sys.stdout.write('o' * 3000000); sys.stderr.write('e' * 3000000)", tmp_path)
    assert (ended.status, len(ended.output), len(ended.errors)) == (0, 3_000_000, 3_000_000)


_SLEEPS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
_TIDIES = """
import sys, tempfile
from checker.sources.process import private_directory, run
tempfile.tempdir = sys.argv[1]
with private_directory() as private:
    run([sys.executable, "-c", sys.argv[2], sys.argv[1] + "/pid"], environment={}, directory=private, seconds=60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_the_run_is_ended(tmp_path: Path, number: int) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    with subprocess.Popen([sys.executable, "-c", _TIDIES, str(place), _SLEEPS]) as running:
        until = time.monotonic() + 20
        while not (pid := (place / "pid").read_text() if (place / "pid").exists() else "") and time.monotonic() < until:
            time.sleep(0.02)
        running.send_signal(number)
        assert running.wait(20) == 128 + number
    assert [each.name for each in place.iterdir()] == ["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "while True: pass", "import os, time; os.close(1); os.close(2); time.sleep(60)"])
def test_it_ends_with_its_time(tmp_path: Path, program: str) -> None:
    started = time.monotonic()
    assert python(program, tmp_path, 0.5).stopped == "time"
    assert time.monotonic() - started < 10


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    assert python(_CHILD_WRITES, tmp_path, 0.5).stopped == "time"
    time.sleep(2.5)
    assert os.listdir(tmp_path) == []


def test_output_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT_BYTES", 1 << 20)
    assert python("while True: print('x' * 1000)", tmp_path).stopped == "output"


@pytest.mark.skipif(sys.platform != "linux", reason="only there can a process be limited from outside")
def test_memory_is_bounded(tmp_path: Path) -> None:
    ended = python(_GROWS, tmp_path)
    assert ended.status == 1
    assert b"MemoryError" in ended.errors


def test_what_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "none")], environment={}, directory=str(tmp_path), seconds=1)
    with pytest.raises(ValueError, match="null"):
        run(["a\0b"], environment={}, directory=str(tmp_path), seconds=1)
