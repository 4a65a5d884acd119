"""Which settings an EnvoyFilter touches: what it makes of them is not read, so they are unknown.

Told apart is as much as is certain: whose proxies, which part of their configuration, and the settings that the patch names; a
field that is not known touches all. Sources: pilot/pkg/model/envoyfilter.go, policyattachment.go and
pilot/pkg/networking/core/envoyfilter of istiod 1.31; field names are those of Envoy's v3 API.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import overlap
from checker.model.build import Model
from checker.model.setting import Origin, Setting, Settings, object_name, said_by
from checker.model.traffic import Destination, Way
from checker.objects import ApiObject

_POOL = ("max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget_percent")
_CONNECTION = ("idle_timeout_seconds", "max_requests_per_connection", "max_connection_duration_seconds", "max_concurrent_streams")
_OUTLIER = (
    "outlier_consecutive_5xx", "outlier_consecutive_gateway", "outlier_consecutive_local_origin", "outlier_interval_seconds",
    "outlier_base_ejection_seconds", "outlier_max_ejection_percent", "outlier_min_health_percent",
)  # fmt: skip
_RETRIES = ("retry_attempts", "retry_on", "retry_codes", "retry_backoff_base_seconds", "per_try_timeout_seconds")
_OF_ROUTES = ("request_timeout_seconds", "stream_idle_timeout_seconds", *_RETRIES)
_OF_CLUSTERS = ("connect_timeout_seconds", "panic_threshold_percent", *_POOL, *_CONNECTION, *_OUTLIER)

Touched = tuple[str, ...]
_NOTHING: Touched = ()
# Field of a cluster: the settings it is about.
_CLUSTER: Mapping[str, Touched] = {
    "connect_timeout": ("connect_timeout_seconds",),
    "circuit_breakers": _POOL,
    "outlier_detection": (*_OUTLIER, "panic_threshold_percent"),
    "common_lb_config": ("panic_threshold_percent",),
    "load_balancing_policy": ("panic_threshold_percent",),
    "max_requests_per_connection": ("max_requests_per_connection",),
    **dict.fromkeys(
        ("common_http_protocol_options", "http_protocol_options", "http2_protocol_options", "typed_extension_protocol_options",
         "upstream_http_protocol_options"),
        _CONNECTION,
    ),
    **dict.fromkeys(
        ("alt_stat_name", "metadata", "transport_socket", "upstream_connection_options", "per_connection_buffer_limit_bytes",
         "dns_lookup_family", "dns_refresh_rate", "dns_failure_refresh_rate", "respect_dns_ttl", "use_tcp_for_dns_lookups", "dns_resolvers",
         "typed_dns_resolver_config", "lb_policy", "ring_hash_lb_config", "maglev_lb_config", "least_request_lb_config",
         "round_robin_lb_config", "track_cluster_stats", "preconnect_policy", "upstream_bind_config", "health_checks", "slow_start_config"),
        _NOTHING,
    ),
}  # fmt: skip
_ROUTE_ACTION: Mapping[str, Touched] = {
    "timeout": ("request_timeout_seconds",),
    "max_stream_duration": ("request_timeout_seconds",),
    "idle_timeout": ("stream_idle_timeout_seconds",),
    "retry_policy": _RETRIES,
    "hedge_policy": _RETRIES,
    **dict.fromkeys(
        ("rate_limits", "hash_policy", "prefix_rewrite", "regex_rewrite", "host_rewrite_literal", "auto_host_rewrite", "cors",
         "upgrade_configs", "request_mirror_policies", "append_x_forwarded_host", "metadata_match", "max_internal_redirects",
         "internal_redirect_policy", "host_rewrite_header", "host_rewrite_path_regex"),
        _NOTHING,
    ),
}  # fmt: skip
_HEADERS = ("request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove")
_BESIDE = (*_HEADERS, "typed_per_filter_config", "metadata", "name", "decorator", "tracing", "stat_prefix")
_ROUTE: Mapping[str, Touched] = dict.fromkeys((*_BESIDE, "per_request_buffer_limit_bytes"), _NOTHING)
_VIRTUAL_HOST: Mapping[str, Touched] = {
    "retry_policy": _RETRIES,
    "hedge_policy": _RETRIES,
    **dict.fromkeys(
        (*_BESIDE, "rate_limits", "cors", "request_mirror_policies", "include_request_attempt_count", "include_attempt_count_in_response",
         "per_request_buffer_limit_bytes", "virtual_clusters"),
        _NOTHING,
    ),
}  # fmt: skip
_ROUTES_OF_ALL: Mapping[str, Touched] = dict.fromkeys((*_BESIDE, "max_direct_response_body_size_bytes", "ignore_port_in_host_matching"), ())
_MANAGER: Mapping[str, Touched] = {
    "stream_idle_timeout": ("stream_idle_timeout_seconds",),
    **dict.fromkeys(("route_config", "rds", "scoped_routes", "http_filters", "common_http_protocol_options"), _OF_ROUTES),
}
_MANAGER_NAME = "envoy.filters.network.http_connection_manager"
_CONTEXTS = {"SIDECAR_OUTBOUND": "SIDECAR_OUTBOUND", "GATEWAY": "GATEWAY"}
_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
_MERGES = ("MERGE", "MERGE_AND_REPLACE_LIST")
_FIRST = ("INSERT_BEFORE", "INSERT_FIRST")
_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Proxy(NamedTuple):
    """Whose configuration is asked for: `context` is SIDECAR_OUTBOUND, GATEWAY or WAYPOINT."""

    context: str
    namespace: str
    labels: Mapping[str, str]


class _Patch(NamedTuple):
    """One patch of an EnvoyFilter; `fields` are the top fields of its value, in Envoy's own spelling."""

    origin: Origin
    reason: str
    applied: str
    operation: str
    match: Mapping[str, Any]
    fields: Mapping[str, Any]


