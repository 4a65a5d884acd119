"""The settings of one route rule: what Envoy Gateway writes into Envoy's route and cluster (internal/xds/translator of v1.9.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.spec import Leaf, Spec, block_at, leaf_at
from checker.model.gateway_api import mapping
from checker.model.setting import Origin, Setting, Settings, State
from checker.units import seconds_of

PRODUCT = Origin("envoy-gateway 1.9")
DEFAULT_WINS = "the schema's default, filled in beside what the policy says, wins"
CHILD_WINS = "the policy merged over it wins"
_ENVOY = Origin("Envoy")
_UNBOUNDED = 2**32 - 1
_STREAM_IDLE_SECONDS = 3600.0  # as soon as there is a request timeout
_TRIGGERS = ("cancelled", "connect-failure", "refused-stream", "retriable-status-codes", "unavailable")
_CODES = (503,)
_WITH_CODES = "retriable-status-codes"

# setting: (key of circuitBreaker, what holds without it, who says so)
_LIMITS: Mapping[str, tuple[str, int, Origin]] = {
    "max_connections": ("maxConnections", 1024, _ENVOY),
    "max_pending_requests": ("maxPendingRequests", 1024, _ENVOY),
    "max_requests": ("maxParallelRequests", 1024, _ENVOY),
    "max_retries": ("maxParallelRetries", 1024, PRODUCT),
}


class Rule:
    """A rule of a route, with what it says of timeouts and retries. Only an HTTPRoute has words for that."""

    def __init__(self, data: Mapping[str, Any], origin: Origin) -> None:
        self.origin = origin
        self._timeouts = mapping(data, "timeouts")
        self.retry: Mapping[str, Any] | None = data["retry"] if isinstance(data.get("retry"), dict) else None

    def timeout(self, key: str) -> Leaf | None:
        """`request` or `backendRequest`, as it is written."""
        written = self._timeouts.get(key)
        return Leaf(written, self.origin.below("timeouts", key)) if written is not None else None

    def retry_at(self, *path: str) -> Origin:
        """Where a field of its retry is written."""
        return self.origin.below("retry", *path)


class StreamIdle(NamedTuple):
    """The stream idle timeout of a listener's own ClientTrafficPolicy, and the one that the proxy has for its port."""

    listener: Leaf | None
    proxy: Leaf | None


def route_settings(rule: Rule, spec: Spec, idle: StreamIdle) -> Settings:
    """What counts for a request: timeouts and retries."""
    request = _request_timeout(rule, spec)
    return {
        "request_timeout_seconds": request,
        "stream_idle_timeout_seconds": _stream_idle(request, leaf_at(spec, "timeout", "http", "streamIdleTimeout"), idle),
        "max_stream_duration_seconds": _time(leaf_at(spec, "timeout", "http", "maxStreamDuration"), Setting(None, "default", _ENVOY)),
        **(_written_retries(rule, rule.retry, spec) if rule.retry is not None else _retries(spec)),
    }


def _request_timeout(rule: Rule, spec: Spec) -> Setting:
    """BackendRequest is the whole time where the rule itself has no retry, whatever `request` says."""
    asked, backend = rule.timeout("request"), rule.timeout("backendRequest")
    policy = leaf_at(spec, "timeout", "http", "requestTimeout")
    chosen = [(asked, "the timeout of the route counts"), (policy, "")]
    if backend is not None and rule.retry is None:
        chosen.insert(0, (backend, "backendRequest is the timeout of the whole request where the rule has no retry of its own"))
    written = [(leaf, why) for leaf, why in chosen if leaf is not None]
    default = Setting(15.0, "default", _ENVOY)
    if not written:
        return default
    why = written[0][1]
    return _over(_time(written[0][0], default), [(leaf, why) for leaf, _ in written[1:]], default)


def _stream_idle(request: Setting, own: Leaf | None, idle: StreamIdle) -> Setting:
    """A listener that has one of its own keeps the request timeout from setting it, be it the listener's or not that the proxy takes."""
    default = Setting(300.0, "default", _ENVOY)
    if own is not None:
        return _over(_time(own, default), [(idle.proxy, "the route's policy counts")] if idle.proxy else [], None)
    if idle.listener is not None or request.state == "default":
        return default if idle.proxy is None else _time(idle.proxy, default)
    if request.state == "disabled":
        return Setting(None, "disabled", request.origin, "a request timeout that is switched off switches it off too")
    return Setting(max(_STREAM_IDLE_SECONDS, request.value), "default", PRODUCT, "as soon as there is a request timeout")


