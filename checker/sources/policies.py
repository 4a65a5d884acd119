"""Policy files on disk: the ones that come with the program, and the user's."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from checker.errors import ConfigError

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class PolicyFiles(NamedTuple):
    """(name, content) of every policy file that comes with the program, of the user's own, and of the checklist."""

    builtin: list[tuple[str, bytes]]
    own: list[tuple[str, bytes]]
    checklist: tuple[str, bytes]


def builtin_directory() -> str:
    """Beside the package in a checkout, within it when installed."""
    packaged = os.path.join(_HERE, "_policies")
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(_HERE), "policies")


def read_policies(directories: list[str]) -> PolicyFiles:
    """The built-in policies and those of the given directories, sorted by name. Raises ConfigError."""
    builtin = builtin_directory()
    checklist = os.path.join(builtin, "checklist.yaml")
    own = [file for directory in directories for file in _below(directory)]
    return PolicyFiles(list(_below(builtin)), own, (checklist, _content(checklist)))


def read_list(name: str) -> tuple[str, bytes]:
    """A list that comes with the policies: `misconfigurations` or `concepts`."""
    path = os.path.join(builtin_directory(), f"{name}.yaml")
    return path, _content(path)


def _below(directory: str) -> Iterator[tuple[str, bytes]]:
    """Policies lie in folders by theme; `*.yaml` right in the built-in directory are other data."""
    if not os.path.isdir(directory):
        raise ConfigError(
            f"{directory}: there is no such directory of policies", fix="check --policies and `policies:` in the configuration"
        )
    for folder, folders, names in os.walk(directory):
        folders.sort()
        if folder == builtin_directory():
            continue
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                path = os.path.join(folder, name)
                yield path, _content(path)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", fix="reinstall the program, or check the path") from None