class EnvoyFilters:
    """The EnvoyFilters of a mesh; false without any."""

    def __init__(self, model: Model, mesh: Mesh) -> None:
        self._items: Sequence[ApiObject] = model.kinds.get("EnvoyFilter", ())
        self._root = mesh.root_namespace
        self._version = mesh.version
        self._patches: dict[Any, list[_Patch]] = {}

    def __bool__(self) -> bool:
        return bool(self._items)

    def applied(self, ways: list[Way], proxy: Proxy, host: str, port: int) -> list[Way]:
        """Ways of a call as a proxy has them, with what is touched unknown."""
        key = proxy.context, proxy.namespace, frozenset(proxy.labels.items())
        if key not in self._patches:
            self._patches[key] = [patch for item in self.of(proxy) for patch in self._of(item, proxy)]
        patches = self._patches[key]
        return [_patched(patches, way, host, port) for way in ways] if patches else ways

    def of(self, proxy: Proxy) -> list[ApiObject]:
        """Those that are for a proxy."""
        return [item for item in self._items if self._is_for(item, proxy)]

    def counts(self, match: Mapping[str, Any], proxy: Proxy) -> bool:
        """Whether a patch is for the proxy's context and version."""
        if match.get("context") not in (None, "ANY", proxy.context) and proxy.context != "WAYPOINT":
            return False
        return self._has_version(str((match.get("proxy") or {}).get("proxyVersion") or ""))

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

    def _of(self, item: ApiObject, proxy: Proxy) -> Iterator[_Patch]:
        for number, entry in enumerate((item.data.get("spec") or {}).get("configPatches") or ()):
            match, patch = entry.get("match") or {}, entry.get("patch") or {}
            if not self.counts(match, proxy):
                continue
            fields = {_spelt(key): value for key, value in (patch.get("value") or {}).items()}
            origin = said_by(item, "spec", "configPatches", number)
            reason = f"{object_name(item)} changes it"
            yield _Patch(origin, reason, str(entry.get("applyTo")), str(patch.get("operation")), match, fields)

    def _has_version(self, pattern: str) -> bool:
        try:
            return not pattern or re.search(pattern, ".".join((*map(str, self._version), "0"))) is not None
        except re.error:
            return True


def _spelt(key: str) -> str:
    return _UPPER.sub(r"_\1", str(key)).lower()


def _patched(patches: Iterable[_Patch], way: Way, host: str, port: int) -> Way:
    routed: dict[str, _Patch] = {}
    for patch in patches:
        for name in _of_route(patch, way, host, port) if way.settings else ():
            routed.setdefault(name, patch)
    destinations = tuple(_reached(patches, destination) for destination in way.destinations)
    return way._replace(settings=_unknown(way.settings, routed), destinations=destinations)


def _reached(patches: Iterable[_Patch], destination: Destination) -> Destination:
    touched: dict[str, _Patch] = {}
    for patch in patches:
        for name in _of_cluster(patch, destination) if destination.settings else ():
            touched.setdefault(name, patch)
    gone = any(patch.operation == "REMOVE" and patch.applied == "CLUSTER" for patch in touched.values())
    return destination._replace(
        settings=_unknown(destination.settings, touched), result="unknown" if gone and destination.result == "ok" else destination.result
    )


def _unknown(settings: Settings, touched: Mapping[str, _Patch]) -> Settings:
    return {**settings, **{name: Setting(None, "unknown", patch.origin, patch.reason) for name, patch in touched.items()}}


def _of_cluster(patch: _Patch, destination: Destination) -> Touched:
    if patch.applied != "CLUSTER" or not _is_cluster(patch.match.get("cluster") or {}, destination):
        return _NOTHING
    if patch.operation == "REMOVE":
        return _OF_CLUSTERS
    if patch.operation not in _MERGES:
        return _NOTHING
    fields = dict(patch.fields)
    breakers = fields.get("circuit_breakers")
    if patch.operation == "MERGE" and isinstance(breakers, dict) and set(map(_spelt, breakers)) == {"thresholds"}:
        del fields["circuit_breakers"]  # they come behind Istio's own, and Envoy takes the first of a priority (istio#36731)
    return _named(fields, _CLUSTER, _OF_CLUSTERS)


