"""What an Envoy does when it has too little memory or too many connections: monitors, and actions that they trigger.

Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/operations/overload_manager/overload_manager, and Envoy 1.40, which does
not start with an action or a trigger that it does not know, and says nothing of a load shed point that nobody asks.
"""

from collections.abc import Iterator

from checker.adapters.envoy.values import Mistake, mistake
from checker.errors import did_you_mean
from checker.model.protobuf import Node
from checker.model.traffic import Inert

_SPACE, _POINTS = "envoy.overload_actions.", "envoy.load_shed_points."
_ALONE = "envoy.resource_monitors.global_downstream_max_connections"  # refuses connections by itself
_SCALED = f"{_SPACE}reduce_timeouts"
_ACTIONS = frozenset({
    "close_idle_http_connections", "disable_http_keepalive", "reduce_timeouts", "reject_incoming_connections", "reset_high_memory_stream",
    "shrink_heap", "stop_accepting_connections", "stop_accepting_requests",
})  # fmt: skip
_ASKED = frozenset({
    "connection_pool_new_connection", "hcm_ondata_creating_codec", "http1_server_abort_dispatch",
    "http2_server_go_away_and_close_on_dispatch", "http2_server_go_away_on_dispatch",
    "http3_server_go_away_and_close_on_dispatch", "http3_server_go_away_on_dispatch", "http_connection_manager_decode_headers",
    "http_downstream_filter_check", "tcp_listener_accept", "tcp_proxy_on_data", "tcp_proxy_upstream_connect",
})  # fmt: skip


def idle_overload(manager: Node | None) -> Iterator[Inert]:
    """Monitors that trigger nothing, and load shed points that nobody asks: Envoy starts with both."""
    if manager is None:
        return
    holders = [*manager.items("actions"), *manager.items("loadshed_points")]
    triggers = {trigger.text("name") for holder in holders for trigger in holder.items("triggers")}
    for monitor in manager.items("resource_monitors"):
        name = monitor.text("name")
        if name not in triggers and name != _ALONE:
            yield Inert(monitor.origin, "protection-without-effect", f"resource monitor {name}", "no action has it as a trigger")
    for point in manager.items("loadshed_points"):
        name = point.text("name")
        if name.removeprefix(_POINTS) not in _ASKED:
            hint = did_you_mean(name, [f"{_POINTS}{word}" for word in _ASKED], "")
            because = f"Envoy asks no load shed point of that name{f'; {hint}' if hint else ''}"
            yield Inert(point.origin, "protection-without-effect", f"load shed point {name}", because)


def overload_mistakes(manager: Node | None) -> Iterator[Mistake]:
    """What no Envoy takes of an overload manager, beyond single values."""
    if manager is None:
        return
    monitors = [each.text("name") for each in manager.items("resource_monitors")]
    seen: set[str] = set()
    for number, each in enumerate(manager.items("resource_monitors")):
        if monitors[number] in monitors[:number]:
            yield mistake(each, f"two monitors are called {monitors[number]}", "remove one")
    for action in manager.items("actions"):
        name = action.text("name")
        if name in seen:
            yield mistake(action, f"two actions are called {name}", "write all of its triggers in one")
        seen.add(name)
        if name and name.removeprefix(_SPACE) not in _ACTIONS:
            fix = did_you_mean(name, [f"{_SPACE}{word}" for word in _ACTIONS], "write one that it has")
            yield mistake(action.get("name") or action, f"Envoy has no overload action {name}", fix)
        if name == _SCALED and action.get("typed_config") is None:
            yield mistake(action, f"{name} does not say which timeouts", "write them as typed_config: ScaleTimersOverloadActionConfig")
        yield from _triggers(action, monitors)
    for point in manager.items("loadshed_points"):
        yield from _triggers(point, monitors)


def _triggers(holder: Node, monitors: list[str]) -> Iterator[Mistake]:
    for trigger in holder.items("triggers"):
        name = trigger.get("name")
        if name is not None and name.value not in monitors:
            fix = did_you_mean(str(name.value), monitors, "name one of resource_monitors")
            yield mistake(name, f"no monitor of resource_monitors is called {name.value}", fix)
        scaled, full = (trigger.get("scaled", key) for key in ("scaling_threshold", "saturation_threshold"))
        low, high = (node.number() if node is not None else None for node in (scaled, full))
        if scaled is not None and low is not None and high is not None and low >= high:
            yield mistake(scaled, f"scaling_threshold is {low:g}, and not less than saturation_threshold, {high:g}", "write a lower one")
