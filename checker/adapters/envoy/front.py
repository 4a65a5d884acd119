"""Listeners of an Envoy at the edge, which says itself that it is there: use_remote_address.

Sources: https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge and
https://www.envoyproxy.io/docs/envoy/latest/configuration/operations/overload_manager/overload_manager#limiting-active-connections (a
resource monitor, or a runtime key for one listener or for all). Ids: generate_request_id of the HttpConnectionManager, on by default.
"""

from collections.abc import Iterable, Iterator

from checker.adapters.envoy.filters import network_filters
from checker.adapters.envoy.resources import Resources
from checker.model.envoy_messages import word
from checker.model.protobuf import Node
from checker.model.setting import Origin
from checker.model.traffic import FrontListener
from checker.objects import ApiObject

_MONITOR = "envoy.resource_monitors.global_downstream_max_connections"
_OLD_KEY = "overload.global_downstream_max_connections"
_OF_A_SIDECAR = ("INBOUND", "OUTBOUND")
_MANAGER, _LIMIT = "HttpConnectionManager", "ConnectionLimit"


def front_listeners(items: Iterable[ApiObject], found: Resources, name: str) -> Iterator[FrontListener]:
    """Those of a bootstrap that holds its listeners itself; of others the rest may come from elsewhere."""
    if "listeners" in found.dynamic:
        return
    bounded = _OLD_KEY in found.runtime or any(_is_bounded(item) for item in items)
    for listener in found.listeners:
        configs = list(network_filters(listener))
        edge = [config for config in configs if config.type() == _MANAGER and _is_on(config, "use_remote_address")]
        if edge and word(listener.get("traffic_direction"), "TrafficDirection") not in _OF_A_SIDECAR:
            label = listener.text("name")
            limited = f"envoy.resource_limits.listener.{label}.connection_limit" in found.runtime
            counted = bounded or limited or any(config.type() == _LIMIT for config in configs)
            silent = next((node for config in edge if (node := config.get("generate_request_id")) and node.value is False), None)
            yield FrontListener(listener.origin, label or _port(listener), name, counted, silent.origin if silent else None)


def _port(listener: Node) -> str:
    port = listener.get("address", "socket_address", "port_value")
    return f"on port {port.value}" if port is not None else "without a name"


def _is_bounded(item: ApiObject) -> bool:
    root = Node(item.data, Origin("", item))
    return any(monitor.text("name") == _MONITOR for monitor in root.items("overload_manager", "resource_monitors"))


def _is_on(config: Node, key: str) -> bool:
    node = config.get(key)
    return node is not None and node.value is True
