"""Facts about the Services that an Envoy's own configuration sends to: whether they are there."""

from collections.abc import Iterable, Iterator

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.hosts import Callee, Hosts, resolve
from checker.model.traffic import Destination, Entry
from checker.objects import ApiObject, is_proxy

PROXIED_CALLEE_FIELDS = {
    "proxiedcallee.address": Field("string", "host and port that the proxy sends to"),
    "proxiedcallee.proxy": Field("string", "kind and name of the proxy"),
    "proxiedcallee.found": Field("bool", "the host names a Service in the input, or lies outside of the cluster"),
    "proxiedcallee.ports": Field("string", "the ports the Service has, for people"),
    "proxiedcallee.port_found": Field("bool", "the Service has the port, or leads to pods by their own addresses"),
}


def judge_proxied_callees(hosts: Hosts, entries: Iterable[Entry]) -> Iterator[Judged]:
    """Each address once. Where a proxy runs is told by the object that holds its configuration, or the host's name in full."""
    told: set[tuple[str, str, int]] = set()
    for entry in entries:
        for reached in entry.way.destinations if _is_own(entry) else ():
            key = entry.gateway.name, reached.host, reached.port
            if key not in told and reached.result != "no-cluster" and _is_of_a_cluster(entry.gateway, reached.host):
                told.add(key)
                yield _judged(entry.gateway, reached, resolve(hosts, reached.host, entry.gateway))


def _is_own(entry: Entry) -> bool:
    """Whether the proxy's own configuration says so, and not objects of a cluster."""
    return entry.way.origin is not None and entry.way.origin.item is not None and is_proxy(entry.way.origin.item)


def _is_of_a_cluster(proxy: ApiObject, host: str) -> bool:
    return bool(proxy.namespace) or ".svc" in host


def _judged(proxy: ApiObject, reached: Destination, callee: Callee) -> Judged:
    service = callee.service
    ports = [port.number for port in service.ports] if service else []
    by_address = service is None or service.headless or service.external_name or bool(callee.pod)
    known = callee.outcome != "missing"
    address = f"{reached.host}:{reached.port}" if reached.port else reached.host
    facts = {
        "proxiedcallee.address": address,
        "proxiedcallee.proxy": f"{proxy.kind} {proxy.name}",
        "proxiedcallee.found": known or (False if callee.certain else Unknown(f"Service {callee.name.removesuffix('.svc.cluster.local')}")),
        "proxiedcallee.ports": ", ".join(map(str, ports)),
        "proxiedcallee.port_found": bool(by_address) or not reached.port or reached.port in ports,
    }
    origin = reached.origin
    place = Anchor(origin.item, origin.path) if origin is not None and origin.item is not None else Anchor(proxy)
    anchors = {"proxiedcallee": place, **({"service": Anchor(service.source)} if service else {})}
    return Judged("proxied-callee", Subject(proxy.kind, proxy.namespace, proxy.name), anchors, facts, part=address)
