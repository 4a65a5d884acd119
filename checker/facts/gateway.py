"""Facts about Istio's Gateways: the servers they open on pods, and the VirtualServices that are bound to them.

Source: `mergeGateways` and `CheckDuplicates` of istiod (pilot/pkg/model/gateway.go), `resolvePorts` there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.facts.likeness import renamed
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Workload
from checker.objects import ApiObject

GROUP = "networking.istio.io/"
SERVER_FIELDS = {
    "server.gateway": Field("string", "name of the Gateway"),
    "server.port": Field("int", "the port it opens", ("port", "number")),
    "server.protocol": Field("string", "what it speaks", ("port", "protocol")),
    "server.hosts": Field("string", "the hosts it is for, for people", ("hosts",)),
    "server.on_service": Field("bool", "a Service of the Gateway's pods, or their host, leads to the port", ("port", "number")),
    "server.services": Field("string", "the Services of the Gateway's pods, for people"),
    "server.rival": Field("string", "the Gateway with a server on that port beside which this one is left out; else empty"),
    "server.clash": Field("string", "what the two cannot share: protocol or hosts"),
}
BINDING_FIELDS = {
    "binding.route": Field("string", "name of the VirtualService"),
    "binding.gateway": Field("string", "the Gateway it names, as namespace/name"),
    "binding.found": Field("bool", "there is such a Gateway"),
    "binding.hosts": Field("string", "the hosts of the VirtualService, for people"),
    "binding.gateway_hosts": Field("string", "the hosts of the Gateway, for people"),
    "binding.served": Field("bool", "some host of the VirtualService is one of the Gateway's; true where there is no such Gateway"),
}
_PLAIN_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB"})
_MESH = "mesh"
# Labels of the gateways that come with Istio's own charts, which are seldom in the same input, and the ports of their Services.
_INSTALLED = frozenset({("istio", "ingressgateway"), ("istio", "egressgateway"), ("istio", "eastwestgateway")})
_INSTALLED_PORTS = frozenset({80, 443, 8080, 8443, 15012, 15017, 15021, 15443})


class _Server(NamedTuple):
    """A server of a Gateway, and its place in it."""

    gateway: ApiObject
    number: int
    port: int
    protocol: str
    hosts: tuple[str, ...]
    bind: str
    tls: bool

    @property
    def http(self) -> bool:
        """Not encrypted; settings for TLS then only redirect."""
        return self.protocol in _PLAIN_HTTP

    @property
    def encrypted(self) -> bool:
        """As istiod tells them apart (IsTLSServer)."""
        return self.tls and not self.http


def judge_servers(model: Model) -> Iterator[Judged]:
    """The servers of all Istio Gateways, those of older ones first."""
    older: list[tuple[ApiObject, set[Workload]]] = []
    gateways = (item for item in model.kinds.get("Gateway", ()) if item.api_version.startswith(GROUP))
    for item in sorted(gateways, key=_age):
        pods = selected_pods(model, item)
        rivals = [server for other, theirs in older if _claim_same(item, other, pods, theirs) for server in _servers(other)]
        for server in _servers(item):
            yield _judged(model, server, pods, rivals)
        older.append((item, set(pods)))


def _claim_same(item: ApiObject, other: ApiObject, pods: Sequence[Workload], theirs: set[Workload]) -> bool:
    if (other.namespace, other.name) == (item.namespace, item.name):
        return False
    return _selector(other) == _selector(item) or not theirs.isdisjoint(pods)


def _judged(model: Model, server: _Server, pods: Sequence[Workload], rivals: Sequence[_Server]) -> Judged:
    item = server.gateway
    rival, clash = _rival(server, rivals)
    facts = {
        "server.gateway": item.name,
        "server.port": server.port,
        "server.protocol": server.protocol,
        "server.hosts": ", ".join(server.hosts),
        "server.on_service": _on_service(model, server, pods),
        "server.services": ", ".join(_names(model, pods)),
        "server.rival": rival.gateway.name if rival else "",
        "server.clash": clash,
    }
    anchors = {"server": Anchor(item, ("spec", "servers", server.number))}
    if rival:
        anchors["rival"] = Anchor(rival.gateway, ("spec", "servers", rival.number, "port"))
    return Judged("gateway-server", Subject(item.kind, item.namespace, item.name), anchors, facts, part=str(server.number))


def selected_pods(model: Model, item: ApiObject) -> list[Workload]:
    """The workloads that a Gateway's selector takes, of whatever namespace."""
    labels = _selector(item)
    if not labels:
        return []
    key, value = next(iter(labels.items()))
    candidates = (pod for namespace in model.in_namespace for pod in model.pods.get((namespace, key, value), ()))
    return [pod for pod in candidates if labels.items() <= pod.labels.items()]


def _selector(item: ApiObject) -> Mapping[str, str]:
    return (item.data.get("spec") or {}).get("selector") or {}


