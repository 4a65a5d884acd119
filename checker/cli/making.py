"""What the flags say of charts and kustomizations."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

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
