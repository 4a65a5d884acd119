"""The settings of one host, port and subset: what istiod writes into the cluster (cluster_traffic_policy.go)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.registry import Host, Port
from checker.adapters.istio.rules import Destination
from checker.adapters.istio.versions import FEWER_STREAMS, MESH_BASELINE, NO_PANIC, RETRY_BUDGET
from checker.model.setting import Origin, Setting, Settings
from checker.units import seconds_of

_BLOCKS = ("connectionPool", "outlierDetection", "loadBalancer", "tls")
_KEPT_BLOCKS = ("retryBudget",)  # of a subset: never by way of a port's own settings
_ENVOY = Origin("Envoy")
_CONNECT_TIMEOUT_SECONDS = 10.0
_MOST_STREAMS = 2**31 - 1

# setting: (part of the pool, field)
_LIMITS = {
    "max_connections": ("tcp", "maxConnections"),
    "max_pending_requests": ("http", "http1MaxPendingRequests"),
    "max_requests": ("http", "http2MaxRequests"),
    "max_retries": ("http", "maxRetries"),
}


class Block(NamedTuple):
    """One block of a traffic policy, and where it is written."""

    values: Mapping[str, Any]
    origin: Origin

    def at(self, *path: str | int) -> Origin:
        """Where a field of it is written."""
        return self.origin.below(*path)


Policy = dict[str, Block]


def policy_of(mesh: Mesh, rule: Destination | None, port: int, subset: str | None, *, baseline: bool = True) -> Policy:
    """The blocks in force: a port's own settings replace the rule's whole, a subset's replace block by block."""
    policy: Policy = {}
    if rule is not None and rule.policy is not None:
        policy, _ = _at_port(rule.policy, rule.policy_origin, port)
    if baseline:
        policy = {**_baseline(mesh), **policy}
    chosen = rule.subset(subset) if rule is not None and subset else None
    if chosen is None or not chosen.policy:
        return policy
    own, by_port = _at_port(chosen.policy, chosen.origin.below("trafficPolicy"), port)
    kept = {key: block for key, block in policy.items() if not (by_port and key in _BLOCKS)}
    return {**kept, **own}


def replaced_policies(rule: Destination, port: int, subset: str | None) -> Iterator[tuple[Policy, str]]:
    """What a rule says and replaces itself for a port and subset, the next best first, each with the reason."""
    chosen = rule.subset(subset) if subset else None
    if chosen is not None and chosen.policy:
        place = chosen.origin.below("trafficPolicy")
        if _at_port(chosen.policy, place, port)[1]:
            yield (
                _above_ports(chosen.policy, place),
                f"the portLevelSettings of subset {chosen.name} for port {port} replace all that is above",
            )
    if rule.policy is not None:
        above, by_port = _at_port(rule.policy, rule.policy_origin, port)
        if chosen is not None and chosen.policy:
            yield above, f"the trafficPolicy of subset {chosen.name} replaces whole blocks"
        if by_port:
            yield _above_ports(rule.policy, rule.policy_origin), f"the portLevelSettings for port {port} replace the whole trafficPolicy"


def _above_ports(policy: Mapping[str, Any], origin: Origin) -> Policy:
    return {key: Block(policy[key], origin.below(key)) for key in (*_BLOCKS, *_KEPT_BLOCKS) if policy.get(key) is not None}


def _at_port(policy: Mapping[str, Any], origin: Origin, port: int) -> tuple[Policy, bool]:
    """The blocks for a port, and whether it has settings of its own."""
    for number, entry in enumerate(policy.get("portLevelSettings") or ()):
        if (entry.get("port") or {}).get("number") == port:
            place = origin.below("portLevelSettings", number)
            return {key: Block(entry[key], place.below(key)) for key in _BLOCKS if entry.get(key) is not None}, True
    return _above_ports(policy, origin), False


def _baseline(mesh: Mesh) -> Policy:
    """Settings for all hosts, with or without a rule."""
    if mesh.version < MESH_BASELINE:
        return {}
    default = mesh.values.get("defaultTrafficPolicy") or {}
    origin = mesh.origin("defaultTrafficPolicy")
    return {key: Block(default[key], origin.below(key)) for key in ("connectionPool", "outlierDetection") if default.get(key) is not None}


def cluster_settings(mesh: Mesh, host: Host, port: Port, policy: Policy) -> Settings:
    """All settings of a cluster. What nobody wrote is Istio's default, or Envoy's where istiod leaves it unset."""
    pool = policy.get("connectionPool") or Block({}, mesh.product)
    return {
        "connect_timeout_seconds": _connect_timeout(mesh, pool),
        **_limits(mesh, pool, policy.get("retryBudget")),
        **_connections(mesh, pool, port),
        **_outlier(mesh, host, policy.get("outlierDetection")),
    }


def _connect_timeout(mesh: Mesh, pool: Block) -> Setting:
    written = seconds_of((pool.values.get("tcp") or {}).get("connectTimeout"))
    if written is not None:
        return Setting(written, "set", pool.at("tcp", "connectTimeout"))
    meshwide = seconds_of(mesh.values.get("connectTimeout"))
    if meshwide is not None:
        return Setting(meshwide, "set", mesh.origin("connectTimeout"))
    return Setting(_CONNECT_TIMEOUT_SECONDS, "default", mesh.product)


