"""A policy's spec with the place of every value, with the defaults of its schema, and merged as Envoy Gateway merges.

The API server fills the defaults in before Envoy Gateway sees a policy, so in a merge they win over what the parent says
(api/v1alpha1 of github.com/envoyproxy/gateway v1.9.1, `+kubebuilder:default`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from checker.model.setting import Origin, said_by
from checker.objects import ApiObject

_DEFAULTS: Mapping[tuple[str, ...], Mapping[str, Any]] = {
    ("retry",): {"numRetries": 2},
    ("circuitBreaker",): {"maxConnections": 1024, "maxPendingRequests": 1024, "maxParallelRequests": 1024, "maxParallelRetries": 1024},
    ("circuitBreaker", "perEndpoint"): {"maxConnections": 1024},
    ("healthCheck", "passive"): {
        "splitExternalLocalOriginErrors": False,
        "interval": "3s",
        "consecutiveLocalOriginFailures": 5,
        "consecutive5XxErrors": 5,
        "baseEjectionTime": "30s",
        "maxEjectionPercent": 10,
        "alwaysEjectOneEndpoint": False,
    },
}


class Leaf(NamedTuple):
    """One value. `is_default`: the schema fills it in, and `origin` is the block that makes it do so; `beaten`: what it was merged over."""

    value: Any
    origin: Origin
    is_default: bool = False
    beaten: "Leaf | None" = None


Spec: TypeAlias = dict[str, Any]  # of Specs and Leaves


def spec_tree(item: ApiObject) -> Spec:
    """The spec as the API server keeps it: its mappings, with leaves for all else, lists too."""
    written = item.data.get("spec")
    spec = _tree(written, said_by(item, "spec")) if isinstance(written, dict) else {}
    for path, defaults in _DEFAULTS.items():
        block = block_at(spec, *path)
        if block is not None:
            place = said_by(item, "spec", *path)
            for key, value in defaults.items():
                block.setdefault(key, Leaf(value, place, is_default=True))
    return spec


def _tree(values: Mapping[str, Any], origin: Origin) -> Spec:
    tree: Spec = {}
    for key, value in values.items():
        if isinstance(value, dict):
            tree[key] = _tree(value, origin.below(key))
        elif value is not None:
            tree[key] = Leaf(value, origin.below(key))
    return tree


def merged(parent: Spec, child: Spec) -> Spec:
    """The child laid over the parent: mappings key by key; all else is replaced, lists too (utils.Merge of both merge types)."""
    result = dict(parent)
    for key, value in child.items():
        below = parent.get(key)
        if isinstance(value, Leaf):
            result[key] = value._replace(beaten=below if isinstance(below, Leaf) else None)
        else:
            result[key] = merged(below, value) if isinstance(below, dict) else value
    return result


def block_at(spec: Spec, *path: str) -> Spec | None:
    """A mapping within a spec; None where it is not written."""
    block: Any = spec
    for key in path:
        block = block.get(key) if isinstance(block, dict) else None
    return block if isinstance(block, dict) else None


def leaf_at(spec: Spec, *path: str) -> Leaf | None:
    """A value within a spec; None where it is neither written nor a default."""
    block = block_at(spec, *path[:-1])
    found = block.get(path[-1]) if block is not None else None
    return found if isinstance(found, Leaf) else None


def leaves(spec: Spec, path: tuple[str, ...] = ()) -> Sequence[tuple[tuple[str, ...], Leaf]]:
    """All values with their paths."""
    found: list[tuple[tuple[str, ...], Leaf]] = []
    for key, value in spec.items():
        found += [((*path, key), value)] if isinstance(value, Leaf) else leaves(value, (*path, key))
    return found
