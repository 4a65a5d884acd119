"""Policies × subjects → findings.

Verdicts depend only on the facts a policy reads, so equal facts are judged once. A fact the input does not tell is left
out of the evaluation: CEL's `&&` and `||` come to a value without it where the other side decides, and to an error where
they do not, which is the outcome `unknown`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from checker.cel import Failure, Program, run
from checker.documents import locate, source_line
from checker.errors import PolicyError
from checker.facts.fields import Field, Judged, Unknown
from checker.facts.subjects import FIELDS
from checker.findings import Finding, ObjectKey, Related, Tally, fingerprint, without_passwords
from checker.location import Location
from checker.policy.types import Policy

Verdict = Literal["passed", "failed", "unknown", "not_applicable"]


class Rule(NamedTuple):
    """A policy made ready to run: how to take what it reads from a subject's facts, and the verdicts given so far."""

    policy: Policy
    facts: tuple[str, ...]
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    verdicts: dict[tuple[Any, ...], Verdict]


def rules(policies: Iterable[Policy]) -> dict[str, list[Rule]]:
    """Rules by the kind of subject they judge."""
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for policy in policies:
        names = tuple(dict.fromkeys(name.removesuffix(".is_set") for name in policy.reads if not name.startswith("params.")))
        by_kind[policy.subject].append(Rule(policy, names, _taker(names), {}))
    return dict(by_kind)


def _taker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) == 1:
        (name,) = names
        return lambda facts: (facts[name],)
    return itemgetter(*names)


def evaluate(subjects: Iterable[Judged], by_kind: Mapping[str, list[Rule]]) -> tuple[list[Finding], dict[str, Tally]]:
    """All findings (fail and unknown), and the count of each outcome per policy. Raises PolicyError."""
    findings: list[Finding] = []
    counts: dict[tuple[str, Verdict], int] = defaultdict(int)
    for judged in subjects:
        facts = judged.facts
        for rule in by_kind.get(judged.kind, ()):
            key = rule.take(facts)
            verdict = rule.verdicts.get(key)
            if verdict is None:
                verdict = rule.verdicts[key] = _verdict(rule, key)
            counts[rule.policy.id, verdict] += 1
            if verdict == "failed":
                findings.append(_failed(rule.policy, judged))
            elif verdict == "unknown":
                findings.append(_unknown(rule, judged, key))
    tallies = {
        rule.policy.id: Tally(
            passed=counts[rule.policy.id, "passed"],
            failed=0 if rule.policy.asks else counts[rule.policy.id, "failed"],
            unknown=counts[rule.policy.id, "unknown"],
            not_applicable=counts[rule.policy.id, "not_applicable"],
            asked=counts[rule.policy.id, "failed"] if rule.policy.asks else 0,
        )
        for group in by_kind.values()
        for rule in group
    }
    return findings, tallies


def _verdict(rule: Rule, key: tuple[Any, ...]) -> Verdict:
    policy = rule.policy
    facts = dict(zip(rule.facts, key, strict=True))
    applies = True if policy.when is None else _value(policy, "when", policy.when, facts)
    if applies is not True:
        return "unknown" if isinstance(applies, Unknown) else "not_applicable"
    holds = _value(policy, "expression", policy.expression, facts)
    if isinstance(holds, Unknown):
        return "unknown"
    return "passed" if holds else "failed"


def _value(policy: Policy, key: str, program: Program, facts: Mapping[str, Any]) -> Any:
    """The program's value; Unknown if it hangs on a fact the input does not tell."""
    value = run(program, _known(program, facts, policy))
    if not isinstance(value, Failure):
        return value
    for name in program.reads:
        fact = facts.get(name.removesuffix(".is_set"))
        if isinstance(fact, Unknown):
            return fact
    raise PolicyError(
        f"policy `{policy.id}`: {key} came to no value: {value.why}",
        at=locate(policy.document, (key,)),
        fix="ask `name.is_set` before an optional fact is used",
    )