def _written_retries(rule: Rule, retry: Mapping[str, Any], spec: Spec) -> Settings:
    """A rule's own retry replaces the policy's whole."""
    lost = [(leaf, "the retry of the route replaces that of the policy whole") for leaf in _lost(spec)]
    attempts, codes, pause = retry.get("attempts"), retry.get("codes"), retry.get("backoff")
    tries = Setting(2, "default", PRODUCT) if attempts is None else Setting(attempts, "set", rule.retry_at("attempts"))
    return {
        "retry_attempts": _over(tries, [found for found in lost if found[0].origin.path[-1] == "numRetries"], None),
        "retry_on": Setting(list(_TRIGGERS), "default", PRODUCT),
        "retry_codes": Setting(sorted(codes), "set", rule.retry_at("codes")) if codes else Setting(list(_CODES), "default", PRODUCT),
        "per_try_timeout_seconds": _time(rule.timeout("backendRequest"), Setting(None, "default", _ENVOY)),
        "retry_backoff_base_seconds": _time(
            None if pause is None else Leaf(pause, rule.retry_at("backoff")), Setting(0.025, "default", _ENVOY)
        ),
    }


def _lost(spec: Spec) -> list[Leaf]:
    found = leaf_at(spec, "retry", "numRetries")
    return [found] if found is not None and not found.is_default else []


def _retries(spec: Spec) -> Settings:
    if block_at(spec, "retry") is None:
        return {"retry_attempts": Setting(0, "default", _ENVOY)}
    triggers, codes = leaf_at(spec, "retry", "retryOn", "triggers"), leaf_at(spec, "retry", "retryOn", "httpStatusCodes")
    return {
        "retry_attempts": _number(leaf_at(spec, "retry", "numRetries"), 2, PRODUCT),
        "retry_on": _retry_on(triggers),
        **_retry_codes(triggers, codes),
        "per_try_timeout_seconds": _time(leaf_at(spec, "retry", "perRetry", "timeout"), Setting(None, "default", _ENVOY)),
        "retry_backoff_base_seconds": _time(
            leaf_at(spec, "retry", "perRetry", "backOff", "baseInterval"), Setting(0.025, "default", _ENVOY)
        ),
    }


def _retry_on(triggers: Leaf | None) -> Setting:
    if triggers is None or not triggers.value:
        return Setting(list(_TRIGGERS), "default", PRODUCT)
    return Setting(sorted(set(triggers.value)), "set", triggers.origin)


def _retry_codes(triggers: Leaf | None, codes: Leaf | None) -> Settings:
    """Triggers without codes lose the product's 503; codes without their trigger do nothing."""
    if codes is not None and codes.value:
        used = triggers is None or not triggers.value or _WITH_CODES in triggers.value
        reason = "" if used else f"{_WITH_CODES} is not among the triggers"
        return {"retry_codes": Setting(sorted(set(codes.value)), "set" if used else "inert", codes.origin, reason)}
    if triggers is not None and triggers.value:
        return {}
    return {"retry_codes": Setting(list(_CODES), "default", PRODUCT)}


def cluster_settings(spec: Spec) -> Settings:
    """What counts for the cluster of a rule: connections, limits, outlier detection."""
    idle, longest = (leaf_at(spec, "timeout", "http", key) for key in ("connectionIdleTimeout", "maxConnectionDuration"))
    return {
        "connect_timeout_seconds": _time(leaf_at(spec, "timeout", "tcp", "connectTimeout"), Setting(10.0, "default", PRODUCT)),
        "idle_timeout_seconds": _time(idle, Setting(3600.0, "default", _ENVOY)),
        "max_connection_duration_seconds": _time(longest, Setting(None, "default", _ENVOY)),
        **_limits(spec),
        **_outlier(spec),
    }


def _limits(spec: Spec) -> Settings:
    settings: Settings = {
        name: _number(leaf_at(spec, "circuitBreaker", key), default, said_by) for name, (key, default, said_by) in _LIMITS.items()
    }
    per_connection = leaf_at(spec, "circuitBreaker", "maxRequestsPerConnection")
    if per_connection is None:
        settings["max_requests_per_connection"] = Setting(None, "default", _ENVOY)
    elif per_connection.value == 0:
        settings["max_requests_per_connection"] = Setting(None, "unbounded", per_connection.origin)
    else:
        settings["max_requests_per_connection"] = _number(per_connection, 0, _ENVOY)
    budget = leaf_at(spec, "circuitBreaker", "retryBudget", "percent", "numerator")
    settings["retry_budget_percent"] = Setting(None, "default", _ENVOY)
    if budget is not None:
        whole = leaf_at(spec, "circuitBreaker", "retryBudget", "percent", "denominator")
        settings["retry_budget_percent"] = Setting(budget.value * 100 / (whole.value if whole else 100), "set", budget.origin)
        counted = settings["max_retries"]
        state: State = "inert" if counted.state == "set" else counted.state
        settings["max_retries"] = counted._replace(state=state, reason="the retry budget counts instead")
    return settings


