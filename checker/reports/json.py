"""The report for programs: `schema/report-1.schema.json` describes every field.

One finding to a line: people can read, grep and diff it, and it is written by the fast encoder of the standard
library (with `indent` that one falls back to pure Python). Everything outside printable ASCII is escaped, so a hostile
name cannot steer the terminal that shows it, and a file name that is not UTF-8 still gives valid output.
"""

import json
from collections.abc import Iterable
from typing import Any

from checker.errors import Problem, Skipped
from checker.findings import SEVERITIES, ChecklistRow, Edge, Finding, Inputs, Report, Subject
from checker.location import Location
from checker.reports import Style

SCHEMA_VERSION = "1"

# DEL is the one control character that JSON lets pass; GitHub's and Azure's runners obey `##[…]` and `##vso[…]` anywhere in a log.
_ESCAPED = (("\x7f", "\\u007f"), ("##[", "\\u0023#["), ("##vso[", "\\u0023#vso["))

_encode = json.JSONEncoder(ensure_ascii=True, check_circular=False).encode


def render(report: Report, _style: Style) -> str:
    """The report as JSON, the same bytes for the same report."""
    members = {
        "schema_version": _encode(SCHEMA_VERSION),
        "tool": _encode({"name": "k8s-stabcheck", "version": report.version}),
        "inputs": _inputs(report.inputs),
        "assumptions": _lines(report.assumptions, indent="  "),
        "findings": _lines(map(_finding, report.findings), indent="  "),
        "checklist": _lines(map(_checklist_row, report.checklist), indent="  "),
        "summary": _encode(_summary(report)),
    }
    text = "{\n" + ",\n".join(f'  "{name}": {value}' for name, value in members.items()) + "\n}\n"
    for plain, escaped in _ESCAPED:
        text = text.replace(plain, escaped)
    return text


def _lines(values: Iterable[object], indent: str) -> str:
    """A JSON array with one value to a line."""
    lines = [f"{indent}  {_encode(value)}" for value in values]
    return "[\n" + ",\n".join(lines) + f"\n{indent}]" if lines else "[]"


def _inputs(inputs: Inputs) -> str:
    counts = _encode({"files": inputs.files, "documents": inputs.documents, "objects": inputs.objects})
    skipped = _lines(map(_skipped, inputs.skipped), indent="    ")
    errors = _lines(map(_problem, inputs.errors), indent="    ")
    if inputs.cluster:
        counts = f'{counts[:-1]}, "cluster": {_encode(inputs.cluster)}}}'
    return f'{{\n    {counts[1:-1]},\n    "skipped": {skipped},\n    "errors": {errors}\n  }}'


def _skipped(skipped: Skipped) -> dict[str, Any]:
    return {"file": skipped.file, "line": skipped.line, "reason": skipped.reason}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "fix": problem.fix,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "policy": finding.policy,
        "checklist": finding.checklist,
        "severity": finding.severity,
        "outcome": finding.outcome,
        "subject": _subject(finding.subject),
        "message": finding.message,
        "fix": finding.fix,
        "location": _location(finding.location),
        "related": [{"note": related.note, "location": _location(related.location)} for related in finding.related],
        "fingerprint": finding.fingerprint,
    }
    if finding.outcome in ("waived", "attested"):
        fields["waiver"] = finding.waiver
    if finding.change is not None:
        fields["change"] = finding.change
    if finding.worlds:
        fields["worlds"] = finding.worlds
    return fields


def _subject(subject: Subject) -> dict[str, Any]:
    if subject.edge is not None:
        return _edge(subject.edge)
    fields = {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name}
    return {**fields, "container": subject.container} if subject.container else fields


def _edge(edge: Edge) -> dict[str, Any]:
    callers = [{"kind": kind, "namespace": namespace, "name": name} for _, kind, namespace, name in edge.callers]
    callee = {"host": edge.host, "port": edge.port, "protocol": edge.protocol}
    fields: dict[str, Any] = {"kind": "edge", "caller": callers[0] if callers else None, "callee": callee}
    return {**fields, "callers": callers} if len(callers) > 1 else fields


def _location(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column, "field": location.field}


def _checklist_row(row: ChecklistRow) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": row.id,
        "title": row.title,
        "verdict": row.verdict,
        "passed": row.tally.passed,
        "failed": row.tally.failed,
        "unknown": row.tally.unknown,
        "waived": row.tally.waived,
        "asked": row.tally.asked,
        "attested": row.tally.attested,
        "asks": row.asks,
    }
    return {**fields, "note": row.note} if row.note else fields


def _summary(report: Report) -> dict[str, int]:
    counts: dict[str, int] = {severity: report.count(severity) for severity in SEVERITIES}
    return counts | {
        "passed": sum(tally.passed for tally in report.tallies.values()),
        "unknown": sum(finding.outcome == "unknown" and finding.change != "gone" for finding in report.findings),
        "waived": sum(finding.outcome == "waived" and finding.change != "gone" for finding in report.findings),
    }