def _known(program: Program, facts: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in program.reads:
        if name.startswith("params."):
            values[name] = policy.params[name.removeprefix("params.")]
            continue
        fact = facts[name.removesuffix(".is_set")]
        if isinstance(fact, Unknown):
            continue
        if name.endswith(".is_set"):
            values[name] = fact is not None
        elif fact is not None:
            values[name] = list(fact) if isinstance(fact, tuple) else fact
    return values


def _failed(policy: Policy, judged: Judged) -> Finding:
    message = _value(policy, "message", policy.message, judged.facts)
    location, excerpt = _place(policy.at, judged)
    related = tuple(
        Related(reference.note, _place(reference.at, judged)[0])
        for reference in policy.related
        if reference.at.partition(".")[0] in judged.anchors
    )
    return Finding(
        policy=policy.id,
        checklist=policy.checklist,
        severity=policy.severity,
        outcome="ask" if policy.asks else "fail",
        subject=judged.subject,
        message=(message.why or f"needs {message.missing}") if isinstance(message, Unknown) else message,
        fix=judged.fix or policy.fix,
        location=location,
        related=related,
        fingerprint=fingerprint(policy.id, judged.subject, _setting(judged, policy.at)),
        excerpt=excerpt,
        owners=_owners(policy, judged),
    )


def _owners(policy: Policy, judged: Judged) -> tuple[ObjectKey, ...]:
    """The object that is pointed at, and the one that the subject is about."""
    anchors = (judged.anchors.get(name) for name in (policy.at.partition(".")[0], judged.kind))
    sources = (anchor.source for anchor in anchors if anchor is not None)
    return tuple(dict.fromkeys((item.document.file, item.kind, item.namespace, item.name) for item in sources))


_FIX = "add the {missing} to the input, and mend what of them could not be read; --complete says that there are no others"


def _unknown(rule: Rule, judged: Judged, key: tuple[Any, ...]) -> Finding:
    """Cheap on purpose: there can be many, and they point at the object only."""
    policy = rule.policy
    facts = [fact for fact in key if isinstance(fact, Unknown)]
    missing = ", ".join(dict.fromkeys(fact.missing for fact in facts if fact.missing))
    why = "; ".join(dict.fromkeys(fact.why for fact in facts if fact.why))
    anchor = next(iter(judged.anchors.values()))
    document = anchor.source.document
    return Finding(
        policy=policy.id,
        checklist=policy.checklist,
        severity=policy.severity,
        outcome="unknown",
        subject=judged.subject,
        message=f"cannot be told: {why or f'the input holds no {missing}'}",
        fix="look at what it makes of the setting"
        if why
        else f"add the {missing} to the input and mend what of them could not be read; --complete says that there are no others",
        location=anchor.spot.location if anchor.spot else Location(document.file, document.line or None),
        fingerprint=fingerprint(policy.id, judged.subject, _setting(judged, policy.at)),
    )


def _place(name: str, judged: Judged) -> tuple[Location, str]:
    anchor = judged.anchors[name.partition(".")[0]]
    if anchor.spot:
        return anchor.spot.location, without_passwords(anchor.spot.excerpt)
    field = _PLACES.get(name, _NOWHERE)
    document = anchor.source.document
    location = locate(document, (*anchor.source.base, *anchor.path, *field.path))
    return location, without_passwords(source_line(document, location.line)) if location.line else ""


_NOWHERE = Field("string", "")
_PLACES = {name: field for fields in FIELDS.values() for name, field in fields.items()}


def _setting(judged: Judged, at: str) -> str:
    """What of the subject is meant, in words that survive moved lines: the fact and the part; no index of a list."""
    anchor = judged.anchors[at.partition(".")[0]]
    return f"{at} {judged.part} " + "/".join(step for step in anchor.path if isinstance(step, str))
