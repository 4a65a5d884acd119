"""Policies tested by their own examples: each finding must point at a line marked `# expect: policy-id`, and each mark be met."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from checker.admission import shaped
from checker.code.types import Code
from checker.documents import locate, parse
from checker.engine import Catalogue, Settings, check
from checker.findings import Inputs
from checker.objects import join, objects
from checker.policy.types import Example, Policy

_MARK = re.compile(r"(?:#|//)\s*expect:\s*([\w-]+(?:\s*,\s*[\w-]+)*)")
_MANIFESTS = "example.yaml"
_TOLD = ("fail", "ask")
NO_INPUTS = Inputs(0, 0, 0, (), ())
SourceReader = Callable[[Mapping[str, str]], Code]


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


def verify(catalogue: Catalogue, policies: Iterable[Policy], source: SourceReader | None = None) -> Iterator[Difference]:
    """What does not come out as the examples say. Those with application source are left out where there is nothing to read it with."""
    for policy in policies:
        for example in policy.examples:
            if example.files and source is None:
                continue
            code = source(example.files) if example.files and source else Code()
            for file, line, what in _differences(catalogue, policy, example, code):
                path = ("manifests",) if file == _MANIFESTS else ("files", file)
                start = locate(policy.document, ("examples", example.number, *path)).line or 0
                yield Difference(policy.id, example.name, policy.document.file, start + line, what)


def _differences(catalogue: Catalogue, policy: Policy, example: Example, code: Code) -> Iterator[tuple[str, int, str]]:
    parsed = parse(_MANIFESTS, example.manifests.encode())
    found = join(objects(document) for document in parsed.documents)
    for problem in (*parsed.problems, *found.problems):
        yield _MANIFESTS, problem.line or 0, problem.message
    sound, mistakes = shaped(found.objects)
    for mistake in mistakes:
        yield _MANIFESTS, mistake.line or 0, mistake.message
    settings = Settings(complete=example.complete, only=frozenset({policy.id}), code=code)
    report = check(sound, NO_INPUTS, catalogue, settings)
    texts = {_MANIFESTS: example.manifests, **example.files}
    wanted = {(file, line) for file, text in texts.items() for line, name in expected(text) if name == policy.id}
    failed = [finding for finding in report.findings if finding.outcome in _TOLD]
    told = {(finding.location.file, finding.location.line or 0) for finding in failed}
    for file, line in sorted(wanted - told):
        yield file, line, "expected a finding here, there is none"
    for finding in failed:
        place = finding.location.file, finding.location.line or 0
        if place not in wanted:
            yield *place, f"unexpected finding: {finding.message}"
