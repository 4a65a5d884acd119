"""Quantities, durations and percentages: a table of what Kubernetes reads and refuses, and laws."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.units import LARGEST, bytes_of, cores_of, quantity, scaled, seconds_of

QUANTITIES = {
    "0": "0",
    "1": "1",
    "500m": "0.5",
    "0.5": "0.5",
    ".5": "0.5",
    "5.": "5",
    "+5": "5",
    "-5": "-5",
    "1k": "1000",
    "129M": "129000000",
    "129e6": "129000000",
    "129E6": "129000000",
    "1e+3": "1000",
    "1e-3": "0.001",
    "1E": "1000000000000000000",
    "1Ki": "1024",
    "1.5Gi": "1610612736",
    "0.1Ki": "102.4",
    "128974848000m": "128974848",
    "5n": "0.000000005",
    "0.1n": "0.000000001",
    "-0.1n": "-0.000000001",
    "9Ei": "9223372036854775807",
    " 64Mi ": "67108864",
    "Mi": "0",
    "007": "7",
}
REFUSED_QUANTITIES = [
    "", " ", "64 Mi", "1GB", "1,5", "1e", "1i", "1ki", "1K", "1mi", "1.1.M", "1+1.0M", "0x10", "1_000", "one", "1e3m",
    "1e99999999999999999999", "\N{FULLWIDTH DIGIT ONE}",  "{{ .Values.cpu }}", None, True, [1], {"cpu": 1}, float("inf"),
    float("nan"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), QUANTITIES.items())
def test_quantities_stand_for_numbers(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("value", REFUSED_QUANTITIES)
def test_what_is_no_quantity_is_none(value: object) -> None:
    assert quantity(value) is None
    assert bytes_of(value) is None
    assert cores_of(value) is None


@pytest.mark.parametrize(("value", "number"), [(1, 1), (0.5, 0.5), (1e3, 1000), (1e16, 10**16), (1e-7, 1e-7)])
def test_plain_numbers_are_quantities(value: float, number: float) -> None:
    assert float(quantity(value) or 0) == number


@pytest.mark.parametrize(
    ("value", "whole"),
    [("1Gi", 2**30), ("128974848000m", 128974848), ("0.5", 1), ("1m", 1), (64, 64), ("1e400", LARGEST), ("-1e400", -LARGEST)],
)
def test_bytes_are_whole_and_rounded_up(value: object, whole: int) -> None:
    assert bytes_of(value) == whole


@pytest.mark.parametrize(("value", "cores"), [("500m", 0.5), ("0.1m", 0.001), ("1500u", 0.002), (2, 2.0), ("1.5", 1.5)])
def test_cores_are_rounded_up_to_millicores(value: object, cores: float) -> None:
    assert cores_of(value) == cores


@pytest.mark.parametrize("digits", [30, 5000])
def test_absurdly_long_numbers_are_read(digits: int) -> None:
    assert bytes_of("9" * digits) == LARGEST
    assert cores_of("0." + "1" * digits) == 0.112
    assert quantity("1e" + "9" * digits) is None
    assert seconds_of("9" * digits + "s") is None
    assert scaled("9" * digits + "%", 1, round_up=True) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1m30s", 90.0), ("250ms", 0.25), ("1.5h", 5400.0), ("0", 0.0), ("+0", 0.0), (".5s", 0.5), ("1.s", 1.0),
        ("-3s", -3.0), ("1h30m10s", 5410.0), ("1us", 1e-6), ("1µs", 1e-6), ("1μs", 1e-6), ("1ns", 1e-9), ("1s1s", 2.0),
    ],
)  # fmt: skip
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("value", ["", "5", "1d", "5S", "5 s", "5s ", ".s", "s", "1s2", "PT5S", "99999999999999999999s", 5, None, ["5s"]])
def test_what_is_no_duration_is_none(value: object) -> None:
    assert seconds_of(value) is None


@pytest.mark.parametrize(
    ("value", "total", "up", "down"),
    [("25%", 10, 3, 2), ("100%", 7, 7, 7), ("0%", 7, 0, 0), ("150%", 3, 5, 4), (3, 10, 3, 3), (0, 10, 0, 0), (3.0, 10, 3, 3)],
)
def test_counts_and_percentages_of_a_total(value: object, total: int, up: int, down: int) -> None:
    assert scaled(value, total, round_up=True) == up
    assert scaled(value, total, round_up=False) == down


@pytest.mark.parametrize("value", ["3", "", "%", "1.5%", "25 %", "25%%", True, None, 2.5, float("inf"), [1]])
def test_what_is_neither_count_nor_percentage_is_none(value: object) -> None:
    assert scaled(value, 10, round_up=True) is None


@given(st.integers(-LARGEST, LARGEST))
def test_an_integer_survives_the_round_trip(number: int) -> None:
    assert bytes_of(str(number)) == number == bytes_of(number)


@given(st.integers(0, 10**12))
def test_millicores_survive_the_round_trip(milli: int) -> None:
    assert cores_of(f"{milli}m") == milli / 1000


@given(st.floats(-1e15, 1e15, allow_nan=False).map(lambda number: round(number, 9)))
def test_a_number_is_read_as_it_is_printed(number: float) -> None:
    assert float(quantity(number) or 0) == pytest.approx(number, abs=1e-9)


@given(st.integers(0, 1000), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    expected = hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    assert seconds_of(f"{hours}h{minutes}m{seconds}s{milliseconds}ms") == pytest.approx(expected)


@given(st.integers(0, 200), st.integers(0, 10_000))
def test_rounding_up_and_down_differ_by_at_most_one(percent: int, total: int) -> None:
    up, down = (scaled(f"{percent}%", total, round_up=round_up) for round_up in (True, False))
    assert up is not None
    assert down is not None
    assert 0 <= up - down <= 1
    assert down <= percent * total / 100 <= up


@given(st.text())
def test_no_text_makes_the_readers_raise(text: str) -> None:
    quantity(text), bytes_of(text), cores_of(text), seconds_of(text), scaled(text, 3, round_up=True)
