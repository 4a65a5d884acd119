"""Facts about the patches of EnvoyFilters: whether istiod takes them, and what they mean to limit.

Sources: pilot/pkg/networking/core/envoyfilter of istiod 1.31 (which operation counts for what); Envoy's
extensions.filters.http.local_ratelimit.v3 and ratelimit.v3 (both shares of requests are 0 % unless written).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.fields import Anchor, Field, Judged
from checker.facts.rate_limit import LIMITER_FIELDS, limiter_facts, local_limits
from checker.findings import Subject
from checker.model.build import Model
from checker.objects import ApiObject

PATCH_FIELDS = {
    "patch.filter": Field("string", "name of the EnvoyFilter"),
    "patch.applies_to": Field("string", "what it patches: CLUSTER, HTTP_ROUTE, …", ("applyTo",)),
    "patch.operation": Field("string", "MERGE, ADD, REPLACE, …", ("patch", "operation")),
    "patch.no_effect": Field("string", "why istiod does not carry it out; empty if it does", ("patch", "operation")),
    "patch.thresholds_behind": Field(
        "bool", "it appends circuit breaker thresholds to a cluster, behind those that Istio wrote", ("patch", "value", "circuit_breakers")
    ),
    "patch.waypoint": Field("string", "the waypoint that its selector is meant for; empty without one"),
    "patch.first": Field("bool", "it is the first patch of its EnvoyFilter"),
    "patch.added_by": Field(
        "string", "an EnvoyFilter of the same pods and priority that adds the filter which this one is placed by; else empty"
    ),
    "patch.placed_by": Field("string", "the filter that it is placed by, changes or takes away; else empty", ("match",)),
    **LIMITER_FIELDS,
}
_INSERTS = frozenset({"INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"})
_FILTERS = ("HTTP_FILTER", "NETWORK_FILTER", "LISTENER_FILTER")
_PLACED = ("HTTP_FILTER", "NETWORK_FILTER", "HTTP_ROUTE", "LISTENER_FILTER")
_REPLACED = (*_FILTERS, "VIRTUAL_HOST")
_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
_WAYPOINT = "istio-waypoint"


def judge_patches(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The patches of an EnvoyFilter."""
    spec = item.data.get("spec") or {}
    waypoint = _waypoint(model, item)
    subject = Subject(item.kind, item.namespace, item.name)
    for index, entry in enumerate(spec.get("configPatches") or ()):
        patch: Mapping[str, Any] = entry.get("patch") or {}
        applied, operation = str(entry.get("applyTo") or ""), str(patch.get("operation") or "")
        facts = {
            "patch.filter": item.name,
            "patch.applies_to": applied,
            "patch.operation": operation,
            "patch.no_effect": _no_effect(applied, operation, entry.get("match") or {}),
            "patch.thresholds_behind": _thresholds_behind(applied, operation, patch.get("value") or {}),
            "patch.waypoint": waypoint,
            "patch.first": index == 0,
            "patch.placed_by": _placed_by(applied, operation, entry.get("match") or {}),
            "patch.added_by": _added_by(model, item, entry),
            **limiter_facts(model, patch.get("value") or {}),
        }
        place = Anchor(item, ("spec", "configPatches", index))
        yield Judged("envoy-patch", subject, {"patch": place, "limiter": place}, facts, part=str(index))
        yield from local_limits(subject, place, patch.get("value") or {})


def _no_effect(applied: str, operation: str, match: Mapping[str, Any]) -> str:
    """The combinations that istiod passes over without a word."""
    if applied == "ROUTE_CONFIGURATION" and operation not in ("MERGE", "MERGE_AND_REPLACE_LIST"):
        return "a whole route configuration can be merged only"
    if operation == "REPLACE" and applied not in _REPLACED:
        return f"REPLACE is for {', '.join(_REPLACED)}"
    if operation == "MERGE_AND_REPLACE_LIST" and applied in _FILTERS:
        return "for filters there is MERGE only"
    if operation in ("REPLACE", "REMOVE") and applied in _FILTERS and not _placed_by(applied, operation, match):
        return f"match names no filter to {operation.lower()}"
    return ""


def _thresholds_behind(applied: str, operation: str, value: Mapping[str, Any]) -> bool:
    """MERGE appends to lists, and of several thresholds of a priority Envoy takes the first: Istio's (istio#36731)."""
    breakers = value.get("circuit_breakers") or value.get("circuitBreakers") or {}
    thresholds = breakers.get("thresholds") if isinstance(breakers, dict) else None
    if applied != "CLUSTER" or operation != "MERGE" or not isinstance(thresholds, list):
        return False
    return any(isinstance(entry, dict) and entry.get("priority") in (None, "DEFAULT", 0) for entry in thresholds)


def _placed_by(applied: str, operation: str, match: Mapping[str, Any]) -> str:
    """The filter that the place of a patch hangs on."""
    if operation == "ADD" or applied not in _PLACED:
        return ""
    listener = match.get("listener") or {}
    if applied == "LISTENER_FILTER":
        return str(listener.get("listenerFilter") or "")
    found = (listener.get("filterChain") or {}).get("filter") or {}
    if applied == "HTTP_FILTER":
        found = found.get("subFilter") or {}
    return str(found.get("name") or "")


def _added_by(model: Model, item: ApiObject, entry: Mapping[str, Any]) -> str:
    """Which of two comes first is their age, unless a priority says so: on another cluster it may be the other way round."""
    wanted = _placed_by(str(entry.get("applyTo")), str((entry.get("patch") or {}).get("operation")), entry.get("match") or {})
    if not wanted:
        return ""
    for other in model.kinds.get("EnvoyFilter", ()):
        if other is item or other.namespace != item.namespace or _selector(other) != _selector(item) or _priority(other) != _priority(item):
            continue
        for theirs in (other.data.get("spec") or {}).get("configPatches") or ():
            patch = theirs.get("patch") or {}
            adds = patch.get("operation") == "ADD" or patch.get("operation") in _INSERTS
            if adds and theirs.get("applyTo") == entry.get("applyTo") and (patch.get("value") or {}).get("name") == wanted:
                return other.name
    return ""


def _selector(item: ApiObject) -> Mapping[str, str]:
    return ((item.data.get("spec") or {}).get("workloadSelector") or {}).get("labels") or {}


def _priority(item: ApiObject) -> int:
    return int((item.data.get("spec") or {}).get("priority") or 0)


def _waypoint(model: Model, item: ApiObject) -> str:
    """A waypoint takes only what names it in targetRefs (WorkloadPolicyMatcher)."""
    name = _selector(item).get(_GATEWAY_LABEL)
    if not name or (item.data.get("spec") or {}).get("targetRefs"):
        return ""
    gateway = model.find("Gateway", item.namespace, name, item)
    meant = gateway is not None and (gateway.data.get("spec") or {}).get("gatewayClassName") == _WAYPOINT
    return name if meant else ""
