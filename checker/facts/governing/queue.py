"""Facts about queues of brokers that are objects of the cluster: whether they are bounded, and what happens when they are full."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.build import Model
from checker.objects import ApiObject

QUEUE_FIELDS = {
    "queue.name": Field("string", "name of the queue, topic or stream", ("metadata", "name")),
    "queue.product": Field("string", "RabbitMQ, Kafka, NATS"),
    "queue.bounded": Field("bool", "its length, size or age has a bound", ("spec",)),
    "queue.drops": Field("bool", "when it is full, it drops what is oldest, though consumers may not have seen it", ("spec",)),
    "queue.keeps_dropped": Field("bool", "what is dropped goes to another queue (dead letters)"),
}


class _Kind(NamedTuple):
    """Where a kind says its bounds, by path; `by_default`: without any of them it is bounded all the same."""

    group: str
    product: str
    bounds: tuple[str, ...]
    unbounded: frozenset[str]
    by_default: bool


_OF_RABBIT = ("x-max-length", "x-max-length-bytes", "x-message-ttl", "x-max-age")
_KINDS: Final[Mapping[str, _Kind]] = {
    # https://www.rabbitmq.com/docs/maxlength and https://www.rabbitmq.com/docs/ttl
    "Queue": _Kind(
        "rabbitmq.com/", "RabbitMQ", ("x-max-length", "x-max-length-bytes", "x-message-ttl", "x-max-age"), frozenset(), by_default=False
    ),
    # https://kafka.apache.org/documentation/#topicconfigs_retention.ms: seven days, unless it is switched off
    "KafkaTopic": _Kind("kafka.strimzi.io/", "Kafka", ("retention.ms", "retention.bytes"), frozenset(("-1",)), by_default=True),
    # https://docs.nats.io/nats-concepts/jetstream/streams#configuration
    "Stream": _Kind("jetstream.nats.io/", "NATS", ("maxMsgs", "maxBytes", "maxAge"), frozenset(("-1", "0", "")), by_default=False),
}


def judge_queues(model: Model) -> Iterator[Judged]:
    """Queues of RabbitMQ, topics of Kafka, streams of NATS."""
    for name, kind in _KINDS.items():
        for item in model.kinds.get(name, ()):
            if item.api_version.startswith(kind.group):
                yield _judged(model, item, kind)


def _judged(model: Model, item: ApiObject, kind: _Kind) -> Judged:
    spec: Any = item.data.get("spec") or {}
    settings = _settings(model, item, spec)
    written = {key: str(settings[key]) for key in kind.bounds if settings.get(key) is not None}
    bounds = [key for key, value in written.items() if value not in kind.unbounded]
    facts = {
        "queue.name": str(spec.get("name") or item.name),
        "queue.product": kind.product,
        "queue.bounded": bool(bounds) or _bounded_otherwise(kind, settings, written),
        "queue.drops": _drops(kind, spec, settings, bounds),
        "queue.keeps_dropped": "x-dead-letter-exchange" in settings,
    }
    return Judged("queue", Subject(item.kind, item.namespace, item.name), {"queue": Anchor(item)}, facts)


def _settings(model: Model, item: ApiObject, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the object says of itself, and for RabbitMQ what a Policy says of queues of its name."""
    if item.kind == "KafkaTopic":
        return spec.get("config") or {}
    if item.kind == "Stream":
        return spec
    name, vhost = str(spec.get("name") or item.name), spec.get("vhost") or "/"
    return {**_by_policies(model.kinds.get("Policy", ()), name, vhost), **(spec.get("arguments") or {})}


def _by_policies(policies: Sequence[ApiObject], queue: str, vhost: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for policy in policies:
        spec: Any = policy.data.get("spec") or {}
        if not policy.api_version.startswith("rabbitmq.com/") or (spec.get("vhost") or "/") != vhost or spec.get("applyTo") == "exchanges":
            continue
        if _matches(str(spec.get("pattern") or ""), queue):
            found.update({f"x-{key}": value for key, value in (spec.get("definition") or {}).items()})
    return found


def _matches(pattern: str, queue: str) -> bool:
    try:
        return re.search(pattern, queue) is not None
    except re.error:
        return False


def _bounded_otherwise(kind: _Kind, settings: Mapping[str, Any], written: Mapping[str, str]) -> bool:
    """By the product's own default, or because only the last message of a key is kept."""
    if str(settings.get("cleanup.policy")) == "compact":
        return True
    return kind.by_default and "retention.ms" not in written


def _drops(kind: _Kind, spec: Mapping[str, Any], settings: Mapping[str, Any], bounds: Sequence[str]) -> bool:
    """A log forgets by design; a queue of work loses work. RabbitMQ drops the head unless told otherwise, NATS what is old."""
    if kind.product == "RabbitMQ":
        lengths = any("length" in bound for bound in bounds)
        return lengths and spec.get("type") != "stream" and settings.get("x-overflow", "drop-head") == "drop-head"
    if kind.product == "NATS":
        return bool(bounds) and spec.get("retention") == "workqueue" and (spec.get("discard") or "old") == "old"
    return False
