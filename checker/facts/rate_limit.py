"""Facts about rate limits that are written as Envoy's own filters: whether they are in force, and on what they hang."""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Service
from checker.objects.unseen import ANY

LIMITER_FIELDS = {
    "limiter.asked": Field("bool", "it adds a filter that asks a rate limit service"),
    "limiter.actions": Field("bool", "some patch in the input says what to ask it (rate_limits)"),
    "limiter.fails_closed": Field("bool", "requests are refused while it does not answer"),
    "limiter.service": Field("string", "the Service that answers; empty where that cannot be told"),
    "limiter.replicas": Field("int", "its pods; absent where that cannot be told", optional=True),
}
LOCAL_LIMIT_FIELDS = {
    "limit.tokens": Field("int", "requests that the bucket holds", ("token_bucket",)),
    "limit.enabled_percent": Field("double", "the requests that are counted", ("filter_enabled",)),
    "limit.enforced_percent": Field("double", "the requests beyond the limit that are refused", ("filter_enforced",)),
}
_GLOBAL = "envoy.filters.http.ratelimit"
_HUNDRED, _OF = 100.0, {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000, 0: 100, 1: 10_000, 2: 1_000_000}
_LOCAL_TYPE = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
_GLOBAL_TYPE = "envoy.extensions.filters.http.ratelimit.v3.RateLimit"
_DEPTH = 40


def local_limits(subject: Subject, place: Anchor, value: Mapping[str, Any]) -> Iterator[Judged]:
    """Each local rate limit with a bucket that a patch writes, for a whole filter or for single routes."""
    for path, config in _configs(value, (), _LOCAL_TYPE):
        bucket = _either(config, "token_bucket", "tokenBucket")
        if not isinstance(bucket, dict):
            continue
        facts = {
            "limit.tokens": _whole(_either(bucket, "max_tokens", "maxTokens")),
            "limit.enabled_percent": _percent(_either(config, "filter_enabled", "filterEnabled")),
            "limit.enforced_percent": _percent(_either(config, "filter_enforced", "filterEnforced")),
        }
        anchor = Anchor(place.source, (*place.path, "patch", "value", *path))
        yield Judged("local-limit", subject, {"limit": anchor}, facts, part="/".join(map(str, (*place.path, *path))))


def limiter_facts(model: Model, value: Mapping[str, Any]) -> dict[str, Any]:
    """A filter that asks a rate limit service for each request."""
    config = next((config for _, config in _configs(value, (), _GLOBAL_TYPE)), None)
    if value.get("name") != _GLOBAL or config is None:
        return {
            "limiter.asked": False,
            "limiter.actions": True,
            "limiter.fails_closed": False,
            "limiter.service": "",
            "limiter.replicas": None,
        }
    service = _service(model, config)
    return {
        "limiter.asked": True,
        "limiter.actions": _actions(model),
        "limiter.fails_closed": bool(_either(config, "failure_mode_deny", "failureModeDeny")),
        "limiter.service": service.source.name if service else "",
        "limiter.replicas": _replicas(model, service) if service else None,
    }


def _configs(value: Any, path: tuple[str | int, ...], wanted: str) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Configurations of a type, also those in a TypedStruct."""
    if len(path) > _DEPTH or not isinstance(value, (dict, list)):
        return
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _configs(each, (*path, index), wanted)
        return
    if str(value.get("@type") or "").endswith(wanted):
        yield path, value
        return
    if str(_either(value, "type_url", "typeUrl") or "").endswith(wanted) and isinstance(value.get("value"), dict):
        yield (*path, "value"), value["value"]
        return
    for key, each in value.items():
        yield from _configs(each, (*path, key), wanted)


def _either(values: Mapping[str, Any], *keys: str) -> Any:
    return next((values[key] for key in keys if key in values), None)


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, str)) and str(value).isdigit() else 0


def _percent(fraction: Any) -> float:
    """A RuntimeFractionalPercent's default; without one nothing (local_rate_limit.proto)."""
    default = _either(fraction, "default_value", "defaultValue") if isinstance(fraction, dict) else None
    if not isinstance(default, dict):
        return 0.0
    return _whole(default.get("numerator")) * _HUNDRED / _OF.get(default.get("denominator") or "HUNDRED", 100)


def _actions(model: Model) -> bool | Unknown:
    """Whether any EnvoyFilter of the input has actions; without them nothing is asked."""
    if any(_has_key(item.data.get("spec"), "rate_limits", 0) for item in model.kinds.get("EnvoyFilter", ())):
        return True
    return False if model.complete_in(ANY, "EnvoyFilter") else Unknown("EnvoyFilter with rate_limits")


def _has_key(value: Any, wanted: str, depth: int) -> bool:
    if depth > _DEPTH:
        return False
    if isinstance(value, list):
        return any(_has_key(each, wanted, depth + 1) for each in value)
    return isinstance(value, dict) and (
        wanted in value or "rateLimits" in value or any(_has_key(each, wanted, depth + 1) for each in value.values())
    )


def _service(model: Model, config: Mapping[str, Any]) -> Service | None:
    """The Service that an outbound cluster of the mesh stands for: `outbound|8081||ratelimit.infra.svc.cluster.local`."""
    grpc = _either(_either(config, "rate_limit_service", "rateLimitService") or {}, "grpc_service", "grpcService") or {}
    cluster = str(_either(_either(grpc, "envoy_grpc", "envoyGrpc") or {}, "cluster_name", "clusterName") or "")
    name, _, rest = cluster.rpartition("|")[2].partition(".")
    namespace = rest.partition(".")[0]
    if not cluster.startswith("outbound|") or not namespace:
        return None
    return next((each for each in model.part.services if (each.source.namespace, each.source.name) == (namespace, name)), None)


def _replicas(model: Model, service: Service) -> int | None:
    pods = [pod for pod, services in model.services_of.items() if service in services]
    if not pods or any(model.autoscalers_of.get(pod) or not pod.scalable for pod in pods):
        return None
    return sum(1 if pod.replicas is None else pod.replicas for pod in pods)
