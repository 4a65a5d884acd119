"""Facts about the ports of ServiceEntries.

Source: https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry (addresses, ports), and
`appendSidecarServices` of istiod: of several entries for a host the oldest counts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.build import Model
from checker.model.traffic import Traffic
from checker.objects import ApiObject

ENTRY_PORT_FIELDS = {
    "entryport.host": Field("string", "the host of the ServiceEntry"),
    "entryport.number": Field("int", "the port"),
    "entryport.protocol": Field("string", "its protocol in capitals; empty if none is written", ("protocol",)),
    "entryport.told_apart": Field("bool", "a connection to it can be told from others of that port: by an address, by HTTP or by TLS"),
    "entryport.rival": Field("string", "an older ServiceEntry that gives the port of the host another protocol; else empty"),
    "entryport.rival_protocol": Field("string", "that protocol"),
}
_CONNECTIONS = frozenset({"", "TCP"})
_CAPTURE = "ISTIO_META_DNS_CAPTURE"
_EVERYBODY = "*"
_SHOWN = 3


def judge_entry_ports(model: Model, traffic: Traffic) -> Iterator[Judged]:
    """Each port of each ServiceEntry."""
    entries = sorted(model.kinds.get("ServiceEntry", ()), key=_age)
    captured = traffic.resolves_names() or _captured_somewhere(model)
    of_host: dict[str, list[ApiObject]] = defaultdict(list)
    for item in entries:
        for index, port in enumerate(_spec(item).get("ports") or ()):
            yield _judged(item, index, port, [other for host in _hosts(item) for other in of_host[host]], captured=captured)
        for host in _hosts(item):
            of_host[host].append(item)


def _judged(item: ApiObject, index: int, port: Mapping[str, Any], older: Sequence[ApiObject], *, captured: bool | Unknown) -> Judged:
    protocol, number = str(port.get("protocol") or "").upper(), port.get("number") or 0
    rival, theirs = _rival(older, item, number, protocol)
    facts: dict[str, Any] = {
        "entryport.host": ", ".join(_hosts(item)[:_SHOWN]),
        "entryport.number": number,
        "entryport.protocol": protocol,
        "entryport.told_apart": True if protocol not in _CONNECTIONS or _spec(item).get("addresses") or _allocated(item) else captured,
        "entryport.rival": rival.name if rival else "",
        "entryport.rival_protocol": theirs,
    }
    anchors = {"entryport": Anchor(item, ("spec", "ports", index))} | ({"rival": Anchor(rival)} if rival else {})
    return Judged("entry-port", Subject(item.kind, item.namespace, item.name), anchors, facts, part=str(number))


def _spec(item: ApiObject) -> Mapping[str, Any]:
    return item.data.get("spec") or {}


def _hosts(item: ApiObject) -> list[str]:
    return [str(host) for host in _spec(item).get("hosts") or ()]


def _allocated(item: ApiObject) -> bool:
    return bool((item.data.get("status") or {}).get("addresses"))


def _captured_somewhere(model: Model) -> bool | Unknown:
    """Proxies that resolve names have an address for every host; pods may switch that on for themselves."""
    if "ProxyConfig" in model.kinds or any(_CAPTURE in str(pod.annotations.get("proxy.istio.io/config")) for pod in model.part.workloads):
        return Unknown("word on which proxies resolve names")
    return False


def _rival(older: Sequence[ApiObject], item: ApiObject, number: int, protocol: str) -> tuple[ApiObject | None, str]:
    for other in older:
        if (other.namespace, other.name) == (item.namespace, item.name) or not _seen_together(item, other):
            continue
        for port in _spec(other).get("ports") or ():
            theirs = str(port.get("protocol") or "").upper()
            if port.get("number") == number and theirs != protocol:
                return other, theirs or "none"
    return None, ""


def _seen_together(one: ApiObject, other: ApiObject) -> bool:
    here, there = _seen_by(one), _seen_by(other)
    return _EVERYBODY in here | there or not here.isdisjoint(there)


def _seen_by(item: ApiObject) -> frozenset[str]:
    return frozenset(item.namespace if target == "." else str(target) for target in _spec(item).get("exportTo") or (_EVERYBODY,))


def _age(item: ApiObject) -> tuple[str, str, str]:
    return str(item.data["metadata"].get("creationTimestamp") or ""), item.name, item.namespace