def _servers(item: ApiObject) -> Iterator[_Server]:
    for index, server in enumerate((item.data.get("spec") or {}).get("servers") or ()):
        port = server.get("port") or {}
        yield _Server(
            item,
            index,
            port.get("number") or 0,
            str(port.get("protocol") or "").upper(),
            tuple(map(str, server.get("hosts") or ())),
            str(server.get("bind") or ""),
            server.get("tls") is not None,
        )


def _age(item: ApiObject) -> tuple[str, str, str]:
    return str(item.data["metadata"].get("creationTimestamp") or ""), item.name, item.namespace


def _rival(server: _Server, older: Sequence[_Server]) -> tuple[_Server | None, str]:
    """Plain servers of a port must all speak HTTP, encrypted ones must have hosts of their own."""
    for other in older:
        if other.port != server.port or other.bind != server.bind:
            continue
        if not other.encrypted and not (other.http and server.http):
            return other, "protocol"
        if other.encrypted and server.encrypted and set(other.hosts) & set(server.hosts):
            return other, "hosts"
    return None, ""


def _on_service(model: Model, server: _Server, pods: Sequence[Workload]) -> bool | Unknown:
    """A gateway listens on a port that is written, or on the pods' port behind a Service's of that number."""
    port = server.port
    if not pods and port in _INSTALLED_PORTS and not _INSTALLED.isdisjoint(_selector(server.gateway).items()):
        return True
    if not pods:
        return Unknown("pods of the Gateway")
    services = [service for pod in pods for service in model.services_of.get(pod, ())]
    if not services:
        return Unknown("Services of the Gateway's pods")
    if any(_on_host(pod, port) for pod in pods):
        return True
    named = {declared.name: declared.number for pod in pods for container in pod.containers for declared in container.ports}
    return any(port in (each.number, each.target, named.get(str(each.target))) for service in services for each in service.ports)


def _on_host(pod: Workload, port: int) -> bool:
    declared = (entry for container in pod.containers for entry in container.data.get("ports") or ())
    return bool(pod.spec.get("hostNetwork")) or any(entry.get("containerPort") == port and entry.get("hostPort") for entry in declared)


def _names(model: Model, pods: Sequence[Workload]) -> list[str]:
    return list(dict.fromkeys(service.source.name for pod in pods for service in model.services_of.get(pod, ())))


def judge_bindings(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The Gateways that a VirtualService names."""
    spec = item.data.get("spec") or {}
    for index, name in enumerate(spec.get("gateways") or ()):
        if name == _MESH:
            continue
        namespace, short = _resolved(str(name), item.namespace)
        gateway = model.find("Gateway", namespace, short, item)
        hosts = [str(host) for host in spec.get("hosts") or ()]
        opened = [_host_for(str(host), namespace, item.namespace) for host in _hosts(gateway)] if gateway else []
        facts: dict[str, Any] = {
            "binding.route": item.name,
            "binding.gateway": f"{namespace}/{short}",
            "binding.found": gateway is not None or _absence(model, namespace, short),
            "binding.hosts": ", ".join(hosts),
            "binding.gateway_hosts": ", ".join(_hosts(gateway)) if gateway else "",
            "binding.served": gateway is None or not hosts or any(_overlap(host, own) for host in hosts for own in opened),
        }
        anchors = {"binding": Anchor(item, ("spec", "gateways", index))} | ({"rival": Anchor(gateway)} if gateway else {})
        yield Judged("gateway-binding", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{namespace}/{short}")


def _resolved(name: str, namespace: str) -> tuple[str, str]:
    """Namespace and name; `name.namespace.svc…` is the old way to write it."""
    if "/" in name:
        owner, _, short = name.partition("/")
        return (namespace if owner == "." else owner), short
    short, _, rest = name.partition(".")
    return rest.partition(".")[0] or namespace, short


def _hosts(gateway: ApiObject) -> list[str]:
    spec = gateway.data.get("spec") or {}
    servers = [str(host) for server in spec.get("servers") or () for host in server.get("hosts") or ()]
    written = spec.get("listeners")
    listeners = written if isinstance(written, list) else ()
    return [*servers, *(str(listener.get("hostname") or "*") for listener in listeners if isinstance(listener, dict))]


def _host_for(written: str, owner: str, namespace: str) -> str:
    """The host that a server opens to VirtualServices of a namespace; empty if it is not for them."""
    scope, slash, host = written.rpartition("/")
    allowed = not slash or scope == "*" or (owner if scope == "." else scope) == namespace
    return host if allowed else ""


def _overlap(one: str, other: str) -> bool:
    return _within(one, other) or _within(other, one)


def _within(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*") and host.removeprefix("*").endswith(pattern[1:]))


def _absence(model: Model, namespace: str, name: str) -> bool | Unknown:
    """In an incomplete input a Gateway may come from elsewhere, unless one of nearly that name is there."""
    if model.complete_in(namespace, "Gateway"):
        return False
    near = (item.name for item in model.kinds.get("Gateway", ()) if item.namespace == namespace)
    return False if any(renamed(name, other) for other in near) else Unknown(f"Gateway {namespace}/{name}")
