"""Values each of which Envoy takes, and not together: with these it does not start.

Each was seen on Envoy 1.40: `envoy --mode validate` names them, most come after its bounds for single values.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from checker.adapters.envoy.filters import levels, network_filters, told_filters
from checker.adapters.envoy.overload import overload_mistakes
from checker.adapters.envoy.resources import Resources
from checker.adapters.envoy.values import Mistake, is_template, mistake
from checker.model.envoy_messages import word
from checker.model.protobuf import Node

_BASE_SECONDS = 30.0
_SHORTEST_FILL_SECONDS = 0.05
_MANAGER, _LOCAL, _CONNECTIONS = "HttpConnectionManager", "LocalRateLimit", "ConnectionLimit"
_PER_HOST = frozenset({"priority", "max_connections", "maxConnections", "track_remaining", "trackRemaining"})


def contradictions(root: Node, found: Resources) -> Iterator[Mistake]:
    """Those of a whole configuration; `root` is its document."""
    yield from _repeated(root.items("static_resources", "clusters"), "cluster")
    for cluster in found.clusters:
        yield from _of_cluster(cluster)
    for listener in found.listeners:
        yield from _of_listener(listener)
    for table in found.routes:
        yield from _of_routes(table)
    yield from overload_mistakes(root.get("overload_manager"))


def _of_listener(listener: Node) -> Iterator[Mistake]:
    for config in network_filters(listener):
        if config.type() == _MANAGER:
            for entry in config.items("http_filters"):
                if entry.get("typed_config") is None and entry.get("config_discovery") is None:
                    fix = "write its typed_config, with an @type"
                    yield mistake(entry, f"filter {entry.text('name')} does not say of which type it is", fix)
                yield from _local_limit(entry.get("typed_config"))
            table = config.get("route_config")
            yield from _of_routes(table) if table is not None else ()
        elif config.type() == _CONNECTIONS and config.get("max_connections") is None:
            yield mistake(config, "a ConnectionLimit needs max_connections", "write max_connections")
        else:
            yield from _local_limit(config)


def _repeated(nodes: Sequence[Node], what: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for node in nodes:
        name = node.text("name")
        if name in seen:
            yield mistake(node, f"there is a {what} {name} already", "give each a name of its own")
        seen.add(name)


def _of_cluster(cluster: Node) -> Iterator[Mistake]:
    detection = cluster.get("outlier_detection")
    if detection is not None:
        yield from _ejection(detection)
    for entry in cluster.items("circuit_breakers", "per_host_thresholds"):
        for key, node in entry.entries():
            if key not in _PER_HOST and node.value is not None:
                yield mistake(node, f"{key} in per_host_thresholds, which take max_connections alone", "write it in thresholds")
    if cluster.get("cluster_type") is None:
        yield from _of_type(cluster, word(cluster.get("type"), "Cluster.DiscoveryType"))


def _ejection(detection: Node) -> Iterator[Mistake]:
    base, longest = detection.get("base_ejection_time"), detection.get("max_ejection_time")
    seconds = base.seconds() if base is not None else _BASE_SECONDS
    most = longest.seconds() if longest is not None else None
    if longest is not None and most is not None and seconds is not None and most < seconds:
        told = base.value if base is not None else "30s, as nothing is written"
        fix = "write a longer one, or a shorter base_ejection_time"
        yield mistake(longest, f"max_ejection_time is less than base_ejection_time, {told}", fix)


def _of_type(cluster: Node, kind: str) -> Iterator[Mistake]:
    policy = word(cluster.get("lb_policy"), "Cluster.LbPolicy")
    if kind == "ORIGINAL_DST" and policy != "CLUSTER_PROVIDED":
        yield mistake(cluster, "type ORIGINAL_DST takes no lb_policy but CLUSTER_PROVIDED", "write lb_policy: CLUSTER_PROVIDED")
    if policy == "CLUSTER_PROVIDED" and kind != "ORIGINAL_DST":
        yield mistake(cluster.get("lb_policy") or cluster, f"a cluster of type {kind} provides no lb_policy", "write another lb_policy")
    if kind == "EDS" and cluster.get("eds_cluster_config") is None:
        yield mistake(cluster, "a cluster of type EDS has no eds_cluster_config", "write one, or the type of what load_assignment holds")
    groups = cluster.items("load_assignment", "endpoints")
    hosts = [each for group in groups for each in group.items("lb_endpoints")]
    if kind == "LOGICAL_DNS" and cluster.get("load_assignment") is not None and (len(groups) != 1 or len(hosts) != 1):
        yield mistake(cluster, f"a cluster of type LOGICAL_DNS has {len(hosts)} endpoints, not one", "write one, or type: STRICT_DNS")
    for host in hosts if kind == "STATIC" else ():
        address = host.get("endpoint", "address", "socket_address", "address")
        if address is not None and isinstance(address.value, str) and not is_template(address.value) and not _is_ip(address.value):
            fix = "write type: STRICT_DNS (or LOGICAL_DNS), or the address"
            yield mistake(address, f"{address.value} is no address, and the type of cluster {cluster.text('name')} is STATIC", fix)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _of_routes(table: Node) -> Iterator[Mistake]:
    seen: set[str] = set()
    for host in table.items("virtual_hosts"):
        for domain in host.items("domains"):
            name = str(domain.value).lower()
            if name in seen:
                yield mistake(domain, f"domain {domain.value} is there twice in one route table", "leave it to one virtual host")
            seen.add(name)
    for level in (table, *levels(table)):
        yield from _pauses(level.get("retry_policy", "retry_back_off"))
        shares = level.items("weighted_clusters", "clusters")
        numbers = [weight.number() if (weight := each.get("weight")) is not None else 0 for each in shares]
        if shares and all(number == 0 for number in numbers):
            yield mistake(level.get("weighted_clusters") or level, "the weights come to nothing", "write a weight above zero")
    for _, config in told_filters(table):
        node = config.unwrapped()
        if config.type() == _LOCAL and node.get("token_bucket") is None:
            why = "a local rate limit of a route has no token_bucket, and takes none from the filter"
            yield mistake(node, why, "write the token_bucket")
        yield from _local_limit(config)


def _pauses(pauses: Node | None) -> Iterator[Mistake]:
    base, longest = (pauses.get(name) for name in ("base_interval", "max_interval")) if pauses is not None else (None, None)
    if base is not None and longest is not None:
        least, most = base.seconds(), longest.seconds()
        if least is not None and most is not None and 0 < most < least:
            fix = "write a longer one, or a shorter base_interval"
            yield mistake(longest, f"max_interval is less than base_interval, {base.value}", fix)


def _local_limit(config: Node | None) -> Iterator[Mistake]:
    """Of requests and of connections alike."""
    if config is None or config.type() != _LOCAL:
        return
    node = config.unwrapped()
    for holder in (node, *node.items("descriptors")):
        filled = holder.get("token_bucket", "fill_interval")
        seconds = filled.seconds() if filled is not None else None
        if filled is not None and seconds is not None and 0 < seconds < _SHORTEST_FILL_SECONDS:
            fix = "write a longer one, with as many times more tokens_per_fill"
            yield mistake(filled, f"fill_interval is {filled.value}, and has to be at least 0.05s", fix)
    made = [tuple((entry.text("key"), entry.text("value")) for entry in each.items("entries")) for each in node.items("descriptors")]
    for number, each in enumerate(node.items("descriptors")):
        if made[number] in made[:number]:
            yield mistake(each, "the same descriptor is there twice", "remove one")
