"""Facts about what people can see: statistics and spans of a mesh, and alerts on what breakers and limits do.

Names of statistics: https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats (outlier_detection,
circuit_breakers, upstream_rq_pending_overflow); response flags UO, UH and RL:
https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model
from checker.model.rate_limit import RateLimit
from checker.model.traffic import Traffic
from checker.objects import ApiObject
from checker.objects.unseen import ANY

OBSERVATION_FIELDS = {
    "observation.breakers": Field("string", "the rules that eject endpoints, for people; empty without any"),
    "observation.ejections": Field("bool", "the proxies keep statistics of the endpoints that they eject"),
    "observation.traced": Field("bool", "somebody says where spans go"),
}
ALERTS_FIELDS = {
    "alerts.breakers": Field("string", "the rules that eject endpoints, for people; empty without any"),
    "alerts.of_breakers": Field("bool", "an alert asks for ejected endpoints, or for requests that breakers refuse", ("spec", "groups")),
    "alerts.limits": Field("string", "the rate limits that refuse requests with 429, for people; empty without any"),
    "alerts.of_limits": Field("bool", "an alert asks for requests that limits refuse", ("spec", "groups")),
}
_RULES, _PROMETHEUS = "PrometheusRule", "monitoring.coreos.com/"
_OF_BREAKERS = re.compile(r"outlier_detection|ejections|circuit_breakers|_overflow|response_flags|\bU[OH]\b")
_OF_LIMITS = re.compile(r"rate_?limit|over_limit|response_flags|429|\b4(xx|\.\.|\[|\.\*|\.\+)|\[45]|[^0-9]4\.", re.IGNORECASE)
_REFUSED = 429
_SHOWN = 3


def judge_observation(model: Model, traffic: Traffic) -> Iterator[Judged]:
    """The mesh's own configuration, where it is in the input."""
    watched = traffic.watched()
    if watched is None or watched.origin.item is None:
        return
    item = watched.origin.item
    told = watched.traced or model.complete_in(ANY, "Telemetry")
    facts: dict[str, Any] = {
        "observation.breakers": _names(_ejecting(model)),
        "observation.ejections": watched.ejections,
        "observation.traced": watched.traced if told else Unknown("Telemetries"),
    }
    yield Judged("observation", _subject(item), {"observation": Anchor(item, watched.origin.path)}, facts)


def judge_alerts(model: Model, limits: Iterable[RateLimit]) -> Iterator[Judged]:
    """All alerts together: where there are none in the input, they are kept elsewhere."""
    rules = [item for item in model.kinds.get(_RULES, ()) if item.api_version.startswith(_PROMETHEUS)]
    asked = [text for item in rules for text in _expressions(item)]
    if not asked:
        return
    known = model.complete_in(ANY, _RULES)
    refusing = (limit.origin.item for limit in limits if limit.state == "set" and limit.refusing.status == _REFUSED)
    facts: dict[str, Any] = {
        "alerts.breakers": _names(_ejecting(model)),
        "alerts.of_breakers": _is_asked(_OF_BREAKERS, asked, known=known),
        "alerts.limits": _names(item for item in refusing if item is not None),
        "alerts.of_limits": _is_asked(_OF_LIMITS, asked, known=known),
    }
    yield Judged("alerts", _subject(rules[0]), {"alerts": Anchor(rules[0])}, facts)


def _is_asked(pattern: re.Pattern[str], expressions: Iterable[str], *, known: bool) -> bool | Unknown:
    found = any(pattern.search(text) for text in expressions)
    return found or (False if known else Unknown("PrometheusRules", "other alerts may lie outside of the input"))


def _ejecting(model: Model) -> Iterator[ApiObject]:
    for item in model.kinds.get("DestinationRule", ()):
        spec = item.data.get("spec") or {}
        policies = (spec.get("trafficPolicy"), *((subset or {}).get("trafficPolicy") for subset in spec.get("subsets") or ()))
        if any((policy or {}).get("outlierDetection") is not None for policy in policies):
            yield item


def _expressions(item: ApiObject) -> Iterator[str]:
    """Of alerts and of recorded series, on which alerts may hang."""
    spec = item.data.get("spec")
    groups = spec.get("groups") if isinstance(spec, dict) else None
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, dict) else None
        yield from (str(rule.get("expr")) for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, dict))


def _names(items: Iterable[ApiObject]) -> str:
    names = list(dict.fromkeys(f"{item.kind} {item.namespace}/{item.name}" for item in items))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _subject(item: ApiObject) -> Subject:
    return Subject(item.kind, item.namespace, item.name)
