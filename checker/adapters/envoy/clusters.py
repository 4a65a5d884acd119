"""The settings of a cluster (envoy/config/cluster/v3), with Envoy's defaults where nothing is written."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from checker.adapters.envoy.resources import Resources
from checker.adapters.envoy.values import is_in_bounds
from checker.model.envoy_messages import word
from checker.model.protobuf import Node
from checker.model.setting import Origin, Setting, Settings

ENVOY = Origin("Envoy")
_HUGE = 10**9  # the FAQ's way to switch a breaker off
_THRESHOLDS = {"max_connections": 1024, "max_pending_requests": 1024, "max_requests": 1024, "max_retries": 3}
_DETECTION = "OutlierDetection"
_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_HTTP2_OPTIONS = (
    ("explicit_http_config", "http2_protocol_options"), ("http2_protocol_options",), ("auto_config", "http2_protocol_options"),
)  # fmt: skip
# setting: (field, enforcing field, threshold by default, percentage enforced by default)
_CONSECUTIVE = {
    "outlier_consecutive_5xx": ("consecutive_5xx", "enforcing_consecutive_5xx", 5, 100),
    "outlier_consecutive_gateway": ("consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", 5, 0),
    "outlier_consecutive_local_origin": ("consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure", 5, 100),
    "outlier_success_rate_stdev_factor": ("success_rate_stdev_factor", "enforcing_success_rate", 1900, 100),
    "outlier_failure_percent": ("failure_percentage_threshold", "enforcing_failure_percentage", 85, 0),
}
_CHECKS = {
    "health_check_interval_seconds": "interval", "health_check_timeout_seconds": "timeout",
    "health_check_unhealthy_threshold": "unhealthy_threshold", "health_check_healthy_threshold": "healthy_threshold",
}  # fmt: skip


class Address(NamedTuple):
    """One endpoint."""

    host: str
    port: int


def cluster_settings(cluster: Node, found: Resources, priority: str) -> Settings:
    """What counts for requests of a priority, DEFAULT or HIGH, to a cluster."""
    options = next((node for key, node in cluster.entries("typed_extension_protocol_options") if key == _OPTIONS), None)
    common = (options or cluster).get("common_http_protocol_options")
    name = cluster.text("name")
    return {
        "connect_timeout_seconds": _time(cluster.get("connect_timeout"), 5.0, "Cluster"),
        "idle_timeout_seconds": _time(common.get("idle_timeout") if common else None, 3600.0),
        "max_connection_duration_seconds": _time(common.get("max_connection_duration") if common else None, None),
        "max_requests_per_connection": _per_connection(cluster, common),
        "max_concurrent_streams": _streams(options or cluster),
        **_thresholds(cluster, name, found.runtime, priority),
        **_outlier(cluster, found.runtime),
        **_health_check(cluster),
        "panic_threshold_percent": _panic(cluster, found.runtime),
    }


def addresses(cluster: Node, found: Resources) -> list[Address] | None:
    """The endpoints of a cluster; None where they come from elsewhere."""
    assignments = [cluster.get("load_assignment")] if cluster.get("load_assignment") else []
    service = cluster.text("eds_cluster_config", "service_name") or cluster.text("name")
    if not assignments:
        assignments = [node for node in found.endpoints if node.text("cluster_name") == service]
    if not assignments:
        return None if cluster.get("eds_cluster_config") or _is_open(cluster) else []
    return [
        address
        for assignment in assignments
        if assignment is not None
        for group in assignment.items("endpoints")
        for endpoint in group.items("lb_endpoints")
        if (address := _address(endpoint.get("endpoint", "address"))) is not None
    ]


def priority_of(node: Node) -> str:
    """Of a route action, or of an entry of thresholds: DEFAULT or HIGH."""
    return word(node.get("priority"), "RoutingPriority")


def type_of(cluster: Node) -> str:
    """STATIC, STRICT_DNS, LOGICAL_DNS, EDS or ORIGINAL_DST; whether one of the extensions stands in its place is not looked at."""
    return word(cluster.get("type"), "Cluster.DiscoveryType")


def _is_open(cluster: Node) -> bool:
    return type_of(cluster) in ("ORIGINAL_DST", "EDS") or cluster.get("cluster_type") is not None


def _address(node: Node | None) -> Address | None:
    socket = node.get("socket_address") if node else None
    if socket is None:
        pipe = node.text("pipe", "path") if node else ""
        return Address(pipe, 0) if pipe else None
    port = socket.get("port_value")
    number = port.number() if port else None
    return Address(socket.text("address"), int(number) if number is not None else 0)


def _per_connection(cluster: Node, common: Node | None) -> Setting:
    node = (common.get("max_requests_per_connection") if common else None) or cluster.get("max_requests_per_connection")
    number = node.number() if node else None
    if node is None or number is None:
        return Setting(None, "default", ENVOY)
    return Setting(int(number), "set", node.origin) if number else Setting(None, "unbounded", node.origin)


def _streams(options: Node) -> Setting:
    for path in _HTTP2_OPTIONS:
        node = options.get(*path, "max_concurrent_streams")
        if node is not None and node.number() is not None:
            return Setting(node.number(), "set", node.origin)
    return Setting(1024, "default", ENVOY)


def _thresholds(cluster: Node, name: str, runtime: Mapping[str, Node], priority: str) -> Settings:
    """The first entry of a priority counts; what it leaves out, and the other priority, has Envoy's defaults."""
    listed = cluster.items("circuit_breakers", "thresholds")
    entry = next((node for node in listed if priority_of(node) == priority), None)
    settings: Settings = {}
    for key, default in _THRESHOLDS.items():
        written = entry.get(key) if entry else None
        settings[key] = _limit(written, default)
        override = runtime.get(f"circuit_breakers.{name}.{priority.lower()}.{key}")
        if override is not None:
            settings[key] = _limit(override, default)._replace(overrides=(_lost(settings[key], "a runtime key overrides it"),))
    budget = entry.get("retry_budget") if entry else None
    keys = f"circuit_breakers.{name}.{priority.lower()}.retry_budget."
    by_key = runtime.get(f"{keys}budget_percent")
    settings["retry_budget_percent"] = Setting(None, "default", ENVOY)
    if budget is not None or by_key is not None or f"{keys}min_retry_concurrency" in runtime:
        percent = by_key or _percent(budget.get("budget_percent") if budget else None)
        settings["retry_budget_percent"] = Setting(20.0, "default", ENVOY) if percent is None else _number(percent, None, "Percent")
        retries = settings["max_retries"]
        settings["max_retries"] = retries._replace(
            state="inert" if retries.state == "set" else retries.state, reason="the retry budget counts instead"
        )
    return settings


