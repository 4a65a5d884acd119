"""`k8s-stabcheck test`: the policies' own examples."""

import argparse

from checker.cli import FINDINGS, FINE
from checker.cli.setup import catalogue, configuration, known
from checker.verify import verify


def run(arguments: argparse.Namespace) -> int:
    """Print what does not come out as marked; 1 if anything does not."""
    everything = catalogue(arguments, configuration(arguments))
    chosen = [everything.policies[known(name, everything, "test")] for name in arguments.ids] or list(everything.policies.values())
    failed = list(verify(everything, chosen))
    for difference in failed:
        print(f"{difference.file}:{difference.line}: {difference.policy}: {difference.example}: {difference.what}")
    examples = sum(len(policy.examples) for policy in chosen)
    wrong = len({(difference.policy, difference.example) for difference in failed})
    print(f"{len(chosen)} policies, {examples} examples: {examples - wrong} as marked, {wrong} not")
    return FINDINGS if failed else FINE
