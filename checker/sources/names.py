"""How a path is written in a report, and which names in a directory are ours to read. Looks at names alone."""

import os
import re

STDIN = "-"
STDIN_NAME = "<stdin>"

CHART = "Chart.yaml"

_MANIFEST_ENDINGS = (".yaml", ".yml", ".json")
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_BACKUP = re.compile(r"(?:~|\.(?:bak|orig|rej|old|save|sw[a-p]))\Z|\A(?:#.*#|\.#.*)\Z", re.IGNORECASE | re.DOTALL)
_TOOL_DIRECTORIES = frozenset({"node_modules", "__pycache__"})
_VIRTUAL_ENVIRONMENT_MARK = "pyvenv.cfg"

# Control characters, line and paragraph separators, direction marks and lone surrogates: each could end a line of a report, run a terminal
# command or stop the report from being encoded.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BYTES = range(0x100)
_ESCAPED_BYTES = range(0xDC80, 0xDD00)  # the bytes of a name that is not UTF-8, as os.fsdecode carries them


def is_manifest(name: str) -> bool:
    """Whether a file of this name is read when its directory is."""
    return name.lower().endswith(_MANIFEST_ENDINGS) or name in _KUSTOMIZATIONS


def is_kustomization(name: str) -> bool:
    """Whether a file of this name is what kustomize begins with."""
    return name in _KUSTOMIZATIONS


def is_archive(name: str) -> bool:
    """Whether a file of this name is a packaged chart, as `helm package` calls it."""
    return name.lower().endswith((".tgz", ".tar.gz"))


def is_hidden(name: str) -> bool:
    """Whether people and shells leave this name out unless asked."""
    return name.startswith(".")


def is_backup(name: str) -> bool:
    """Whether an editor or a merge left this file behind: `web.yaml~`, `web.yaml.bak`, `.web.yaml.swp`."""
    return _BACKUP.search(name) is not None


def is_tool_directory(name: str) -> bool:
    """Whether a directory of this name holds what a tool made or fetched."""
    return name in _TOOL_DIRECTORIES


def marks_virtual_environment(names: frozenset[str] | set[str]) -> bool:
    """Whether a directory that holds these names is a Python virtual environment."""
    return _VIRTUAL_ENVIRONMENT_MARK in names


def is_open_already(path: str) -> bool:
    """Whether the path stands for a stream this process was started with, as the shell's `<(helm template .)` does."""
    return path == "/dev/stdin" or path.startswith(("/dev/fd/", "/proc/self/fd/"))


def printable(name: str) -> str:
    """`name` with whatever could break a line, a terminal or an encoding written as an escape."""
    return _UNSAFE.sub(_escaped, name)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _ESCAPED_BYTES:
        code -= _ESCAPED_BYTES.start - 0x80
    return f"\\x{code:02x}" if code in _BYTES else f"\\u{code:04x}"


def reported(path: str, below: str | None) -> str:
    """`path` as a report writes it: relative to the directory `below` where it lies there, else as given; with `/`."""
    name = os.path.normpath(path)
    if below is not None:
        absolute = os.path.normpath(os.path.join(below, path))
        prefix = below if below.endswith(os.sep) else below + os.sep
        if absolute == below:
            name = "."
        elif absolute.startswith(prefix):
            name = absolute[len(prefix) :]
    return printable(name.replace(os.sep, "/"))
