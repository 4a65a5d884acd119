"""What the user may say."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar, NoReturn

from checker import __version__
from checker.errors import UsageError, did_you_mean
from checker.reports import FORMATS

_PROGRAM = "k8s-stabcheck"
_COMMANDS = ("check", "edges", "explain", "list", "review", "test")
_DESCRIPTION = """\
Checks the configuration of a whole system for what will make it unstable:
missing probes and limits, workloads that one node or one rollout takes down,
budgets that block every drain, selectors and references that lead nowhere.
"""
_EPILOG = """\
examples:
  k8s-stabcheck manifests/                    check a directory
  kubectl get all -o yaml | k8s-stabcheck -   check standard input
  k8s-stabcheck ./chart -f prod.yaml          check a Helm chart, as helm renders it with these values
  k8s-stabcheck overlays/prod                 check a kustomization, as kustomize builds it
  k8s-stabcheck check --cluster               check what runs in the cluster of the current context
  k8s-stabcheck manifests/ --complete         the input is the whole system: what is missing does not exist
  k8s-stabcheck explain no-readiness-probe    why it matters, how to mend it, how to accept it
  k8s-stabcheck list checklist                what is asked of a system

`k8s-stabcheck PATH` is short for `k8s-stabcheck check PATH`. `k8s-stabcheck COMMAND --help` tells more of a command.

exit status:
  0  nothing at or above --fail-on      1  findings at or above it
  2  wrong usage, configuration or policy
  3  some input could not be read, or there was nothing to check
  4  internal error
