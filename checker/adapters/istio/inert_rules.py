"""DestinationRules that others beat: which of them a client never gets, and what is lost with them (push_context.go)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker.adapters.istio.audience import Audience
from checker.adapters.istio.inert_policies import BLOCKS, blocks_of, label, quoted
from checker.adapters.istio.names import PRIVATE, PUBLIC, full_name, is_wildcard, within
from checker.adapters.istio.registry import Host
from checker.adapters.istio.rules import Destination, Rules, candidates, choose, own_rules, shared_rules
from checker.model.setting import Origin, said_by
from checker.model.traffic import Inert
from checker.objects import ApiObject

_SHOWN = 3
_AGE = "; the oldest counts, and where no age is known the first by name"


class Covered:
    """Which hosts each rule is for."""

    def __init__(self, items: Sequence[ApiObject], hosts: Sequence[Host]) -> None:
        self._by_name: dict[str, list[Host]] = defaultdict(list)
        for host in hosts:
            self._by_name[host.name].append(host)
        self.names = {id(item): full_name(str((item.data.get("spec") or {}).get("host") or ""), item.namespace) for item in items}
        self._of: dict[str, list[Host]] = {}
        for name in self.names.values():
            if name not in self._of:
                wide = is_wildcard(name)
                self._of[name] = [host for host in hosts if within(host.name, name)] if wide else self._by_name.get(name, [])

    def by(self, item: ApiObject) -> list[Host]:
        """The hosts of a rule."""
        return self._of[self.names[id(item)]]


class _Uses:
    """Which rules somebody gets, of each host, and who gets another instead."""

    def __init__(self, rules: Rules, audience: Audience) -> None:
        self.rules = rules
        self.audience = audience
        self.used: set[int] = set()  # ids of the objects
        self.winners: dict[str, list[Destination]] = defaultdict(list)  # by host

    def add(self, host: Host, namespaces: Iterable[str]) -> None:
        """Who gets what of a host."""
        for namespace in self.audience.among(namespaces):
            group = candidates(self.rules, host, namespace)
            for chosen in self._chosen(group, host, namespace):
                self.used.update(id(source) for source in chosen.sources)
                self.winners[host.name].append(chosen)

    def _chosen(self, group: Sequence[Destination], host: Host, namespace: str) -> Iterator[Destination]:
        selectors = [rule.selector for rule in group if rule.selector is not None]
        asked: Iterable[Mapping[str, str]] = self.audience.labels(namespace, selectors) if selectors else ({},)
        for labels in asked:
            if chosen := choose(group, namespace, labels):
                yield chosen
        general = [rule for rule in group if rule.selector is None]
        if selectors and general and namespace == host.namespace:
            yield general[-1]  # the server's own side asks for no labels


def inert_rules(items: Sequence[ApiObject], covered: Covered, rules: Rules, audience: Audience) -> Iterator[Inert]:
    """What the DestinationRules of a mesh do to each other."""
    uses = _Uses(rules, audience)
    special = _special(items, covered)
    known = {host.name: host for item in items for host in covered.by(item) if not host.alias}
    for name, host in known.items():
        uses.add(host, (host.namespace, rules.root, *special[name]))
    for item in items:
        hosts = [host for host in covered.by(item) if not host.alias]
        if hosts and id(item) not in uses.used:
            yield from _unused(item, hosts, uses)
    yield from _aliases(items, covered)
    yield from _folded(rules)
    yield from _losses(items, covered, uses)


def _special(items: Sequence[ApiObject], covered: Covered) -> Mapping[str, dict[str, None]]:
    """By host, the namespaces that may get something else than others: those with rules of their own, those that rules are shown to."""
    named: dict[str, dict[str, None]] = defaultdict(dict)
    for item in items:
        shown = [item.namespace, *((item.data.get("spec") or {}).get("exportTo") or ())]
        for host in covered.by(item):
            named[host.name].update(dict.fromkeys(name for name in shown if name not in (PUBLIC, PRIVATE)))
    return named


def _aliases(items: Sequence[ApiObject], covered: Covered) -> Iterator[Inert]:
    for item in items:
        hosts = covered.by(item)
        if hosts and all(host.alias for host in hosts):
            because = f"{hosts[0].name} is an ExternalName Service, and calls to it get the rule of {hosts[0].alias}"
            yield Inert(said_by(item, "spec", "host"), "host-is-alias", label(item), because, beaten_by=said_by(hosts[0].source))


def _unused(item: ApiObject, hosts: Sequence[Host], uses: _Uses) -> Iterator[Inert]:
    if "workloadSelector" in item.data["spec"]:
        return  # its pods may be missing, or it may be misspelt: no other rule beats it
    place = said_by(item, "spec", "host")
    read = {uses.rules.root, *(host.namespace for host in hosts)}
    if item.namespace not in read and not uses.audience.may_call(item.namespace):
        owner = hosts[0].namespace
        because = (
            f"rules are read in the namespace of the caller, of the service ({owner}) and in {uses.rules.root}, not in {item.namespace}"
        )
        yield Inert(said_by(item), "namespace-not-read", label(item), because)
        return
    if is_wildcard(full_name(str(item.data["spec"].get("host") or ""), item.namespace)):
        return  # it may be for hosts that are not in the input
    beating = next(iter(uses.winners[hosts[0].name]), None)
    if beating is None:
        return
    winner = beating.sources[0]
    if winner.namespace == item.namespace and beating.host == full_name(str(item.data["spec"].get("host")), item.namespace):
        written = 'has another exportTo (none and ["*"] differ)'
        because = f"{label(winner)} is for the same host and {written}: such rules are not merged, and the last one counts whole"
        yield Inert(place, "split-by-export", label(item), because, beaten_by=beating.origin)
    elif winner.namespace != item.namespace:
        yield Inert(place, "rule-shadowed", label(item), f"{label(winner)} counts instead, for every caller", beaten_by=beating.origin)


def _folded(rules: Rules) -> Iterator[Inert]:
    """Rules of one host and namespace, made into one: what of the later ones is dropped."""
    groups = [table for by_namespace in (rules.local, rules.exported) for names in by_namespace.values() for table in names.values()]
    merged = {id(rule): rule for group in groups for rule in group if len(rule.sources) > 1}
    kept = {(id(origin.item), origin.path) for group in groups for rule in group for origin in _origins(rule)}
    seen: set[tuple[int, str]] = set()
    for rule in merged.values():
        for item in rule.sources[1:]:
            for found in _dropped(rule, item):
                key = (id(item), f"{found.reason} {found.what}")
                if key not in seen and (id(item), found.origin.path) not in kept:
                    seen.add(key)
                    yield found


def _origins(rule: Destination) -> Iterator[Origin]:
    yield rule.policy_origin
    yield from (subset.origin for subset in rule.subsets)


def _dropped(rule: Destination, item: ApiObject) -> Iterator[Inert]:
    spec, first = item.data["spec"], rule.sources[0]
    if rule.selector is not None and spec.get("workloadSelector") is None:
        words = ", ".join(f"{key}={value}" for key, value in rule.selector.items())
        because = f"both are private to one namespace, and so it is folded into {label(first)}, which is for pods with {words} alone"
        used = rule.policy_origin.item is item or any(subset.origin.item is item for subset in rule.subsets)
        callers = "all other pods" if used else ""
        yield Inert(said_by(item, "spec", "host"), "folded-into-selector", label(item), because, callers, said_by(first))
    elif spec.get("trafficPolicy") is not None and rule.policy_origin.item is not item:
        because = f"{label(rule.policy_origin.item or first)} has one for the same host{_AGE}"
        place, what = said_by(item, "spec", "trafficPolicy"), f"the trafficPolicy of {label(item)}"
        yield Inert(place, "host-defined-twice", what, because, beaten_by=rule.policy_origin)
    yield from _dropped_subsets(rule, item)
    yield from _not_extended(rule, item)


def _dropped_subsets(rule: Destination, item: ApiObject) -> Iterator[Inert]:
    kept = {subset.name: subset.origin for subset in rule.subsets}
    for number, subset in enumerate(item.data["spec"].get("subsets") or ()):
        counts = kept[subset["name"]]
        if counts.item is not None and counts.item is not item:
            what = f"subset {subset['name']} of {label(item)}"
            because = f"{label(counts.item)} has one of that name for the same host{_AGE}"
            yield Inert(said_by(item, "spec", "subsets", number), "host-defined-twice", what, because, beaten_by=counts)


def _not_extended(rule: Destination, item: ApiObject) -> Iterator[Inert]:
    first = rule.sources[0]
    before = set(first.data["spec"].get("exportTo") or ())
    extra = sorted(set(item.data["spec"].get("exportTo") or ()) - before - {PRIVATE})
    if extra and before and rule.selector is None:
        because = f"it is folded into {label(first)}, which is not exported to them"
        callers = "callers in " + ", ".join("other namespaces" if name == PUBLIC else name for name in extra)
        place, beaten_by = said_by(item, "spec", "exportTo"), said_by(first, "spec", "exportTo")
        yield Inert(place, "export-not-extended", label(item), because, callers, beaten_by)


def _losses(items: Sequence[ApiObject], covered: Covered, uses: _Uses) -> Iterator[Inert]:
    """Blocks that callers would have, were there not a rule closer to them, or one for the very host."""
    for item in items:
        name, hosts = covered.names[id(item)], [host for host in covered.by(item) if not host.alias]
        if not hosts:
            continue
        yield from _lost_to_client(item, hosts, uses)
        yield from _lost_to_unseen(item, hosts, uses)
        if is_wildcard(name):
            yield from _lost_to_exact(item, name, hosts, uses)


def _lost_to_client(item: ApiObject, hosts: Sequence[Host], uses: _Uses) -> Iterator[Inert]:
    """A rule in the caller's namespace hides that of the service's owner, and those of the root namespace."""
    if item.namespace == uses.rules.root or not uses.audience.may_call(item.namespace):
        return
    for host in hosts:
        own = own_rules(uses.rules, host, item.namespace)
        if host.namespace == item.namespace or not own or item is not own[0].sources[0]:
            continue
        hidden = choose(shared_rules(uses.rules, host, item.namespace), item.namespace, {})
        if hidden is None or hidden.policy_origin.item is None:
            continue
        if all(rule.selector is not None for rule in own):
            yield from _unselected(item, own, hidden, uses)
        elif lost := _missing(hidden, own[-1]):
            because = f"{label(item)} replaces it whole for them"
            what, callers = f"{quoted(lost)} of {label(hidden.sources[0])}", f"callers in {item.namespace}"
            yield Inert(said_by(item), "hidden-by-client", what, because, callers, hidden.policy_origin.below(lost[0]))
        return


def _lost_to_unseen(item: ApiObject, hosts: Sequence[Host], uses: _Uses) -> Iterator[Inert]:
    """The closest rule of a namespace hides its wider ones from those too to whom it is not exported."""
    table = uses.rules.exported.get(item.namespace)
    if table is None or not item.data["spec"].get("exportTo"):
        return
    for host in hosts:
        closest, *wider = table.covering(host.name) or [[]]
        if item.namespace not in (host.namespace, uses.rules.root) or not any(item in rule.sources for rule in closest):
            continue
        for namespace in uses.audience.namespaces:
            wide = next((rule for group in wider for rule in group if not rule.export_to or rule.export_to & {PUBLIC, namespace}), None)
            seen = any(not rule.export_to or rule.export_to & {PUBLIC, namespace} for rule in closest)
            if wide is None or seen or not uses.audience.pods(namespace) or own_rules(uses.rules, host, namespace):
                continue
            counts = choose(candidates(uses.rules, host, namespace), namespace, {})
            kept = blocks_of(counts.policy) if counts else []
            if lost := [key for key in blocks_of(wide.policy) if key not in kept]:
                because = f"{label(item)} is for a closer host, and hides it though it is not exported to them"
                what, callers = f"{quoted(lost)} of {label(wide.sources[0])}", f"callers in {namespace}"
                yield Inert(
                    said_by(item, "spec", "exportTo"), "hidden-by-unseen", what, because, callers, wide.policy_origin.below(lost[0])
                )
                return


def _missing(hidden: Destination, counts: Destination) -> list[str]:
    kept = blocks_of(counts.policy)
    return [key for key in blocks_of(hidden.policy) if key not in kept]


def _unselected(item: ApiObject, own: Sequence[Destination], hidden: Destination, uses: _Uses) -> Iterator[Inert]:
    pods = uses.audience.pods(item.namespace)
    left = [labels for labels in pods if not any((rule.selector or {}).items() <= labels.items() for rule in own)]
    if left and (lost := blocks_of(hidden.policy)):
        because = f"{label(item)} has a workloadSelector, which they do not fit, and hides all rules of other namespaces from them"
        what, callers = f"{quoted(lost)} of {label(hidden.sources[0])}", f"the other pods in {item.namespace}"
        yield Inert(said_by(item, "spec", "workloadSelector"), "hidden-by-selector", what, because, callers, hidden.policy_origin)


def _lost_to_exact(item: ApiObject, name: str, hosts: Sequence[Host], uses: _Uses) -> Iterator[Inert]:
    """A wildcard's blocks are nobody's who has a rule for the very host: rules are not merged. One finding for all hosts."""
    policy = item.data["spec"].get("trafficPolicy")
    blocks = blocks_of(policy)
    losing: list[tuple[Host, Destination]] = []
    for host in hosts if blocks else ():
        if item.namespace not in (host.namespace, uses.rules.root):
            continue
        winners = uses.winners[host.name]
        closer = (rule for rule in winners if rule.host != name and within(rule.host, name) and set(blocks) - set(blocks_of(rule.policy)))
        counts = next(closer, None)
        if counts is not None and not any(item in rule.sources for rule in winners):
            losing.append((host, counts))
    if losing:
        counts = losing[0][1]
        lost = [key for key in BLOCKS if key in blocks and any(key not in blocks_of(rule.policy) for _, rule in losing)]
        shown = ", ".join(host.name.partition(".")[0] for host, _ in losing[:_SHOWN])
        more = f" and {len(losing) - _SHOWN} more" if len(losing) > _SHOWN else ""
        because = f"{label(counts.sources[0])} {'is' if len(losing) == 1 else 'and others are'} for the very host, and rules are not merged"
        what = f"{quoted(lost)} of {label(item)}"
        yield Inert(said_by(item, "spec", "trafficPolicy"), "hidden-by-exact", what, because, f"calls to {shown}{more}", counts.origin)
