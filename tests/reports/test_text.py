"""What a person reads: everything counted, nothing raw, nothing lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import Problem, Skipped
from checker.findings import Finding, Inputs, Outcome, Report, Subject, Tally
from checker.location import Location
from checker.reports import Style, render
from checker.reports.text.terminal import clean, wrap
from tests.reports.sample import HOSTILE, REPORT
from tests.reports.strategies import reports, texts

COLOR_CODE = re.compile("\x1b\\[[0-9;]+m")


def finding(
    name: str, message: str = "no limit", *, fix: str = "Set one.", excerpt: str = "- name: app", outcome: Outcome = "fail"
) -> Finding:
    """A finding of one policy, in a file called as its subject."""
    subject = Subject("Deployment", "shop", name, "app")
    location = Location(f"{name}.yaml", 7, 3, "spec.template.spec.containers[0]")
    return Finding("no-limit", ("GV-4",), "high", outcome, subject, message, fix, location, excerpt=excerpt, waiver="agreed")


def shown(*findings: Finding) -> str:
    """The text of a report with these findings alone."""
    return render("text", Report("0", Inputs(1, 1, 1, (), ()), (), findings, (), {"no-limit": Tally(passed=2)}), Style())


@settings(max_examples=40, deadline=None)
@given(reports(), st.integers(0, 130), st.integers(0, 5))
def test_nothing_of_the_input_reaches_the_terminal_raw(report: Report, width: int, places: int) -> None:
    rendered = render("text", report, Style(False, width, places))
    assert rendered.replace("\n", "").isprintable()
    rendered.encode()


def _of_one_input(report: Report) -> Report:
    findings = [each._replace(change=None) for each in report.findings]
    return report._replace(inputs=report.inputs._replace(compared=False), findings=findings)


@settings(max_examples=40, deadline=None)
@given(reports())
def test_colour_changes_no_letter(report: Report) -> None:
    assert COLOR_CODE.sub("", render("text", report, Style(color=True))) == render("text", report, Style())


@settings(max_examples=40, deadline=None)
@given(reports().map(_of_one_input))
def test_the_last_line_has_all_counts(report: Report) -> None:
    last = render("text", report, Style()).splitlines()[-1]
    outcomes = [each.outcome for each in report.findings]
    counts = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?= )", last)]
    assert counts[:3] == [report.count("high"), report.count("medium"), report.count("low")]
    assert counts[4:6] == [outcomes.count("unknown"), outcomes.count("waived")]
    assert ("unreadable" in last) == bool(report.inputs.errors)


def test_of_a_comparison_only_what_is_new_is_told_in_full() -> None:
    first = REPORT.findings[0]._replace(outcome="fail", severity="high", policy="a")
    changes = [first._replace(policy=change, message=f"it is {change}", change=change) for change in ("new", "unchanged", "gone")]
    text = render("text", REPORT._replace(inputs=REPORT.inputs._replace(compared=True), findings=changes), Style())
    assert "it is new" in text
    assert "it is unchanged" not in text
    assert "gone: 1\n  high[gone] 1: " in text
    assert text.splitlines()[-1].startswith("1 new finding, 1 unchanged, 1 gone; ")


@given(texts)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(texts, st.integers(0, 90))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    assert " ".join(wrap(clean(text), Style(width=width))).split() == clean(text).split()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_prose_fits_the_terminal(width: int) -> None:
    lines = render("text", REPORT._replace(inputs=REPORT.inputs._replace(errors=())), Style(width=width)).splitlines()
    too_wide = [line for line in lines[:-1] if len(line) > width]
    assert all("evil" in line for line in too_wide), "only names that cannot be broken may be wider"


@given(st.sampled_from(["::error::", "##[error]", "##vso[task.complete]"]), st.integers(0, 120), st.booleans())
def test_a_name_is_no_command_to_a_ci_runner(command: str, width: int, color: bool) -> None:
    text = render("text", with_everywhere(f"a {command}x {command}"), Style(color, width))
    assert not re.search(r"^\s*::|##(vso)?\[", COLOR_CODE.sub("", text), re.MULTILINE)


def with_everywhere(name: str) -> Report:
    """The sample with `name` wherever the input chooses a text."""
    subject = Subject(name, name, name, name)
    location = Location(name, 1)
    failed = finding("web")._replace(subject=subject, location=location, excerpt=name, message=name, waiver=name)
    inputs = REPORT.inputs._replace(
        skipped=[Skipped(name, None, name), Skipped(name, 1, command_first(name))],
        errors=[Problem(name, None, None, command_first(name), name)],
    )
    outcomes: tuple[Outcome, ...] = ("fail", "unknown", "waived")
    return REPORT._replace(inputs=inputs, findings=[failed._replace(outcome=outcome) for outcome in outcomes])


def command_first(text: str) -> str:
    """The text from its second word on."""
    return text.partition(" ")[2]


def test_a_shared_message_and_fix_are_said_once() -> None:
    text = shown(finding("web"), finding("cart"))
    assert text.count("no limit") == 1
    assert text.count("Set one.") == 1
    assert "2 places" in text


def test_messages_that_differ_only_in_the_names_are_said_once() -> None:
    text = shown(
        finding("web", 'Deployment shop/web: "app" may use all memory'), finding("cart", 'Deployment shop/cart: "app" may use all memory')
    )
    assert "high[no-limit] 2 places, GV-4: Deployment …: … may use all memory" in text


def test_messages_that_differ_stand_at_their_places() -> None:
    text = shown(finding("web", "limit 5 is above 2"), finding("cart", "limit 9 is above 2"))
    assert "| limit 5 is above 2" in text
    assert "| limit 9 is above 2" in text


def test_of_a_whole_object_no_line_is_shown() -> None:
    whole = finding("web", excerpt="apiVersion: v1")
    assert "apiVersion" not in shown(whole._replace(location=whole.location._replace(field="")))


def test_source_lines_are_shown_for_each_place_where_they_differ() -> None:
    text = shown(finding("web", excerpt="image: a"), finding("cart", excerpt="image: b"))
    assert "7 | image: a" in text
    assert "7 | image: b" in text


def test_a_password_in_a_source_line_is_not_shown() -> None:
    text = render("text", REPORT, Style())
    assert "postgres://pay:***@db.shop.svc:5432/pay" in text
    assert "hunter2" not in text


def test_a_long_list_of_places_says_how_many_are_not_listed() -> None:
    text = shown(*(finding(f"svc{number}") for number in range(30)))
    assert "30 places" in text
    assert text.count("-->") == 5
    assert "… and 25 more: shop/svc5, shop/svc6" in text
    assert "--format json lists all" in " ".join(text.split())


def test_one_place_beyond_the_limit_is_shown_rather_than_counted() -> None:
    assert shown(*(finding(f"svc{number}") for number in range(6))).count("-->") == 6


def test_every_unreadable_input_is_listed() -> None:
    problems = [REPORT.inputs.errors[0]._replace(file=f"bad{number}.yaml") for number in range(40)]
    text = render("text", REPORT._replace(inputs=REPORT.inputs._replace(errors=problems)), Style())
    assert "40 problems with the input" in text
    assert all(f"--> bad{number}.yaml:17:3" in text for number in range(40))
    assert "40 unreadable" in text.splitlines()[-1]


def test_nothing_found_says_what_was_checked() -> None:
    assert shown().startswith("Nothing found: 1 policy judged 1 object.\n")


def test_nothing_to_judge_is_not_called_nothing_found() -> None:
    text = render("text", Report("0", Inputs(3, 0, 0, (), ()), (), (), (), {}), Style())
    assert text.startswith("Nothing was judged")
    assert text.endswith("0 high, 0 medium, 0 low; 0 passed, 0 unknown, 0 waived — 0 objects in 3 files\n")


def test_nothing_found_is_only_said_of_what_could_be_read() -> None:
    text = render("text", REPORT._replace(findings=()), Style())
    assert text.startswith("Nothing found in what could be read:")


def test_unknown_and_waived_are_no_failures() -> None:
    text = shown(finding("web", outcome="unknown"), finding("cart", outcome="waived"))
    assert text.startswith("Nothing found")
    assert "could not be judged: 1" in text
    assert "no-limit, Deployment shop/cart, container app: agreed" in text
    assert "0 high, 0 medium, 0 low; 2 passed, 1 unknown, 1 waived" in text


def test_hostile_names_stay_readable() -> None:
    assert clean(HOSTILE).startswith(r"evil\x1b[2J\r\n\u202etxt.exe\x07\x7f\x9b<img src=x")
