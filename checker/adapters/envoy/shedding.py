"""Filters that refuse requests by what they see of their success or their latency.

Sources: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/admission_control_filter (requests are refused with a
growing probability when fewer succeed than sr_threshold, 95 % by default) and
https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/adaptive_concurrency_filter (the limit moves with latency, up
to max_concurrency_limit, 1000 by default). Both are on unless `enabled` says otherwise.
"""

from collections.abc import Mapping, Sequence

from checker.model.protobuf import Node
from checker.model.setting import Origin, Setting, Settings

_ENVOY = Origin("Envoy")
_SUCCESS_PERCENT, _CONCURRENCY = 95.0, 1000
_MAX = ("gradient_controller_config", "concurrency_limit_params", "max_concurrency_limit")


def shedding(manager: Node, levels: Sequence[Node], runtime: Mapping[str, Node]) -> Settings:
    """Those of a route's requests; `levels`: the route, its virtual host and its table."""
    settings: Settings = {}
    for entry in manager.items("http_filters"):
        config = entry.get("typed_config")
        if config is None:
            continue
        node, name = config.unwrapped(), ""
        if config.type() == "AdmissionControl":
            name, setting = "admission_control_success_percent", _success(node, runtime)
        elif config.type() == "AdaptiveConcurrency":
            name, setting = "adaptive_concurrency_max_requests", _concurrency(node)
        if name:
            settings[name] = _in_force(setting, entry, node, levels, runtime)
    return settings


def _success(node: Node, runtime: Mapping[str, Node]) -> Setting:
    threshold = runtime.get(node.text("sr_threshold", "runtime_key")) or node.get("sr_threshold", "default_value", "value")
    number = threshold.number() if threshold is not None else None
    return Setting(_SUCCESS_PERCENT, "default", _ENVOY) if threshold is None or number is None else Setting(number, "set", threshold.origin)


def _concurrency(node: Node) -> Setting:
    limit = node.get(*_MAX)
    number = limit.number() if limit is not None else None
    return Setting(_CONCURRENCY, "default", _ENVOY) if limit is None or number is None else Setting(int(number), "set", limit.origin)


def _in_force(setting: Setting, entry: Node, node: Node, levels: Sequence[Node], runtime: Mapping[str, Node]) -> Setting:
    name = entry.text("name")
    switch = runtime.get(node.text("enabled", "runtime_key")) or node.get("enabled", "default_value")
    if switch is not None and switch.value is False:
        return setting._replace(state="inert", origin=switch.origin, reason="the filter is not enabled")
    for level in levels:
        told = next((config for key, config in level.entries("typed_per_filter_config") if key == name), None)
        if told is not None:
            off = told.unwrapped().get("disabled")
            lost = off is not None and off.value is True
            return setting._replace(state="inert", origin=told.origin, reason="the route disables the filter") if lost else setting
    off = entry.get("disabled")  # in the chain: a route may enable it
    return setting if off is None or off.value is not True else setting._replace(state="inert", origin=off.origin, reason="it is disabled")
