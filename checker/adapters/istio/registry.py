"""Services and ServiceEntries as istiod's registry has them, and which namespaces see them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import DOMAIN, NOBODY, PUBLIC, exported
from checker.model.build import Model, selected
from checker.model.types import Service as KubernetesService
from checker.objects import ApiObject

Resolution = Literal["pods", "address", "dns", "dynamic", "alias"]

# pkg/config/protocol/instance.go
_HTTP2 = frozenset({"HTTP2", "GRPC", "GRPC-Web"})
_HTTP = frozenset({"HTTP", "HTTP_PROXY"}) | _HTTP2
_TLS = frozenset({"HTTPS", "TLS"})
_NAMES = {
    "tcp": "TCP", "udp": "UDP", "grpc": "GRPC", "grpc-web": "GRPC-Web", "http": "HTTP", "http_proxy": "HTTP_PROXY", "http2": "HTTP2",
    "https": "HTTPS", "tls": "TLS", "mongo": "Mongo", "redis": "Redis", "mysql": "MySQL", "hbone": "HBONE",
}  # fmt: skip
_APP_PROTOCOLS = {"kubernetes.io/h2c": "HTTP2", "kubernetes.io/ws": "HTTP", "kubernetes.io/wss": "HTTPS"}
# Servers that speak first, or in ways that sniffing takes for something else (pkg/config/kube/conversion.go).
_TCP_PORTS = frozenset({25, 53, 3306, 27017})


class Port(NamedTuple):
    """A port of a host; `protocol` is empty where istiod leaves it to the proxy to find out."""

    number: int
    protocol: str

    @property
    def http(self) -> bool:
        """Declared as HTTP of any kind."""
        return self.protocol in _HTTP

    @property
    def http2(self) -> bool:
        """Declared as HTTP/2: the proxy speaks it to the upstream."""
        return self.protocol in _HTTP2

    @property
    def routed(self) -> bool:
        """HTTP routes exist for it: declared, or found out by the proxy."""
        return self.http or not self.protocol

    @property
    def tls(self) -> bool:
        """Encrypted by the application."""
        return self.protocol in _TLS


class Host(NamedTuple):
    """A host of the registry. `source` is the Service or ServiceEntry; `alias` the host an ExternalName stands for."""

    name: str
    namespace: str
    ports: tuple[Port, ...]
    resolution: Resolution
    source: ApiObject
    export_to: frozenset[str]
    created: str
    service: KubernetesService | None = None
    alias: str = ""

    def port(self, number: int) -> Port | None:
        """The port of that number."""
        return next((port for port in self.ports if port.number == number), None)

    def visible_to(self, namespace: str) -> bool:
        """Whether proxies of a namespace may import it."""
        return PUBLIC in self.export_to or namespace in self.export_to

    @property
    def own_address(self) -> bool:
        """Whether it has an address of its own, so that a listener can tell it from other hosts of the same port."""
        return self.resolution == "pods" or bool((self.source.data.get("spec") or {}).get("addresses"))


def registry(model: Model, mesh: Mesh) -> list[Host]:
    """All hosts, oldest first; a Service is preferred to a ServiceEntry of the same host by those who choose."""
    services = (_service(service, mesh) for service in model.part.services)
    entries = (host for item in model.kinds.get("ServiceEntry", ()) for host in _entry(item, mesh))
    known = sorted((*services, *entries), key=lambda host: (host.created, host.source.name, host.namespace))
    return list(_without_lost_aliases(known))


def protocol_of(number: int, name: str, app_protocol: str | None, transport: str) -> str:
    """A Service port's protocol; empty where it is left to sniffing (ConvertProtocol)."""
    if transport == "UDP":
        return "UDP"
    if app_protocol:
        return _APP_PROTOCOLS.get(app_protocol) or _NAMES.get(app_protocol.lower(), "")
    lowered = name.lower()
    prefix = "grpc-web" if lowered == "grpc-web" or lowered.startswith("grpc-web-") else lowered.partition("-")[0]
    return _NAMES.get(prefix) or ("TCP" if number in _TCP_PORTS else "")


def created(item: ApiObject) -> str:
    """When the object came to be; nothing sorts first, as the zero time does."""
    return str(item.data["metadata"].get("creationTimestamp") or "")


def _service(service: KubernetesService, mesh: Mesh) -> Host:
    item = service.source
    spec = item.data.get("spec") or {}
    annotations = item.data["metadata"].get("annotations") or {}
    written = [target.strip() for target in annotations.get("networking.istio.io/exportTo", "").split(",") if target.strip()]
    ports = tuple(
        Port(port["port"], protocol_of(port["port"], port.get("name") or "", port.get("appProtocol"), port.get("protocol") or "TCP"))
        for port in spec.get("ports") or ()
    )
    return Host(
        f"{item.name}.{item.namespace}.{DOMAIN}",
        item.namespace,
        ports,
        "alias" if service.external_name else "address" if service.headless else "pods",
        item,
        _seen_by(written, item.namespace, mesh),
        created(item),
        service,
        str(spec.get("externalName") or "") if service.external_name else "",
    )


def _entry(item: ApiObject, mesh: Mesh) -> Iterator[Host]:
    spec = item.data.get("spec") or {}
    ports = tuple(Port(port["number"], _NAMES.get(str(port.get("protocol") or "").lower(), "")) for port in spec.get("ports") or ())
    for name in spec.get("hosts") or ():
        yield Host(
            name, item.namespace, ports, _resolution(spec), item, _seen_by(spec.get("exportTo") or (), item.namespace, mesh), created(item)
        )


def _resolution(spec: Mapping[str, Any]) -> Resolution:
    match spec.get("resolution") or "NONE":
        case "STATIC":
            return "pods"
        case "NONE":
            return "address"
        case "DYNAMIC_DNS":
            return "dynamic"
        case _:
            return "dns"


def _seen_by(written: Iterable[str], namespace: str, mesh: Mesh) -> frozenset[str]:
    seen = exported(written or mesh.export_to("Service"), namespace)
    return frozenset() if NOBODY in seen else seen


def _without_lost_aliases(hosts: list[Host]) -> Iterator[Host]:
    """An ExternalName whose target is in no registry yields no configuration."""
    names = {host.name for host in hosts}
    return (host for host in hosts if not host.alias or host.alias in names)


def endpoints(model: Model, host: Host, labels: Mapping[str, str] | None = None) -> int | None:
    """How many pods or addresses answer for a host, those with the labels only; None where the input does not tell."""
    if host.service is None:
        listed = (host.source.data.get("spec") or {}).get("endpoints") or ()
        return sum(1 for point in listed if not labels or labels.items() <= (point.get("labels") or {}).items()) if listed else None
    if host.service.selector is None:
        return None
    workloads = selected(model.pods, model.in_namespace, host.namespace, host.service.selector)
    fitting = [workload for workload in workloads if not labels or labels.items() <= workload.labels.items()]
    return sum(1 if workload.replicas is None else workload.replicas for workload in fitting)
