"""Rate limits that EnvoyFilters put into proxies: of gateways, of callers' sidecars, and of the pods that are called.

Which listeners and routes a patch is for: pilot/pkg/networking/core/envoyfilter of istiod 1.31.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from checker.adapters.istio.envoy_filters import EnvoyFilters
from checker.adapters.istio.injection import Memberships
from checker.adapters.istio.mutual_tls import pod_port
from checker.adapters.istio.patches import Called, Patch, Proxy, has_route, patches_of
from checker.adapters.istio.registry import Host
from checker.limits.filters import CONNECTIONS, LOCAL, SHARED
from checker.limits.routes import connection_filters, http_limits
from checker.limits.service import tables_of
from checker.model.build import Model, selected
from checker.model.protobuf import Node
from checker.model.rate_limit import RateLimit
from checker.model.setting import object_name
from checker.model.traffic import Way

_LIMITING = (LOCAL, SHARED)
_ROUTES = ("HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION")
_ADDING = ("ADD", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "REPLACE")
_INBOUND = "SIDECAR_INBOUND"


class Limits:
    """What EnvoyFilters limit; false where none does."""

    def __init__(self, model: Model, filters: EnvoyFilters, memberships: Memberships) -> None:
        self._model = model
        self._filters = filters
        self._memberships = memberships
        self._tables = cache(lambda: tables_of(model))
        self._items = [item for item in model.kinds.get("EnvoyFilter", ()) if any(_adds_limit(patch) for patch in patches_of(item))]
        self._of_pods: dict[tuple[str, str, int], tuple[RateLimit, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._items)

    def limited(self, ways: list[Way], called: Called) -> list[Way]:
        """Ways of requests with the limits of the proxy that sends them."""
        patches = self._filters.patches(called.proxy)
        if not any(_adds_limit(patch) for patch in patches):
            return ways
        return [way._replace(limits=tuple(self._of_way(patches, way, called))) if way.settings else way for way in ways]

    def _of_way(self, patches: list[Patch], way: Way, called: Called) -> Iterator[RateLimit]:
        told = [patch for patch in patches if patch.applied in _ROUTES and has_route(patch, way, called) is not False]
        yield from self._of_chain([patch for patch in patches if patch.applied not in _ROUTES and _listens(patch, called.port)], told)

    def _of_chain(self, filters: list[Patch], told: list[Patch]) -> Iterator[RateLimit]:
        levels = [[patch.value for patch in told if patch.applied == level and patch.operation.startswith("MERGE")] for level in _ROUTES]
        chain = [patch for patch in filters if patch.applied == "HTTP_FILTER"]
        changed = {_named(patch.match): patch for patch in chain if patch.operation not in _ADDING}
        for patch in (patch for patch in chain if patch.operation in _ADDING):
            other = changed.get(patch.value.text("name"))
            for limit in http_limits([patch.value], levels, {}, self._tables):
                yield limit if other is None else _unknown(limit, other)
        yield from connection_filters([config for patch in filters if (config := _connections(patch)) is not None])

    def of_pods(self, host: Host, port: int) -> tuple[RateLimit, ...]:
        """What the pods behind a Service's port take, each for itself."""
        key = host.name, host.namespace, port
        if key not in self._of_pods:
            self._of_pods[key] = tuple(self._inbound(host, port))
        return self._of_pods[key]

    def _inbound(self, host: Host, port: int) -> Iterator[RateLimit]:
        own, service = host.port(port), host.service
        if own is None or service is None:
            return
        written = next((each.target for each in service.ports if each.number == port), None)
        for pod in selected(self._model.pods, self._model.in_namespace, host.namespace, service.selector):
            target = pod_port(pod, written)
            if target is None or self._memberships.of(pod).proxy != "sidecar":
                continue
            patches = self._filters.patches(Proxy(_INBOUND, pod.namespace, pod.labels))
            chain = [patch for patch in patches if patch.applied not in _ROUTES and _listens(patch, target, inbound=True)]
            http = own.routed
            told = [patch for patch in patches if patch.applied in _ROUTES and _is_inbound(patch.match, port, target)]
            found = self._of_chain([patch for patch in chain if http or patch.applied != "HTTP_FILTER"], told)
            yield from (limit._replace(enforced_by=object_name(pod.source)) for limit in found)


def _unknown(limit: RateLimit, other: Patch) -> RateLimit:
    reason = f"another patch of {other.value.origin.name} changes the filter"
    return limit._replace(state="unknown", reason=reason, amount=None, unit_seconds=None, burst=None)


def _adds_limit(patch: Patch) -> bool:
    if patch.operation not in _ADDING:
        return False
    if patch.applied == "HTTP_FILTER":
        config = patch.value.get("typed_config")
        return config is not None and config.type() in _LIMITING
    return _connections(patch) is not None


def _connections(patch: Patch) -> Node | None:
    """The configuration of a filter that limits connections."""
    config = patch.value.get("typed_config") if patch.applied == "NETWORK_FILTER" and patch.operation in _ADDING else None
    return config.unwrapped() if config is not None and config.type() in (LOCAL, CONNECTIONS) else None


def _named(match: Mapping[str, Any]) -> str:
    """The filter within the connection manager that a patch is for."""
    found = ((match.get("listener") or {}).get("filterChain") or {}).get("filter") or {}
    return str((found.get("subFilter") or {}).get("name") or "")


def _listens(patch: Patch, port: int, *, inbound: bool = False) -> bool:
    """Whether a listener's filters on a port are meant: a pod's own port, or that of a gateway."""
    listener = patch.match.get("listener") or {}
    name, chain = str(listener.get("name") or ""), listener.get("filterChain") or {}
    named = name == "virtualInbound" if inbound else name.endswith(f"_{port}")
    return (not name or named) and listener.get("portNumber") in (None, 0, port) and chain.get("destinationPort") in (None, 0, port)


def _is_inbound(match: Mapping[str, Any], port: int, target: int) -> bool:
    """Whether a pod's own routes are meant: the virtual host has the Service's port in its name, the table the pod's."""
    routes = match.get("routeConfiguration") or {}
    host = routes.get("vhost") or {}
    return (
        (host.get("name") or "") in ("", f"inbound|http|{port}")
        and ((host.get("route") or {}).get("name") or "") in ("", "default")
        and (routes.get("name") or "") in ("", f"inbound|{target}||")
        and routes.get("portNumber") in (None, 0, target)
    )
