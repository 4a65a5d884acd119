"""What the flags say of charts, kustomizations and application source."""

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    from checker.sources.making import Options


def making(arguments: argparse.Namespace) -> "Callable[[], Options]":
    """How to make what `check` or `edges` cannot read as it stands; asked only where there is something to make."""

    def options() -> "Options":
        from checker.sources.helm import HelmOptions
        from checker.sources.making import Options

        helm = HelmOptions(
            values=tuple(file for given in arguments.values for file in given.split(",")),
            sets=tuple(arguments.sets),
            release=arguments.release,
            namespace=(arguments.namespace or [""])[0],
            kube_version=arguments.kube_version,
            api_versions=tuple(name for given in arguments.api_versions for name in given.split(",")),
        )
        return Options(helm, arguments.allow_remote)

    return options


def source_directories(arguments: argparse.Namespace) -> list[str]:
    """The directories of `--source`. Raises UsageError for one that is none."""
    for directory in arguments.source:
        if not os.path.isdir(directory):
            fix = "name the directory in which the application's source lies"
            raise UsageError(f"--source {directory}: there is no such directory", fix=fix)
    return list(arguments.source)
