"""Facts about caches: what they do when their memory is full."""

import re
from collections.abc import Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.workload import workload_subject
from checker.governors.read import governors, program_of
from checker.model.build import Model
from checker.model.types import Container, Workload

CACHE_FIELDS = {
    "cache.name": Field("string", "name of the workload"),
    "cache.product": Field("string", "Redis or memcached"),
    "cache.is_cache": Field("bool", "it is called a cache: the workload or a Service of it", ("metadata", "name")),
    "cache.memory_bounded": Field("bool", "it is told how much memory to use; memcached always is"),
    "cache.evicts": Field("bool", "it makes room when its memory is full, instead of answering with an error"),
    "cache.policy": Field("string", "maxmemory-policy as written; empty where it is not"),
}
_CACHE = re.compile(r"(?:^|-)(?:cache|caching)(?:-|$)")
_FILE = re.compile(r"\.conf\b")


def judge_caches(model: Model, workload: Workload) -> Iterator[Judged]:
    """A workload that runs Redis or memcached."""
    for container in workload.containers:
        product = program_of(container) if container.role == "main" else None
        if product is None or product.name not in ("redis", "memcached"):
            continue
        names = [workload.name, *(service.source.name for service in model.services_of.get(workload, ()))]
        facts = {
            "cache.name": workload.name,
            "cache.product": product.title,
            "cache.is_cache": any(_CACHE.search(name) for name in names),
            **(_of_redis(model, workload, container) if product.name == "redis" else _of_memcached(container)),
        }
        yield Judged("cache", workload_subject(workload), {"cache": Anchor(workload.source, container.path)}, facts)


def _of_redis(model: Model, workload: Workload, container: Container) -> dict[str, Any]:
    found = {each.rule.governs: each for each in governors(model, workload, container) if each.rule.product == "redis"}
    words = " ".join(str(word) for key in ("command", "args") for word in container.data.get(key) or ())
    elsewhere = not found and (_FILE.search(words) is not None or "/" in words)
    untold = Unknown("configuration file of Redis")
    memory, eviction = found.get("memory"), found.get("eviction")
    return {
        "cache.memory_bounded": untold if elsewhere else memory is not None and not memory.unbounded,
        "cache.evicts": untold if elsewhere else eviction is not None and not eviction.unbounded,
        "cache.policy": eviction.written.partition("=")[2] if eviction else "",
    }


def _of_memcached(container: Container) -> dict[str, Any]:
    words = [str(word) for key in ("command", "args") for word in container.data.get(key) or ()]
    refuses = "-M" in words or "--disable-evictions" in words
    return {"cache.memory_bounded": True, "cache.evicts": not refuses, "cache.policy": ""}