"""


class _Parser(argparse.ArgumentParser):
    """Errors as UsageError, so that they look like all others."""

    flags: ClassVar[set[str]] = set()

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        """As usual; flags are remembered."""
        self.flags.update(name for name in names if name.startswith("--"))
        return super().add_argument(*names, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError; for a misspelt flag it names the one that is nearest."""
        otherwise = f"see `{self.prog} --help`"
        _, found, flag = message.partition("unrecognized arguments: ")
        raise UsageError(message, fix=did_you_mean(flag.partition(" ")[0], self.flags, otherwise) if found else otherwise)


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with the command as the function `run`. Raises UsageError."""
    words = list(argv)
    first = next((word for word in words if word == "-" or not word.startswith("-")), None)
    asks_about_all = not words or (words[0] in ("-h", "--help", "--version", "-V"))
    if first not in _COMMANDS and not asks_about_all:
        words.insert(0, "check")
    arguments = _parser().parse_args(words)
    if "module" not in arguments:
        raise UsageError("nothing to do", fix="name a file or directory to check, or see `k8s-stabcheck --help`")
    _check_inputs(arguments)
    arguments.run = import_module(arguments.module).run
    return arguments


def _check_inputs(arguments: argparse.Namespace) -> None:
    """Of a command that reads an input: there is one, and what is said of a cluster is about one."""
    if "cluster" not in arguments or arguments.cluster:
        return
    given = [f"--{name}" for name in ("context", "kubeconfig") if getattr(arguments, name)]
    if given:
        raise UsageError(f"{given[0]} is about a cluster", fix="add --cluster, or leave it out")
    if not arguments.paths:
        raise UsageError("nothing to read", fix="name a file or directory, or - for standard input, or say --cluster")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(_PROGRAM, description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-V", "--version", action="version", version=f"{_PROGRAM} {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _add_check(commands)
    _add_review(commands)
    _add_edges(commands)
    _add_explain(commands)
    _add_list(commands)
    _add_test(commands)
    return parser


def _add(commands: Any, name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(module=module)
    parser.add_argument("--config", metavar="FILE", help="configuration file (default: .k8s-stabcheck.yaml here or in a directory above)")
    parser.add_argument("--policies", metavar="DIR", action="append", default=[], help="directory of further policies; may be repeated")
    return parser


def _add_check(commands: Any) -> None:
    parser = _add(commands, "check", "checker.cli.check", "Check manifests.")
    _add_judging(parser, ", ".join(FORMATS))
    parser.add_argument(
        "--fail-on", choices=("high", "medium", "low", "none"), help="least severity that makes the exit status 1 (default: high)"
    )
    _add_reading(parser)


def _add_review(commands: Any) -> None:
    parser = _add(commands, "review", "checker.cli.review", "Answer the checklist row by row, as a document for a review.")
    _add_judging(parser, "text, markdown, json")
    parser.add_argument("--ask", action="store_true", help="add open questions to the file of answers, for people to fill in")
    parser.set_defaults(fail_on=None)
    _add_reading(parser)


def _add_judging(parser: argparse.ArgumentParser, formats: str) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="*", help="file, directory, Helm chart, kustomization, or - for standard input")
    parser.add_argument("--format", metavar="NAME[=FILE]", action="append", default=[], help=f"{formats}; may be repeated (default: text)")
    parser.add_argument("--only", metavar="ID", action="append", default=[], help="run only these policies; several separated by commas")
    parser.add_argument("--skip", metavar="ID", action="append", default=[], help="leave these policies out")
    parser.add_argument("--enable", metavar="ID", action="append", default=[], help="run policies too that are off by default")
    parser.add_argument("--answers", metavar="FILE", help="answers of a review (default: .k8s-stabcheck-review.yaml here or above)")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--complete", action="store_true", default=None, help="the input is the whole system: what is not in it does not exist"
    )
    parser.add_argument(
        "--source",
        metavar="DIR",
        action="append",
        default=[],
        help="application source to look at too, beside what lies in PATH; may be repeated",
    )
    _add_cluster(parser)
    _add_mesh(parser)
    _add_making(parser)
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="colour in text output (default: auto; NO_COLOR is honoured)"
    )
    parser.add_argument("--jobs", metavar="N", type=int, default=0, help="processes to use (default: one a core)")


def _add_edges(commands: Any) -> None:
    parser = _add(commands, "edges", "checker.cli.edges", "Tell what is in force on calls: timeouts, retries, limits, and who says so.")
    parser.add_argument("paths", metavar="PATH", nargs="*", help="file, directory, Helm chart, kustomization, or - for standard input")
    parser.add_argument("--to", metavar="HOST[:PORT][/SUBSET]", help="only edges to this host, by its short name or in full")
    parser.add_argument(
        "--from",
        metavar="[KIND/][NAMESPACE/]NAME",
        dest="caller",
        help="only edges from this workload; with --to, as if it called",
    )
    parser.add_argument("--queries", metavar="FILE", help="answer questions instead: JSON lines in, JSON lines out; - for standard input")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    _add_cluster(parser)
    _add_mesh(parser)
    _add_making(parser)
    parser.add_argument("--complete", action="store_true", help="the input is the whole system: what is not in it does not exist")
    parser.add_argument("--jobs", metavar="N", type=int, default=0, help="processes to use (default: one a core)")


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", action="store_true", help="read a live cluster; with PATH: what applying these files would change")
    parser.add_argument("--context", metavar="NAME", help="context of the kubeconfig (default: the current one)")
    parser.add_argument("--kubeconfig", metavar="FILE", help="default: $KUBECONFIG, else ~/.kube/config, else the pod this runs in")
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        action="append",
        default=[],
        help="of the cluster: read this one only; may be repeated. Of charts: that of the release",
    )


def _add_mesh(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mesh", metavar="NAME=VERSION", help="istio=1.31 or envoy-gateway=1.9 (default: what the input shows, else the newest known)"
    )
    parser.add_argument(
        "--mesh-config", metavar="FILE", help="the body of a MeshConfig that no manifest carries, or the chart's values with one"
    )


def _add_making(parser: argparse.ArgumentParser) -> None:
    made = parser.add_argument_group("charts and kustomizations")
    made.add_argument("-f", "--values", metavar="FILE", action="append", default=[], help="values for charts; the last of several wins")
    made.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="sets", help="a value for charts; beats files")
    made.add_argument("--release", metavar="NAME", default="", help="name of the release (default: the chart's)")
    made.add_argument("--kube-version", metavar="VERSION", default="", help="Kubernetes that charts are rendered for")
    made.add_argument(
        "--api-versions",
        metavar="GROUP/VERSION",
        action="append",
        default=[],
        help="what charts find served (default: all known)",
    )
    made.add_argument("--allow-remote", action="store_true", help="let kustomize fetch what kustomizations name on other machines")


def _add_explain(commands: Any) -> None:
    parser = _add(commands, "explain", "checker.cli.explain", "Explain a policy or a checklist item.")
    parser.add_argument("id", metavar="ID", help="a policy such as no-readiness-probe, or an item such as FF-2")


def _add_list(commands: Any) -> None:
    parser = _add(commands, "list", "checker.cli.listing", "List what there is.")
    choices = ("policies", "checklist", "misconfigurations", "concepts", "facts", "formats")
    parser.add_argument("what", choices=choices, metavar="WHAT", help=f"one of: {', '.join(choices)}")
    parser.add_argument("--format", choices=("text", "md"), default="text", help="md: a Markdown table")


def _add_test(commands: Any) -> None:
    parser = _add(commands, "test", "checker.cli.selftest", "Run the examples of policies as tests.")
    parser.add_argument("ids", metavar="ID", nargs="*", help="policies to test (default: all)")
