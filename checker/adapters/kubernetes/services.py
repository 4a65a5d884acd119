"""Services and Ingresses → records of the model."""

from collections.abc import Iterator, Mapping
from typing import Any

from checker.model.types import Backend, Ingress, Path, Selector, Service, ServicePort
from checker.objects import ApiObject


def service(item: ApiObject) -> Service:
    """A Service with the API server's defaults: the target port is the port, the protocol TCP."""
    spec = item.data.get("spec") or {}
    ports = tuple(
        ServicePort(
            port.get("name") or "",
            port["port"],
            port.get("targetPort") or port["port"],
            port.get("protocol") or "TCP",
            ("spec", "ports", index),
        )
        for index, port in enumerate(spec.get("ports") or ())
    )
    external = spec.get("type") == "ExternalName"
    return Service(
        source=item,
        selector=Selector(spec["selector"]) if spec.get("selector") and not external else None,
        ports=ports,
        headless=spec.get("clusterIP") == "None",
        external_name=external,
    )


def ingress(item: ApiObject) -> Ingress:
    """An Ingress; its class is a field, and an annotation in old ones."""
    annotations = item.data["metadata"].get("annotations") or {}
    class_name = item.data["spec"].get("ingressClassName") or annotations.get("kubernetes.io/ingress.class") or ""
    return Ingress(source=item, class_name=class_name, backends=tuple(_backends(item)))


def _backends(item: ApiObject) -> Iterator[Backend]:
    """In the current and in the removed v1beta1 shape."""
    spec = item.data.get("spec") or {}
    for key in ("defaultBackend", "backend"):
        if spec.get(key):
            yield from _backend(spec[key], "", "", ("spec", key))
    for rule_index, rule in enumerate(spec.get("rules") or ()):
        paths = (rule.get("http") or {}).get("paths") or ()
        for path_index, entry in enumerate(paths):
            place: Path = ("spec", "rules", rule_index, "http", "paths", path_index)
            yield from _backend(entry.get("backend") or {}, rule.get("host") or "", entry.get("path") or "/", (*place, "backend"))


def _backend(data: Mapping[str, Any], host: str, url_path: str, path: Path) -> Iterator[Backend]:
    target = data.get("service")
    if target:
        port = target.get("port") or {}
        yield Backend(target.get("name") or "", port.get("name") or port.get("number"), host, url_path, (*path, "service"))
    elif data.get("serviceName"):
        yield Backend(data["serviceName"], data.get("servicePort"), host, url_path, path)
