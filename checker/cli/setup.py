"""Configuration and policies for a command."""

import argparse
import os

from checker.answers import FILE_NAME as ANSWERS_NAME
from checker.answers import Answer, load_answers
from checker.config import FILE_NAME, Config, load_config
from checker.engine import Catalogue
from checker.errors import ConfigError, UsageError, did_you_mean
from checker.policy.checklist import load_checklist
from checker.policy.load import Terms, load
from checker.sources.policies import read_policies


def configuration(arguments: argparse.Namespace) -> Config:
    """The configuration file that was named, else the nearest one upwards, else the defaults. Raises ConfigError."""
    path = arguments.config or _nearest(FILE_NAME)
    if path is None:
        return Config()
    config = load_config(os.path.relpath(path), _content(path, "--config"))
    base = os.path.dirname(path)
    return config._replace(policies=tuple(os.path.join(base, directory) for directory in config.policies))


def answers(arguments: argparse.Namespace, everything: Catalogue) -> tuple[Answer, ...]:
    """What people said: in the file that was named, else in the nearest one upwards. Raises ConfigError."""
    path = arguments.answers or _nearest(ANSWERS_NAME)
    if path is None:
        return ()
    return load_answers(os.path.relpath(path), _content(path, "--answers"), frozenset(item.id for item in everything.checklist))


def _content(path: str, flag: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", fix=f"check {flag}") from None


def _nearest(name: str) -> str | None:
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def catalogue(arguments: argparse.Namespace, config: Config, *, examples: bool = True) -> Catalogue:
    """The built-in policies, with or without their examples, and the user's. Raises PolicyError and ConfigError."""
    files = read_policies([*config.policies, *arguments.policies])
    checklist = load_checklist(*files.checklist)
    terms = Terms(frozenset(item.id for item in checklist), config.params)
    builtin = load(files.builtin, terms._replace(examples=examples))
    everything = Catalogue(load(files.own, terms, builtin), checklist)
    for identifier in config.params:
        known(identifier, everything, "params")
    return everything


def known(identifier: str, everything: Catalogue, where: str) -> str:
    """The id, if there is such a policy. Raises UsageError."""
    if identifier not in everything.policies:
        raise UsageError(
            f"{where}: there is no policy `{identifier}`",
            fix=did_you_mean(identifier, everything.policies, "see `k8s-stabcheck list policies`"),
        )
    return identifier