def _lost(setting: Setting, reason: str) -> Setting:
    return setting._replace(state="inert" if setting.state in ("set", "unbounded") else setting.state, reason=reason)


def _limit(node: Node | None, default: int) -> Setting:
    if node is None:
        return Setting(default, "default", ENVOY)
    number = node.number()
    if number is None or number < 0:
        return refused(node)
    return Setting(None, "unbounded", node.origin) if number >= _HUGE else Setting(int(number), "set", node.origin)


def _outlier(cluster: Node, runtime: Mapping[str, Node]) -> Settings:
    block = cluster.get("outlier_detection")
    if block is None:
        return {}
    split = block.get("split_external_local_origin_errors")
    settings: Settings = {}
    for name, (key, enforcing, default, enforced) in _CONSECUTIVE.items():
        settings[name] = _consecutive(block, key, enforcing, (default, enforced), runtime)
    if split is None or split.value is not True:
        lost = settings["outlier_consecutive_local_origin"]
        reason = "it counts only with split_external_local_origin_errors"
        settings["outlier_consecutive_local_origin"] = (
            Setting(None, "inert", lost.origin, reason) if lost.state == "set" else Setting(None, "default", ENVOY)
        )
    settings["outlier_interval_seconds"] = _time(block.get("interval"), 10.0, _DETECTION)
    settings["outlier_base_ejection_seconds"] = _time(block.get("base_ejection_time"), 30.0, _DETECTION)
    settings["outlier_max_ejection_percent"] = _number(
        runtime.get("outlier_detection.max_ejection_percent") or block.get("max_ejection_percent"), 10, _DETECTION
    )
    settings["outlier_min_health_percent"] = _panic(cluster, runtime)
    return settings


