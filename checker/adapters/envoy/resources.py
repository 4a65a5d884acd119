"""What an Envoy is configured with, in whichever shape it lies in a file: bootstrap, discovered resources, a dump, a list of istioctl."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.model.protobuf import Node
from checker.model.setting import Origin
from checker.objects import ApiObject

_DUMPED = {
    "clusters": ("static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters"),
    "listeners": ("static_listeners", "dynamic_listeners"),
    "routes": ("static_route_configs", "dynamic_route_configs"),
    "endpoints": ("static_endpoint_configs", "dynamic_endpoint_configs"),
}
_WITHIN = {"clusters": "cluster", "listeners": "listener", "routes": "route_config", "endpoints": "endpoint_config"}
_KINDS = {"Cluster": "clusters", "Listener": "listeners", "RouteConfiguration": "routes", "ClusterLoadAssignment": "endpoints"}


@dataclass(slots=True)
class Resources:
    """By kind, in the order in which they are written. `dynamic`: kinds of which more may come from a control plane."""

    clusters: list[Node] = field(default_factory=list)
    listeners: list[Node] = field(default_factory=list)
    routes: list[Node] = field(default_factory=list)
    endpoints: list[Node] = field(default_factory=list)
    runtime: dict[str, Node] = field(default_factory=dict)
    dynamic: set[str] = field(default_factory=set)

    def add(self, kind: str, node: Node) -> None:
        """One more resource."""
        getattr(self, kind).append(node)


def is_discovered(item: ApiObject) -> bool:
    """Whether it holds a part of what an Envoy is configured with: what comes from a control plane, or from files in its place."""
    return isinstance(item.data, list) or "resources" in item.data


def is_dump(item: ApiObject) -> bool:
    """Whether it is what a running Envoy says that it has."""
    return isinstance(item.data, dict) and "configs" in item.data


def resources(items: Iterable[ApiObject]) -> Resources:
    """All resources of one Envoy."""
    found = Resources()
    for item in items:
        _add(Node(item.data, Origin(f"Envoy/{item.name}", item)), found)
    return found


def _add(root: Node, found: Resources) -> None:
    if isinstance(root.value, list):
        _bare(Node(root.value, root.origin), found)
    elif root.get("configs") is not None:
        found.dynamic.update(_KINDS.values())
        for part in root.items("configs"):
            _dumped(part, found)
    elif root.get("resources") is not None:
        found.dynamic.update(_KINDS.values())
        for resource in root.items("resources"):
            _discovered(resource, found)
    else:
        _bootstrap(root, found)


def _bootstrap(root: Node, found: Resources) -> None:
    for kind in ("clusters", "listeners"):
        for node in root.items("static_resources", kind):
            found.add(kind, node)
    for kind, source in (("clusters", "cds_config"), ("listeners", "lds_config")):
        if root.get("dynamic_resources", source) or root.get("dynamic_resources", "ads_config"):
            found.dynamic.add(kind)
    for layer in root.items("layered_runtime", "layers"):
        found.runtime.update(_flat(layer.get("static_layer")))


def _flat(node: Node | None, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Runtime keys, whether they are written with dots or as mappings."""
    for key, value in node.entries() if node is not None else ():
        if isinstance(value.value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _dumped(part: Node, found: Resources) -> None:
    if part.type() == "BootstrapConfigDump":
        bootstrap = part.get("bootstrap")
        for layer in bootstrap.items("layered_runtime", "layers") if bootstrap else ():
            found.runtime.update(_flat(layer.get("static_layer")))
    for kind, groups in _DUMPED.items():
        for group in groups:
            for entry in part.items(group):
                held = entry.get("active_state", _WITHIN[kind]) or entry.get("warming_state", _WITHIN[kind]) or entry.get(_WITHIN[kind])
                if held is not None:
                    found.add(kind, held)


def _discovered(resource: Node, found: Resources) -> None:
    kind = _KINDS.get(resource.type())
    if kind is not None:
        found.add(kind, resource)


def _bare(root: Node, found: Resources) -> None:
    found.dynamic.update(_KINDS.values())
    for number, value in enumerate(root.value):
        node = Node(value, root.origin.below(number))
        if node.get("filter_chains") is not None or node.get("default_filter_chain") is not None:
            found.add("listeners", node)
        elif node.get("virtual_hosts") is not None:
            found.add("routes", node)
        else:
            found.add("clusters", node)
