"""Work shared out among processes comes back whole and in order."""

import os
import time

import pytest

from checker.workers import Parcel, begin, share_out


@pytest.mark.parametrize("jobs", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 500])
def test_results_come_in_the_order_of_the_items(jobs, count):
    items = list(range(count))
    assert [item for part in share_out(list, items, jobs) for item in part] == items


def test_several_processes_take_part():
    def slow(_):
        time.sleep(0.005)
        return os.getpid()

    assert len(set(share_out(slow, range(300), 3))) == 3


def test_an_exception_of_a_child_is_raised_here():
    parent = os.getpid()

    def fail_late(part):
        if os.getpid() != parent:
            raise ValueError("in the child")
        time.sleep(0.005)
        return part

    with pytest.raises(ValueError, match="in the child"):
        share_out(fail_late, range(300), 2)


def test_a_child_that_dies_is_an_error_and_not_a_loss():
    parent = os.getpid()

    def die(part):
        if os.getpid() != parent:
            os._exit(9)
        time.sleep(0.005)
        return part

    with pytest.raises(RuntimeError, match="ended without a result"):
        share_out(die, range(300), 2)


def test_no_child_is_left_behind_when_the_parent_fails():
    parent = os.getpid()

    def fail_here(part):
        if os.getpid() == parent:
            raise ValueError("in the parent")
        time.sleep(0.005)
        return part

    with pytest.raises(ValueError, match="in the parent"):
        share_out(fail_here, range(300), 2)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_only_what_crosses_a_process_border_is_packed():
    parent = os.getpid()

    def slow(part):
        time.sleep(0.005)
        return os.getpid(), list(part)

    parcel = Parcel(lambda result: ("packed", result), lambda packed: (packed[0], *packed[1]))
    results = begin(slow, range(300), 2, parcel)()
    assert [item for result in results for item in result[-1]] == list(range(300))
    assert {len(result) for result in results if result[0] == parent} == {2}
    assert {result[0] for result in results if len(result) == 3} == {"packed"}
