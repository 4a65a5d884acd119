"""Facts about the rules of VirtualServices: matches that an earlier rule has already, and destinations that a gateway cannot find.

Source: `GetDestinationCluster` of istiod (pilot/pkg/networking/core/route): without a port a destination means its Service's only
one, else the port that the request came in by, which at a gateway is the port of the server.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.build import Model
from checker.objects import ApiObject

MATCH_FIELDS = {
    "match.route": Field("string", "name of the VirtualService"),
    "match.repeated": Field("bool", "an earlier rule has the same match, and takes its requests"),
}
GATEWAY_TARGET_FIELDS = {
    "gatewaytarget.route": Field("string", "name of the VirtualService"),
    "gatewaytarget.host": Field("string", "the host of the destination", ("host",)),
    "gatewaytarget.ports": Field("string", "the ports of its Service, for people"),
    "gatewaytarget.gateway_ports": Field("string", "the ports by which requests come in, for people"),
    "gatewaytarget.found": Field("bool", "one of them is a port of the Service", ("host",)),
}
_MESH = "mesh"
_SERVICE = "svc.cluster.local"


def judge_matches(item: ApiObject) -> Iterator[Judged]:
    """The matches of a VirtualService, in the order in which they are tried."""
    for kind in ("http", "tls", "tcp"):
        seen: dict[str, tuple[int, int]] = {}
        for number, rule in enumerate((item.data.get("spec") or {}).get(kind) or ()):
            own: dict[str, tuple[int, int]] = {}
            for index, match in enumerate(rule.get("match") or ()):
                text = json.dumps({key: value for key, value in match.items() if key != "name"}, sort_keys=True, default=str)
                earlier = seen.get(text)
                anchors = {"match": Anchor(item, ("spec", kind, number, "match", index))}
                if earlier:
                    anchors["rival"] = Anchor(item, ("spec", kind, earlier[0], "match", earlier[1]))
                facts = {"match.route": item.name, "match.repeated": earlier is not None}
                subject = Subject(item.kind, item.namespace, item.name)
                yield Judged("route-match", subject, anchors, facts, part=f"{kind} {number} {index}")
                own.setdefault(text, (number, index))
            if not rule.get("delegate"):  # one that delegates takes only what its delegate has routes for
                seen = {**own, **seen}


def judge_gateway_targets(model: Model, item: ApiObject) -> Iterator[Judged]:
    """The destinations without a port of a VirtualService that Gateways of the input serve, where the Service has several."""
    spec = item.data.get("spec") or {}
    opened = _opened(model, item, spec.get("gateways") or ())
    for number, rule in enumerate(spec.get("http") or () if opened else ()):
        if any(match.get("gateways") or match.get("port") for match in rule.get("match") or ()):
            continue
        for index, entry in enumerate(rule.get("route") or ()):
            destination = entry.get("destination") or {}
            ports = [] if destination.get("port") else _ports(model, str(destination.get("host") or ""), item.namespace)
            if len(ports) > 1:
                facts = {
                    "gatewaytarget.route": item.name,
                    "gatewaytarget.host": str(destination.get("host")),
                    "gatewaytarget.ports": ", ".join(map(str, ports)),
                    "gatewaytarget.gateway_ports": ", ".join(map(str, opened)),
                    "gatewaytarget.found": not set(opened).isdisjoint(ports),
                }
                anchors = {"gatewaytarget": Anchor(item, ("spec", "http", number, "route", index, "destination"))}
                subject = Subject(item.kind, item.namespace, item.name)
                yield Judged("gateway-target", subject, anchors, facts, part=f"{number} {index}")


def _opened(model: Model, item: ApiObject, names: Sequence[str]) -> list[int]:
    """The ports of the Gateways that it names; none where one is not in the input, or calls within the mesh come to it too."""
    ports: dict[int, None] = {}
    for name in names:
        namespace, slash, short = str(name).rpartition("/")
        gateway = None if name == _MESH else model.find("Gateway", namespace if slash and namespace != "." else item.namespace, short, item)
        if gateway is None:
            return []
        spec: Mapping[str, Any] = gateway.data.get("spec") or {}
        numbers = [(server.get("port") or {}).get("number") for server in spec.get("servers") or ()]
        written = spec.get("listeners")
        listeners = written if isinstance(written, list) else ()
        numbers += [listener.get("port") for listener in listeners if isinstance(listener, dict)]
        ports.update(dict.fromkeys(number for number in numbers if isinstance(number, int) and number))
    return list(ports)


def _ports(model: Model, host: str, namespace: str) -> list[int]:
    name, _, rest = host.partition(".")
    owner, _, domain = rest.partition(".")
    found = model.named.get(("Service", owner or namespace, name), ()) if not rest or domain == _SERVICE else ()
    return [port["port"] for port in found[0].data["spec"].get("ports") or ()] if len(found) == 1 else []
