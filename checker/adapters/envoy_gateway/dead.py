"""Policies and lines without effect, and policies that take a route down."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from checker.adapters.envoy_gateway.settings import CHILD_WINS, DEFAULT_WINS
from checker.adapters.envoy_gateway.spec import leaf_at, leaves
from checker.adapters.envoy_gateway.system import EnvoyGateway, Governing
from checker.adapters.envoy_gateway.targets import Policy, Refused, Scope
from checker.adapters.envoy_gateway.validity import faults
from checker.location import Path
from checker.model.build import Model
from checker.model.gateway_api import entries, retry_constraints, spec_of
from checker.model.setting import Setting, said_by
from checker.model.traffic import Inert, Way
from checker.objects import ApiObject
from checker.units import seconds_of

_SHOWN = 3
_PROTECTING = ("timeout", "retry", "circuitBreaker", "healthCheck", "rateLimit", "admissionControl")
_Place = tuple[int, Path]


def dead_lines(system: EnvoyGateway) -> Iterator[Inert]:
    """All of them, each once."""
    for refused in (*system.policies.refused, *system.clients.attached.refused):
        missing = (
            "" if refused.reason != "no-target" or _is_missing(system.model, refused) else f"{refused.scope.kind} {refused.scope.name}"
        )
        yield _of_refused(refused)._replace(missing=missing)
    for shared in system.clients.shared_ports():
        ports = ", ".join(other.name for other in shared.others[:_SHOWN])
        because = f"its port {shared.listener.port} is shared with {ports}, and Envoy has one listener for all of them"
        yield Inert(said_by(shared.policy, "spec"), "policy-for-shared-port", _named(shared.policy), because)
    governed = _governed(system)
    yield from _invalid(system, governed)
    overridden = list(_overridden(system, governed))
    yield from overridden
    yield from _dropping(governed, {id(line.origin.item) for line in overridden})
    yield from _overwriting(governed)
    yield from _freezing(system)
    yield from _unused_values(system)
    yield from _unused_tls(system)
    yield from _unread_constraints(system)


def _named(item: ApiObject) -> str:
    return f"{item.kind} {item.namespace}/{item.name}"


def _is_missing(model: Model, refused: Refused) -> bool:
    """Whether the target is certainly not there for the policy: known to be absent, or in a namespace where it does not reach."""
    scope = refused.scope
    elsewhere = any(item.name == scope.name for item in model.kinds.get(scope.kind, ()))
    return elsewhere or (model.covers_in(scope.kind, scope.namespace) and not model.named.get(scope[:3]))


def _of_refused(refused: Refused) -> Inert:
    scope, winner = refused.scope, refused.winner
    target = f"{scope.kind} {scope.namespace}/{scope.name}"
    part = "listener" if scope.kind in ("Gateway", "ListenerSet") else "rule"
    whole = f"{part} {scope.section} of {target}" if scope.section else target
    because = {
        "conflicted": f"{_named(winner)} has {whole} already: of several the oldest counts" if winner else "",
        "no-section": f"{target} has no {part} of the name {scope.section}",
        "no-target": f"Envoy Gateway serves no {target}, and a policy reaches nothing outside of its own namespace",
    }[refused.reason]
    rival = said_by(winner, "spec") if winner else None
    return Inert(said_by(refused.policy, *refused.path), f"policy-{refused.reason}", _named(refused.policy), because, beaten_by=rival)


def _governed(system: EnvoyGateway) -> list[tuple[ApiObject, int, Governing]]:
    """Every rule at every listener with what governs it."""
    return [
        (route, number, system.governing(route, number, listener))
        for route in system.routes
        for listener in system.attached[id(route)]
        for number, _ in enumerate(list(entries(spec_of(route), "rules")))
    ]


def _invalid(system: EnvoyGateway, governed: Sequence[tuple[ApiObject, int, Governing]]) -> Iterator[Inert]:
    """Requests are answered with 500 where such a policy is the most specific."""
    hit: dict[int, list[tuple[ApiObject, Governing]]] = defaultdict(list)
    for route, _, governing in governed:
        if governing.refused is not None:
            hit[id(governing.refused.source)].append((route, governing))
    for found in hit.values():
        governing = found[0][1]
        if governing.fault is not None and governing.refused is not None:
            names = list(dict.fromkeys(f"{route.kind} {route.namespace}/{route.name}" for route, _ in found))
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            fault = governing.fault
            yield Inert(fault.origin, "policy-invalid", _named(governing.refused.source), fault.what, callers=shown)
    for policy in _distinct(system.policies.by_scope.values()):
        fault_of_its_own = next(faults(policy.spec), None)
        if fault_of_its_own is not None and id(policy.source) not in hit:
            yield Inert(fault_of_its_own.origin, "policy-invalid-unused", _named(policy.source), fault_of_its_own.what)


def _distinct(policies: Iterable[Policy]) -> list[Policy]:
    return list({id(policy.source): policy for policy in policies}.values())


def _overridden(system: EnvoyGateway, governed: Sequence[tuple[ApiObject, int, Governing]]) -> Iterator[Inert]:
    """Policies that others replace wherever they would count."""
    used = {id(policy.source) for _, _, governing in governed for policy in governing.policies}
    used |= {id(governing.refused.source) for _, _, governing in governed if governing.refused}
    told: set[int] = set()
    for scope, policy in system.policies.by_scope.items():
        if id(policy.source) in used or id(policy.source) in told or next(faults(policy.spec), None):
            continue
        winners = _distinct([found for _, _, governing in _below(system, scope, governed) for found in governing.policies])
        if winners and not any(winner.source is policy.source for winner in winners):
            told.add(id(policy.source))
            names = ", ".join(_named(winner.source) for winner in winners[:_SHOWN])
            because = f"all that it is for has policies of its own ({names}), and the most specific counts whole"
            yield Inert(said_by(policy.source, "spec"), "policy-overridden", _named(policy.source), because)


def _below(
    system: EnvoyGateway, scope: Scope, governed: Sequence[tuple[ApiObject, int, Governing]]
) -> Iterator[tuple[ApiObject, int, Governing]]:
    for route, number, governing in governed:
        owners = {(route.kind, route.namespace, route.name)}
        for listener in system.attached[id(route)]:
            owners |= {(item.kind, item.namespace, item.name) for item in (listener.owner, listener.gateway)}
        if scope[:3] in owners:
            yield route, number, governing


def _dropping(governed: Sequence[tuple[ApiObject, int, Governing]], overridden: Container[int]) -> Iterator[Inert]:
    """What a policy takes away from one above it, which counts elsewhere, by being more specific."""
    told: set[tuple[int, int]] = set()
    for route, _, governing in governed:
        if not governing.policies or governing.refused:
            continue
        winner = governing.policies[0]
        for lost in governing.replaced:
            blocks = [block for block in _PROTECTING if block in lost.spec and block not in governing.spec]
            if blocks and id(lost.source) not in overridden and (id(winner.source), id(lost.source)) not in told:
                told.add((id(winner.source), id(lost.source)))
                what = f"{' and '.join(blocks)} of {_named(lost.source)}"
                merges = "is merged over the policy of the Gateway or its listener only, never over the route's"
                because = merges if winner.merges else "is more specific, has no mergeType, and so replaces it whole"
                label = f"{_named(winner.source)} {because}"
                where = f"{route.kind} {route.namespace}/{route.name}"
                yield Inert(said_by(winner.source, "spec"), "policy-drops-settings", what, label, where, said_by(lost.source, "spec"))


def _overwriting(governed: Sequence[tuple[ApiObject, int, Governing]]) -> Iterator[Inert]:
    """Defaults that the schema fills in beside what a merged policy says, and that win over what its parent says."""
    told: set[_Place] = set()
    for _, _, governing in governed:
        for path, leaf in leaves(governing.spec) if len(governing.policies) > 1 else ():
            lost, child = leaf.beaten, governing.policies[0].source
            if leaf.is_default and lost is not None and not lost.is_default and lost.value != leaf.value:
                key = id(child), path
                if key not in told:
                    told.add(key)
                    what = f"{'.'.join(path)}: {lost.value} of {_named(governing.policies[1].source)}"
                    because = f"{_named(child)} has {path[-2]} without {path[-1]}, for which the schema fills in {leaf.value}"
                    yield Inert(leaf.origin, "merged-default-wins", what, because, beaten_by=lost.origin)


def _freezing(system: EnvoyGateway) -> Iterator[Inert]:
    for policy in _distinct(system.policies.by_scope.values()):
        leaf = leaf_at(policy.spec, "timeout", "tcp", "connectTimeout")
        if leaf is not None and seconds_of(leaf.value) == 0:
            because = "Envoy takes no cluster with a connect timeout of zero, so that the whole Gateway gets no new configuration"
            yield Inert(leaf.origin, "policy-freezes-gateway", _named(policy.source), because)


def _unused_values(system: EnvoyGateway) -> Iterator[Inert]:
    """Values that are nowhere in force, though their policy is; those that a merge is meant to replace are left out."""
    lost: dict[_Place, tuple[Setting, ApiObject]] = {}
    used: set[_Place] = set()
    for entry in system.entries():
        for setting in _settings(entry.way):
            _note(setting, lost, used)
    for key, (setting, item) in lost.items():
        if key not in used:
            what = f"{'.'.join(str(step) for step in setting.origin.path[1:])} of {_named(item)}"
            yield Inert(setting.origin, "value-not-used", what, setting.reason)


def _settings(way: Way) -> Iterator[Setting]:
    yield from way.settings.values()
    for reached in way.destinations:
        yield from reached.settings.values()


def _note(setting: Setting, lost: dict[_Place, tuple[Setting, ApiObject]], used: set[_Place]) -> None:
    item = setting.origin.item
    if item is not None:
        key = id(item), setting.origin.path
        if setting.state == "inert" and setting.reason not in (DEFAULT_WINS, CHILD_WINS):
            lost.setdefault(key, (setting, item))
        elif setting.state not in ("default", "inert"):
            used.add(key)
    for other in setting.overrides:
        _note(other, lost, used)


def _unused_tls(system: EnvoyGateway) -> Iterator[Inert]:
    """A BackendTLSPolicy counts for backends of routes alone."""
    model = system.model
    reached = set(system.backends())
    for policy in model.kinds.get("BackendTLSPolicy", ()):
        targets = [(str(each.get("kind")), policy.namespace, str(each.get("name"))) for each in entries(spec_of(policy), "targetRefs")]
        if targets and reached.isdisjoint(targets):
            missing = "" if model.covers_in("HTTPRoute", policy.namespace) else "HTTPRoute"
            because = f"no route of a Gateway sends to {', '.join(f'{kind} {space}/{name}' for kind, space, name in targets[:_SHOWN])}"
            yield Inert(said_by(policy, "spec", "targetRefs"), "policy-not-reached", _named(policy), because, missing=missing)


def _unread_constraints(system: EnvoyGateway) -> Iterator[Inert]:
    """Envoy Gateway knows no XBackendTrafficPolicy; its own policy has a retry budget."""
    constraints = list(retry_constraints(system.model))
    backends = {(space, name) for kind, space, name in system.backends() if kind == "Service"} if constraints else set()
    for constraint in constraints:
        if not backends.isdisjoint(constraint.services):
            because = "Envoy Gateway does not read this kind: its BackendTrafficPolicy has circuitBreaker.retryBudget"
            yield Inert(constraint.origin, "constraint-not-read", f"retryConstraint of {_named(constraint.item)}", because)