def _outlier(spec: Spec) -> Settings:
    panic = leaf_at(spec, "healthCheck", "panicThreshold")
    threshold = (
        Setting(50, "default", _ENVOY) if panic is None else Setting(panic.value, "set" if panic.value else "disabled", panic.origin)
    )
    settings: Settings = {"panic_threshold_percent": threshold}
    if block_at(spec, "healthCheck", "passive") is None:
        return settings
    errors, gateway, local, percent = (
        leaf_at(spec, "healthCheck", "passive", key)
        for key in ("consecutive5XxErrors", "consecutiveGatewayErrors", "consecutiveLocalOriginFailures", "maxEjectionPercent")
    )
    split = leaf_at(spec, "healthCheck", "passive", "splitExternalLocalOriginErrors")
    settings |= {
        "outlier_min_health_percent": threshold,
        "outlier_consecutive_5xx": _number(errors, 5, PRODUCT),
        "outlier_consecutive_gateway": _number(gateway, None, _ENVOY),
        "outlier_consecutive_local_origin": Setting(None, "default", _ENVOY),
        "outlier_interval_seconds": _time(leaf_at(spec, "healthCheck", "passive", "interval"), Setting(3.0, "default", PRODUCT)),
        "outlier_base_ejection_seconds": _time(
            leaf_at(spec, "healthCheck", "passive", "baseEjectionTime"), Setting(30.0, "default", PRODUCT)
        ),
        "outlier_max_ejection_percent": _number(percent, 10, PRODUCT),
    }
    if percent is not None and percent.value == 0:
        settings["outlier_max_ejection_percent"] = Setting(
            10, "default", _ENVOY, overrides=(Setting(0, "inert", percent.origin, "0 is taken for not written"),)
        )
    if local is not None and split is not None and split.value:
        settings["outlier_consecutive_local_origin"] = _number(local, 5, PRODUCT)
    elif local is not None and not local.is_default:
        settings["outlier_consecutive_local_origin"] = Setting(
            None, "inert", local.origin, "it counts only with splitExternalLocalOriginErrors"
        )
    return settings


def _number(leaf: Leaf | None, default: int | None, said_by: Origin) -> Setting:
    if leaf is None:
        return Setting(default, "default", said_by)
    if leaf.is_default:
        return _after_merge(Setting(leaf.value, "default", PRODUCT), leaf)
    if leaf.value == _UNBOUNDED:
        return _after_merge(Setting(None, "unbounded", leaf.origin), leaf)
    return _after_merge(Setting(leaf.value, "set", leaf.origin), leaf)


def _time(leaf: Leaf | None, otherwise: Setting) -> Setting:
    seconds = None if leaf is None else seconds_of(leaf.value)
    if leaf is None or seconds is None:
        return otherwise
    if leaf.is_default:
        return _after_merge(Setting(seconds, "default", PRODUCT), leaf)
    setting = Setting(seconds, "set", leaf.origin) if seconds else Setting(None, "disabled", leaf.origin, "0s switches it off")
    return _after_merge(setting, leaf)


def _after_merge(setting: Setting, leaf: Leaf) -> Setting:
    """What a merged policy's value was laid over."""
    beaten = leaf.beaten
    if beaten is None or beaten.is_default:
        return setting
    words = DEFAULT_WINS if leaf.is_default else CHILD_WINS
    return setting._replace(overrides=(*setting.overrides, Setting(beaten.value, "inert", beaten.origin, words)))


def _over(setting: Setting, beaten: list[tuple[Leaf, str]], default: Setting | None) -> Setting:
    """A setting with what was written in vain."""
    lost = tuple(Setting(_plain(leaf.value), "inert", leaf.origin, why) for leaf, why in beaten)
    return setting._replace(overrides=(*setting.overrides, *lost, *((default,) if default else ())))


def _plain(value: Any) -> Any:
    seconds = seconds_of(value)
    return value if seconds is None else seconds
