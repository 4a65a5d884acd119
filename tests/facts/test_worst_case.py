"""How long a call takes at most."""

import pytest

from checker.facts.worst_case import pauses_seconds, worst_case_seconds
from checker.model.setting import Origin, Setting


def settings(**values):
    return {name: Setting(value, "set", Origin("VirtualService/shop/cart")) for name, value in values.items()}


@pytest.mark.parametrize(
    ("timeout", "retries", "per_try", "expected"),
    [
        (None, 2, None, None),
        (0.0, 2, None, None),
        (3.0, 2, None, 3.0),
        (None, 2, 1.0, 3.075),  # pauses of up to 25 and 50 ms
        (10.0, 2, 1.0, 3.075),
        (3.05, 2, 1.0, 3.05),
        (1.0, 2, 1.0, 1.0),  # Envoy ignores a timeout of a try that is as long as the whole
        (None, 0, 1.0, 1.0),
    ],
)
def test_the_shorter_of_the_whole_and_its_tries(timeout, retries, per_try, expected):
    given = settings(
        request_timeout_seconds=timeout, retry_attempts=retries, per_try_timeout_seconds=per_try, retry_backoff_base_seconds=0.025
    )
    assert worst_case_seconds(given) == expected


def test_pauses_double_up_to_ten_times_the_base():
    assert [pauses_seconds(retries, 1.0) for retries in range(7)] == [0, 1, 3, 7, 15, 25, 35]
