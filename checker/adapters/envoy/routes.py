"""The settings of a route (envoy/config/route/v3, and the HTTP connection manager around it)."""

from collections.abc import Mapping, Sequence

from checker.adapters.envoy.clusters import ENVOY, refused, time_of
from checker.model.protobuf import Node
from checker.model.setting import Setting, Settings

_REQUEST_SECONDS = 15.0
_STREAM_IDLE_SECONDS = 300.0
_PAUSE_SECONDS = 0.025
_WITH_CODES = "retriable-status-codes"
# https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on and #x-envoy-retry-grpc-on
_CONDITIONS = frozenset({
    "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
    "retriable-status-codes", "retriable-headers", "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal",
    "resource-exhausted", "unavailable",
})  # fmt: skip


def route_settings(action: Node, host: Node, manager: Node, runtime: Mapping[str, Node]) -> Settings:
    """What counts for a request that a route action takes; `host` is its virtual host, `manager` the connection manager."""
    request = time_of([action.get("timeout")], _REQUEST_SECONDS)
    policy = action.get("retry_policy") or host.get("retry_policy")
    return {
        "request_timeout_seconds": request,
        "stream_idle_timeout_seconds": time_of([action.get("idle_timeout"), manager.get("stream_idle_timeout")], _STREAM_IDLE_SECONDS),
        "max_stream_duration_seconds": time_of(
            [
                action.get("max_stream_duration", "max_stream_duration"),
                manager.get("common_http_protocol_options", "max_stream_duration"),
            ],
            None,
        ),
        **({"retry_attempts": Setting(0, "default", ENVOY)} if policy is None else _retries(policy, request, runtime)),
        **_hedging(action.get("hedge_policy") or host.get("hedge_policy")),
    }


def _hedging(policy: Node | None) -> Settings:
    """A try that takes longer than its timeout goes on, and another is begun beside it."""
    flag = policy.get("hedge_on_per_try_timeout") if policy is not None else None
    return {"hedge_on_per_try_timeout": Setting(True, "set", flag.origin)} if flag is not None and flag.value is True else {}


def _other_hosts(policy: Node) -> Settings:
    """What retries avoid: by the last word of each predicate's name (previous_hosts, omit_canary_hosts)."""
    found = policy.items("retry_host_predicate")
    words = [each.text("name").rpartition(".")[2] for each in found]
    return {"retry_host_predicates": Setting(words, "set", found[0].origin)} if found else {}


def _retries(policy: Node, request: Setting, runtime: Mapping[str, Node]) -> Settings:
    """A policy without conditions retries nothing; nor does any where the runtime key `upstream.use_retry` is 0 percent."""
    conditions, count = policy.get("retry_on"), policy.get("num_retries")
    words = sorted({word.strip() for word in str(conditions.value).split(",") if word.strip()} if conditions else ())
    attempts = _count(count)
    if not words:
        lost = (Setting(attempts.value, "inert", policy.origin, "retry_on is empty: nothing is retried"),)
        return {"retry_attempts": Setting(0, "default", ENVOY, overrides=lost)}
    if reason := _never_fires(policy, words):
        lost = (Setting(attempts.value, "inert", conditions.origin if conditions else policy.origin, reason),)
        return {"retry_attempts": Setting(0, "default", ENVOY, overrides=lost)}
    switch = runtime.get("upstream.use_retry")
    if switch is not None and switch.number() == 0:
        lost = (Setting(attempts.value, "inert", (count or policy).origin, "the runtime key upstream.use_retry switches retries off"),)
        attempts = Setting(0, "disabled", switch.origin, overrides=lost)
    return {
        "retry_attempts": attempts,
        "retry_on": Setting(words, "set", conditions.origin if conditions else policy.origin),
        **_codes(policy, words),
        "per_try_timeout_seconds": _per_try(policy, request),
        "per_try_idle_timeout_seconds": time_of([policy.get("per_try_idle_timeout")], None),
        **_other_hosts(policy),
        "retry_backoff_base_seconds": _pause(policy, runtime),
    }


def _never_fires(policy: Node, words: Sequence[str]) -> str:
    """Why no condition is ever met; empty if one may be. Envoy passes over words that it does not know."""
    known = [word for word in words if word in _CONDITIONS]
    if not known:
        return f"Envoy knows no condition {', '.join(words)}: nothing is retried"
    needed = {_WITH_CODES: "retriable_status_codes", "retriable-headers": "retriable_headers"}
    lacking = [field for word, field in needed.items() if word in known and not policy.get(field)]
    return f"it has no {lacking[0]}: nothing is retried" if len(lacking) == len(known) else ""


def _count(node: Node | None) -> Setting:
    if node is None:
        return Setting(1, "default", ENVOY)
    number = node.number()
    return refused(node) if number is None or number < 0 else Setting(int(number), "set", node.origin)


def _pause(policy: Node, runtime: Mapping[str, Node]) -> Setting:
    """The policy's own, else what the runtime says, which is in milliseconds."""
    key, written = runtime.get("upstream.base_retry_backoff_ms"), policy.get("retry_back_off", "base_interval")
    milliseconds = key.number() if key is not None else None
    if written is None and key is not None and milliseconds:
        return Setting(milliseconds / 1000, "set", key.origin)
    return time_of([written], _PAUSE_SECONDS, "RetryPolicy.RetryBackOff")


def _codes(policy: Node, words: list[str]) -> Settings:
    codes = policy.get("retriable_status_codes")
    if codes is None or not isinstance(codes.value, list):
        return {}
    if _WITH_CODES in words:
        return {"retry_codes": Setting(sorted(codes.value), "set", codes.origin)}
    return {"retry_codes": Setting(sorted(codes.value), "inert", codes.origin, f"{_WITH_CODES} is not in retry_on")}


def _per_try(policy: Node, request: Setting) -> Setting:
    """One that is not shorter than the request timeout is left out of account."""
    found = time_of([policy.get("per_try_timeout")], None)
    if found.state == "set" and request.value is not None and found.value >= request.value:
        return found._replace(state="inert", reason="it is not shorter than the timeout of the whole request")
    return found
