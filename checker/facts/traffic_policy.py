"""Facts about the blocks of traffic policies as DestinationRules have them, whether or not a call gets them.

Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/ and what istiod makes of fields that are not
written (cluster_traffic_policy.go: applyOutlierDetection, applyConnectionPool).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.location import Path
from checker.objects import ApiObject
from checker.units import seconds_of

BREAKER_FIELDS = {
    "breaker.of": Field("string", "the host of the rule, with subset or port, for people"),
    "breaker.consecutive_5xx": Field(
        "int", "server errors in a row that eject an endpoint; 0: never, 5 where not written", ("consecutive5xxErrors",)
    ),
    "breaker.consecutive_gateway": Field(
        "int", "gateway errors in a row that do; 0: never, as where not written", ("consecutiveGatewayErrors",)
    ),
    "breaker.split": Field("bool", "connections that fail are counted apart", ("splitExternalLocalOriginErrors",)),
    "breaker.consecutive_errors_written": Field("bool", "the field that came before consecutive5xxErrors is there", ("consecutiveErrors",)),
    "breaker.interval_seconds": Field("double", "time between two looks at who may come back; 10 where not written", ("interval",)),
    "breaker.base_ejection_seconds": Field(
        "double", "time an endpoint is out, for each time it was ejected; 30 where not written", ("baseEjectionTime",)
    ),
    "breaker.of_demonstration": Field("bool", "the limits beside it are those of a demonstration"),
    "recovery.seconds": Field("double", "the longest that a first ejection lasts: until the look after its time is over"),
}
LIMITS_FIELDS = {
    "limits.of": Field("string", "the host of the rule, with subset or port, for people"),
    "limits.max_connections": Field("int", "connections at a time; 0 where not written", ("tcp", "maxConnections")),
    "limits.max_pending_requests": Field("int", "requests that wait for one; 0 where not written", ("http", "http1MaxPendingRequests")),
    "limits.requests_per_connection": Field("int", "requests on one connection; 0 where not written", ("http", "maxRequestsPerConnection")),
    "limits.of_demonstration": Field("bool", "two of them and more are 1, as in Istio's task on circuit breaking"),
    "limits.ones": Field("string", "what is limited to 1, for people"),
}
BALANCING_FIELDS = {
    "balancing.of": Field("string", "the host of the rule, with subset or port, for people"),
    "balancing.fails_over": Field("bool", "other zones or regions are to take over", ("localityLbSetting",)),
    "balancing.ejects": Field("bool", "outlier detection tells who is healthy, be it in a subset alone"),
}


class _Policy(NamedTuple):
    """One traffic policy of a rule, the one whose blocks it gets where it has none itself, and those that get its own."""

    of: str
    path: Path
    values: Mapping[str, Any]
    above: Mapping[str, Any]
    below: tuple[Mapping[str, Any], ...] = ()


def judge_traffic_policies(item: ApiObject) -> Iterator[Judged]:
    """Each block for outlier detection, connections and load balancing."""
    subject = Subject(item.kind, item.namespace, item.name)
    for policy in _policies(item.data.get("spec") or {}):
        for kind, key, facts in (
            ("breaker", "outlierDetection", _breaker),
            ("limits", "connectionPool", _pool),
            ("balancing", "loadBalancer", _balancing),
        ):
            block = policy.values.get(key)
            if isinstance(block, Mapping):
                anchors = {kind: Anchor(item, (*policy.path, key))}
                if kind == "breaker":
                    anchors["recovery"] = Anchor(item, (*policy.path, key, *_slowest(block)))
                yield Judged(kind, subject, anchors, facts(policy, block), part=policy.of)


def _policies(spec: Mapping[str, Any]) -> Iterator[_Policy]:
    host = str(spec.get("host") or "")
    top: Mapping[str, Any] = spec.get("trafficPolicy") or {}
    subsets = tuple(subset.get("trafficPolicy") or {} for subset in spec.get("subsets") or ())
    yield from _with_ports(_Policy(host, ("spec", "trafficPolicy"), top, {}, subsets))
    for number, subset in enumerate(spec.get("subsets") or ()):
        path = ("spec", "subsets", number, "trafficPolicy")
        yield from _with_ports(_Policy(f"{host} subset {subset.get('name')}", path, subset.get("trafficPolicy") or {}, top))


def _with_ports(policy: _Policy) -> Iterator[_Policy]:
    """The settings of a port replace those around them whole."""
    yield policy
    for number, entry in enumerate(policy.values.get("portLevelSettings") or ()):
        port = (entry.get("port") or {}).get("number")
        yield _Policy(f"{policy.of} port {port}", (*policy.path, "portLevelSettings", number), entry, {}, policy.below)


def _breaker(policy: _Policy, block: Mapping[str, Any]) -> dict[str, Any]:
    written, gateway = block.get("consecutive5xxErrors"), block.get("consecutiveGatewayErrors")
    return {
        "breaker.of": policy.of,
        "breaker.consecutive_5xx": 5 if written is None else written,
        "breaker.consecutive_gateway": gateway or 0,
        "breaker.split": bool(block.get("splitExternalLocalOriginErrors")),
        "breaker.consecutive_errors_written": "consecutiveErrors" in block,
        "breaker.interval_seconds": _interval(block),
        "breaker.base_ejection_seconds": _base(block),
        "breaker.of_demonstration": _is_of_demonstration(policy.values.get("connectionPool") or policy.above.get("connectionPool") or {}),
        "recovery.seconds": _base(block) + _interval(block),
    }


def _interval(block: Mapping[str, Any]) -> float:
    return _seconds(block.get("interval"), 10.0)


def _base(block: Mapping[str, Any]) -> float:
    return _seconds(block.get("baseEjectionTime"), 30.0)


def _slowest(block: Mapping[str, Any]) -> Path:
    """What keeps an endpoint out the longest."""
    return ("interval",) if _interval(block) > _base(block) else ("baseEjectionTime",)


def _seconds(written: object, default: float) -> float:
    seconds = seconds_of(written)
    return default if seconds is None else seconds


def _is_of_demonstration(pool: Mapping[str, Any]) -> bool:
    """Two of the three limits of https://istio.io/latest/docs/tasks/traffic-management/circuit-breaking/, which is to trip a breaker."""
    return len(_ones(pool)) > 1


def _ones(pool: Mapping[str, Any]) -> list[str]:
    written = {**(pool.get("tcp") or {}), **(pool.get("http") or {})}
    return [f"{key} 1" for key in ("maxConnections", "http1MaxPendingRequests", "maxRequestsPerConnection") if written.get(key) == 1]


def _pool(policy: _Policy, block: Mapping[str, Any]) -> dict[str, Any]:
    tcp, http = block.get("tcp") or {}, block.get("http") or {}
    return {
        "limits.of": policy.of,
        "limits.max_connections": tcp.get("maxConnections") or 0,
        "limits.max_pending_requests": http.get("http1MaxPendingRequests") or 0,
        "limits.requests_per_connection": http.get("maxRequestsPerConnection") or 0,
        "limits.of_demonstration": _is_of_demonstration(block),
        "limits.ones": ", ".join(_ones(block)),
    }


def _balancing(policy: _Policy, block: Mapping[str, Any]) -> dict[str, Any]:
    locality = block.get("localityLbSetting") or {}
    outlier = [each.get("outlierDetection") for each in (policy.values, policy.above, *policy.below)]
    return {
        "balancing.of": policy.of,
        "balancing.fails_over": bool(locality.get("failover") or locality.get("failoverPriority")) and locality.get("enabled") is not False,
        "balancing.ejects": any(block is not None for block in outlier),
    }
