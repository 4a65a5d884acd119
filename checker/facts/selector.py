"""Facts about label selectors that are meant to find pods or Services."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.likeness import alike
from checker.findings import Subject
from checker.model.build import POD_KINDS, Model, selected
from checker.model.labels import label_selector
from checker.model.types import Labels, Selector
from checker.objects import ApiObject
from checker.objects.unseen import ANY

SELECTOR_FIELDS = {
    "selector.kind": Field("string", "kind of the object that selects"),
    "selector.name": Field("string", "name of that object"),
    "selector.text": Field("string", "the selector as kubectl writes it"),
    "selector.seeks": Field("string", "what it should find: pods or Services"),
    "selector.found": Field("bool", "it matches something in the input"),
    "selector.nearest": Field("string", "the object that comes closest; empty if none shares a label"),
    "selector.difference": Field("string", "the label that keeps the closest object out, for people"),
}
_POD_SELECTORS: dict[str, tuple[str, ...]] = {
    "Service": ("spec", "selector"),
    "PodDisruptionBudget": ("spec", "selector"),
    "NetworkPolicy": ("spec", "podSelector"),
    "PodMonitor": ("spec", "selector"),
    "ServiceMonitor": ("spec", "selector"),
    "Gateway": ("spec", "selector"),
    "Sidecar": ("spec", "workloadSelector", "labels"),
    "EnvoyFilter": ("spec", "workloadSelector", "labels"),
}
_LABELS_ALONE = ("Service", "Gateway", "Sidecar", "EnvoyFilter")
# Values of the label `istio` on gateways that come with an installation of Istio, whose pods are seldom in the same input.
_INSTALLED = ("ingressgateway", "egressgateway", "eastwestgateway")
_MESH_ROOT = "istio-system"
SELECTING_KINDS = tuple(_POD_SELECTORS)


def judge_selector(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The selector of an object, unless it is empty or looks into namespaces the input cannot tell."""
    path = _POD_SELECTORS[item.kind]
    given: Any = item.data
    for step in path:
        given = (given or {}).get(step)
    if not given or item.data["spec"].get("type") == "ExternalName":
        return
    selector = Selector(given) if item.kind in _LABELS_ALONE else label_selector(given)
    if not selector.labels and not selector.expressions:
        return
    seeks = "Services" if item.kind == "ServiceMonitor" else "pods"
    found = _found(model, item, selector, seeks)
    nearest, difference = ("", "") if found else _nearest(selector, _candidates(model, item, seeks))
    facts = {
        "selector.kind": item.kind,
        "selector.name": item.name,
        "selector.text": str(selector),
        "selector.seeks": seeks,
        "selector.found": found or _absence(model, item, seeks, nearest, selector.labels),
        "selector.nearest": nearest,
        "selector.difference": difference,
    }
    yield Judged("selector", Subject(item.kind, item.namespace, item.name), {"selector": Anchor(item, path)}, facts)


def _found(model: Model, item: ApiObject, selector: Selector, seeks: str) -> bool:
    spaces = _namespaces(item)
    if seeks == "pods" and spaces is not None:
        return any(selected(model.pods, model.in_namespace, space, selector) for space in spaces)
    return any(selector.matches(labels) for _, labels in _candidates(model, item, seeks))


def _absence(model: Model, item: ApiObject, seeks: str, nearest: str, labels: Labels) -> bool | Unknown:
    """Without something close to it in an incomplete input, what is selected may come from elsewhere, or from an operator."""
    if item.kind in _LABELS_ALONE and any(name in str(labels.get("istio")) for name in _INSTALLED):
        return Unknown("pods of Istio's own gateways")
    kinds = ("Service",) if seeks == "Services" else POD_KINDS
    if any(model.unseen.may_hold(kinds, space) for space in _namespaces(item) or (ANY,)):
        return Unknown(f"{seeks} with labels like these")
    if model.complete or nearest:
        return False
    return Unknown(f"{seeks} with labels like these")


def _candidates(model: Model, item: ApiObject, seeks: str) -> Iterator[tuple[str, Labels]]:
    spaces = _namespaces(item)
    if seeks == "Services":
        for service in model.kinds.get("Service", ()):
            if spaces is None or service.namespace in spaces:
                yield f"Service {service.name}", service.data["metadata"].get("labels") or {}
        return
    for space in model.in_namespace if spaces is None else spaces:
        for workload in model.in_namespace.get(space, ()):
            yield f"{workload.kind} {workload.name}", workload.labels


def _namespaces(item: ApiObject) -> tuple[str, ...] | None:
    """Monitors may look into other namespaces, Gateways and what is for a whole mesh do; None means all of them."""
    if item.kind == "Gateway" or (item.kind == "EnvoyFilter" and item.namespace == _MESH_ROOT):
        return None
    elsewhere: Mapping[str, Any] = item.data["spec"].get("namespaceSelector") or {}
    if item.kind not in ("ServiceMonitor", "PodMonitor"):
        return (item.namespace,)
    return None if elsewhere.get("any") else tuple(elsewhere.get("matchNames") or (item.namespace,))


def _nearest(selector: Selector, candidates: Iterable[tuple[str, Labels]]) -> tuple[str, str]:
    """The candidate that all but one label fits, or whose one differing value looks like the wanted one; and the difference."""
    best, shared = ("", ""), 0
    for name, labels in candidates:
        missing = [key for key, value in selector.labels.items() if labels.get(key) != value]
        common = len(selector.labels) - len(missing)
        if len(missing) != 1:
            continue
        key, wanted = missing[0], selector.labels[missing[0]]
        near = alike(labels[key], wanted) if key in labels else wanted in labels.values()
        close = common + 1 if near else common if key not in labels else 0
        if close > shared:
            has = f"{key}={labels[key]}" if key in labels else f"no label {key}"
            best, shared = (name, f"{key}={wanted}, it has {has}"), close
    return best
