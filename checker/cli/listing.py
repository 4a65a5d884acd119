"""`k8s-stabcheck list WHAT`."""

import argparse
from collections.abc import Mapping, Sequence

from checker.cli import FINE
from checker.cli.setup import catalogue, configuration
from checker.engine import Catalogue
from checker.facts.subjects import FIELDS
from checker.policy.checklist import by_item, load_concepts, load_misconfigurations
from checker.reports import FORMATS
from checker.sources.policies import read_list

Row = tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    if arguments.what == "formats":
        rows: list[Row] = [("format",), *((name,) for name in FORMATS)]
    elif arguments.what == "facts":
        rows = _facts()
    elif arguments.what == "misconfigurations":
        rows = _misconfigurations()
    elif arguments.what == "concepts":
        rows = _concepts()
    else:
        everything = catalogue(arguments, configuration(arguments))
        rows = _policies(everything) if arguments.what == "policies" else _checklist(everything)
    print("\n".join(_markdown(rows) if arguments.format == "md" else _columns(rows)))
    return FINE


def _policies(everything: Catalogue) -> list[Row]:
    policies = sorted(everything.policies.values(), key=lambda policy: (policy.checklist, policy.id))
    head: Row = ("policy", "checklist", "severity", "default", "what must hold")
    return [head, *((item.id, ", ".join(item.checklist), item.severity, "on" if item.enabled else "off", item.title) for item in policies)]


def _checklist(everything: Catalogue) -> list[Row]:
    serving = by_item(everything.checklist, everything.policies.values())
    rows = (
        (item.id, item.group, item.title, str(len(serving[item.id])) if serving[item.id] else "not judged yet")
        for item in everything.checklist
    )
    return [("item", "group", "question", "policies"), *rows]


def _misconfigurations() -> list[Row]:
    known = load_misconfigurations(*read_list("misconfigurations"))
    return [
        ("id", "misconfiguration", "found by, or why not"),
        *((row.id, row.name, ", ".join(row.policies) or row.reason) for row in known),
    ]


def _concepts() -> list[Row]:
    known = load_concepts(*read_list("concepts"))
    head: Row = ("concept", "what must hold", "found by, or why not", "at the peers")
    return [head, *((str(each.id), each.name, ", ".join(each.policies) or each.reason, _peers(each.peers)) for each in known)]


def _peers(ids: Mapping[str, str]) -> str:
    return "; ".join(f"{peer}: {names}" for peer, names in ids.items())


def _facts() -> list[Row]:
    rows: list[Row] = [("subject", "fact", "type", "meaning")]
    for subject, fields in FIELDS.items():
        for name, field in fields.items():
            kind = f"{field.type}, may be absent" if field.optional else field.type
            rows.append((subject, name, kind, field.meaning))
    return rows


def _columns(rows: Sequence[Row]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _markdown(rows: Sequence[Row]) -> list[str]:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]
