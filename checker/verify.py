"""Policies tested by their own examples: each finding must point at a line marked `# expect: policy-id`, and each mark be met."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.admission import shaped
from checker.documents import locate, parse
from checker.engine import Catalogue, Settings, check
from checker.findings import Inputs
from checker.objects import join, objects
from checker.policy.types import Example, Policy

_MARK = re.compile(r"#\s*expect:\s*([\w-]+(?:\s*,\s*[\w-]+)*)")
_TOLD = ("fail", "ask")
NO_INPUTS = Inputs(0, 0, 0, (), ())


class Difference(NamedTuple):
    """An example that does not come out as marked; `line` counts in the policy file."""

    policy: str
    example: str
    file: str
    line: int
    what: str


def expected(manifests: str) -> set[tuple[int, str]]:
    """(line, policy id) of every mark; lines count from 1."""
    return {
        (number, identifier.strip())
        for number, line in enumerate(manifests.split("\n"), 1)
        if (mark := _MARK.search(line))
        for identifier in mark[1].split(",")
    }


def verify(catalogue: Catalogue, policies: Iterable[Policy]) -> Iterator[Difference]:
    """What does not come out as the examples say."""
    for policy in policies:
        for example in policy.examples:
            for line, what in _differences(catalogue, policy, example):
                start = locate(policy.document, ("examples", example.number, "manifests")).line or 0
                yield Difference(policy.id, example.name, policy.document.file, start + line, what)


def _differences(catalogue: Catalogue, policy: Policy, example: Example) -> Iterator[tuple[int, str]]:
    parsed = parse("example.yaml", example.manifests.encode())
    found = join(objects(document) for document in parsed.documents)
    for problem in (*parsed.problems, *found.problems):
        yield problem.line or 0, problem.message
    sound, mistakes = shaped(found.objects)
    for mistake in mistakes:
        yield mistake.line or 0, mistake.message
    settings = Settings(complete=example.complete, only=frozenset({policy.id}))
    report = check(sound, NO_INPUTS, catalogue, settings)
    wanted = {(line, name) for line, name in expected(example.manifests) if name == policy.id}
    told = {(finding.location.line or 0, finding.policy) for finding in report.findings if finding.outcome in _TOLD}
    for line, _ in sorted(wanted - told):
        yield line, "expected a finding here, there is none"
    for finding in report.findings:
        if finding.outcome in _TOLD and (finding.location.line or 0, finding.policy) not in wanted:
            yield finding.location.line or 0, f"unexpected finding: {finding.message}"
