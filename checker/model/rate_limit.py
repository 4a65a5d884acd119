"""A limit on how much passes, as proxies and gateways enforce it."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from checker.model.setting import Origin

Counter = Literal["proxy", "service"]
LimitState = Literal["set", "unbounded", "inert", "unknown"]
Cause = Literal["", "not-enforced", "shadow", "no-match", "other-type", "merged-over", "refused", "other-controller"]

TOO_MANY_REQUESTS = 429


class Refusing(NamedTuple):
    """What becomes of what is too much. `status` is 0 for connections, which are closed.

    `retry_headers`: those of the answer that say when to come again; None where the proxy has no setting for it.
    `grpc_exhausted`: callers of gRPC get RESOURCE_EXHAUSTED, else UNAVAILABLE.
    """

    status: int = TOO_MANY_REQUESTS
    retry_headers: tuple[str, ...] | None = ()
    grpc_exhausted: bool = False


class RateLimit(NamedTuple):
    """At most `amount` in `unit_seconds`, at once where that is None. Both are None where the state is `unbounded` or `unknown`.

    `cause`: why it is inert, a word that policies select on; `reason` says it to people.
    `counter`: each proxy counts for itself, or a rate limit service counts for all of them.
    `burst`: how many may come at once. `only`: the requests that it is for; empty for all. `per`: what has a counter of its own.
    `enforced_percent`: the share of what is too much that is refused.
    `fails_closed`: whether all is refused while the rate limit service does not answer; None where there is none.
    """

    counter: Counter
    origin: Origin
    state: LimitState = "set"
    reason: str = ""
    cause: Cause = ""
    counts: Literal["requests", "connections"] = "requests"
    amount: int | None = None
    unit_seconds: float | None = None
    burst: int | None = None
    only: tuple[Mapping[str, Any], ...] = ()
    per: tuple[str, ...] = ()
    enforced_by: str = ""
    enforced_percent: float = 100.0
    refusing: Refusing = Refusing()
    fails_closed: bool | None = None
    timeout_seconds: float | None = None

    def inert(self, cause: Cause, reason: str) -> "RateLimit":
        """The same, written in vain; one that is counted and not enforced refuses nothing."""
        share = 0.0 if cause in ("not-enforced", "shadow") else self.enforced_percent
        return self._replace(state="inert", cause=cause, reason=reason, enforced_percent=share)
