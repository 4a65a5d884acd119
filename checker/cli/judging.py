"""The second half of a check: policies loaded, objects judged."""

import argparse
import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple

from checker.cli.meshes import mesh_config, mesh_versions
from checker.cli.progress import Progress
from checker.cli.setup import answers, catalogue, configuration, known
from checker.config import Config
from checker.engine import Catalogue, Settings, check
from checker.findings import Report
from checker.reading import Reading
from checker.tracing import traced
from checker.worlds import World, in_each, worlds


class Judgement(NamedTuple):
    """By what, how, and from which severity on it fails."""

    policies: Catalogue
    settings: Settings
    fail_on: str

    def check(self, read: Reading) -> Report:
        """The report on what was read, with what its source says of itself. Raises PolicyError."""
        complete = self.settings.complete or read.complete
        settings = self.settings._replace(complete=complete, notes=read.notes, aside=read.aside, code=read.code)

        def judged(world: World) -> Report:
            return traced(check(world.objects, read.inputs, self.policies, settings._replace(unseen=world.unseen)), read.renderings)

        report = in_each(worlds(read.objects, read.unseen, read.variants, read.renderings), judged, self.policies)
        return report._replace(assumptions=[*report.assumptions, *_source(read)]) if read.code.files else report


class Judged(NamedTuple):
    """A report, how it came about, and what it is about."""

    report: Report
    how: Judgement
    read: Reading


def judge(arguments: argparse.Namespace, reading: Callable[[], Reading], jobs: int, progress: Progress) -> Judged:
    """What was read, judged. Raises StabcheckError."""
    how = settle(arguments, jobs)
    read = reading()
    progress.phase(f"judging {read.inputs.objects} objects")
    return Judged(how.check(read), how, read)


def _source(read: Reading) -> Iterable[str]:
    """What is to be said of application source, of all variants of the system together."""
    from checker.adapters import kubernetes
    from checker.code.join import Joined

    return Joined(read.code, kubernetes.read(read.objects).workloads).told()


def settle(arguments: argparse.Namespace, jobs: int) -> Judgement:
    """What the arguments and the configuration say of judging. Raises StabcheckError."""
    config = configuration(arguments)
    policies = catalogue(arguments, config, examples=False)
    return Judgement(policies, _settings(arguments, config, policies, jobs), arguments.fail_on or config.fail_on)


def _settings(arguments: argparse.Namespace, config: Config, policies: Catalogue, jobs: int) -> Settings:
    def ids(flag: str, given: Iterable[str]) -> frozenset[str]:
        return frozenset(known(name.strip(), policies, flag) for text in given for name in text.split(",") if name.strip())

    versions = mesh_versions(arguments.mesh)
    return Settings(
        complete=config.complete if arguments.complete is None else arguments.complete,
        only=ids("--only", arguments.only) or ids("only", config.only),
        skip=ids("--skip", arguments.skip) | ids("skip", config.skip),
        enable=ids("--enable", arguments.enable) | ids("enable", config.enable),
        severities={known(name, policies, "severities"): severity for name, severity in config.severities.items()},
        mesh=mesh_config(arguments.mesh_config),
        mesh_version=versions.istio,
        envoy_gateway=versions.envoy_gateway,
        answers=answers(arguments, policies),
        accepted=[entry for entry in config.accept if known(entry.policy, policies, "accept")],
        jobs=jobs,
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )
