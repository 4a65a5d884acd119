"""The Kubernetes objects of an input, and what was left out on the way."""

from typing import Any, NamedTuple

from checker.documents import Document
from checker.errors import Problem, Skipped
from checker.location import Path


class ApiObject(NamedTuple):
    """One Kubernetes object, as an API server would take it from a document."""

    document: Document
    base: Path  # key path of this object within the document: () or ("items", 3)
    api_version: str
    kind: str
    namespace: str  # "" for cluster-scoped kinds, "default" where the document names none
    name: str  # ends in "*" where the API server makes the rest up (generateName)
    data: dict[str, Any]


ENVOY = ("envoy/v3", "Envoy")  # apiVersion and kind of a proxy's own configuration, which is no object of a cluster


LIMITS = ("ratelimit/v1", "RateLimits")  # those of a configuration of the rate limit service, likewise


def is_limits(item: ApiObject) -> bool:
    """Whether it is a configuration of the rate limit service."""
    return (item.api_version, item.kind) == LIMITS


def is_proxy(item: ApiObject) -> bool:
    """Whether it is the configuration of an Envoy."""
    return (item.api_version, item.kind) == ENVOY


class Objects(NamedTuple):
    """What documents hold. The lists are in the order of the documents."""

    objects: list[ApiObject]
    skipped: list[Skipped]
    problems: list[Problem]
