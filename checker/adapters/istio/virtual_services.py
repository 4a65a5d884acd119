"""VirtualServices with their delegates merged in, and which of them a proxy gets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import NOBODY, PUBLIC, exported, full_name
from checker.adapters.istio.registry import created
from checker.location import Path
from checker.model.build import Model
from checker.model.setting import Origin, said_by
from checker.objects import ApiObject

MESH_GATEWAY = "mesh"
# What a delegate takes over from the rule that refers to it where it says nothing itself (mergeHTTPRoute).
_INHERITED = ("rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "corsPolicy", "mirrors", "headers")


class Rule(NamedTuple):
    """One rule: `values` has the fields of an HTTPRoute of the Istio API, destinations by full name; `origins` where each is written.

    Of a delegate's rule `root` is the one that refers to it.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    origin: Origin
    root: "Rule | None" = None


class VirtualService(NamedTuple):
    """A VirtualService; `of_gateway_api` where istiod made it of HTTPRoutes or GRPCRoutes."""

    name: str
    namespace: str
    created: str
    hosts: tuple[str, ...]
    gateways: frozenset[str]
    export_to: frozenset[str]
    http: tuple[Rule, ...]
    tcp: tuple[Rule, ...]
    tls: tuple[Rule, ...]
    source: ApiObject
    of_gateway_api: bool = False

    @property
    def label(self) -> str:
        """How istiod names it."""
        return f"VirtualService/{self.namespace}/{self.name}"


def virtual_services(model: Model, mesh: Mesh) -> list[VirtualService]:
    """All that can route something, delegates merged in, oldest first."""
    read = [_read(item, mesh) for item in model.kinds.get("VirtualService", ())]
    delegates = {(service.namespace, service.name): service for service in read if not service.hosts}
    merged = (service._replace(http=tuple(_with_delegates(service, delegates))) for service in read if service.hosts)
    return by_age(merged)


def by_age(services: Iterable[VirtualService]) -> list[VirtualService]:
    """Oldest first; of equal age by name and namespace (sortConfigByCreationTime)."""
    return sorted(services, key=lambda service: (service.created, service.name, service.namespace))


def _read(item: ApiObject, mesh: Mesh) -> VirtualService:
    spec = item.data.get("spec") or {}
    gateways = frozenset(gateway_name(name, item.namespace) for name in spec.get("gateways") or (MESH_GATEWAY,))
    return VirtualService(
        item.name,
        item.namespace,
        created(item),
        tuple(full_name(host, item.namespace) for host in spec.get("hosts") or ()),
        gateways,
        exported(spec.get("exportTo") or mesh.export_to("VirtualService"), item.namespace),
        tuple(_rules(item, spec, "http")),
        tuple(_rules(item, spec, "tcp")),
        tuple(_rules(item, spec, "tls")),
        item,
    )


def gateway_name(name: str, namespace: str) -> str:
    """`namespace/name` of a Gateway; names with dots are the old way to write it."""
    if name == MESH_GATEWAY or "/" in name:
        return name
    if "." in name:
        short, _, rest = name.partition(".")
        return f"{rest.partition('.')[0]}/{short}"
    return f"{namespace}/{name}"


def _rules(item: ApiObject, spec: Mapping[str, Any], kind: str) -> Iterator[Rule]:
    for number, rule in enumerate(spec.get(kind) or ()):
        path: Path = ("spec", kind, number)
        values = {**rule, "route": [_resolved(target, item.namespace) for target in rule.get("route") or ()]}
        yield Rule(values, {key: said_by(item, *path, key) for key in rule}, said_by(item, *path))


