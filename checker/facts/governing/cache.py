"""Facts about caches: what they do when their memory is full."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.calls.graph import CallGraph
from checker.calls.keys import words
from checker.facts.fields import Field, Judged, Unknown
from checker.facts.governing.setting import governor_anchor
from checker.facts.workload import workload_subject
from checker.governors import Governor, Governors
from checker.model.build import Model
from checker.model.types import Workload

CACHE_FIELDS = {
    "cache.name": Field("string", "name of the workload"),
    "cache.product": Field("string", "Redis or memcached"),
    "cache.is_cache": Field("bool", "it, a Service of it, or every variable by which it is reached is called a cache, and nothing else"),
    "cache.memory_bounded": Field("bool", "its data has a bound"),
    "cache.evicts": Field("bool", "it makes room when its memory is full, instead of answering with an error"),
    "cache.policy": Field("string", "how it makes room, as written, or as the product does by default"),
}
_CACHE = frozenset({"cache", "caches", "caching", "memcached", "memcache"})
# What nobody may lose: then it is no cache, or not only one.
_OTHERWISE = frozenset({
    "broker", "bull", "celery", "job", "jobs", "lock", "locks", "persistent", "pubsub", "queue", "queues", "session", "sessions", "sidekiq",
    "stream", "streams", "task", "tasks",
})  # fmt: skip


def judge_caches(model: Model, graph: CallGraph, governors: Governors) -> Iterator[Judged]:
    """Each container of which the product tells how it makes room."""
    found = [
        (workload, container, governor)
        for workload in model.part.workloads
        for container in workload.containers
        if container.role == "main"
        for governor in governors.of(workload, container)
        if governor.row.governs == "eviction"
    ]
    keys = _keys(graph) if found else {}
    for workload, container, governor in found:
        same = [each for each in governors.of(workload, container) if each.row.stack == governor.row.stack]
        memory = next((each for each in same if each.row.governs == "heap"), None)
        if memory is None:
            continue
        at = memory if memory.state == "unbounded" or governor.setting is None else governor
        anchors = {"cache": governor_anchor(workload, container, at)}
        facts = _facts(model, workload, governor, memory, keys.get(workload, ()))
        yield Judged("cache", workload_subject(workload)._replace(container=container.name), anchors, facts)


def _keys(graph: CallGraph) -> Mapping[Workload, list[str]]:
    """The names of variables and keys by which each workload is reached."""
    found: dict[Workload, list[str]] = defaultdict(list)
    for call in graph.calls:
        for pod in graph.pods.get(call.callee.service, ()) if call.callee.service and call.workload is not None else ():
            found[pod] += [evidence.key for evidence in call.evidence if evidence.key]
    return found


def _facts(model: Model, workload: Workload, eviction: Governor, memory: Governor, keys: Iterable[str]) -> dict[str, Any]:
    untold = Unknown("", f"the value of {memory.key} is not a number")
    return {
        "cache.name": workload.name,
        "cache.product": eviction.row.stack,
        "cache.is_cache": _is_cache(model, workload, [set(words(key)) for key in keys]),
        "cache.memory_bounded": untold if memory.state == "unknown" else memory.state != "unbounded",
        "cache.evicts": eviction.text in eviction.row.chosen,
        "cache.policy": eviction.text or eviction.key,
    }


def _is_cache(model: Model, workload: Workload, reached_by: list[set[str]]) -> bool:
    names = [workload.name, *(service.source.name for service in model.services_of.get(workload, ()))]
    called = [set(words(name)) for name in names]
    if any(not each.isdisjoint(_OTHERWISE) for each in (*called, *reached_by)):
        return False
    return any(not each.isdisjoint(_CACHE) for each in called) or (
        bool(reached_by) and all(not each.isdisjoint(_CACHE) for each in reached_by)
    )
