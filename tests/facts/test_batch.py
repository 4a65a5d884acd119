"""Schedules and limits of jobs."""

import pytest

from checker.facts.batch import gap_seconds
from tests.facts.small import cron_job, facts


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        ("@hourly", 3600),
        ("@daily", 86400),
        ("0 3 * * *", 86400),
        ("30 * * * *", 3600),
        ("*/15 * * * *", 900),
        ("*/7 * * * *", 240),
        ("* * * * *", 60),
        ("0 */6 * * *", 21600),
        ("0 */5 * * *", 14400),
        ("0 3 * * 1", 86400),
        ("0,30 * * * *", None),
        ("0 8-18 * * *", None),
        ("*/5 8 * * *", None),
        ("@every 10m", None),
        ("nonsense", None),
    ],
)
def test_the_shortest_time_between_two_starts(schedule, gap):
    assert gap_seconds(schedule) == gap


@pytest.mark.parametrize(
    ("text", "deadline"),
    [(cron_job(), None), (cron_job(job="activeDeadlineSeconds: 60"), 60), (cron_job(pod="activeDeadlineSeconds: 90"), 90), (cron_job(job="activeDeadlineSeconds: 60", pod="activeDeadlineSeconds: 90"), 60)],
)
def test_a_deadline_of_the_job_or_of_its_pod(text, deadline):
    assert facts("workload", text)["job.active_deadline_seconds"] == deadline


def test_what_the_api_server_fills_in():
    told = facts("workload", cron_job())
    assert (told["workload.concurrency_policy"], told["job.backoff_limit"], told["workload.suspended"]) == ("Allow", 6, False)
    assert facts("workload", cron_job(spec="concurrencyPolicy: Forbid, suspend: true"))["workload.concurrency_policy"] == "Forbid"


def test_a_schedule_that_is_refused():
    assert facts("workload", cron_job("0 25 * * *"))["workload.schedule_error"]
    assert facts("workload", cron_job())["workload.schedule_error"] == ""