def _resolved(target: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    destination = target.get("destination") or {}
    return {**target, "destination": {**destination, "host": full_name(destination.get("host") or "", namespace)}}


def _with_delegates(root: VirtualService, delegates: Mapping[tuple[str, str], VirtualService]) -> Iterator[Rule]:
    """A rule whose delegate is missing, has hosts, or is not exported to the root's namespace is left out."""
    for rule in root.http:
        delegate = rule.values.get("delegate")
        if not delegate:
            yield rule
            continue
        found = delegates.get((delegate.get("namespace") or root.namespace, delegate.get("name") or ""))
        if found is None or not {PUBLIC, root.namespace} & found.export_to:
            continue
        yield from _merged(rule, found.http)


def _merged(root: Rule, leaves: Iterable[Rule]) -> Iterator[Rule]:
    for leaf in leaves:
        matches = merged_matches(root.values.get("match") or (), leaf.values.get("match") or ())
        if matches is None:
            continue
        taken = {key: root.values[key] for key in _INHERITED if key in root.values and key not in leaf.values}
        origins = {**{key: root.origins[key] for key in taken}, **leaf.origins}
        name = "-".join(part for part in (root.values.get("name"), leaf.values.get("name")) if part)
        yield Rule({**leaf.values, **taken, "match": matches, "name": name}, origins, leaf.origin, root)


def merged_matches(root: Sequence[Mapping[str, Any]], leaf: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]] | None:
    """None where the delegate asks for something that its root rules out."""
    if not root or not leaf:
        return list(leaf or root)
    merged: list[Mapping[str, Any]] = []
    for inner in leaf:
        fitting = [_merged_match(outer, inner) for outer in root if not _contradict(outer, inner)]
        if not fitting:
            return None
        merged += fitting
    return merged


_TEXTS = ("uri", "scheme", "method", "authority")
_MAPS = ("headers", "withoutHeaders", "queryParams")


def _merged_match(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    maps = {key: {**(outer.get(key) or {}), **(inner.get(key) or {})} for key in (*_MAPS, "sourceLabels")}
    kept = {key: value for key, value in inner.items() if value not in (None, "", 0, [])}
    return {**outer, **kept, **{key: value for key, value in maps.items() if value}}


def _contradict(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    texts = [(outer.get(key), inner.get(key)) for key in _TEXTS]
    for key in _MAPS:
        known = outer.get(key) or {}
        texts += [(known.get(name), value) for name, value in (inner.get(key) or {}).items()]
    if any(_texts_contradict(one, other) for one, other in texts):
        return True
    if bool(outer.get("ignoreUriCase")) != bool(inner.get("ignoreUriCase")):
        return True
    if outer.get("port") and inner.get("port") and outer["port"] != inner["port"]:
        return True
    if outer.get("sourceNamespace") and inner.get("sourceNamespace") != outer["sourceNamespace"]:
        return True
    labels = outer.get("sourceLabels") or {}
    if any(labels.get(key, value) != value for key, value in (inner.get("sourceLabels") or {}).items()):
        return True
    return bool(outer.get("gateways") and inner.get("gateways") and not set(inner["gateways"]) <= set(outer["gateways"]))


def _texts_contradict(outer: Mapping[str, str] | None, inner: Mapping[str, str] | None) -> bool:
    """Beside a pattern of the root nothing else may be asked; a prefix of it must begin what the delegate asks (stringMatchConflict)."""
    if not outer or not inner:
        return False
    if outer.get("regex") or inner.get("regex"):
        return True
    if "prefix" in outer:
        return not (inner.get("prefix") or inner.get("exact") or "").startswith(outer["prefix"])
    return outer.get("exact") != inner.get("exact")


def bound(services: Sequence[VirtualService], gateway: str, namespace: str) -> list[VirtualService]:
    """Those of a gateway (or `mesh`) that a namespace sees: its own private ones, those exported to it by name, public ones."""
    seen = [service for service in services if gateway in service.gateways and NOBODY not in service.export_to]
    hidden = [service for service in seen if PUBLIC not in service.export_to and namespace in service.export_to]
    private = [service for service in hidden if service.namespace == namespace]
    named = [service for service in hidden if service.namespace != namespace]
    return [*private, *named, *(service for service in seen if PUBLIC in service.export_to)]
