"""Rules tested by their own samples: each line marked `expect` must be found, and no other."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from checker.code.scan import Scanner, ending_of, silenced
from checker.code.types import Rule
from checker.documents import locate

_MARK = re.compile(r"(?:#|//)\s*expect\b")


class Difference(NamedTuple):
    """A sample that does not come out as marked; `line` counts in the rule file."""

    rule: str
    sample: str
    file: str
    line: int
    what: str


def differences(rule: Rule) -> Iterator[Difference]:
    """What does not come out as the rule's samples say. A rule needs one sample that is found, and one that is not."""
    marked = [bool(_MARK.search(sample.code)) for sample in rule.samples]
    if not any(marked) or all(marked):
        yield Difference(rule.id, "", rule.document.file, rule.document.line, "needs a sample with a mark, and one without")
    scanner = Scanner([rule])
    for number, sample in enumerate(rule.samples):
        file, content = f"sample{ending_of(rule.language)}", sample.code.encode()
        told = set() if silenced(file, content, [rule]) else {match.line for match in scanner.scan(file, content)}
        wanted = {line for line, text in enumerate(sample.code.split("\n"), 1) if _MARK.search(text)}
        start = locate(rule.document, (*rule.path, "samples", number, "code")).line or 0
        for line in sorted(wanted ^ told):
            what = "expected a match here, there is none" if line in wanted else "unexpected match"
            yield Difference(rule.id, sample.name, rule.document.file, start + line, what)
