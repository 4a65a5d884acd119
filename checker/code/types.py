"""Plain records of application source."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from checker.documents import Document
from checker.location import Path

Lack = Literal[
    "timeout", "own timeout", "retry condition", "retry limit", "back-off", "queue bound", "thread bound", "connection bound", "row limit"
]  # fmt: skip
Protocol = Literal["http", "grpc", "other"]
LACKS: tuple[Lack, ...] = (
    "timeout", "own timeout", "retry condition", "retry limit", "back-off", "queue bound", "thread bound", "connection bound", "row limit",
)  # fmt: skip


class Sample(NamedTuple):
    """A file as somebody may write it, with `expect` in a comment of each line that must be found."""

    name: str
    code: str


class Rule(NamedTuple):
    """What is looked for in files of one language.

    The text of a file must hold one of `mentions`, as it is, and what `imports` says, for the rule to be about it. `unless`: what in
    a file, and `anywhere_unless` what anywhere in the same program, says that the lack is made up for in a way that the rule does not
    see. `environment`: variables that do so. `protocol`: what is spoken, for a mesh to bound it. `config` is in ast-grep's own language.
    """

    id: str
    language: str
    library: str
    lacks: Lack
    mentions: tuple[bytes, ...]
    imports: re.Pattern[bytes]
    unless: re.Pattern[bytes] | None
    anywhere_unless: re.Pattern[bytes] | None
    environment: tuple[str, ...]
    protocol: Protocol
    config: Mapping[str, Any]
    says: str
    fix: str
    source: str
    samples: Sequence[Sample]
    document: Document
    path: Path  # of the rule in its document


class Match(NamedTuple):
    """A place in a file that a rule found. `line` and `column` count from 1; `within` names the function around it, if any.

    `call` is what is called, as it is written; `address` the beginning of a URL that is
    written among its arguments, else empty; `excerpt` the line. `accepted`: what a comment on the line, or alone above it, accepts.
    """

    file: str
    line: int
    column: int
    rule: str
    call: str
    within: str
    address: str
    excerpt: str
    accepted: str = ""


class Build(NamedTuple):
    """Somebody says what an image is built from: `folder` as reported, "" for the current directory; `by` names who, for people.

    `image` is a repository, without tag or digest, or its last segment alone.
    """

    image: str
    folder: str
    by: str


class Lacking(NamedTuple):
    """What a rule says of each of its matches."""

    language: str
    library: str
    lacks: Lack
    says: str
    fix: str
    environment: tuple[str, ...]
    protocol: Protocol


class Code(NamedTuple):
    """The application source of an input: what was found in it, and what tells who runs it.

    `silencing`: (file, rule) of what makes up for a lack of the program that the file belongs to. `programs` are folders that are
    programs of their own, and whether a recipe for an image lies in them. `roots` are the folders that
    were read. `files` were looked at, `aside` are tests, examples,
    vendored and generated ones, and such as are too big.
    """

    matches: Sequence[Match] = ()
    rules: Mapping[str, Lacking] = {}
    silencing: Sequence[tuple[str, str]] = ()
    builds: Sequence[Build] = ()
    programs: Mapping[str, bool] = {}
    roots: Sequence[str] = ()
    files: int = 0
    aside: int = 0
