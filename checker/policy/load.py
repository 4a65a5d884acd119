"""Policy files → policies, each checked so that a mistake is an error here and not silence later."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from checker.cel import ExpressionError, Program, compile_expression
from checker.documents import Document, locate, parse
from checker.entries import Entry
from checker.errors import PolicyError, did_you_mean
from checker.facts.fields import Field, variables
from checker.facts.subjects import FIELDS
from checker.findings import SEVERITIES, Severity
from checker.location import Location
from checker.policy.types import Example, Parameter, Policy, Reference

_FIELDS = (
    "id", "checklist", "title", "severity", "outcome", "subject", "enabled", "when", "expression", "message",
    "at", "related", "params", "fix", "why", "sources", "examples",
)  # fmt: skip
_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)+$")
_PARAMETER_TYPES: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string"}


_EXAMPLES = b"\nexamples:\n"


class Terms(NamedTuple):
    """What policies are loaded against.

    `checklist`: the ids they may name. `overrides`: other values for their parameters. `examples`: whether these are read
    and checked too; a check has no use for those of policies that are known to be tested.
    """

    checklist: frozenset[str]
    overrides: Mapping[str, Mapping[str, Parameter]] = {}
    examples: bool = True


def load(files: Iterable[tuple[str, bytes]], terms: Terms, beside: Mapping[str, Policy] = {}) -> dict[str, Policy]:
    """The policies of some files, by id, and those they stand beside. Raises PolicyError for the first mistake."""
    policies = dict(beside)
    for name, content in files:
        for document in documents_of(name, content if terms.examples else content.partition(_EXAMPLES)[0] + b"\n"):
            policy = _policy(Entry(document, PolicyError), terms)
            if policy.id in policies:
                first = locate(policies[policy.id].document, ("id",))
                raise PolicyError(
                    f"the id `{policy.id}` is taken", at=locate(document, ("id",)), fix=f"choose another id; the first is at {first}"
                )
            policies[policy.id] = policy
    return policies


def documents_of(name: str, content: bytes) -> list[Document]:
    """The documents of a policy file; any problem with it is an error."""
    parsed = parse(name, content)
    for problem in parsed.problems:
        raise PolicyError(problem.message, at=Location(name, problem.line, problem.column), fix=problem.fix)
    return parsed.documents


def _policy(entry: Entry, terms: Terms) -> Policy:
    entry.only(_FIELDS)
    identifier = _identifier(entry)
    subject = entry.choice("subject", FIELDS)
    fields = FIELDS[subject]
    overrides = terms.overrides.get(identifier, {})
    params = _params(entry, overrides)
    names = variables(fields) | {f"params.{name}": _PARAMETER_TYPES[type(value)] for name, value in params.items()}
    program = _program if terms.examples or overrides else _later
    expression = program(entry, "expression", names, "bool")
    return Policy(
        id=identifier,
        checklist=_checklist(entry, terms.checklist),
        title=entry.text("title"),
        severity=cast("Severity", entry.choice("severity", SEVERITIES)),
        asks="outcome" in entry.data and entry.choice("outcome", ("fail", "ask")) == "ask",
        subject=subject,
        enabled=entry.flag("enabled", default=True),
        when=program(entry, "when", names, "bool") if "when" in entry.data else None,
        expression=expression,
        message=program(entry, "message", names, "string"),
        at=_place(entry, fields, expression),
        related=tuple(_reference(reference, fields) for reference in entry.mappings("related")),
        params=params,
        fix=_sentence(entry, "fix"),
        why=_sentence(entry, "why"),
        sources=entry.texts("sources", default=()),
        examples=_examples(entry, identifier) if terms.examples else (),
        document=entry.document,
    )


def _identifier(entry: Entry) -> str:
    identifier = entry.text("id")
    file_name = entry.document.file.rpartition("/")[2].partition(".")[0]
    if not _ID.match(identifier):
        entry.refuse(("id",), f"`{identifier}` is no id", "use lower-case words joined by hyphens that name the fault")
    if identifier != file_name:
        entry.refuse(("id",), f"the id `{identifier}` differs from the file name `{file_name}`", "make both the same")
    return identifier


def _checklist(entry: Entry, known: frozenset[str]) -> tuple[str, ...]:
    items = entry.texts("checklist")
    for item in items:
        if item not in known:
            hint = did_you_mean(item, known, "see `k8s-stabcheck list checklist`")
            entry.refuse(("checklist",), f"`{item}` is not in the checklist", hint)
    return items


def _params(entry: Entry, overrides: Mapping[str, Parameter]) -> dict[str, Parameter]:
    given = entry.mapping("params")
    params: dict[str, Parameter] = {}
    for name, value in given.data.items() if given else ():
        if type(value) not in _PARAMETER_TYPES:
            entry.refuse(("params", name), f"`{name}` must be a number, a text, or true or false")
        params[name] = overrides.get(name, value)
    return params


def _program(entry: Entry, key: str, names: Mapping[str, str], returns: str) -> Program:
    text = entry.text(key)
    try:
        return compile_expression(text, names, returns)
    except ExpressionError as error:
        wrong = re.search(r"undeclared reference to '([\w.]+)'", error.why)
        otherwise = "see `k8s-stabcheck list facts`"
        what = f"`{wrong[1]}` is not a fact of a {entry.data.get('subject')}" if wrong else error.why
        shown = text.splitlines()[error.line - 1] if error.line <= len(text.splitlines()) else text
        hint = did_you_mean(wrong[1], names, otherwise) if wrong else otherwise
    entry.refuse((key,), f"{key}: {what} (in `{shown.strip()}`)", hint)


def _later(entry: Entry, key: str, names: Mapping[str, str], returns: str) -> Program:
    """For a policy that is known to be tested: most are for subjects that an input does not hold, and most messages are never needed."""
    return Program(entry.text(key), names, returns)


def _place(entry: Entry, fields: Mapping[str, Field], expression: Program) -> str:
    if "at" in entry.data:
        return _fact(entry, fields)
    for name in expression.reads:
        if name.removesuffix(".is_set") in fields:
            return name.removesuffix(".is_set")
    entry.refuse(("expression",), "the expression reads no fact, so a finding would have no place", "read a fact, or name one with `at:`")


def _fact(entry: Entry, fields: Mapping[str, Field]) -> str:
    name = entry.text("at")
    anchors = {field.partition(".")[0] for field in fields} | {"workload", "pod", "autoscaler", "budget", "service", "rival"}
    if name not in fields and name.partition(".")[0] not in anchors:
        entry.refuse(("at",), f"`{name}` is not a fact of this subject", did_you_mean(name, fields, "see `k8s-stabcheck list facts`"))
    return name


def _reference(entry: Entry, fields: Mapping[str, Field]) -> Reference:
    entry.only(("at", "note"))
    return Reference(_fact(entry, fields), entry.text("note"))


def _sentence(entry: Entry, key: str) -> str:
    text = " ".join(entry.text(key).split())
    if not text.endswith((".", "?", "!")):
        entry.refuse((key,), f"`{key}` must be a sentence", "end it with a full stop")
    return text


def _examples(entry: Entry, identifier: str) -> tuple[Example, ...]:
    examples = []
    for number, example in enumerate(entry.mappings("examples")):
        example.only(("name", "manifests", "files", "complete"))
        files = example.mapping("files")
        texts = {name: files.text(name) for name in files.data} if files else {}
        manifests = example.data.get("manifests") or ""
        examples.append(Example(example.text("name"), manifests, example.flag("complete", default=False), number, texts))
    marked = [any(f"expect: {identifier}" in text for text in (example.manifests, *example.files.values())) for example in examples]
    if not any(marked):
        entry.refuse(("examples",), "no example fails", f"mark the faulty line of one with `# expect: {identifier}`")
    if all(marked):
        entry.refuse(("examples",), "no example passes", "add one without a mark that must stay silent")
    return tuple(examples)
