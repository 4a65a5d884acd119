"""What patches of EnvoyFilters make of the settings of a cluster.

Merging: pkg/proto/merge of istiod 1.31. Lists grow, unless they are to be replaced; maps take a value whole; a zero in a wrapper is
no value, so it replaces none; fields that it does not know are passed over. Fields: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto
"""

from collections.abc import Callable, Mapping

from checker.adapters.istio.patches import Patch, fields
from checker.model.envoy_messages import slip
from checker.model.protobuf import Node
from checker.model.setting import Origin, Setting, Settings
from checker.units import seconds_of

_POOL = {"max_connections": 1024, "max_pending_requests": 1024, "max_requests": 1024, "max_retries": 3}
_CONNECTION = ("idle_timeout_seconds", "max_requests_per_connection", "max_connection_duration_seconds", "max_concurrent_streams")
_PANIC = "panic_threshold_percent"
_FAILURES = 5  # by default, of every kind
# setting: (field, what enforces it, whether it is enforced by default)
_CONSECUTIVE = {
    "outlier_consecutive_5xx": ("consecutive_5xx", "enforcing_consecutive_5xx", True),
    "outlier_consecutive_gateway": ("consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", False),
}
_LOCAL_ORIGIN = "outlier_consecutive_local_origin"
_EJECTION = {"outlier_interval_seconds": ("interval", 10.0), "outlier_base_ejection_seconds": ("base_ejection_time", 30.0)}
_MOST_EJECTED = "outlier_max_ejection_percent"
_MIN_HEALTH = "outlier_min_health_percent"
_OUTLIER = (*_CONSECUTIVE, _LOCAL_ORIGIN, *_EJECTION, _MOST_EJECTED, _MIN_HEALTH)
EVERYTHING = ("connect_timeout_seconds", _PANIC, *_POOL, "retry_budget_percent", *_CONNECTION, *_OUTLIER)
_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_ENVOY = Origin("Envoy")
_HUGE = 2**32 - 1
_BESIDE = frozenset({
    "alt_stat_name", "metadata", "transport_socket", "upstream_connection_options", "per_connection_buffer_limit_bytes",
    "dns_lookup_family", "dns_refresh_rate", "dns_failure_refresh_rate", "respect_dns_ttl", "use_tcp_for_dns_lookups", "dns_resolvers",
    "typed_dns_resolver_config", "lb_policy", "ring_hash_lb_config", "maglev_lb_config", "least_request_lb_config",
    "round_robin_lb_config", "track_cluster_stats", "preconnect_policy", "upstream_bind_config", "health_checks", "slow_start_config",
})  # fmt: skip
_UNREAD: Mapping[str, tuple[str, ...]] = {
    "load_balancing_policy": (_PANIC,),
    **dict.fromkeys(("common_http_protocol_options", "http_protocol_options", "http2_protocol_options"), _CONNECTION),
    "upstream_http_protocol_options": _CONNECTION,
}

Changed = Settings


def patched_cluster(patch: Patch, settings: Settings) -> Changed:
    """The settings that a patch of a cluster changes."""
    written = fields(patch.value)
    if patch.operation == "REMOVE" or (patch.merges and "name" in written):  # nothing leads to a cluster of another name
        return patch.unknown(EVERYTHING)
    changed: Changed = {}
    for key, node in written.items() if patch.merges else ():
        if key in _READ:
            changed.update(_READ[key](patch, node, {**settings, **changed}))
        elif key not in _BESIDE and not slip("Cluster", key):
            changed.update(patch.unknown(_UNREAD.get(key, EVERYTHING)))
    return changed


def _connect_timeout(patch: Patch, node: Node, _: Settings) -> Changed:
    """Envoy refuses a cluster whose connect timeout is not above zero."""
    seconds = seconds_of(node.value)
    name = "connect_timeout_seconds"
    return {name: Setting(seconds, "set", node.origin)} if seconds and seconds > 0 else patch.unknown((name,))


