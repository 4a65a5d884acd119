"""Which DestinationRule a client gets for a host, and how several for one host become one (push_context.go, destination_rule.go)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import DOMAIN, PRIVATE, PUBLIC, Names, full_name
from checker.adapters.istio.registry import Host, created
from checker.model.build import Model
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject


class Subset(NamedTuple):
    """A subset, and where it is written."""

    name: str
    labels: Mapping[str, str]
    policy: Mapping[str, Any]
    origin: Origin


class Destination(NamedTuple):
    """One DestinationRule, or what istiod makes of several; `policy` is None where none has a traffic policy."""

    host: str
    namespace: str
    export_to: frozenset[str]
    selector: Mapping[str, str] | None
    policy: Mapping[str, Any] | None
    policy_origin: Origin
    subsets: tuple[Subset, ...]
    sources: tuple[ApiObject, ...]

    def subset(self, name: str) -> Subset | None:
        """The subset of that name."""
        return next((subset for subset in self.subsets if subset.name == name), None)

    @property
    def origin(self) -> Origin:
        """The host of the first of its sources: istiod names this one."""
        return said_by(self.sources[0], "spec", "host")


_Group = Names[list[Destination]]  # by host
_Groups = dict[str, _Group]  # by namespace


class Rules(NamedTuple):
    """The rules of a mesh, by who may see them."""

    local: _Groups
    exported: _Groups
    root_private: _Group
    root: str


def destination_rules(model: Model, mesh: Mesh) -> Rules:
    """All DestinationRules, those of one host merged where istiod merges them."""
    rules = Rules(defaultdict(Names), defaultdict(Names), Names(), mesh.root_namespace)
    hidden_by_default = PRIVATE in mesh.export_to("DestinationRule")
    for rule in sorted(map(read_rule, model.kinds.get("DestinationRule", ())), key=_age):
        own = {PRIVATE, rule.namespace}
        if not rule.export_to or rule.export_to & (own | {PUBLIC}):
            _add(rules.local[rule.namespace], rule)
        private = hidden_by_default if not rule.export_to else len(rule.export_to) == 1 and bool(rule.export_to & own)
        if not private:
            _add(rules.exported[rule.namespace], rule)
        elif rule.namespace == rules.root:
            _add(rules.root_private, rule)
    return rules


def _age(rule: Destination) -> tuple[bool, str, str, str]:
    first = rule.sources[0]
    return rule.selector is None, created(first), first.name, first.namespace


def read_rule(item: ApiObject) -> Destination:
    """A rule by itself."""
    spec = item.data.get("spec") or {}
    selector = (spec.get("workloadSelector") or {}).get("matchLabels") if spec.get("workloadSelector") is not None else None
    subsets = tuple(
        Subset(subset["name"], subset.get("labels") or {}, subset.get("trafficPolicy") or {}, said_by(item, "spec", "subsets", number))
        for number, subset in enumerate(spec.get("subsets") or ())
    )
    return Destination(
        full_name(spec.get("host") or "", item.namespace),
        item.namespace,
        frozenset(spec.get("exportTo") or ()) if selector is None else frozenset({PRIVATE}),
        selector,
        spec.get("trafficPolicy"),
        said_by(item, "spec", "trafficPolicy"),
        subsets,
        (item,),
    )


def _add(names: _Group, rule: Destination) -> None:
    """mergeDestinationRule: who sees a rule, and whom it selects, decides whether it is folded into an earlier one."""
    group = names.setdefault(rule.host, [])
    separate = True
    for number, earlier in enumerate(group):
        separate = True
        if rule.export_to == earlier.export_to:
            separate = False
        elif not (earlier.export_to and rule.export_to >= earlier.export_to):
            continue
        if rule.selector is not None and earlier.selector is not None and rule.selector != earlier.selector:
            separate = True
            continue
        if (rule.selector is None) == (earlier.selector is None):
            separate = False
        group[number] = _folded(earlier, rule)
    if separate or not group:
        group.append(rule)


def _folded(earlier: Destination, rule: Destination) -> Destination:
    names = {subset.name for subset in earlier.subsets}
    takes = earlier.policy is None and rule.policy is not None
    return earlier._replace(
        subsets=(*earlier.subsets, *(subset for subset in rule.subsets if subset.name not in names)),
        policy=rule.policy if takes else earlier.policy,
        policy_origin=rule.policy_origin if takes else earlier.policy_origin,
        sources=(*earlier.sources, *rule.sources),
    )


def keeps_to_itself(rules: Rules, namespace: str) -> bool:
    """Whether the rules of a namespace are for its own hosts and for everybody, so that its clients get what all others get."""
    own = f".{namespace}.{DOMAIN}"
    local = rules.local.get(namespace)
    groups = local.values() if local else ()
    return namespace != rules.root and all(
        rule.host.endswith(own) and (not rule.export_to or PUBLIC in rule.export_to) for group in groups for rule in group
    )


def candidates(rules: Rules, host: Host, namespace: str) -> list[Destination]:
    """The rules of the first namespace that has one for the host: the client's, the service's, the root."""
    return own_rules(rules, host, namespace) or shared_rules(rules, host, namespace)


def own_rules(rules: Rules, host: Host, namespace: str) -> list[Destination]:
    """The rules of the client's own namespace."""
    local = rules.local.get(namespace) if namespace != rules.root else rules.root_private
    return (local.most_specific(host.name) if local else None) or []


def shared_rules(rules: Rules, host: Host, namespace: str) -> list[Destination]:
    """What a client gets whose own namespace has none: the service's, else the root's."""
    for owner in (host.namespace, rules.root):
        group = rules.exported[owner].most_specific(host.name) if owner in rules.exported else None
        if seen := [rule for rule in group or () if not rule.export_to or rule.export_to & {PUBLIC, namespace}]:
            return seen
    return []


def choose(found: Iterable[Destination], namespace: str, labels: Mapping[str, str]) -> Destination | None:
    """The first that selects the client's pod, else the last without a selector (SidecarScope.DestinationRule)."""
    last = None
    for rule in found:
        if rule.selector is None:
            last = rule
        elif rule.namespace == namespace and rule.selector.items() <= labels.items():
            return rule
    return last
