"""Small meshes for tests: a caller `front` in `web`, Services and pods in `prod`."""

from typing import Any

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.edges import Question, answer
from checker.model.build import build
from tests.systems import read

REVIEWS = "reviews.prod.svc.cluster.local"
_POD = "containers: [{name: app, image: 'registry.example.com/app:1', ports: [{containerPort: 9080}]}]"
BASE = "\n---\n".join((
    f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: front, namespace: web}}
spec: {{selector: {{matchLabels: {{app: front}}}}, template: {{metadata: {{labels: {{app: front}}}}, spec: {{{_POD}}}}}}}""",
    *(
        f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: reviews-{version}, namespace: prod}}
spec:
  selector: {{matchLabels: {{app: reviews, version: {version}}}}}
  template: {{metadata: {{labels: {{app: reviews, version: {version}}}}}, spec: {{{_POD}}}}}"""
        for version in ("v1", "v2")
    ),
    """apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: prod}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}""",
))  # fmt: skip


def rule(name: str, namespace: str, host: str, **spec: Any) -> str:
    """A DestinationRule; `spec` as JSON-like values."""
    return _object("DestinationRule", name, namespace, {"host": host, **spec})


def routes(name: str, namespace: str, *http: dict[str, Any], hosts: Any = ("reviews",), **spec: Any) -> str:
    """A VirtualService."""
    return _object("VirtualService", name, namespace, {"hosts": list(hosts), "http": list(http), **spec})


def _object(kind: str, name: str, namespace: str, spec: dict[str, Any]) -> str:
    import json

    meta = {"name": name, "namespace": namespace}
    return json.dumps({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": meta, "spec": spec})


def to_reviews(subset: str | None = None, **values: Any) -> dict[str, Any]:
    """One rule of a VirtualService that leads to reviews."""
    destination = {"host": REVIEWS, **({"subset": subset} if subset else {})}
    return {"route": [{"destination": destination}], **values}


def system(*texts: str, mesh: dict[str, Any] | None = None) -> System:
    """The mesh that the base and some manifests make."""
    files = {"base.yaml": BASE, **{f"{number}.yaml": text for number, text in enumerate(texts)}}
    model = build(kubernetes.read(read(files)), complete=True)
    return System(model, mesh_of(model, mesh))


def ask(*texts: str, mesh: dict[str, Any] | None = None, call: str = "http", port: int = 9080, host: str = REVIEWS) -> list[dict[str, Any]]:
    """The routes of a call from front."""
    found = system(*texts, mesh=mesh)
    told: list[dict[str, Any]] = answer(found.model, found, Question("1", "", "web", "front", host, port, call))["routes"]
    return told


def values(*texts: str, **options: Any) -> dict[str, Any]:
    """The settings that are in force at the only destination of the only route, as plain values."""
    (route,) = ask(*texts, **options)
    (destination,) = route["destinations"]
    return {name: setting["value"] for name, setting in destination["settings"].items() if setting["state"] != "inert"}
