"""Facts about jobs."""

from typing import Any

from checker.facts.cron import schedule_error
from checker.facts.fields import Field
from checker.model.types import Workload

_NAMED_GAPS = {"@hourly": 3600, "@daily": 86400, "@midnight": 86400, "@weekly": 604800}
_FIVE = 5

BATCH_FIELDS = {
    "job.active_deadline_seconds": Field("int", "seconds after which a running job is ended", ("activeDeadlineSeconds",), optional=True),
    "job.backoff_limit": Field("int", "retries before a job counts as failed; default 6", ("backoffLimit",)),
    "job.ttl_seconds_after_finished": Field(
        "int", "seconds after which a finished job is deleted", ("ttlSecondsAfterFinished",), optional=True
    ),
    "job.generated_name": Field("bool", "every apply makes another job"),
    "workload.schedule_error": Field("string", "why the schedule is refused; empty if it is right", ("spec", "schedule")),
    "workload.concurrency_policy": Field(
        "string", "Allow, Forbid, Replace; default Allow; empty for other kinds", ("spec", "concurrencyPolicy")
    ),
    "workload.schedule_gap_seconds": Field(
        "int", "the shortest time between two starts, where the schedule is simple enough to tell", ("spec", "schedule"), optional=True
    ),
    "workload.starting_deadline_seconds": Field(
        "int", "how late a missed run may start", ("spec", "startingDeadlineSeconds"), optional=True
    ),
    "workload.suspended": Field("bool", "suspend is set", ("spec", "suspend")),
}


def batch_facts(workload: Workload) -> dict[str, Any]:
    """Limits of a Job or of the jobs of a CronJob."""
    spec = workload.source.data.get("spec") or {}
    cron = workload.kind == "CronJob"
    job: Any = spec.get("jobTemplate", {}).get("spec", {}) if cron else spec if workload.kind == "Job" else {}
    deadline = job.get("activeDeadlineSeconds")
    return {
        "job.active_deadline_seconds": workload.spec.get("activeDeadlineSeconds") if deadline is None else deadline,
        "job.backoff_limit": 6 if job.get("backoffLimit") is None else job["backoffLimit"],
        "job.ttl_seconds_after_finished": job.get("ttlSecondsAfterFinished"),
        "job.generated_name": "generateName" in workload.source.data["metadata"],
        "workload.schedule_error": (schedule_error(spec.get("schedule") or "") or "") if cron else "",
        "workload.concurrency_policy": (spec.get("concurrencyPolicy") or "Allow") if cron else "",
        "workload.schedule_gap_seconds": gap_seconds(str(spec.get("schedule") or "")) if cron else None,
        "workload.starting_deadline_seconds": spec.get("startingDeadlineSeconds") if cron else None,
        "workload.suspended": bool(spec.get("suspend")),
    }


def gap_seconds(schedule: str) -> int | None:
    """The shortest time between two starts: of `@daily` and the like, of `*/15 * * * *`, of a fixed minute each hour or day.

    None for anything with lists or ranges. Days without a start make a gap longer, never shorter.
    """
    if schedule in _NAMED_GAPS:
        return _NAMED_GAPS[schedule]
    fields = schedule.split()
    if len(fields) != _FIVE:
        return None
    minute, hour = fields[:2]
    if not minute.isdigit():
        return _step(minute, 60) * 60 if _step(minute, 60) and hour == "*" else None
    return 86400 if hour.isdigit() else _step(hour, 24) * 3600 or None


def _step(field: str, whole: int) -> int:
    """The step of `*` or `*/n`; where n does not divide the whole, the last step of it is the shortest. 0 for other fields."""
    if field == "*":
        return 1
    step = int(field[2:]) if field.startswith("*/") and field[2:].isdigit() else 0
    return min(step, whole % step or step) if 0 < step < whole else 0
