"""Packaged charts: what is unpacked, and what is refused without a byte written."""

import gzip
import io
import os
import random
import struct
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.sources.helm import archive

_CHART = b"apiVersion: v2\nname: web\nversion: 1.0.0\n"
_MIB = 1024 * 1024

Member = tuple[str, bytes] | tarfile.TarInfo


def tar(*members: Member, **options: object) -> bytes:
    """Members with contents, or headers alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", **options) as made:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                made.addfile(member, io.BytesIO(b"\0" * member.size))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                made.addfile(info, io.BytesIO(member[1]))
    return stream.getvalue()


def packed(*members: Member, **options: object) -> bytes:
    """A packaged chart."""
    return gzip.compress(tar(*members, **options))


def chart(*members: Member, name: str = "web", **options: object) -> bytes:
    """One with a Chart.yaml."""
    return packed((f"{name}/Chart.yaml", _CHART), *members, **options)


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A member that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def nested(depth: int) -> bytes:
    """Charts in charts."""
    inner = chart()
    for _ in range(depth):
        inner = chart(("web/charts/web.tgz", inner))
    return inner


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """A tar with other bytes in a header, whose sum is set right."""
    at = content.index(old)
    header = bytearray(content[at - at % 512 : at - at % 512 + 512])
    header[at % 512 : at % 512 + len(new)] = new
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return content[: at - at % 512] + bytes(header) + content[at - at % 512 + 512 :]


def test_a_packaged_chart_is_unpacked_as_it_is(tmp_path: Path) -> None:
    """Names too long for the old format, directories, a packed chart in it."""
    long = "web/templates/" + "a" * 120 + ".yaml"
    content = chart(special("web/templates/", tarfile.DIRTYPE), (long, b"a: 1\n"), ("./web/x", b""), ("web/charts/web.tgz", chart()))
    (tmp_path / "web.tgz").write_bytes(content)
    into = tmp_path / "into"
    into.mkdir()
    assert archive.unpack(str(tmp_path / "web.tgz"), str(into)) == str(into / "web")
    found = {str(path.relative_to(into)): path.read_bytes() for path in into.rglob("*") if path.is_file()}
    assert found == {"web/Chart.yaml": _CHART, long: b"a: 1\n", "web/x": b"", "web/charts/web.tgz": chart()}
    assert "web/charts/web.tgz/web/Chart.yaml" in archive.read(str(tmp_path / "web.tgz"))


_GOOD = chart(("web/values.yaml", random.Random(1).randbytes(5000)))
_SPARSE = special("web/x", tarfile.GNUTYPE_SPARSE)

HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("absolute", lambda: chart(("/etc/cron.d/x", b"")), "absolute path"),
    ("absolute below the chart", lambda: chart(("//web/x", b"")), "absolute path"),
    ("leads up", lambda: chart(("web/../../x", b"")), "leads out of it"),
    ("leads up at once", lambda: chart(("../x", b"")), "leads out of it"),
    ("leads up in another writing", lambda: chart(("web\\..\\..\\x", b"")), "another place on some systems"),
    ("a drive", lambda: chart(("c:/web/x", b"")), "another place on some systems"),
    ("a symbolic link", lambda: chart(special("web/x", tarfile.SYMTYPE, "/etc/passwd")), "a link: 'web/x'"),
    ("a link to a directory, and a file through it", lambda: chart(special("web/d", tarfile.SYMTYPE, "/tmp"), ("web/d/x", b"")), "a link"),
    ("a hard link", lambda: chart(special("web/x", tarfile.LNKTYPE, "web/Chart.yaml")), "a link"),
    ("a device", lambda: chart(special("web/x", tarfile.CHRTYPE)), "neither a file nor a directory"),
    ("a block device", lambda: chart(special("web/x", tarfile.BLKTYPE)), "neither a file nor a directory"),
    ("a pipe", lambda: chart(special("web/x", tarfile.FIFOTYPE)), "neither a file nor a directory"),
    ("a kind nobody knows", lambda: chart(special("web/x", b"Z")), "neither a file nor a directory"),
    ("a file with holes", lambda: chart(_SPARSE), "neither a file nor a directory"),
    ("twice", lambda: chart(("web/x", b"1"), ("web/x", b"2")), "holds 'web/x' twice"),
    ("twice in other writing", lambda: chart(("web/x", b"1"), ("web/./x", b"2")), "holds 'web/x' twice"),
    ("a file that is a directory", lambda: chart(("web/x", b"1"), ("web/x/y", b"2")), "'web/x' both as a file and as a directory"),
    ("an escape sequence", lambda: chart(("web/\x1b[2J", b"")), "control characters"),
    ("a line break", lambda: chart(("web/a\nb", b"")), "control characters"),
    ("a name that is no text", lambda: gzip.compress(renamed(tar(("web/Chart.yaml", _CHART), ("web/xx", b"")), b"web/xx", b"web/\xff")), "no text"),
    ("a name without end", lambda: chart(("web/" + "a" * 300, b"")), "too long"),
    ("directories without end", lambda: chart(("web/" + "a/" * 2000 + "x", b"")), "too long"),
    ("too many files", lambda: chart(*((f"web/{number}", b"") for number in range(10_001))), "more than 10000 files"),
    ("too big a file", lambda: chart(("web/x", random.Random(1).randbytes(6 * _MIB))), "file of more than 5 MiB"),
    ("too big altogether", lambda: chart(*((f"web/{n}", random.Random(1).randbytes(_MIB) + bytes(4 * _MIB - 9)) for n in range(24))), "more than 100 MiB"),
    ("a bomb", lambda: chart(*((f"web/{number}", bytes(5 * _MIB)) for number in range(10))), "more than 200 times its size"),
    ("a bomb in a header", lambda: chart(special("web/x", tarfile.REGTYPE), pax_headers={"comment": "x" * 50 * _MIB}, format=tarfile.PAX_FORMAT), "more than 200 times"),
    ("a bomb in it", lambda: chart(("web/charts/x.tgz", chart(*((f"web/{n}", bytes(5 * _MIB)) for n in range(10))))), "holds 'web/charts/x.tgz', which unpacks to more"),
    ("a link in the chart in it", lambda: chart(("web/charts/x.tgz", chart(special("web/x", tarfile.SYMTYPE, "/")))), "holds 'web/charts/x.tgz', which holds a link"),
    ("no chart in it", lambda: chart(("web/charts/x.tgz", b"x")), "'web/charts/x.tgz', which is no packaged chart"),
    ("charts in charts in charts", lambda: nested(9), "more than 8 levels deep"),
    ("cut off", lambda: _GOOD[:-200], "ends too early"),
    ("its end is missing", lambda: _GOOD[:-1], "ends too early"),
    ("a wrong sum", lambda: _GOOD[:-8] + struct.pack("<II", 1, 2), "is damaged"),
    ("damaged in the middle", lambda: _GOOD[:1000] + b"\xff" * 100 + _GOOD[1100:], "is damaged"),
    ("the tar is cut off", lambda: gzip.compress(tar(("web/Chart.yaml", _CHART))[:540]), "is damaged"),
    ("a broken header after a good one", lambda: gzip.compress(tar(("web/Chart.yaml", _CHART))[:1024] + b"junk" * 256), "broken header"),
    ("more after the end", lambda: _GOOD + b"more", "more follows"),
    ("a second archive after it", lambda: _GOOD + _GOOD, "more follows"),
    ("a size below nothing", lambda: gzip.compress(renamed(tar(("web/Chart.yaml", _CHART)), f"{len(_CHART):011o}".encode(), b"-0000000777")), "is damaged"),
    ("not compressed", lambda: tar(("web/Chart.yaml", _CHART)), "not compressed with gzip"),
    ("no tar", lambda: gzip.compress(b"hello"), "is damaged"),
    ("nothing", lambda: b"", "not compressed with gzip"),
    ("an empty tar", packed, "is empty"),
    ("no Chart.yaml", lambda: packed(("web/values.yaml", b"")), "there is no web/Chart.yaml"),
    ("no directory", lambda: packed(("Chart.yaml", _CHART)), "outside the chart's directory"),
    ("a file beside the chart", lambda: chart(("README", b"")), "'README' lies outside"),
    ("several charts", lambda: chart(("api/Chart.yaml", _CHART)), "several directories (api, web)"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_what_no_packaged_chart_should_hold_is_refused(tmp_path: Path, made: Callable[[], bytes], expected: str) -> None:
    """With a clear reason, and nothing written."""
    (tmp_path / "web.tgz").write_bytes(made())
    (tmp_path / "into").mkdir()
    with pytest.raises(archive.Refused) as refused:
        archive.unpack(str(tmp_path / "web.tgz"), str(tmp_path / "into"))
    assert expected in str(refused.value)
    assert len(str(refused.value)) < 500
    assert str(refused.value).isprintable()
    assert os.listdir(tmp_path / "into") == []
    assert sorted(os.listdir(tmp_path)) == ["into", "web.tgz"]


_PLAIN = tar(("web/Chart.yaml", _CHART), ("web/" + "a" * 150, b"x" * 600), ("web/charts/b.tgz", chart()), format=tarfile.PAX_FORMAT)


@given(st.lists(st.tuples(st.integers(0, len(_PLAIN) - 1), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_damage_anywhere_is_refused_or_does_no_harm(tmp_path: Path, damages: list[tuple[int, bytes]], before: bool) -> None:
    """Before it was compressed, as an attacker would, or after, as a disk would."""
    content = bytearray(_PLAIN if before else gzip.compress(_PLAIN))
    for at, replacement in damages:
        start = at % len(content)
        content[start : start + len(replacement)] = replacement
    (tmp_path / "web.tgz").write_bytes(gzip.compress(content) if before else content)
    with suppress(archive.Refused):
        files = archive.read(str(tmp_path / "web.tgz"))
        assert all(name.startswith("web/") and ".." not in name.split("/") and name.isprintable() for name in files)
