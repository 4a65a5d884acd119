"""Which policy is attached to what (internal/gatewayapi/backendtrafficpolicy.go, clienttrafficpolicy.go, helpers.go of v1.9.1).

A policy is attached to a scope: a route rule, a route, a listener, a ListenerSet or a Gateway. The oldest that names a scope has it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.envoy_gateway.spec import Spec, spec_tree
from checker.model.build import Model
from checker.model.gateway_api import entries, mapping, spec_of
from checker.model.labels import label_selector
from checker.objects import ApiObject


class Scope(NamedTuple):
    """What a policy may be attached to; `section` is the name of a rule or listener, or empty for the whole."""

    kind: str
    namespace: str
    name: str
    section: str = ""


class Policy(NamedTuple):
    """A policy with its spec as the API server keeps it."""

    source: ApiObject
    spec: Spec

    @property
    def merges(self) -> bool:
        """Whether it asks to be laid over its parent's."""
        return spec_of(self.source).get("mergeType") is not None


class Refused(NamedTuple):
    """A policy that is not attached to a scope. `reason`: `conflicted`, `no-section`, `no-target`; `winner` has the scope instead."""

    policy: ApiObject
    path: tuple[str | int, ...]
    scope: Scope
    reason: str
    winner: ApiObject | None = None


class Attachments(NamedTuple):
    """Policies of one kind by scope, and those that are not attached."""

    by_scope: Mapping[Scope, Policy]
    refused: Sequence[Refused]


def attachments(model: Model, kind: str, targets: Sequence[ApiObject], sections: Callable[[ApiObject], Iterable[str]]) -> Attachments:
    """All policies of a kind, attached to the targets that there are; `sections` gives the names of a target's rules or listeners."""
    known = {(item.kind, item.namespace, item.name): item for item in targets}
    by_scope: dict[Scope, Policy] = {}
    refused: list[Refused] = []
    for source in sorted(model.kinds.get(kind, ()), key=_age):
        policy = Policy(source, spec_tree(source))
        for scope, path in _scopes(source, targets):
            item = known.get(scope[:3])
            if item is None:
                refused.append(Refused(source, path, scope, "no-target"))
            elif scope.section and scope.section not in set(sections(item)):
                refused.append(Refused(source, path, scope, "no-section"))
            elif scope in by_scope:
                refused.append(Refused(source, path, scope, "conflicted", by_scope[scope].source))
            else:
                by_scope[scope] = policy
    return Attachments(by_scope, refused)


def _age(item: ApiObject) -> tuple[str, str, str]:
    """The oldest first; of the same age the first by namespace and name."""
    return str((item.data.get("metadata") or {}).get("creationTimestamp") or ""), item.namespace, item.name


def _scopes(policy: ApiObject, targets: Sequence[ApiObject]) -> Iterator[tuple[Scope, tuple[str | int, ...]]]:
    """What a policy is for, each once. References reach only into the policy's own namespace."""
    spec = spec_of(policy)
    seen: set[Scope] = set()
    for scope, path in (*_selected(policy, spec, targets), *_referred(policy, spec)):
        if scope not in seen:
            seen.add(scope)
            yield scope, path


def _referred(policy: ApiObject, spec: Mapping[str, Any]) -> Iterator[tuple[Scope, tuple[str | int, ...]]]:
    single = mapping(spec, "targetRef")
    if single:
        yield _scope(policy, single), ("spec", "targetRef")
    for number, reference in enumerate(entries(spec, "targetRefs")):
        yield _scope(policy, reference), ("spec", "targetRefs", number)


def _scope(policy: ApiObject, reference: Mapping[str, Any]) -> Scope:
    return Scope(str(reference.get("kind")), policy.namespace, str(reference.get("name")), str(reference.get("sectionName") or ""))


def _selected(policy: ApiObject, spec: Mapping[str, Any], targets: Sequence[ApiObject]) -> Iterator[tuple[Scope, tuple[str | int, ...]]]:
    for number, selector in enumerate(entries(spec, "targetSelectors")):
        if (mapping(selector, "namespaces").get("from") or "Same") != "Same":
            continue
        for item in sorted(targets, key=_age):
            labels = (item.data.get("metadata") or {}).get("labels") or {}
            if (item.kind, item.namespace) == (selector.get("kind"), policy.namespace) and label_selector(dict(selector)).matches(labels):
                yield Scope(item.kind, item.namespace, item.name), ("spec", "targetSelectors", number)
