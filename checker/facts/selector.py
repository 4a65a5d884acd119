"""Facts about label selectors that are meant to find pods or Services."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.facts.fields import NO_SERVICES, NO_WORKLOADS, Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model, selected
from checker.model.labels import label_selector
from checker.model.types import Labels, Selector
from checker.objects import ApiObject

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
}
SELECTING_KINDS = tuple(_POD_SELECTORS)


def judge_selector(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The selector of an object, unless it is empty or looks into namespaces the input cannot tell."""
    path = _POD_SELECTORS[item.kind]
    given = item.data["spec"].get(path[1])
    if not given or item.data["spec"].get("type") == "ExternalName":
        return
    selector = Selector(given) if item.kind == "Service" else label_selector(given)
    if not selector.labels and not selector.expressions:
        return
    seeks = "Services" if item.kind == "ServiceMonitor" else "pods"
    candidates = list(_candidates(model, item, seeks))
    found = any(selector.matches(labels) for _, labels in candidates)
    nearest, difference = ("", "") if found else _nearest(selector, candidates)
    facts = {
        "selector.kind": item.kind,
        "selector.name": item.name,
        "selector.text": str(selector),
        "selector.seeks": seeks,
        "selector.found": found or _absence(model, item, seeks),
        "selector.nearest": nearest,
        "selector.difference": difference,
    }
    yield Judged("selector", Subject(item.kind, item.namespace, item.name), {"selector": Anchor(item, path)}, facts)


def _absence(model: Model, item: ApiObject, seeks: str) -> Any:
    """Operators make pods and Services that no manifest shows; only the custom kinds in the input hint at them."""
    if seeks == "Services":
        return False if model.covers("Service") else NO_SERVICES
    if not model.covers_workloads(item.namespace):
        return NO_WORKLOADS
    return Unknown("pods made by operators") if item.namespace in model.custom and not model.complete else False


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
    """Monitors may look into other namespaces; None means all of them."""
    elsewhere: Mapping[str, Any] = item.data["spec"].get("namespaceSelector") or {}
    if item.kind not in ("ServiceMonitor", "PodMonitor"):
        return (item.namespace,)
    return None if elsewhere.get("any") else tuple(elsewhere.get("matchNames") or (item.namespace,))


def _nearest(selector: Selector, candidates: Iterable[tuple[str, Labels]]) -> tuple[str, str]:
    """The candidate with the most labels in common, and the first label that differs."""
    best, shared = ("", ""), 0
    for name, labels in candidates:
        missing = [key for key, value in selector.labels.items() if labels.get(key) != value]
        common = len(selector.labels) - len(missing)
        alike = [key for key in missing if key in labels and _alike(labels[key], selector.labels[key])]
        if missing and common + len(alike) > shared:
            key = (alike or missing)[0]
            has = f"{key}={labels[key]}" if key in labels else f"no label {key}"
            best, shared = (name, f"{key}={selector.labels[key]}, it has {has}"), common + len(alike)
    return best


def _alike(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)
