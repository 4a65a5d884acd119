"""Schedules of CronJobs. Every verdict here is that of robfig/cron v3.0.1, which Kubernetes 1.34 uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.cron import schedule_error


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *", "0 3 * * *", "*/5 0-23/2 1,15 * MON-FRI", "0 0 1 jan ?", "5/15 * * * *", "  0  3 *\t* * ", "? ? ? ? ?", "00 09 * * 0",
        "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@every 1h30m", "@every 90s", "+5 * * * *",
        "1,,2 * * * *", "*-5 * * * *",
    ],
)  # fmt: skip
def test_kubernetes_takes_these(schedule: str) -> None:
    assert schedule_error(schedule) is None


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("", "it has no fields; five are required"),
        ("   ", "it has no fields"),
        ("daily", "it has one field; five are required"),
        ("0 3 * *", "it has 4 fields; five are required"),
        ("0 0 3 * * *", "it has 6 fields; five are required"),
        (" @daily", "it has one field"),
        ("60 * * * *", "the minute is '60': only 0 to 59 are allowed"),
        ("0 24 * * *", "the hour is '24': only 0 to 23 are allowed"),
        ("0 0 0 * *", "the day of the month is '0': only 1 to 31 are allowed"),
        ("0 0 32 * *", "the day of the month is '32'"),
        ("0 0 1 13 *", "the month is '13': only 1 to 12 are allowed"),
        ("0 0 * * 7", "the day of the week is '7': only 0 to 6 are allowed; Sunday is 0"),
        ("0 0 * * SUN-7", "Sunday is 0"),
        ("0 0 L * *", "the day of the month is 'L': a whole number from 1 to 31 is required"),
        ("0 0 15W * *", "the day of the month is '15W'"),
        ("0 0 * * 5#2", "the day of the week is '5#2': a whole number from 0 to 6 or a name (SUN, MON"),
        ("0 0 * MON *", "the month is 'MON': a whole number from 1 to 12 or a name (JAN"),
        ("0 0 1,x * *", "the day of the month is 'x'"),
        ("*/0 * * * *", "the minute is '*/0': the step after '/' must be a whole number above 0"),
        ("*/ * * * *", "the step after '/'"),
        ("*/5/2 * * * *", "there may be only one '/'"),
        ("1-2-3 * * * *", "there may be only one '-'"),
        ("30-10 * * * *", "the minute is '30-10': the range ends before it begins"),
        ("-1 * * * *", "a whole number from 0 to 59 is required"),
        ("5- * * * *", "a whole number from 0 to 59 is required"),
        ("@reboot", "'@reboot' is none of @annually, @daily"),
        ("@Daily", "'@Daily' is none of"),
        ("@every 5", "'5' after @every is no duration"),
        ("@every  1h", "' 1h' after @every is no duration"),
        ("TZ=Europe/Berlin 0 3 * * *", "it names a time zone (TZ), which belongs in spec.timeZone"),
        ("CRON_TZ=UTC 0 3 * * *", "spec.timeZone"),
    ],
)
def test_what_kubernetes_refuses_is_explained(schedule: str, why: str) -> None:
    assert why in (schedule_error(schedule) or "")


@given(st.tuples(*(st.integers(low, high) for low, high in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6)))))
def test_any_five_numbers_in_their_ranges_are_a_schedule(numbers: tuple[int, ...]) -> None:
    assert schedule_error(" ".join(map(str, numbers))) is None


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    schedule_error(text)
