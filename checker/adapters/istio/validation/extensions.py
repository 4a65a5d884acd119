"""Telemetry and EnvoyFilter, as far as CEL is not needed.

Source: `ValidateTelemetry` of `validation.go`, `validateEnvoyFilter` of `envoyfilter/`.
"""

from checker.adapters.istio.validation.amounts import LARGEST_PERCENTAGE, readable_durations
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import selector
from checker.adapters.istio.validation.patch_values import patch_value
from checker.adapters.istio.validation.regexes import regex
from checker.adapters.istio.validation.security import targets
from checker.location import Path

_LONGEST_VERSION = 1024
_LISTENED = ("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER")
_ROUTED = ("ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE")
_MATCHED = {**dict.fromkeys(_LISTENED, "listener"), **dict.fromkeys(_ROUTED, "routeConfiguration"), "CLUSTER": "cluster"}
_MATCHES = ("listener", "routeConfiguration", "cluster", "waypoint")
_MANAGERS = ("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager")
_VALUES = {"literal": "value", "header": "name", "environment": "name"}


def telemetry(spec: Data, _namespace: str) -> Flaws:
    """Providers, samples, tags."""
    yield from targets(spec)
    for key in ("metrics", "tracing", "accessLogging"):
        for index, entry in enumerate(spec.get(key) or ()):
            for number, provider in enumerate(entry.get("providers") or ()):
                if not provider["name"]:
                    yield refused(
                        ("spec", key, index, "providers", number, "name"),
                        "is empty",
                        "write the name of a provider of the mesh configuration",
                    )
    for index, logging in enumerate(spec.get("accessLogging") or ()):
        if "filter" in logging and not logging["filter"].get("expression"):
            yield refused(("spec", "accessLogging", index, "filter", "expression"), "is empty", "write a CEL expression, or remove filter")
    for index, tracing in enumerate(spec.get("tracing") or ()):
        yield from _tracing(tracing, ("spec", "tracing", index))
    for index, metrics in enumerate(spec.get("metrics") or ()):
        yield from readable_durations(metrics, ("reportingInterval",), ("spec", "metrics", index))
        for number, override in enumerate(metrics.get("overrides") or ()):
            yield from _override(override, ("spec", "metrics", index, "overrides", number))


def _tracing(tracing: Data, path: Path) -> Flaws:
    share = tracing.get("randomSamplingPercentage", 0)
    if not 0 <= share <= LARGEST_PERCENTAGE:
        yield refused(
            (*path, "randomSamplingPercentage"), f"is {share}; a percentage from 0 to 100 is required", "write a number from 0 to 100"
        )
    for name, tag in tracing.get("customTags", {}).items():
        for key, inner in _VALUES.items():
            if key in tag and not tag[key][inner]:
                yield refused((*path, "customTags", name, key, inner), "is empty", "write a text")


def _override(override: Data, path: Path) -> Flaws:
    for name, tag in override.get("tagOverrides", {}).items():
        removed, value = tag.get("operation") == "REMOVE", tag.get("value")
        if removed and value:
            yield refused((*path, "tagOverrides", name, "value"), "is set, but the operation is REMOVE", "remove value")
        if not removed and not value:
            yield refused((*path, "tagOverrides", name, "value"), "is missing; a tag needs a value, or operation REMOVE", "add value")
    if override.get("match", {}).get("customMetric") == "":
        yield refused((*path, "match", "customMetric"), "is empty", "write the name of the metric")


def envoy_filter(spec: Data, _namespace: str) -> Flaws:
    """What is patched, where, and with what."""
    yield from selector(spec, "workloadSelector", "labels", ("spec",))
    for index, entry in enumerate(spec.get("configPatches") or ()):
        if entry.get("match", {}).get("context") != "WAYPOINT":
            yield from _patch(entry, ("spec", "configPatches", index))


def _patch(entry: Data, path: Path) -> Flaws:
    applied, patch, match = entry.get("applyTo", "INVALID"), entry.get("patch"), entry.get("match", {})
    if applied == "INVALID":
        yield refused((*path, "applyTo"), "is missing; what to patch is required", "add applyTo")
    elif patch is None:
        yield refused((*path, "patch"), "is missing", "add patch with operation and value")
    elif patch.get("operation", "INVALID") == "INVALID":
        yield refused((*path, "patch", "operation"), "is missing", "add the operation, such as MERGE")
    elif patch["operation"] != "REMOVE" and "value" not in patch:
        yield refused((*path, "patch", "value"), f"is missing; operation {patch['operation']} needs one", "add value")
    else:
        version = match.get("proxy", {}).get("proxyVersion", "")
        if len(version) <= _LONGEST_VERSION:
            yield from regex(version, (*path, "match", "proxy", "proxyVersion"))
        yield from _matching(applied, match, (*path, "match"))
        if patch["operation"] != "REMOVE":
            yield from patch_value(applied, patch["value"], (*path, "patch", "value"))


def _matching(applied: str, match: Data, path: Path) -> Flaws:
    wanted = _MATCHED.get(applied)
    other = next((key for key in _MATCHES if key in match and key != wanted), None)
    if wanted and other:
        yield refused((*path, other), f"is set, but applyTo {applied} is matched by {wanted}", f"write {wanted} instead of {other}")
        return
    found = match.get("listener", {}).get("filterChain", {}).get("filter")
    if wanted != "listener" or found is None:
        return
    path = (*path, "listener", "filterChain", "filter")
    inner = found.get("subFilter")
    if not found.get("name"):
        yield refused((*path, "name"), "is missing; a filter is matched by its name", "add name")
    elif inner is not None and (applied != "HTTP_FILTER" or found["name"] not in _MANAGERS):
        yield refused((*path, "subFilter"), "is set; only HTTP_FILTER within the HTTP connection manager has one", "remove subFilter")
    elif inner is not None and not inner.get("name"):
        yield refused((*path, "subFilter", "name"), "is missing; a filter is matched by its name", "add name")
