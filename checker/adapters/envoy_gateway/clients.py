"""ClientTrafficPolicies: what counts between callers and a listener (internal/gatewayapi/clienttrafficpolicy.go of v1.9.1)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from checker.adapters.envoy_gateway.settings import StreamIdle
from checker.adapters.envoy_gateway.spec import Leaf, leaf_at
from checker.adapters.envoy_gateway.targets import Attachments, Policy, Scope, attachments
from checker.model.build import Model
from checker.model.gateway_api import Listener, entries, spec_of
from checker.objects import ApiObject

KIND = "ClientTrafficPolicy"


class SharedPort(NamedTuple):
    """A policy for one of several listeners without TLS that share a port, and are one listener of Envoy: it has no effect."""

    policy: ApiObject
    listener: Listener
    others: Sequence[Listener]


class Clients:
    """The policies of all listeners."""

    def __init__(self, model: Model, listeners: Sequence[Listener]) -> None:
        owners = list({id(listener.owner): listener.owner for listener in listeners}.values())
        self.attached: Attachments = attachments(model, KIND, owners, _sections)
        self._listeners = listeners

    def policy(self, listener: Listener) -> Policy | None:
        """The policy in force at a listener: its own, though that may have no effect, replaces its owner's whole."""
        own = self.attached.by_scope.get(scope_of(listener))
        if own is not None:
            return None if self._sharing(listener) else own
        for item in (listener.owner, listener.gateway):
            found = self.attached.by_scope.get(Scope(item.kind, item.namespace, item.name))
            if found is not None:
                return found
        return None

    def stream_idle(self, listener: Listener) -> StreamIdle:
        """What counts for streams on which nothing comes: listeners that share a port without TLS have what the first of them says."""
        first = next((other for other in self._listeners if other is listener or _share(other, listener)), listener)
        return StreamIdle(self._stream_idle(listener), self._stream_idle(first))

    def rate_limit_headers(self, listener: Listener) -> bool:
        """Whether answers say how much of a rate limit is left, which is so unless a policy forbids it."""
        policy = self.policy(listener)
        off = leaf_at(policy.spec, "headers", "disableRateLimitHeaders") if policy is not None else None
        return off is None or off.value is not True

    def _stream_idle(self, listener: Listener) -> Leaf | None:
        policy = self.policy(listener)
        return leaf_at(policy.spec, "timeout", "http", "streamIdleTimeout") if policy is not None else None

    def shared_ports(self) -> Iterator[SharedPort]:
        """The policies for a listener that have no effect for another reason than those that are not attached."""
        for listener in self._listeners:
            own = self.attached.by_scope.get(scope_of(listener))
            if own is not None and (others := self._sharing(listener)):
                yield SharedPort(own.source, listener, others)

    def _sharing(self, listener: Listener) -> list[Listener]:
        return [other for other in self._listeners if other is not listener and _share(other, listener)]


def _share(one: Listener, other: Listener) -> bool:
    """Listeners without TLS on one port are one listener of Envoy."""
    return one.gateway is other.gateway and one.port == other.port and one.plain_http and other.plain_http


def scope_of(listener: Listener) -> Scope:
    """A listener as something that a policy may be attached to."""
    return Scope(listener.owner.kind, listener.owner.namespace, listener.owner.name, listener.name)


def _sections(owner: ApiObject) -> Iterable[str]:
    return (str(entry.get("name")) for entry in entries(spec_of(owner), "listeners"))
