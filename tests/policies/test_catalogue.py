"""What holds for all policies together."""

import subprocess
import sys

import pytest
import yaml

from checker.documents.agreement import certain
from checker.policy.checklist import load_concepts
from checker.policy.types import Policy
from checker.sources.policies import read_list
from tests.systems import ROOT, catalogue

POLICIES = list(catalogue().policies.values())


def test_every_policy_serves_the_checklist() -> None:
    items = {item.id for item in catalogue().checklist}
    assert all(set(policy.checklist) <= items and policy.checklist for policy in POLICIES)


def test_the_checklist_is_whole() -> None:
    assert len(catalogue().checklist) == 65
    assert len({item.id for item in catalogue().checklist}) == 65
    assert all(item.title.endswith("?") for item in catalogue().checklist)


def test_the_evidence_of_a_question_is_policies_of_other_items() -> None:
    policies = catalogue().policies
    named = [(item.id, name) for item in catalogue().checklist for name in item.evidence]
    assert [pair for pair in named if pair[1] not in policies] == []
    assert [(item, name) for item, name in named if item in policies[name].checklist] == []


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.id for policy in POLICIES])
def test_a_title_is_one_line_without_full_stop(policy: Policy) -> None:
    assert "\n" not in policy.title
    assert not policy.title.endswith(".")
    assert len(policy.title) < 110


def test_refused_concepts_have_a_reason_and_do_not_exist() -> None:
    refused = yaml.safe_load((ROOT / "policies" / "refused.yaml").read_text())["refused"]
    assert all(entry["reason"].strip().endswith(".") for entry in refused)
    assert not {entry["concept"] for entry in refused} & set(catalogue().policies)


def test_the_table_in_the_docs_is_what_the_program_prints() -> None:
    """`make docs` writes it."""
    table = subprocess.run(
        [sys.executable, "-m", "checker", "list", "policies", "--format", "md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "policies.md").read_text().endswith(table.stdout)


def test_every_misconfiguration_is_found_or_refused_with_a_reason() -> None:
    rows = yaml.safe_load((ROOT / "policies" / "misconfigurations.yaml").read_text())["misconfigurations"]
    assert len(rows) == 84
    assert [row["id"] for row in rows if bool(row.get("policies")) == bool(row.get("reason"))] == []
    assert all({*row.get("policies", ())} <= set(catalogue().policies) for row in rows)
    assert all(row["reason"].endswith(".") for row in rows if "reason" in row)


def test_every_concept_of_other_checkers_is_found_or_refused_with_a_reason() -> None:
    rows = load_concepts(*read_list("concepts"))
    assert len(rows) == 97
    assert [row.id for row in rows if bool(row.policies) == bool(row.reason)] == []
    assert all({*row.policies} <= set(catalogue().policies) for row in rows)
    assert all(row.reason.endswith(".") for row in rows if row.reason)


def test_policies_are_read_by_the_fast_parser() -> None:
    """The exact one takes longer to import than to judge a small input."""
    texts = {file: file.read_bytes().partition(b"\nexamples:\n")[0].decode() for file in (ROOT / "policies").rglob("*.yaml")}
    assert [file.name for file, text in texts.items() if not certain(text + "\n")] == []
