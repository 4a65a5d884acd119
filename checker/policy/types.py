"""What a policy is."""

from collections.abc import Mapping
from typing import NamedTuple

from checker.cel import Program
from checker.documents import Document
from checker.findings import Severity

Parameter = bool | int | float | str


class Example(NamedTuple):
    """Manifests, with `# expect: policy-id` on each line a finding must point at; `number` is its place in the list.

    `files` are application source by name, marked likewise.
    """

    name: str
    manifests: str
    complete: bool
    number: int
    files: Mapping[str, str] = {}


class Reference(NamedTuple):
    """A second place a finding shows: the fact that names the place, and what to say there."""

    at: str
    note: str


class Policy(NamedTuple):
    """One judgement about one kind of subject.

    `when` (none: always) says whether it applies, `expression` what must be true, `message` what to say if it is not;
    `at` names the fact at whose place the finding points. One that `asks` puts a question where others find a fault: `title` is
    the question, `message` whom it concerns, `fix` what to do if the answer is no.
    """

    id: str
    checklist: tuple[str, ...]
    title: str
    severity: Severity
    asks: bool
    subject: str
    enabled: bool
    when: Program | None
    expression: Program
    message: Program
    at: str
    related: tuple[Reference, ...]
    params: Mapping[str, Parameter]
    fix: str
    why: str
    sources: tuple[str, ...]
    examples: tuple[Example, ...]
    document: Document

    @property
    def reads(self) -> tuple[str, ...]:
        """The variables its verdict hangs on."""
        return tuple(dict.fromkeys((*(self.when.reads if self.when else ()), *self.expression.reads)))


class ChecklistItem(NamedTuple):
    """One question of the review checklist; `evidence` are policies of other items that answer it too."""

    id: str
    group: str
    title: str
    why: str
    evidence: tuple[str, ...] = ()
