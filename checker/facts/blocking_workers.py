"""Facts about servers whose workers each wait for one request at a time, as their settings say."""

from collections.abc import Iterator, Sequence
from typing import Any

from checker.facts.fields import Anchor, Field, Judged
from checker.facts.paths import Paths, short
from checker.facts.workload import workload_subject
from checker.governors import Governor, Governors
from checker.governors.tables import tables
from checker.model.types import Workload

BLOCKING_WORKERS_FIELDS = {
    "workers.workload": Field("string", "the workload that serves"),
    "workers.program": Field("string", "its server: gunicorn, uWSGI or Puma"),
    "workers.at_once": Field("int", "requests that one pod works on at a time"),
    "workers.unbounded": Field("string", "the Services that it calls without any timeout, for people; empty if none"),
}
_COUNTED = ("processes", "threads")


def judge_blocking_workers(paths: Paths, governors: Governors, workload: Workload) -> Iterator[Judged]:
    """Each server of a workload whose settings say how many requests it takes at a time."""
    for container in workload.containers:
        found = governors.of(workload, container) if container.role == "main" else ()
        for mode in found:
            of_server = [each for each in found if each.row.stack == mode.row.stack]
            at_once = requests_at_once(of_server)
            place = next((each.setting for each in of_server if each.setting is not None), None)
            if mode.row.governs != "mode" or not _serves(of_server) or at_once is None or place is None:
                continue
            calls = dict.fromkeys(short(call) for call in paths.unbounded(workload))
            facts: dict[str, Any] = {
                "workers.workload": workload.name,
                "workers.program": mode.row.stack,
                "workers.at_once": at_once,
                "workers.unbounded": ", ".join(calls),
            }
            subject = workload_subject(workload)._replace(container=container.name)
            yield Judged("blocking-workers", subject, {"workers": Anchor(place.source, place.path)}, facts)


def _serves(found: Sequence[Governor]) -> bool:
    """Whether callers wait for the workers: those of a queue do not have a place where requests wait."""
    return any(each.row.governs in ("queue", "threads") for each in found)


def requests_at_once(found: Sequence[Governor]) -> int | None:
    """Processes times threads, of the governors of one server; None where they leave it open."""
    mode = next((each for each in found if each.row.governs == "mode"), None)
    if mode is None or mode.text not in mode.row.chosen:
        return None
    counts = {each.row: each.amount for each in found if each.row.governs in _COUNTED}
    total = 1
    for row in tables().stacks[mode.row.stack].rows:
        if row.governs in _COUNTED:
            amount = counts.get(row)
            if amount is None:
                return None
            total *= max(int(amount), 1)
    return total
