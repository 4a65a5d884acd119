"""Facts about queues that objects declare: RabbitMQ's, Kafka's topics, streams of NATS."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.fields import NO_AUTOSCALERS, Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.governors.queues import QUEUE_KINDS, Queue, queue
from checker.model.build import Model
from checker.objects import ApiObject
from checker.objects.unseen import ANY

QUEUE_FIELDS = {
    "queue.name": Field("string", "the queue, topic or stream, as the broker has it"),
    "queue.product": Field("string", "the broker: RabbitMQ, Kafka, NATS JetStream"),
    "queue.bounded": Field("bool", "its length, its size, or how long it keeps a message is bounded"),
    "queue.log": Field("bool", "messages are read and not taken out: old ones go by design"),
    "queue.when_full": Field("string", "what the broker does when it is full: drop-head, reject-publish, old, new"),
    "queue.drops": Field("bool", "when it is full, it drops what is oldest, though nobody may have seen it"),
    "queue.refuses": Field("bool", "when it is full, it takes no more"),
    "queue.keeps_dropped": Field("bool", "what is dropped goes to another queue (dead letters)"),
    "queue.scaled": Field("bool", "an autoscaler looks at it"),
}
_SCALERS = ("ScaledObject", "ScaledJob", "HorizontalPodAutoscaler")
_APPLIES = {
    "classic": ("all", "queues", "classic_queues"),
    "quorum": ("all", "queues", "quorum_queues"),
    "stream": ("all", "queues", "streams"),
}


def judge_queues(model: Model) -> Iterator[Judged]:
    """Each queue of the input."""
    for kind in QUEUE_KINDS:
        for item in model.kinds.get(kind, ()):
            unseen, also = _policies(model, item)
            found = queue(item, also)
            if found is not None:
                yield _judged(model, found, unseen)


def _judged(model: Model, found: Queue, unseen: Unknown | None) -> Judged:
    item = found.item
    facts: Mapping[str, Any] = {
        "queue.name": found.name,
        "queue.product": found.product,
        "queue.bounded": found.bounded or unseen or False,
        "queue.log": found.log,
        "queue.when_full": found.when_full,
        "queue.drops": found.drops and not found.log,
        "queue.refuses": found.refuses,
        "queue.keeps_dropped": found.kept or unseen or False,
        "queue.scaled": _is_scaled(model, found),
    }
    return Judged("queue", Subject(item.kind, item.namespace, item.name), {"queue": Anchor(item, found.bound)}, facts)


def _is_scaled(model: Model, found: Queue) -> bool | Unknown:
    """Whether the name stands in what an autoscaler looks at."""
    for kind in _SCALERS:
        for item in model.kinds.get(kind, ()):
            spec = item.data.get("spec") or {}
            if f'"{found.name}"' in json.dumps([spec.get("triggers"), spec.get("metrics")]):
                return True
    return False if model.covers(*_SCALERS, namespace=ANY) else NO_AUTOSCALERS


def _policies(model: Model, item: ApiObject) -> tuple[Unknown | None, Mapping[str, Any]]:
    """What RabbitMQ's policies say of a queue, and whether there may be others: of several the one of the highest priority counts.

    https://www.rabbitmq.com/docs/policies: an operator policy counts beside it.
    """
    if not item.api_version.startswith("rabbitmq.com/"):
        return None, {}
    seen = False
    also: dict[str, Any] = {}
    for kind in ("OperatorPolicy", "Policy"):
        own = [each for each in model.kinds.get(kind, ()) if each.api_version.startswith("rabbitmq.com/")]
        seen = seen or bool(own)
        matching = [each.data.get("spec") or {} for each in own if _matches(each, item)]
        if matching:
            highest = max(matching, key=lambda spec: spec.get("priority") or 0)
            also.update({f"x-{name}": value for name, value in (highest.get("definition") or {}).items()})
    complete = model.complete_in(ANY, "Policy", "OperatorPolicy")
    return None if seen or complete else Unknown("Policies of RabbitMQ"), also


def _matches(policy: ApiObject, item: ApiObject) -> bool:
    """A pattern that cannot be read as a regular expression matches: it might."""
    rules, spec = policy.data.get("spec") or {}, item.data.get("spec") or {}
    if _broker(policy) != _broker(item) or (rules.get("vhost") or "/") != (spec.get("vhost") or "/"):
        return False
    if (rules.get("applyTo") or "all") not in _APPLIES.get(spec.get("type") or "classic", ("all", "queues")):
        return False
    try:
        return re.search(str(rules.get("pattern") or ""), str(spec.get("name") or item.name)) is not None
    except re.error:
        return True


def _broker(item: ApiObject) -> tuple[str, str]:
    reference = (item.data.get("spec") or {}).get("rabbitmqClusterReference") or {}
    return str(reference.get("namespace") or item.namespace), str(reference.get("name") or "")
