"""The report for programs keeps its contract."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

import checker.reports
from checker.findings import Inputs, Report, Tally
from checker.reports import Style, render
from tests.reports.sample import REPORT
from tests.reports.strategies import reports

SCHEMA = json.loads((Path(checker.reports.__path__[0]) / "schema" / "report-1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EMPTY = Report("0", Inputs(0, 0, 0, (), ()), (), (), (), {})


def loaded(report: Report) -> dict[str, Any]:
    """The report as a program reads it, checked against the schema."""
    data: dict[str, Any] = json.loads(render("json", report, Style()))
    VALIDATOR.validate(data)
    return data


def test_the_schema_is_a_schema() -> None:
    VALIDATOR.check_schema(SCHEMA)


def descriptionless(schema: Any, path: str = "") -> list[str]:
    """Paths of properties that neither they nor what they refer to describe."""
    if not isinstance(schema, dict):
        return []
    missing = []
    for name, value in schema.get("properties", {}).items():
        target = SCHEMA["$defs"][value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else {}
        if "description" not in value and "description" not in target:
            missing.append(f"{path}.{name}")
    for name, value in (schema.get("properties", {}) | schema.get("$defs", {})).items():
        missing += descriptionless(value, f"{path}.{name}") + descriptionless(value.get("items"), f"{path}.{name}[]")
    return missing


def test_the_schema_describes_every_field() -> None:
    assert descriptionless(SCHEMA) == []


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["everything", "nothing"])
def test_a_report_follows_the_schema(report: Report) -> None:
    loaded(report)


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_the_schema_misses_what_is_not_there(key: str) -> None:
    data = loaded(REPORT)
    del data[key]
    assert not VALIDATOR.is_valid(data)


def test_the_schema_refuses_what_is_not_in_the_contract() -> None:
    data = loaded(REPORT)
    data["findings"][0]["confidence"] = "high"
    assert not VALIDATOR.is_valid(data)


def test_the_schema_has_room_for_a_call_as_subject() -> None:
    data = loaded(REPORT)
    caller = {"kind": "Deployment", "namespace": "shop", "name": "web"}
    callee = {"host": "cart.shop.svc.cluster.local", "port": 8080, "protocol": "http"}
    data["findings"][0]["subject"] = {"kind": "edge", "caller": caller, "callee": callee}
    VALIDATOR.validate(data)


def test_the_summary_counts_what_the_report_holds() -> None:
    assert loaded(REPORT)["summary"] == {"high": 9, "medium": 1, "low": 2, "passed": 53, "unknown": 3, "waived": 1}


def test_optional_fields_are_there_only_where_they_say_something() -> None:
    data = loaded(REPORT)
    assert [row["id"] for row in data["checklist"] if "note" in row] == ["CB-1"]
    assert [finding["policy"] for finding in data["findings"] if "waiver" in finding] == ["no-memory-limit"]
    assert [finding["subject"]["name"] for finding in data["findings"] if "container" not in finding["subject"]]


def test_a_finding_is_one_line() -> None:
    lines = render("json", REPORT, Style()).splitlines()
    assert sum(line.startswith('    {"policy": ') for line in lines) == len(REPORT.findings)


@settings(max_examples=40, deadline=None)
@given(reports())
def test_every_text_comes_back_as_it_was(report: Report) -> None:
    rendered = render("json", report, Style())
    assert rendered.replace("\n", "").isprintable()
    assert rendered.isascii()
    data = loaded(report)
    assert data["assumptions"] == list(report.assumptions)
    for read, finding in zip(data["findings"], report.findings, strict=True):
        assert (read["policy"], read["message"], read["fix"]) == (finding.policy, finding.message, finding.fix)
        assert read["location"]["file"] == finding.location.file
        if finding.subject.edge is None:
            assert read["subject"]["name"] == finding.subject.name
        else:
            assert read["subject"]["callee"]["host"] == finding.subject.edge.host
        assert read.get("waiver", finding.waiver) == finding.waiver


@pytest.mark.parametrize("command", ["##[error]x", "##vso[task.complete]x", "\\##[error]x", "::error::x"])
def test_a_name_is_no_command_to_a_ci_runner(command: str) -> None:
    report = EMPTY._replace(assumptions=(command,))
    assert not re.search(r"^\s*::|##(vso)?\[", render("json", report, Style()), re.MULTILINE)
    assert loaded(report)["assumptions"] == [command]


def test_style_changes_nothing() -> None:
    assert render("json", REPORT, Style(color=True, width=20, places=1)) == render("json", REPORT, Style())


def test_passed_is_the_sum_over_policies() -> None:
    assert loaded(EMPTY._replace(tallies={"a": Tally(passed=2), "b": Tally(passed=3, failed=1)}))["summary"]["passed"] == 5
