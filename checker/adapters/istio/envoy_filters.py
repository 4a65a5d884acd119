"""What EnvoyFilters make of the settings of calls: the values of patches that are understood, and unknown what is merely touched.

Whose they are, and in which order they count: pilot/pkg/model/{push_context,envoyfilter,policyattachment}.go of istiod 1.31.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.patched_clusters import patched_cluster
from checker.adapters.istio.patched_routes import patched_listener, patched_route, patched_table, patched_virtual_host, without_conditions
from checker.adapters.istio.patches import (
    Called,
    Certainty,
    Patch,
    Proxy,
    has_cluster,
    has_listener,
    has_own_cluster,
    has_route,
    patches_of,
)
from checker.model.build import Model
from checker.model.setting import Setting, Settings, object_name
from checker.model.traffic import Destination, Way
from checker.objects import ApiObject

_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
_LISTENERS = ("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER")

_WHOLE_PERCENT = 100

_Change = Callable[[Patch, Settings], tuple[Settings, Certainty]]


class EnvoyFilters:
    """The EnvoyFilters of a mesh; false without any."""

    def __init__(self, model: Model, mesh: Mesh) -> None:
        self._items: Sequence[ApiObject] = model.kinds.get("EnvoyFilter", ())
        self._root = mesh.root_namespace
        self._version = mesh.version
        self._patches: dict[Any, list[Patch]] = {}

    def __bool__(self) -> bool:
        return bool(self._items)

    def applied(self, ways: list[Way], called: Called) -> list[Way]:
        """Ways of a call as a proxy has them."""
        patches = self.patches(called.proxy)
        return [self._patched(patches, way, called) for way in ways] if patches else ways

    def of_pod(self, proxy: Proxy, host: str, target: int, settings: Settings) -> Settings:
        """The limits on what comes to a pod's port, `target`, behind a Service of that host."""

        def change(patch: Patch, found: Settings) -> tuple[Settings, Certainty]:
            return patched_cluster(patch, found), has_own_cluster(patch, host, target)

        return self._changed(self.patches(proxy), ("CLUSTER",), settings, change)

    def patches(self, proxy: Proxy) -> list[Patch]:
        """Those for a proxy, in the order in which they are carried out."""
        key = proxy.context, proxy.namespace, frozenset(proxy.labels.items())
        if key not in self._patches:
            items = sorted((item for item in self._items if self._is_for(item, proxy)), key=self._order)
            self._patches[key] = [patch for item in items for patch in patches_of(item) if self._counts(patch.match, proxy)]
        return self._patches[key]

    def _order(self, item: ApiObject) -> tuple[Any, ...]:
        return (*self._rank(item), str(item.data.get("metadata", {}).get("creationTimestamp") or ""), item.name)

    def _rank(self, item: ApiObject) -> tuple[int, bool]:
        return int((item.data.get("spec") or {}).get("priority") or 0), item.namespace != self._root

    def _counts(self, match: Mapping[str, Any], proxy: Proxy) -> bool:
        """Whether a patch is for the proxy's context and version."""
        if match.get("context") not in (None, "ANY", proxy.context) and proxy.context != "WAYPOINT":
            return False
        return self._has_version(str((match.get("proxy") or {}).get("proxyVersion") or ""))

    def _has_version(self, pattern: str) -> bool:
        try:
            return not pattern or re.search(pattern, ".".join((*map(str, self._version), "0"))) is not None
        except re.error:
            return True

    def _is_for(self, item: ApiObject, proxy: Proxy) -> bool:
        """Of the root namespace or the proxy's own; gateways of Gateway API may be named, waypoints must be."""
        if item.namespace not in (self._root, proxy.namespace):
            return False
        spec = item.data.get("spec") or {}
        targets = spec.get("targetRefs") or ()
        if targets:
            own = proxy.labels.get(_GATEWAY_LABEL)
            return bool(own) and any(target.get("kind") != "Gateway" or target.get("name") == own for target in targets)
        labels: Mapping[str, str] = (spec.get("workloadSelector") or {}).get("labels") or {}
        return proxy.context != "WAYPOINT" and labels.items() <= proxy.labels.items()

    def _patched(self, patches: Sequence[Patch], way: Way, called: Called) -> Way:
        def of_listener(patch: Patch, _: Settings) -> tuple[Settings, Certainty]:
            return patched_listener(patch), has_listener(patch, called)

        def of_table(patch: Patch, _: Settings) -> tuple[Settings, Certainty]:
            return patched_table(patch), has_route(patch, way, called)

        def of_route(patch: Patch, settings: Settings) -> tuple[Settings, Certainty]:
            return patched_route(patch, settings), has_route(patch, way, called)

        def of_virtual_host(patch: Patch, settings: Settings) -> tuple[Settings, Certainty]:
            return patched_virtual_host(patch, settings, retried=retried), has_route(patch, way, called)

        settings = self._changed(patches, _LISTENERS, way.settings, of_listener)
        settings = self._changed(patches, ("ROUTE_CONFIGURATION",), settings, of_table)
        settings = self._changed(patches, ("HTTP_ROUTE",), settings, of_route)
        retried = "retry_on" in settings
        settings = self._changed(patches, ("VIRTUAL_HOST",), settings, of_virtual_host)
        settings = without_conditions(settings)
        return way._replace(settings=settings, destinations=tuple(self._reached(patches, each, called) for each in way.destinations))

    def _reached(self, patches: Sequence[Patch], destination: Destination, called: Called) -> Destination:
        sure = called.proxy.context != "WAYPOINT" or None

        def change(patch: Patch, settings: Settings) -> tuple[Settings, Certainty]:
            return patched_cluster(patch, settings), has_cluster(patch, destination) and sure

        gone = any(patch.applied == "CLUSTER" and patch.operation == "REMOVE" and has_cluster(patch, destination) for patch in patches)
        return destination._replace(
            settings=self._changed(patches, ("CLUSTER",), destination.settings, change),
            result="unknown" if gone and destination.result == "ok" else destination.result,
        )

    def _changed(self, patches: Sequence[Patch], applied: tuple[str, ...], settings: Settings, change: _Change) -> Settings:
        """Each patch is merged into what those before it left; an order that hangs on the age of objects is not known."""
        found, last = settings, dict[str, Patch]()
        for patch in patches if settings else ():
            if patch.applied not in applied:
                continue
            changes, sure = change(patch, found)
            for name, setting in changes.items() if sure is not False else ():
                earlier = last.get(name)
                told = setting if sure and not patch.selects_metadata and _possible(name, setting) else patch.unknown((name,))[name]
                if earlier is not None and self._by_age(earlier, patch) and _differ(told, found[name]):
                    told = told._replace(value=None, state="unknown", reason=_of_unknown_age(earlier, patch))
                found = {**found, name: _over(told, found.get(name), patch)}
                last[name] = patch
        return found

    def _by_age(self, one: Patch, other: Patch) -> bool:
        dated = all((patch.item.data.get("metadata") or {}).get("creationTimestamp") for patch in (one, other))
        return one.item is not other.item and self._rank(one.item) == self._rank(other.item) and not dated


def _possible(name: str, setting: Setting) -> bool:
    """Whether Envoy takes it: of a cluster or a route that it refuses, it keeps what it had."""
    number = setting.value
    if not isinstance(number, int | float) or setting.state != "set":
        return number is not None or setting.state != "set"
    return 0 <= number <= (_WHOLE_PERCENT if name.endswith("_percent") else float("inf"))


def _differ(one: Setting, other: Setting) -> bool:
    return (one.value, one.state) != (other.value, other.state)


def _of_unknown_age(one: Patch, other: Patch) -> str:
    return f"{object_name(one.item)} and {object_name(other.item)} both change it, and which counts hangs on their age"


def _over(setting: Setting, beaten: Setting | None, patch: Patch) -> Setting:
    """With what somebody wrote and a patch replaces."""
    if beaten is None or beaten.state != "set" or beaten.origin.item is None or setting.state == "unknown":
        return setting
    lost = beaten._replace(state="inert", reason=f"{object_name(patch.item)} changes it", overrides=())
    return setting._replace(overrides=(lost, *beaten.overrides))
