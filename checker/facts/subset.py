"""Facts about the subsets of DestinationRules: whether any pod of the Service has their labels."""

from collections.abc import Iterator, Mapping

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import POD_KINDS, Model, selected
from checker.model.types import Selector
from checker.objects import ApiObject

SUBSET_FIELDS = {
    "subset.rule": Field("string", "name of the DestinationRule"),
    "subset.name": Field("string", "name of the subset", ("name",)),
    "subset.labels": Field("string", "its labels, for people", ("labels",)),
    "subset.service": Field("string", "name of the Service"),
    "subset.has_pods": Field("bool", "some pod of the Service has the labels; what nodes and controllers add is taken to fit", ("labels",)),
}
_SERVICE = "svc.cluster.local"
_ADDED = ("pod-template-hash", "rollouts-pod-template-hash")
_ADDING = ("kubernetes.io", "istio.io")
_WRITTEN = "app.kubernetes.io"


def judge_subsets(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The subsets of a DestinationRule whose host is a Service with pods in the input."""
    spec = item.data.get("spec") or {}
    service = _service(model, str(spec.get("host") or ""), item.namespace) if spec.get("subsets") else None
    if service is None:
        return
    pods = selected(model.pods, model.in_namespace, service.namespace, Selector(service.data["spec"]["selector"]))
    for index, subset in enumerate(spec["subsets"] if pods else ()):
        labels = subset.get("labels") or {}
        known = {key: value for key, value in labels.items() if not (value and _added(key))}
        fits = any(known.items() <= pod.labels.items() for pod in pods)
        facts = {
            "subset.rule": item.name,
            "subset.name": str(subset.get("name") or ""),
            "subset.labels": _text(labels),
            "subset.service": service.name,
            "subset.has_pods": fits
            or (False if model.complete_in(service.namespace, *POD_KINDS) else Unknown("pods with the subset's labels")),
        }
        anchors = {"subset": Anchor(item, ("spec", "subsets", index))}
        yield Judged("subset", Subject(item.kind, item.namespace, item.name), anchors, facts, part=str(subset.get("name")))


def _service(model: Model, host: str, namespace: str) -> ApiObject | None:
    name, _, rest = host.partition(".")
    owner, _, domain = rest.partition(".")
    found = model.named.get(("Service", owner or namespace, name), ()) if not rest or domain == _SERVICE else ()
    return next((item for item in found if item.data["spec"].get("selector")), None)


def _added(key: str) -> bool:
    """Whether a label comes from a node, a controller or the injection of the proxy."""
    domain = key.rpartition("/")[0]
    return key in _ADDED or (domain.endswith(_ADDING) and domain != _WRITTEN)


def _text(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items()) or "no labels"
