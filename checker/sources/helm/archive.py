"""Packaged charts, which may come from anywhere: read within bounds and checked whole before anything of them is written.

The limits on sizes are Helm's own: MaxDecompressedChartSize and MaxDecompressedFileSize in helm's pkg/chart/loader/archive.
"""

import io
import os
import tarfile
import zlib
from collections.abc import Iterator

from checker.sources import names

_MIB = 1024 * 1024
CHART_LIMIT_BYTES = 100 * _MIB
FILE_LIMIT_BYTES = 5 * _MIB
_MOST_MEMBERS = 10_000
_DEEPEST_CHART = 8
# A chart of nothing but comments comes to about 20; the densest deflate can be is 1032.
_RATIO_LIMIT = 200
_RATIO_FREE_BYTES = 4 * _MIB
_LONGEST_STEP_BYTES = 255
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # makes zlib expect the header of gzip and check its sum


class Refused(Exception):  # noqa: N818 - a verdict, not a fault
    """Why an archive is not unpacked; reads on after its name."""


class _Budget:
    """What an archive and those in it may still take together."""

    def __init__(self) -> None:
        self.bytes = CHART_LIMIT_BYTES
        self.members = _MOST_MEMBERS


def read(path: str) -> dict[str, bytes]:
    """The files of a packaged chart by name. Those of the packaged charts in it too, below the name of their archive.

    Raises Refused, OSError.
    """
    with open(path, "rb") as stream:
        packed = stream.read(CHART_LIMIT_BYTES + 1)
    if len(packed) > CHART_LIMIT_BYTES:
        raise Refused(f"is bigger than {CHART_LIMIT_BYTES // _MIB} MiB, more than Helm takes")
    return _files(packed, _Budget())


def unpack(path: str, into: str) -> str:
    """Unpack a packaged chart below the empty directory `into`; the directory of the chart. Those in it stay packed.

    Raises Refused, before anything is written, and OSError.
    """
    files = read(path)
    made = set()
    for name, content in files.items():
        if not any(parent in files for parent in _parents(name)):
            target = os.path.join(into, *name.split("/"))
            if (directory := os.path.dirname(target)) not in made:
                os.makedirs(directory, exist_ok=True)
                made.add(directory)
            with open(target, "xb", buffering=0) as stream:
                stream.write(content)
    return os.path.join(into, next(iter(files)).partition("/")[0])


def _files(packed: bytes, budget: _Budget, depth: int = 1) -> dict[str, bytes]:
    """The files of an archive, if they make up one chart."""
    files: dict[str, bytes] = {}
    for name, content in _members(_unzipped(packed, budget), budget):
        if name in files:
            raise Refused(f"holds {name!r} twice")
        files[name] = content
    _check_layout(files)
    for name, content in list(files.items()):
        if name.endswith(".tgz") and name.split("/")[-2] == "charts":
            if depth == _DEEPEST_CHART:
                raise Refused(f"holds charts in charts more than {_DEEPEST_CHART} levels deep")
            try:
                inner = _files(content, budget, depth + 1)
            except Refused as why:
                raise Refused(f"holds {name!r}, which {why}") from None
            files.update((f"{name}/{each}", part) for each, part in inner.items())
    return files


def _unzipped(packed: bytes, budget: _Budget) -> bytes:
    if not packed.startswith(_GZIP):
        raise Refused("is no packaged chart: it is not compressed with gzip")
    if len(packed) * _RATIO_LIMIT < budget.bytes:
        limit, reason = max(len(packed) * _RATIO_LIMIT, _RATIO_FREE_BYTES), f"unpacks to more than {_RATIO_LIMIT} times its size"
    else:
        limit, reason = budget.bytes, f"unpacks to more than {CHART_LIMIT_BYTES // _MIB} MiB, more than Helm takes"
    reader = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        content = reader.decompress(packed, limit + 1)
    except zlib.error as error:
        raise Refused(f"is damaged: {error}") from None
    if len(content) > limit:
        raise Refused(reason)
    if not reader.eof:
        raise Refused("is damaged: it ends too early")
    if reader.unused_data.strip(b"\0"):
        raise Refused("is damaged: more follows where it should end")
    budget.bytes -= len(content)
    return content


def _members(content: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (member := archive.next()) is not None:
                budget.members -= 1
                if budget.members < 0:
                    raise Refused(f"holds more than {_MOST_MEMBERS} files")
                name = _name(member)
                if not member.isdir():
                    yield name, _content(archive, member, name)
            end = archive.offset
    except (tarfile.TarError, ValueError, OverflowError, EOFError, OSError) as error:
        raise Refused(f"is damaged: {error}") from None
    # The reader takes a broken header for the end.
    if content[end:].strip(b"\0"):
        raise Refused("is damaged: a file in it has a broken header")


def _name(member: tarfile.TarInfo) -> str:
    """The member's path as we write it; raises Refused for what is no plain file or directory inside."""
    name = member.name
    shown = names.printable(name[:200])
    if names.printable(name) != name:
        raise Refused(f"holds a name with control characters or bytes that are no text: {shown!r}")
    if member.issym() or member.islnk():
        raise Refused(f"holds a link: {shown!r}")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE) or member.issparse():
        raise Refused(f"holds what is neither a file nor a directory: {shown!r}")
    if name.startswith("/") or "\\" in name or name[1:2] == ":":
        raise Refused(f"holds an absolute path or one that means another place on some systems: {shown!r}")
    steps = [step for step in name.split("/") if step not in ("", ".")]
    if ".." in steps:
        raise Refused(f"holds a path that leads out of it: {shown!r}")
    if any(len(step.encode()) > _LONGEST_STEP_BYTES for step in steps) or len(name) > 10 * _LONGEST_STEP_BYTES:
        raise Refused(f"holds a name that is too long: {shown!r}")
    return "/".join(steps)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
    if member.size < 0:
        raise Refused(f"is damaged: {name!r} is smaller than nothing")
    if member.size > FILE_LIMIT_BYTES:
        raise Refused(f"holds a file of more than {FILE_LIMIT_BYTES // _MIB} MiB, more than Helm takes: {name!r}")
    stream = archive.extractfile(member)
    content = stream.read() if stream else b""
    if len(content) != member.size:
        raise Refused("is damaged: it ends too early")
    return content


def _check_layout(files: dict[str, bytes]) -> None:
    tops = {name.partition("/")[0] for name in files if "/" in name}
    outside = next((name for name in files if "/" not in name), None)
    if not files:
        raise Refused("is empty")
    if outside is not None:
        raise Refused(f"is no packaged chart: {outside!r} lies outside the chart's directory")
    if len(tops) > 1:
        raise Refused(f"is no packaged chart: it holds several directories ({', '.join(sorted(tops)[:3])})")
    (top,) = tops
    if f"{top}/{names.CHART}" not in files:
        raise Refused(f"is no packaged chart: there is no {top}/{names.CHART}")
    for name in files:
        for parent in _parents(name):
            if parent in files:
                raise Refused(f"holds {parent!r} both as a file and as a directory")


def _parents(name: str) -> Iterator[str]:
    steps = name.split("/")
    return ("/".join(steps[:count]) for count in range(1, len(steps)))
