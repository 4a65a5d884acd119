"""Strategic merge patches, as kustomize applies them to values that know where they are written.

Source: merge2 and walk in kyaml of kubernetes-sigs/kustomize; keys of lists from the OpenAPI of Kubernetes.
"""

from typing import Any, Final

from checker.sources.kustomize.simulation.tracked import Tracked, at, plain

DELETED: Final = object()
_DIRECTIVE = "$patch"

# The keys by which items of a list are told apart; other lists are replaced as a whole.
_KEYS = {
    "containers": "name", "initContainers": "name", "ephemeralContainers": "name", "env": "name", "volumes": "name",
    "volumeMounts": "mountPath", "volumeDevices": "devicePath", "imagePullSecrets": "name", "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey", "secrets": "name", "webhooks": "name", "ownerReferences": "uid",
    "resourceClaims": "name", "conditions": "type",
}  # fmt: skip
_PORTS = ("containerPort", "port")  # told apart by protocol too
_MERGED_SCALARS = frozenset({"finalizers"})


def merge(node: Tracked, patch: Tracked, *, builtin: bool) -> object:
    """Change `node` by `patch`, which is used up; DELETED if nothing is left. `builtin`: lists of this object are merged by key."""
    if not isinstance(patch.value, dict):
        _replace(node, patch)
        return node
    directive = at(patch, (_DIRECTIVE,))
    if directive == "delete":
        return DELETED
    patch.value.pop(_DIRECTIVE, None)
    if directive == "replace" or not isinstance(node.value, dict):
        _replace(node, cleaned(patch))
        return node
    for key, value in patch.value.items():
        if value.value is None:
            node.value.pop(key, None)
        elif key not in node.value:
            if not _deletes(value):
                node.value[key] = cleaned(value)
        elif isinstance(value.value, list) and isinstance(node.value[key].value, list):
            _merge_list(node.value[key], value, builtin=builtin, field=key)
        elif merge(node.value[key], value, builtin=builtin) is DELETED:
            del node.value[key]
    return node


def _merge_list(node: Tracked, patch: Tracked, *, builtin: bool, field: str) -> None:
    """Items of the patch come first, in its order; then those it does not name."""
    if builtin and field in _MERGED_SCALARS:
        others = [each for each in node.value if each.value not in [new.value for new in patch.value]]
        node.value = [*patch.value, *others]
        return
    key = _key(field, patch) if builtin else None
    if key is None or any(at(each, (_DIRECTIVE,)) == "replace" and len(each.value) == 1 for each in patch.value):
        kept = [cleaned(each) for each in patch.value if not (isinstance(each.value, dict) and _DIRECTIVE in each.value)]
        _replace(node, Tracked(kept, patch.place))
        return
    left: list[Tracked] = list(node.value)
    first: list[Tracked] = []
    for new in patch.value:
        place = next((index for index, each in enumerate(left) if _same(each, new, key)), None)
        if place is not None:
            old = left.pop(place)
            if merge(old, new, builtin=builtin) is not DELETED:
                first.append(old)
        elif not _deletes(new):
            first.append(cleaned(new))
    node.value = [*first, *left]


def _key(field: str, patch: Tracked) -> str | None:
    if field == "ports":
        return next((key for key in _PORTS if any(at(each, (key,)) is not None for each in patch.value)), None)
    key = _KEYS.get(field)
    return key if key and all(at(each, (key,)) is not None for each in patch.value) else None


def _same(old: Tracked, new: Tracked, key: str) -> bool:
    if at(old, (key,)) != at(new, (key,)):
        return False
    return key not in _PORTS or bool(at(old, ("protocol",)) == at(new, ("protocol",)))


def _deletes(node: Tracked) -> bool:
    return bool(at(node, (_DIRECTIVE,)) == "delete")


def _replace(node: Tracked, new: Tracked) -> None:
    if isinstance(node.value, (dict, list)) or node.value != new.value:
        node.over = None if isinstance(node.value, (dict, list)) else Tracked(node.value, node.place, node.over)
    else:
        node.over = Tracked(node.value, node.place, node.over)
    node.value, node.place = new.value, new.place


def cleaned(node: Tracked) -> Tracked:
    """What a patch adds: without directives and nulls."""
    if isinstance(node.value, dict):
        kept: dict[Any, Tracked] = {
            key: cleaned(value)
            for key, value in node.value.items()
            if value.value is not None and key != _DIRECTIVE and not _deletes(value)
        }
        return Tracked(kept, node.place)
    if isinstance(node.value, list):
        return Tracked([cleaned(each) for each in node.value if not _deletes(each)], node.place)
    return Tracked(plain(node), node.place)