def _is_cluster(match: Mapping[str, Any], destination: Destination) -> bool:
    if match.get("name"):
        return bool(match["name"] == f"outbound|{destination.port}|{destination.subset}|{destination.host}")
    asked = (
        (match.get("service"), destination.host),
        (match.get("subset"), destination.subset),
        (match.get("portNumber"), destination.port),
    )
    return all(not wanted or wanted == own for wanted, own in asked)


def _of_route(patch: _Patch, way: Way, host: str, port: int) -> Touched:
    """By the part of the configuration that the patch is for; filters of requests change no setting of a route."""
    match patch.applied:
        case "HTTP_ROUTE" | "VIRTUAL_HOST" | "ROUTE_CONFIGURATION":
            if has_route(patch.match, patch.applied, way, host, port, patch.operation):
                return _of_routes(patch)
        case "NETWORK_FILTER" | "LISTENER" | "FILTER_CHAIN":
            if _is_listener(patch.match.get("listener") or {}, port):
                return _of_listener(patch)
    return _NOTHING


def _of_routes(patch: _Patch) -> Touched:
    if patch.applied == "HTTP_ROUTE":
        if patch.operation in ("REMOVE", *_FIRST):
            return _OF_ROUTES  # others may take its requests
        if patch.operation in _MERGES:
            action = patch.fields.get("route")
            rest = {key: value for key, value in patch.fields.items() if key != "route"}
            inner = {_spelt(key): value for key, value in action.items()} if isinstance(action, dict) else {}
            return (*_named(rest, _ROUTE, _OF_ROUTES), *_named(inner, _ROUTE_ACTION, _OF_ROUTES))
    if patch.applied == "VIRTUAL_HOST":
        if patch.operation in ("REMOVE", "REPLACE"):
            return _OF_ROUTES
        if patch.operation in _MERGES:
            appended = {"routes": _NOTHING} if patch.operation == "MERGE" else {}
            return _named(patch.fields, {**_VIRTUAL_HOST, **appended}, _OF_ROUTES)
    if patch.applied == "ROUTE_CONFIGURATION" and patch.operation in _MERGES:
        return _named(patch.fields, _ROUTES_OF_ALL, _OF_ROUTES)
    return _NOTHING


def _of_listener(patch: _Patch) -> Touched:
    if patch.applied != "NETWORK_FILTER":
        rebuilt = patch.operation == "REMOVE" or (patch.operation in _MERGES and {"filter_chains", "filters"} & patch.fields.keys())
        return _OF_ROUTES if rebuilt else _NOTHING
    found = ((patch.match.get("listener") or {}).get("filterChain") or {}).get("filter") or {}
    if found.get("name", _MANAGER_NAME) != _MANAGER_NAME:
        return _NOTHING
    if patch.operation in ("REMOVE", "REPLACE"):
        return _OF_ROUTES if found else _NOTHING  # without a name they are passed over
    config = patch.fields.get("typed_config")
    if patch.operation != "MERGE" or not isinstance(config, dict):
        return _NOTHING
    inner = config.get("value") if isinstance(config.get("value"), dict) else config
    return tuple(name for key in inner or () for name in _MANAGER.get(_spelt(key), _NOTHING))


def _named(fields: Mapping[str, Any], known: Mapping[str, Touched], everything: Touched) -> Touched:
    return tuple(name for key in fields for name in known.get(key, everything))


def has_route(asked: Mapping[str, Any], applied: str, way: Way, host: str, port: int, operation: str = "MERGE") -> bool:
    """Whether a patch that asks for this may be for a route; where that cannot be told, it may."""
    match = asked.get("routeConfiguration") or {}
    virtual_host = match.get("vhost") or {}
    wanted, own = (virtual_host.get("route") or {}).get("name"), str(virtual_host.get("name") or "")
    if asked.get("context") != "GATEWAY":
        if match.get("name") and match["name"] not in (str(port), f"{host}:{port}"):
            return False
        if match.get("portNumber") and match["portNumber"] != port:
            return False
    if own and not (own.endswith(f":{port}") and overlap(own.rpartition(":")[0], host)):
        return False
    domain = str(virtual_host.get("domainName") or "").partition(":")[0]
    if domain and not (overlap(domain, host) or host.startswith(f"{domain}.")):
        return False
    return applied != "HTTP_ROUTE" or operation in _FIRST or not wanted or wanted == way.name


def _is_listener(match: Mapping[str, Any], port: int) -> bool:
    name = str(match.get("name") or "")
    return match.get("portNumber") in (None, 0, port) and (not name or name.endswith(f"_{port}"))
