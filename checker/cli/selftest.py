"""`k8s-stabcheck test`: the policies' own examples."""

import argparse

from checker.cli import FINDINGS, FINE
from checker.cli.setup import catalogue, configuration, known
from checker.code.rules import load_rules
from checker.code.samples import differences
from checker.sources.code import rule_files, source_reader
from checker.verify import verify


def run(arguments: argparse.Namespace) -> int:
    """Print what does not come out as marked; 1 if anything does not."""
    everything = catalogue(arguments, configuration(arguments))
    chosen = [everything.policies[known(name, everything, "test")] for name in arguments.ids] or list(everything.policies.values())
    with_source = [example for policy in chosen for example in policy.examples if example.files]
    reader = source_reader() if with_source or not arguments.ids else None
    failed = list(verify(everything, chosen, reader))
    for difference in failed:
        print(f"{difference.file}:{difference.line}: {difference.policy}: {difference.example}: {difference.what}")
    examples = sum(len(policy.examples) for policy in chosen)
    wrong = len({(difference.policy, difference.example) for difference in failed})
    left_out = len(with_source) if reader is None else 0
    print(f"{len(chosen)} policies, {examples} examples: {examples - wrong - left_out} as marked, {wrong} not")
    if left_out:
        print(f"{left_out} examples with application source were not run: pip install 'k8s-stabcheck[source]'")
    rules_fail = _rules() if reader and not arguments.ids else False
    return FINDINGS if failed or rules_fail else FINE


def _rules() -> bool:
    """The samples of the rules for application source; whether any does not come out as marked."""
    rules = load_rules(rule_files())
    failed = [difference for rule in rules for difference in differences(rule)]
    for difference in failed:
        print(f"{difference.file}:{difference.line}: {difference.rule}: {difference.sample}: {difference.what}")
    samples = sum(len(rule.samples) for rule in rules)
    wrong = len({(difference.rule, difference.sample) for difference in failed})
    print(f"{len(rules)} rules for source, {samples} samples: {samples - wrong} as marked, {wrong} not")
    return bool(failed)
