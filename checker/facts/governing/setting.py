"""Facts about governors: pools, threads, workers and queues that a container's configuration bounds, or does not."""

from collections.abc import Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged
from checker.facts.resources import resource_facts
from checker.facts.workload import workload_subject
from checker.governors.read import Governor, governors
from checker.model.build import Model
from checker.model.types import Container, Workload

GOVERNOR_FIELDS = {
    "governor.product": Field("string", "the product or library that it is a setting of"),
    "governor.governs": Field(
        "string",
        "connections (of its pool), clients (of a server), threads, processes, queue, requests, open-seconds, memory, eviction",
    ),
    "governor.written": Field("string", "name and value as written, for people"),
    "governor.amount": Field("int", "the bound; absent where the value tells no number", optional=True),
    "governor.seconds": Field("double", "the bound, of what is a time", optional=True),
    "governor.unbounded": Field("bool", "the value switches the bound off, or is as large as numbers get"),
    "governor.container": Field("string", "name of the container"),
    "governor.cores": Field("double", "cores of the container: its CPU limit, else its request", optional=True),
}


def judge_governors(model: Model, workload: Workload) -> Iterator[Judged]:
    """Each governor that is written."""
    for container in workload.containers:
        if container.role == "init":
            continue
        written = [each for each in governors(model, workload, container) if not each.written.startswith("the default")]
        cores = _cores(model, workload, container) if written else None
        for governor in written:
            yield _judged(workload, container, governor, cores)


def _judged(workload: Workload, container: Container, governor: Governor, cores: float | None) -> Judged:
    number = governor.number
    facts: dict[str, Any] = {
        "governor.product": governor.rule.title,
        "governor.governs": governor.rule.governs,
        "governor.written": governor.written,
        "governor.amount": None if number is None else int(number),
        "governor.seconds": number if governor.rule.unit in ("seconds", "milliseconds") else None,
        "governor.unbounded": governor.unbounded,
        "governor.container": container.name,
        "governor.cores": cores,
    }
    subject = workload_subject(workload)._replace(container=container.name)
    return Judged("governor", subject, {"governor": Anchor(governor.source, governor.path)}, facts, part=governor.written)


def _cores(model: Model, workload: Workload, container: Container) -> float | None:
    facts = resource_facts(model, workload, container)
    found = facts["container.cpu_limit_cores"] or facts["container.cpu_request_cores"]
    return found if isinstance(found, float) else None
