"""`k8s-stabcheck explain ID`: all that is known of a policy or a checklist item, offline."""

import argparse
import textwrap
from collections.abc import Iterator, Sequence

from checker.cli import FINE
from checker.cli.setup import catalogue, configuration
from checker.engine import Catalogue
from checker.errors import UsageError, did_you_mean
from checker.policy.checklist import by_item
from checker.policy.types import ChecklistItem, Policy

_WIDTH = 96


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    everything = catalogue(arguments, configuration(arguments))
    policy = everything.policies.get(arguments.id)
    item = next((item for item in everything.checklist if item.id.lower() == arguments.id.lower()), None)
    if policy:
        lines = _policy(policy, everything.checklist)
    elif item:
        lines = _item(item, everything)
    else:
        names = [*everything.policies, *(item.id for item in everything.checklist)]
        raise UsageError(
            f"there is no policy or checklist item `{arguments.id}`",
            fix=did_you_mean(arguments.id, names, "see `k8s-stabcheck list policies`"),
        )
    print("\n".join(lines))
    return FINE


def _policy(policy: Policy, checklist: Sequence[ChecklistItem]) -> Iterator[str]:
    titles = {item.id: item.title for item in checklist}
    yield f"{policy.id}  ({policy.severity}{'' if policy.enabled else ', off by default'})"
    yield policy.title
    yield ""
    for identifier in policy.checklist:
        yield f"  {identifier}  {titles[identifier]}"
    yield from _section("Why", policy.why)
    yield from _section("Fix", policy.fix)
    yield from _logic(policy)
    if policy.sources:
        yield ""
        yield "Sources"
        yield from (f"  {source}" for source in policy.sources)
    for example in policy.examples:
        yield ""
        yield f"Example: {example.name}"
        yield textwrap.indent(example.manifests.rstrip(), "    ")
    yield ""
    yield "To accept a finding, with a reason and if you like a date"
    yield f'  annotation   k8s-stabcheck/ignore: "{policy.id}: why it is accepted until=2027-01-31"'
    yield f"  comment      # k8s-stabcheck: ignore {policy.id}: why it is accepted"


def _logic(policy: Policy) -> Iterator[str]:
    yield ""
    yield f"Judges every {policy.subject}   (defined in {policy.document.file})"
    if policy.when:
        yield from _expression("if", str(policy.document.data["when"]))
    yield from _expression("must hold", str(policy.document.data["expression"]))
    for name, value in policy.params.items():
        yield f"  params.{name} = {value}   (change it in the configuration: params: {{{policy.id}: {{{name}: …}}}})"


def _expression(label: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        " ".join(text.split()), _WIDTH, initial_indent=f"  {label}: ", subsequent_indent="      ", break_long_words=False
    )


def _section(title: str, text: str) -> Iterator[str]:
    yield ""
    yield title
    yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _item(item: ChecklistItem, everything: Catalogue) -> Iterator[str]:
    yield f"{item.id}  {item.group}"
    yield item.title
    if item.why:
        yield from _section("Why", item.why)
    serving = by_item(everything.checklist, everything.policies.values())[item.id]
    yield ""
    yield "Policies" if serving else "No policy of this version judges it."
    for policy in serving:
        yield f"  {policy.severity:6}  {policy.id:40} {policy.title}"
