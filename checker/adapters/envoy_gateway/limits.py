"""Rate limits of a BackendTrafficPolicy: what Envoy Gateway writes for a route (internal/gatewayapi/backendtrafficpolicy.go of v1.9.1)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.settings import PRODUCT
from checker.adapters.envoy_gateway.spec import Spec, block_at, leaf_at
from checker.adapters.envoy_gateway.targets import Policy
from checker.model.gateway_api import entries, mapping, spec_of
from checker.model.rate_limit import RateLimit, Refusing
from checker.model.setting import Origin

UNIT_SECONDS: Mapping[str, int] = {
    "Second": 1,
    "Minute": 60,
    "Hour": 3600,
    "Day": 86_400,
    "Week": 604_800,
    "Month": 2_592_000,
    "Year": 31_536_000,
}
RESET_HEADER = "x-ratelimit-reset"  # enable_x_ratelimit_headers: DRAFT_VERSION_03
_UNBOUNDED = 2**32 - 1
_CHILD_WINS = "the default limit of the policy merged over it counts"


class Limits(NamedTuple):
    """A policy's limits: of each proxy (`default` for requests that no rule is for), and those that the rate limit service counts."""

    default: RateLimit | None
    local: tuple[RateLimit, ...]
    shared: tuple[RateLimit, ...]
    lost: tuple[RateLimit, ...] = ()


def rate_limits(policies: Sequence[Policy], *, headers: bool) -> tuple[RateLimit, ...]:
    """What is in force of a policy, or of one and the parent that it is merged over; `headers`: the listener tells how much is left."""
    written = [_limits(policy.spec, headers=headers) for policy in policies if block_at(policy.spec, "rateLimit") is not None]
    if not written:
        return ()
    found = written[0] if len(written) == 1 else _merged(*written, by_name=spec_of(policies[0].source).get("mergeType") == "StrategicMerge")
    return (*([found.default] if found.default else []), *found.local, *found.shared, *found.lost)


def _merged(child: Limits, parent: Limits, *, by_name: bool) -> Limits:
    """Rules have names of their own: a strategic merge keeps all of them, any other the child's list if it has one."""
    local, shared = (
        (*own, *above) if by_name or not own else own for own, above in ((child.local, parent.local), (child.shared, parent.shared))
    )
    if child.default is None:
        return Limits(parent.default, local, shared, (*child.lost, *parent.lost))
    beaten = [parent.default.inert("merged-over", _CHILD_WINS)] if parent.default is not None and parent.default.state == "set" else []
    return Limits(child.default, local, shared, (*child.lost, *parent.lost, *beaten))


def _limits(spec: Spec, *, headers: bool) -> Limits:
    """Where `type` is written that part alone counts."""
    kind = leaf_at(spec, "rateLimit", "type")
    chosen = str(kind.value).lower() if kind is not None else None
    written = {
        part: list(_rules(spec, part, headers=headers)) for part in ("local", "global") if block_at(spec, "rateLimit", part) is not None
    }
    parts = {part: found for part, found in written.items() if chosen in (None, part)}
    lost = [
        limit.inert("other-type", f"the limits are of type {chosen}")
        for part, found in written.items()
        if part not in parts
        for _, limit in found
    ]
    general = [limit for everybody, limit in parts.get("local", ()) if everybody]
    nobody = RateLimit("proxy", PRODUCT, "unbounded", "no rule is for everybody", unit_seconds=1.0)
    return Limits(
        general[0] if general else nobody if "local" in parts else None,
        tuple(limit for everybody, limit in parts.get("local", ()) if not everybody),
        tuple(limit for _, limit in parts.get("global", ())),
        tuple(lost),
    )


def _rules(spec: Spec, part: str, *, headers: bool) -> Iterator[tuple[bool, RateLimit]]:
    """Each limit, and whether it is for everybody."""
    rules = leaf_at(spec, "rateLimit", part, "rules")
    if rules is None:
        return
    for number, rule in enumerate(entries({"rules": rules.value}, "rules")):
        yield not rule.get("clientSelectors"), _limit(rule, rules.origin.below(number), part, headers=headers)


def _limit(rule: Mapping[str, Any], origin: Origin, part: str, *, headers: bool) -> RateLimit:
    limit, local = mapping(rule, "limit"), part == "local"
    amount, unit = limit.get("requests"), UNIT_SECONDS.get(str(limit.get("unit")))
    only, per = _selected(rule)
    told = {"Disabled": False, "DraftVersion03": True}.get(str(rule.get("xRateLimitHeaders")), headers)
    found = RateLimit(
        "proxy" if local else "service",
        origin.below("limit"),
        amount=amount if isinstance(amount, int) else None,
        unit_seconds=float(unit) if unit else None,
        burst=amount if isinstance(amount, int) else None,
        only=only,
        per=(*per, *(() if local or rule.get("shared") else ("route",))),
        refusing=Refusing(retry_headers=(RESET_HEADER,) if told else ()),
    )
    if local and found.amount is not None and found.amount >= _UNBOUNDED:
        return found._replace(state="unbounded", amount=None, burst=None)
    shadow = rule.get("shadowMode") is True
    return found.inert("shadow", "shadowMode: what is too much is counted and let through") if shadow else found


def _selected(rule: Mapping[str, Any]) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """The conditions, all of which must hold, and what each value of has a counter of its own."""
    only: list[Mapping[str, Any]] = []
    per: list[str] = []
    for selector in entries(rule, "clientSelectors"):
        for key, word in (("headers", "header"), ("queryParams", "query parameter")):
            for each in entries(selector, key):
                name = f"{word} {each.get('name')}"
                if each.get("type") == "Distinct":
                    per.append(name)
                else:
                    only.append(_condition(name, each))
        only += [_condition("method", each) for each in entries(selector, "methods")]
        only += [_condition("path", each) for each in [mapping(selector, "path")] if each]
        source = mapping(selector, "sourceCIDR")
        if source.get("type") == "Distinct":
            per.append("client address")
        if source:
            only.append({"client address": source.get("value")})
    return tuple(only), tuple(per)


def _condition(name: str, each: Mapping[str, Any]) -> Mapping[str, Any]:
    word = {"RegularExpression": "regex", "PathPrefix": "prefix"}.get(str(each.get("type")), "exact")
    return {name: {"not" if each.get("invert") else word: each.get("value")}}