def _limits(mesh: Mesh, pool: Block, budget: Block | None) -> Settings:
    settings: Settings = {}
    for name, (part, key) in _LIMITS.items():
        written = (pool.values.get(part) or {}).get(key)
        if written and written > 0:
            settings[name] = Setting(written, "set", pool.at(part, key))
        elif written is not None:
            settings[name] = Setting(None, "unbounded", pool.at(part, key), "0 is taken for not written")
        else:
            settings[name] = Setting(None, "unbounded", mesh.product)
    if budget is None:
        settings["retry_budget_percent"] = Setting(None, "default", _ENVOY)
    else:
        percent = budget.values.get("percent")
        share = percent.get("value") if isinstance(percent, dict) else percent
        known = mesh.version >= RETRY_BUDGET
        reason = "" if known else f"{mesh.product.name} does not know the field"
        settings["retry_budget_percent"] = Setting(
            20.0 if share is None else share, "set" if known else "inert", budget.at("percent"), reason
        )
    return settings


def _connections(mesh: Mesh, pool: Block, port: Port) -> Settings:
    http, tcp = pool.values.get("http") or {}, pool.values.get("tcp") or {}
    idle, place = seconds_of(http.get("idleTimeout")), ("http", "idleTimeout")
    if idle is None:
        idle, place = seconds_of(tcp.get("idleTimeout")), ("tcp", "idleTimeout")
    settings: Settings = {
        "idle_timeout_seconds": Setting(3600.0, "default", _ENVOY) if idle is None else Setting(idle, "set", pool.at(*place)),
        "max_requests_per_connection": _if_positive(http, pool, "maxRequestsPerConnection"),
        "max_connection_duration_seconds": Setting(None, "default", _ENVOY),
        "max_concurrent_streams": Setting(1024 if mesh.version >= FEWER_STREAMS else _MOST_STREAMS, "default", _ENVOY),
    }
    duration = seconds_of(tcp.get("maxConnectionDuration"))
    if duration is not None:
        settings["max_connection_duration_seconds"] = Setting(duration, "set", pool.at("tcp", "maxConnectionDuration"))
    streams = http.get("maxConcurrentStreams")
    if streams and streams > 0:
        where = pool.at("http", "maxConcurrentStreams")
        if port.http2 or _upgraded(mesh, http, port):
            settings["max_concurrent_streams"] = Setting(streams, "set", where)
        else:
            settings["max_concurrent_streams"] = Setting(None, "inert", where, "the proxy speaks HTTP/1.1 to this port")
    return settings


def _if_positive(values: Mapping[str, Any], pool: Block, key: str) -> Setting:
    written = values.get(key)
    return Setting(written, "set", pool.at("http", key)) if written and written > 0 else Setting(None, "default", _ENVOY)


def _upgraded(mesh: Mesh, http: Mapping[str, Any], port: Port) -> bool:
    """shouldH2Upgrade; a port whose protocol is found out gets the one that the client speaks, whatever is written."""
    if http.get("useClientProtocol") or not port.protocol:
        return False
    own = http.get("h2UpgradePolicy") or "DEFAULT"
    if own != "DEFAULT":
        return bool(own == "UPGRADE")
    return port.http and mesh.values.get("h2UpgradePolicy") == "UPGRADE"


def _outlier(mesh: Mesh, host: Host, block: Block | None) -> Settings:
    if block is None:
        left_unset = host.resolution == "dynamic" or mesh.version < NO_PANIC
        return {"panic_threshold_percent": Setting(50, "default", _ENVOY) if left_unset else Setting(0, "disabled", mesh.product)}
    values = block.values
    health = values.get("minHealthPercent") or 0
    settings: Settings = {
        "panic_threshold_percent": Setting(health, "set" if health else "disabled", block.at("minHealthPercent")),
        "outlier_min_health_percent": Setting(health, "set" if health else "disabled", block.at("minHealthPercent")),
        "outlier_consecutive_5xx": _count(block, "consecutive5xxErrors", 5),
        "outlier_consecutive_gateway": _count(block, "consecutiveGatewayErrors", None),
        "outlier_interval_seconds": _time(block, "interval", 10.0),
        "outlier_base_ejection_seconds": _time(block, "baseEjectionTime", 30.0),
        "outlier_consecutive_local_origin": Setting(None, "default", _ENVOY),
    }
    percent = values.get("maxEjectionPercent")
    settings["outlier_max_ejection_percent"] = (
        Setting(percent, "set", block.at("maxEjectionPercent")) if percent and percent > 0 else Setting(10, "default", _ENVOY)
    )
    if values.get("splitExternalLocalOriginErrors"):
        settings["outlier_consecutive_local_origin"] = _count(block, "consecutiveLocalOriginFailures", 5, zero_counts=False)
    return settings


def _count(block: Block, key: str, default: int | None, *, zero_counts: bool = True) -> Setting:
    written = block.values.get(key)
    if written is None or (written == 0 and not zero_counts):
        return Setting(default, "default", _ENVOY)
    return Setting(written, "set" if written else "disabled", block.at(key))


def _time(block: Block, key: str, default: float) -> Setting:
    written = seconds_of(block.values.get(key))
    return Setting(default, "default", _ENVOY) if written is None else Setting(written, "set", block.at(key))
