"""Facts about probes: what the kubelet asks, when it gives up, and what else it would hit."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.facts.fields import Field
from checker.facts.ports import number_of
from checker.model.types import Container, Port, Workload

PROBES = ("readiness", "liveness", "startup")
_LOCAL = re.compile(r"^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|\$\(?\{?\w+\}?\)?)$")
_URL_HOST = re.compile(r"\b(?:https?|tcp|redis|amqp|postgres(?:ql)?|mysql|mongodb)://(?:[^@/\s]*@)?(\[[^\]]+\]|[^:/\s'\"]+)")
_HOST_OPTION = re.compile(r"(?:^|\s)(?:-h|--host|-host|--hostname)[= ]+([^\s'\";|&]+)")
_READY_PATH = re.compile(r"(^|[/_-])(ready|readyz|readiness)([/_?-]|$)")

PROBE_FIELDS = {
    "probe.type": Field("string", "readiness, liveness, startup"),
    "probe.handler": Field("string", "http, tcp, grpc, exec", ()),
    "probe.target": Field("string", "what it asks, for people: `GET :8080/ready`"),
    "probe.port": Field("string", "port name or number asked; empty for exec"),
    "probe.port_declared": Field(
        "bool", "a container of the pod declares that port; for a number also: none declares any, or several probes ask it"
    ),
    "probe.path": Field("string", "path of an HTTP probe"),
    "probe.asks_readiness_path": Field("bool", "an HTTP path that by its name tells readiness"),
    "probe.other_host": Field("string", "another host than the pod itself that the probe asks; empty if none"),
    "probe.initial_delay_seconds": Field("int", "seconds before the first probe; default 0", ("initialDelaySeconds",)),
    "probe.period_seconds": Field("int", "seconds between probes; default 10", ("periodSeconds",)),
    "probe.timeout_seconds": Field("int", "seconds until one probe counts as failed; default 1", ("timeoutSeconds",)),
    "probe.failure_threshold": Field("int", "failures in a row until the kubelet acts; default 3", ("failureThreshold",)),
    "probe.failing_seconds": Field("int", "seconds of failing until the kubelet acts: period × failure threshold"),
    "probe.same_as_readiness": Field("bool", "asks exactly what the readiness probe asks"),
    "probe.readiness_failing_seconds": Field("int", "seconds of failing until the pod is taken out of its Services", optional=True),
    "probe.readiness_initial_delay_seconds": Field("int", "initial delay of the readiness probe", optional=True),
}


class Handler(NamedTuple):
    """What a probe asks, with the port resolved to a number where the container names it."""

    kind: str
    port: str | int
    path: str
    detail: str


def probe_facts(workload: Workload, container: Container, kind: str) -> dict[str, Any]:
    """Every fact of one probe of a container, with the API server's defaults."""
    data = container.data[f"{kind}Probe"]
    asked = handler(data, container)
    readiness = container.data.get("readinessProbe") if kind != "readiness" else None
    period, threshold = data.get("periodSeconds") or 10, data.get("failureThreshold") or 3
    return {
        "probe.type": kind,
        "probe.handler": asked.kind,
        "probe.target": _target(data, asked),
        "probe.port": str(_port(data)),
        "probe.port_declared": asked.kind == "exec" or _declared(_port(data), workload, container) or _asked_twice(asked.port, container),
        "probe.path": asked.path,
        "probe.asks_readiness_path": bool(_READY_PATH.search(asked.path.lower())),
        "probe.other_host": _other_host(data),
        "probe.initial_delay_seconds": data.get("initialDelaySeconds") or 0,
        "probe.period_seconds": period,
        "probe.timeout_seconds": data.get("timeoutSeconds") or 1,
        "probe.failure_threshold": threshold,
        "probe.failing_seconds": period * threshold,
        "probe.same_as_readiness": readiness is not None and handler(readiness, container) == asked,
        "probe.readiness_failing_seconds": _failing_seconds(readiness),
        "probe.readiness_initial_delay_seconds": None if readiness is None else readiness.get("initialDelaySeconds") or 0,
    }


def handler(data: Mapping[str, Any], container: Container) -> Handler:
    """What a probe asks; two probes with equal handlers get the same answer."""
    if get := data.get("httpGet"):
        headers = sorted(f"{header.get('name')}: {header.get('value')}" for header in get.get("httpHeaders") or ())
        origin = f"{get.get('scheme') or 'HTTP'} {get.get('host') or ''} {headers}"
        return Handler("http", _number(get.get("port"), container), get.get("path") or "/", origin)
    if tcp := data.get("tcpSocket"):
        return Handler("tcp", _number(tcp.get("port"), container), "", tcp.get("host") or "")
    if grpc := data.get("grpc"):
        return Handler("grpc", grpc.get("port") or "", "", grpc.get("service") or "")
    return Handler("exec", "", "", "\0".join((data.get("exec") or {}).get("command") or ()))


def _failing_seconds(probe: Mapping[str, Any] | None) -> int | None:
    if probe is None:
        return None
    seconds: int = (probe.get("periodSeconds") or 10) * (probe.get("failureThreshold") or 3)
    return seconds


def _number(port: str | int | None, container: Container) -> str | int:
    named: dict[str, int] = {declared.name: declared.number for declared in container.ports if declared.name}
    return named.get(port, port) if isinstance(port, str) else port or ""


def _port(data: Mapping[str, Any]) -> str | int:
    for key in ("httpGet", "tcpSocket", "grpc"):
        if data.get(key):
            return data[key].get("port") or ""
    return ""


def _declared(port: str | int, workload: Workload, container: Container) -> bool:
    """A name must be the container's own; a number may be any port of the pod, whose containers share one network."""
    number = number_of(port)
    if number is None:
        return any(declared.name == port for declared in container.ports)
    ports: list[Port] = [declared for other in workload.containers for declared in other.ports]
    return not ports or any(declared.number == number for declared in ports)


def _asked_twice(port: str | int, container: Container) -> bool:
    """Several probes that agree on a number show a port that the program listens on and nobody declared."""
    return isinstance(port, int) and _asked(container).count(port) > 1


def asked_by_all(port: int, container: Container) -> bool:
    """Whether the container has probes over the network, and all of them ask this port."""
    return set(_asked(container)) == {port}


def _asked(container: Container) -> list[str | int]:
    probes = (container.data.get(f"{kind}Probe") for kind in PROBES)
    ports = (handler(probe, container).port for probe in probes if probe)
    return [port for port in ports if port]


def _other_host(data: Mapping[str, Any]) -> str:
    for key in ("httpGet", "tcpSocket"):
        host = (data.get(key) or {}).get("host") or ""
        if host and not _LOCAL.match(host):
            return str(host)
    command = " ".join((data.get("exec") or {}).get("command") or ())
    hosts = _URL_HOST.findall(command) + _HOST_OPTION.findall(command)
    return next((host for host in hosts if not _LOCAL.match(host)), "")


def _target(data: Mapping[str, Any], asked: Handler) -> str:
    match asked.kind:
        case "http":
            return f"GET :{_port(data)}{asked.path}"
        case "tcp":
            return f"TCP :{_port(data)}"
        case "grpc":
            return f"gRPC :{_port(data)}" + (f" {asked.detail}" if asked.detail else "")
        case _:
            return " ".join(asked.detail.split("\0"))[:60]