def _breakers(patch: Patch, node: Node, settings: Settings) -> Changed:
    """Merged thresholds come behind Istio's own, if no patch took those away, and Envoy takes the first of a priority (istio#36731)."""
    if "per_host_thresholds" in fields(node):
        return patch.unknown((*_POOL, "retry_budget_percent"))
    theirs = any(settings[name].state != "default" for name in _POOL)
    if node.get("thresholds") is None or (patch.operation == "MERGE" and theirs):
        return {}
    listed = node.items("thresholds")
    entry = next((each for each in listed if _is_default(each.get("priority"))), Node({}, node.origin))
    changed = {name: _limit(entry.get(name), default) for name, default in _POOL.items()}
    budget = entry.get("retry_budget")
    if budget is None:
        return {**changed, "retry_budget_percent": Setting(None, "default", _ENVOY)}
    percent = budget.get("budget_percent")
    number = percent.get("value") if percent is not None else None
    share = Setting(20.0, "default", _ENVOY) if percent is None else Setting(number.number() if number else 0, "set", percent.origin)
    lost = changed["max_retries"]._replace(reason="the retry budget counts instead")
    return {**changed, "retry_budget_percent": share, "max_retries": lost._replace(state="inert") if lost.state == "set" else lost}


def _is_default(priority: Node | None) -> bool:
    return priority is None or priority.value in ("DEFAULT", 0)


def _limit(node: Node | None, default: int) -> Setting:
    number = node.number() if node is not None else None
    if node is None or number is None:
        return Setting(default, "default", _ENVOY)
    return Setting(None, "unbounded", node.origin) if number >= _HUGE else Setting(int(number), "set", node.origin)


def _per_connection(patch: Patch, node: Node, settings: Settings) -> Changed:
    """The old field counts where the options for HTTP do not say it."""
    name = "max_requests_per_connection"
    current, number = settings.get(name), node.number()
    if not number or current is None or current.state == "unknown":
        return patch.unknown((name,))
    return {name: Setting(int(number), "set", node.origin)} if current.state == "default" else {}


def _options(patch: Patch, node: Node, _: Settings) -> Changed:
    """Options for HTTP take the place of those that istiod wrote; others are not read."""
    options = next((value for key, value in node.entries() if key == _OPTIONS), None)
    if options is None or options.type() != "HttpProtocolOptions" or options.unwrapped() is not options or len(list(node.entries())) > 1:
        return patch.unknown(_CONNECTION)
    common = options.get("common_http_protocol_options")
    count = common.get("max_requests_per_connection") if common else None
    streams = [
        found
        for way in ("explicit_http_config", "auto_config", "use_downstream_protocol_config")
        if (found := options.get(way, "http2_protocol_options", "max_concurrent_streams")) is not None
    ]
    return {
        "idle_timeout_seconds": _time(common.get("idle_timeout") if common else None, 3600.0),
        "max_connection_duration_seconds": _time(common.get("max_connection_duration") if common else None, None),
        "max_requests_per_connection": _number(count, None),
        "max_concurrent_streams": _number(streams[0] if streams else None, 1024),
    }


def _panic(_: Patch, node: Node, settings: Settings) -> Changed:
    threshold = node.get("healthy_panic_threshold")
    names = (_PANIC, _MIN_HEALTH) if _MIN_HEALTH in settings else (_PANIC,)
    if threshold is None:
        return {}
    percent = threshold.get("value")
    number = percent.number() if percent is not None else 0
    if percent is None or not number:
        kept = settings[_PANIC].state in ("set", "disabled")
        return {} if kept else dict.fromkeys(names, Setting(0, "disabled", threshold.origin))
    return dict.fromkeys(names, Setting(number, "set", percent.origin))