def _consecutive(block: Node, key: str, enforcing: str, defaults: tuple[int, int], runtime: Mapping[str, Node]) -> Setting:
    """A threshold that is watched and not enforced ejects nobody."""
    default, enforced_by_default = defaults
    written = runtime.get(f"outlier_detection.{key}") or block.get(key)
    share = runtime.get(f"outlier_detection.{enforcing}") or block.get(enforcing)
    percent = share.number() if share is not None and share.number() is not None else enforced_by_default
    if not percent:
        if written is not None:
            return Setting(None, "inert", written.origin, f"{enforcing} is 0: it is counted, and ejects nobody")
        return Setting(None, "disabled", share.origin) if share is not None else Setting(None, "default", ENVOY)
    number = written.number() if written is not None else None
    if written is None or number is None:
        return Setting(default, "default", ENVOY)
    return Setting(int(number), "set", written.origin) if number else Setting(None, "disabled", written.origin)


def _health_check(cluster: Node) -> Settings:
    """The first check's; all four are required. Without a check nothing is there."""
    for check in cluster.items("health_checks")[:1]:
        return {name: _required(node, name) for name, key in _CHECKS.items() if (node := check.get(key)) is not None}
    return {}


def _required(node: Node, name: str) -> Setting:
    return _time(node, None, "HealthCheck") if name.endswith("_seconds") else _number(node, None)


def _panic(cluster: Node, runtime: Mapping[str, Node]) -> Setting:
    node = runtime.get("upstream.healthy_panic_threshold") or _percent(cluster.get("common_lb_config", "healthy_panic_threshold"))
    number = node.number() if node is not None else None
    if node is None or number is None:
        return Setting(50, "default", ENVOY)
    return Setting(number, "set" if number else "disabled", node.origin) if is_in_bounds(node, "Percent") else refused(node)


def _percent(node: Node | None) -> Node | None:
    """A `Percent` without a value is one of zero: that is how a dump writes it."""
    return None if node is None else node.get("value") or Node(0, node.origin)


def _number(node: Node | None, default: int | None, message: str = "") -> Setting:
    if node is None:
        return Setting(default, "default", ENVOY)
    number = node.number()
    return refused(node) if number is None or number < 0 or not is_in_bounds(node, message) else Setting(number, "set", node.origin)


def refused(node: Node) -> Setting:
    """Of a value with which no Envoy starts."""
    return Setting(None, "unknown", node.origin, "no Envoy takes what is written")


def _time(node: Node | None, default: float | None, message: str = "") -> Setting:
    """`message`: whose field it is, where that bounds it."""
    if node is None:
        return Setting(default, "default", ENVOY)
    seconds = node.seconds()
    if seconds is None or seconds < 0 or not is_in_bounds(node, message):
        return refused(node)
    return Setting(seconds, "set", node.origin) if seconds else Setting(None, "disabled", node.origin)


def time_of(nodes: Sequence[Node | None], default: float | None, message: str = "") -> Setting:
    """The first duration that is written; what comes after it has no effect."""
    written = [node for node in nodes if node is not None]
    if not written:
        return Setting(default, "default", ENVOY)
    lost = tuple(Setting(node.seconds(), "inert", node.origin, "a more specific one counts") for node in written[1:])
    return _time(written[0], default, message)._replace(overrides=lost)