def _outlier(patch: Patch, node: Node, settings: Settings) -> Changed:
    """What is not written stays as it is, or is Envoy's default where only the patch makes a detection."""
    before = {} if _MOST_EJECTED not in settings else settings
    if any(before[name].state == "unknown" for name in _OUTLIER if name in before):
        return patch.unknown(_OUTLIER)
    changed: Changed = {}
    for name, (key, enforcing, enforced) in _CONSECUTIVE.items():
        changed[name] = _consecutive(before.get(name), node.get(key), node.get(enforcing), enforced=enforced)
    changed[_LOCAL_ORIGIN] = _local_origin(before.get(_LOCAL_ORIGIN), node)
    for name, (key, usual) in _EJECTION.items():
        changed[name] = _time(node.get(key), usual) if node.get(key) is not None or name not in before else before[name]
    changed[_MOST_EJECTED] = _most_ejected(before.get(_MOST_EJECTED), node.get("max_ejection_percent"))
    if not before:
        changed[_MIN_HEALTH] = settings[_PANIC]
    return {name: setting for name, setting in changed.items() if setting != before.get(name)}


def _most_ejected(before: Setting | None, node: Node | None) -> Setting:
    percent = _merged(node, before.value if before is not None and before.state == "set" else None)
    if percent is None or node is None:
        return before or Setting(10, "default", _ENVOY)
    return before if before is not None and percent == before.value else Setting(percent, "set", node.origin)


def _consecutive(before: Setting | None, count: Node | None, share: Node | None, *, enforced: bool) -> Setting:
    """`enforced`: whether Envoy ejects by this count where nobody says so; istiod always says so with the count."""
    usual = before or Setting(_FAILURES if enforced else None, "default", _ENVOY)
    written = usual.state in ("set", "disabled")
    threshold = _merged(count, usual.value or 0 if written else None)
    percent = _merged(share, (100 if usual.state == "set" else 0) if written else None)
    counted = count is not None and count.number()
    if not (percent if percent is not None else enforced):
        if count is not None and counted:
            return Setting(int(counted), "inert", count.origin, "it is not enforced: failures are counted, and nobody is ejected")
        return usual if share is None or written else Setting(0, "disabled", share.origin)
    if threshold == 0:
        return usual if count is None else Setting(0, "disabled", count.origin)
    if count is not None and counted:
        return Setting(threshold, "set", count.origin)
    return usual if usual.value else Setting(_FAILURES, "default", _ENVOY)


def _merged(node: Node | None, before: int | None) -> int | None:
    """A zero counts only where there was no value."""
    number = node.number() if node is not None else None
    return before if number is None or (not number and before is not None) else int(number)


def _local_origin(before: Setting | None, node: Node) -> Setting:
    """Counted where failures to connect are told from answers, which istiod writes with the number only."""
    split, count = node.get("split_external_local_origin_errors"), node.get("consecutive_local_origin_failure")
    usual = before or Setting(None, "default", _ENVOY)
    if (split is None or split.value is not True) and usual.state in ("default", "inert"):
        number = count.number() if count is not None else None
        reason = "it counts only with split_external_local_origin_errors"
        return usual if count is None or not number else Setting(int(number), "inert", count.origin, reason)
    known = usual._replace(state="set", reason="") if usual.value is not None else None
    return _consecutive(known, count, node.get("enforcing_consecutive_local_origin_failure"), enforced=True)


def _time(node: Node | None, default: float | None) -> Setting:
    seconds = seconds_of(node.value) if node is not None else None
    if node is None or seconds is None:
        return Setting(default, "default", _ENVOY)
    return Setting(seconds, "set", node.origin) if seconds else Setting(None, "disabled", node.origin)


def _number(node: Node | None, default: int | None) -> Setting:
    number = node.number() if node is not None else None
    return Setting(default, "default", _ENVOY) if node is None or not number else Setting(int(number), "set", node.origin)


_READ: Mapping[str, Callable[[Patch, Node, Settings], Changed]] = {
    "connect_timeout": _connect_timeout,
    "circuit_breakers": _breakers,
    "max_requests_per_connection": _per_connection,
    "typed_extension_protocol_options": _options,
    "common_lb_config": _panic,
    "outlier_detection": _outlier,
}
