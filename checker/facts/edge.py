"""Facts about edges: what holds for calls to a Service's port, for all callers to whom the same applies."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from checker.facts.capacity import CAPACITY_FIELDS, capacity_facts
from checker.facts.edge_destination import DESTINATION_FIELDS, LIMITS, destination_facts
from checker.facts.edge_route import ROUTE_FIELDS, repeats_on_errors, route_facts
from checker.facts.fields import Anchor, Field, Judged, Later, Unknown
from checker.facts.paths import Below, Paths, attempts, hops, host_of
from checker.facts.untold import known, unknown, with_unknown
from checker.facts.worst_case import worst_case_seconds
from checker.findings import Edge, Subject
from checker.model.setting import Origin, Settings
from checker.model.traffic import Destination, ServicePortProtocol, Way
from checker.model.types import Service, Workload
from checker.objects.unseen import ANY

_SHOWN = 3
_HOPS = 3
_TOLD: Settings = {}
_WORDS = ("idempotent", "streaming")
_PROTOCOLS = {"http2": "http", "http_proxy": "http", "grpc-web": "grpc", "tls": "tcp"}
_NOT_REPEATED = {"edge.repeated": 1, "edge.repeated_path": "", "edge.repeated_layers": 0, "edge.repeated_above": False}
_WEB_SOCKETS = ("kubernetes.io/ws", "kubernetes.io/wss")

EDGE_FIELDS = {
    "edge.callee": Field("string", "name of the Service that is called", ("metadata", "name")),
    "edge.port": Field("int", "the port that is called"),
    "edge.callers": Field("string", "who calls, for people"),
    "edge.http": Field("bool", "it is known to be HTTP or gRPC; else a connection that the mesh may not look into"),
    "edge.http2": Field("bool", "the proxy speaks HTTP/2 to it: gRPC, or declared"),
    "edge.chosen_by_client": Field("bool", "requests go to the pod whose address the caller looked up: a headless Service"),
    "edge.autoscaled": Field("bool", "an autoscaler changes the number of pods"),
    "edge.idempotent": Field("bool", "the callee says that requests may be repeated: annotation k8s-stabcheck/idempotent"),
    "edge.streaming": Field("bool", "answers are streams: annotation k8s-stabcheck/streaming, or a port for WebSockets"),
    "edge.result": Field("string", "ok, no-endpoints, no-cluster (the call fails), passthrough, blocked"),
    "edge.endpoints": Field("int", "pods behind the destination; absent where the input does not tell", optional=True),
    "edge.worst_seconds": Field("double", "how long a call can take with all its tries; absent where nothing bounds it", optional=True),
    "edge.inner_seconds": Field("double", "the longest that a call of the callee can take, of those that are bounded", optional=True),
    "edge.inner_callee": Field("string", "whom the callee waits for that long"),
    "edge.inner_total_seconds": Field("double", "all of them one after another; whether it makes them so is not known", optional=True),
    "edge.amplification": Field("int", "requests that one request can become at the far end, all written retries taken together"),
    "edge.amplification_path": Field("string", "the path of the most requests: a → b → c"),
    "edge.amplified_above": Field("bool", "all its callers are called with retries themselves: the path begins above"),
    "edge.repeated": Field(
        "int", "the same by those retries alone that repeat what a callee failed at; 1 where this call is not so repeated"
    ),
    "edge.repeated_path": Field("string", "the path of the most of these; empty where this call is not so repeated"),
    "edge.repeated_layers": Field("int", "calls of that path that are so repeated, this one too"),
    "edge.repeated_above": Field("bool", "all its callers are called with such retries themselves"),
    **ROUTE_FIELDS,
    **DESTINATION_FIELDS,
    **CAPACITY_FIELDS,
    **{f"hop{number}.callee": Field("string", "who is called next on the path of the most requests") for number in range(1, _HOPS + 1)},
}


class _Group(NamedTuple):
    """Callers for whom the same holds."""

    way: Way
    reached: Destination
    callers: list[Workload]
    otherwise: str = "any caller"


def judge_edges(paths: Paths, port: ServicePortProtocol) -> Iterator[Judged]:
    """The calls to one port of a Service; where nobody is seen to call, those of any pod of its namespace."""
    if port.protocol == "UDP":
        return
    item = port.service.source
    inner, below = paths.inner(port.service), paths.below(port.service)
    beneath, said = paths.untold(port.service), _said(paths, port.service)
    for number, whole in enumerate(_groups(paths, port)):
        group, untold = (whole, _TOLD) if paths.tells_all else _apart(whole)
        facts = {
            "edge.callee": item.name,
            "edge.port": port.number,
            "edge.callers": _some(list(dict.fromkeys(caller.name for caller in group.callers))) or group.otherwise,
            "edge.http": _is_http(paths, port, group.way),
            "edge.http2": port.http2,
            "edge.chosen_by_client": group.reached.chosen_by_client,
            "edge.autoscaled": any(pod in paths.model.autoscalers_of for pod in paths.pods(port.service)),
            "edge.idempotent": "idempotent" in said,
            "edge.streaming": "streaming" in said or _is_web_socket(port),
            "edge.worst_seconds": worst_case_seconds(group.way.settings),
            "edge.inner_seconds": inner.seconds,
            "edge.inner_callee": inner.callee,
            "edge.inner_total_seconds": inner.total_seconds,
            "edge.amplification": (1 + attempts(group.way)) * below.requests,
            "edge.amplification_path": hops(port.service, below),
            "edge.amplified_above": bool(group.callers) and all(paths.called_with(attempts, caller) for caller in group.callers),
            **_repeated_facts(paths, port.service, group),
            **route_facts(group.way),
            **destination_facts(group.reached),
            **capacity_facts(paths.model, port, paths.pods(port.service), group.callers, group.reached),
            "destination.subset_found": _subset_found(paths, group.reached),
            **{f"hop{hop}.callee": "" for hop in range(1, _HOPS + 1)},
        }
        part = f"{port.number} {group.reached.subset}" + (f" {number}" if number else "")
        subject = Subject(item.kind, item.namespace, item.name, edge=_edge(port, group.callers))
        told = with_unknown(facts, {**untold, **beneath})
        yield Judged("edge", subject, Later(partial(_anchors, paths, port, group, below)), told, part=part)


def _repeated_facts(paths: Paths, service: Service, group: _Group) -> dict[str, Any]:
    """What becomes of a request that is repeated when its callee failed."""
    own = repeats_on_errors(group.way)
    if not own:
        return _NOT_REPEATED
    repeated = paths.repeated(service)
    return {
        "edge.repeated": (1 + own) * repeated.requests,
        "edge.repeated_path": hops(service, repeated),
        "edge.repeated_layers": 1 + repeated.layers,
        "edge.repeated_above": bool(group.callers) and all(paths.called_with(repeats_on_errors, caller) for caller in group.callers),
    }


def _apart(group: _Group) -> tuple[_Group, Settings]:
    """A group with the settings that are known, and those that are not."""
    untold = unknown({**group.way.settings, **group.reached.settings})
    if not untold:
        return group, untold
    way, reached = group.way, group.reached
    return _Group(
        way._replace(settings=known(way.settings)), reached._replace(settings=known(reached.settings)), group.callers, group.otherwise
    ), untold


def _edge(port: ServicePortProtocol, callers: Sequence[Workload]) -> Edge:
    keys = sorted((caller.source.document.file, caller.kind, caller.namespace, caller.name) for caller in callers)
    spoken = port.protocol.lower() or "unknown"
    return Edge(host_of(port.service), port.number, _PROTOCOLS.get(spoken, spoken), tuple(keys))


def _said(paths: Paths, service: Service) -> frozenset[str]:
    """What annotations of the Service, of the workload behind it, or of its pods say of it."""
    pods = paths.pods(service)
    metadata = (service.source.data["metadata"], *(pod.source.data["metadata"] for pod in pods))
    annotations = [*((each.get("annotations") or {}) for each in metadata), *(pod.annotations for pod in pods)]
    return frozenset(word for word in _WORDS if any(str(each.get(f"k8s-stabcheck/{word}", "")).lower() == "true" for each in annotations))


def _is_web_socket(port: ServicePortProtocol) -> bool:
    ports = port.service.source.data["spec"].get("ports") or ()
    return any(each.get("port") == port.number and each.get("appProtocol") in _WEB_SOCKETS for each in ports)


def _is_http(paths: Paths, port: ServicePortProtocol, way: Way) -> bool:
    """Declared, or said by a route or a caller's URL; what is left to sniffing may be anything."""
    if not way.settings and way.answer is None:
        return False
    return bool(port.protocol) or way.source is not None or paths.called_with_http(port.service, port.number)


def _groups(paths: Paths, port: ServicePortProtocol) -> list[_Group]:
    callers: Sequence[Workload | None] = paths.callers(port.service, port.number) or (None,)
    if callers == (None,) and (entering := paths.traffic.entering(port.service, port.number)):
        return [_Group(way, reached, [], "the gateway") for way in entering for reached in way.destinations]
    call, host = call_kind(port.protocol), host_of(port.service)
    alike: dict[int, tuple[Sequence[Way], list[Workload]]] = {}
    for caller in callers:
        namespace = caller.namespace if caller is not None else port.service.source.namespace
        ways = paths.traffic.ways(caller, namespace, host, port.number, call)
        _, some = alike.setdefault(id(ways), (ways, []))
        some += () if caller is None else (caller,)
    return _merged(alike.values())


def _merged(alike: Collection[tuple[Sequence[Way], list[Workload]]]) -> list[_Group]:
    """Callers whose ways are not the very same may get the same all the same."""
    if len(alike) == 1:
        return [_Group(way, reached, callers) for ways, callers in alike for way in ways for reached in way.destinations]
    groups: dict[tuple[Any, ...], _Group] = {}
    for ways, callers in alike:
        for way in ways:
            for reached in way.destinations:
                groups.setdefault(_same(way, reached), _Group(way, reached, [])).callers.extend(callers)
    return list(groups.values())


def call_kind(protocol: str) -> str:
    """What an application speaks to a port of a mesh: `http`, `tls` or `tcp`; a protocol that is left to sniffing counts as HTTP."""
    if protocol in ("", "HTTP", "HTTP2", "GRPC", "GRPC-Web"):
        return "http"
    return "tls" if protocol in ("HTTPS", "TLS") else "tcp"


def _same(way: Way, reached: Destination) -> tuple[Any, ...]:
    settings = tuple((name, str(setting.value), setting.state) for name, setting in (*way.settings.items(), *reached.settings.items()))
    rule = reached.rule.name if reached.rule else ""
    return reached.host, reached.port, reached.subset, reached.result, way.source, str(way.match), rule, settings


def _subset_found(paths: Paths, reached: Destination) -> bool | Unknown:
    """A rule that is there and lacks the subset is wrong; without one in an incomplete input it may come from elsewhere."""
    if not reached.subset or reached.result != "no-cluster":
        return True
    return False if reached.rule or paths.model.complete_in(ANY, "DestinationRule") else Unknown(f"DestinationRule for {reached.host}")


def _anchors(paths: Paths, port: ServicePortProtocol, group: _Group, below: Below) -> dict[str, Anchor]:
    """Where each part is written; what is not points at the next best: the route or the rule, else the Service."""
    service = Anchor(port.service.source)
    route, rule = _anchor(group.way.origin) or service, _anchor(group.reached.rule) or service
    anchors = {
        "edge": service,
        "route": route,
        "destination": _anchor(group.reached.origin) or route,
        "refusal": _refusal(group.reached) or rule,
        "timeout": _written(group.way.settings, ("request_timeout_seconds",)) or route,
        "pause": _written(group.way.settings, ("retry_backoff_base_seconds",)) or route,
        "retries": _written(group.way.settings, ("retry_attempts",)) or route,
        "pool": _written(group.reached.settings, LIMITS) or rule,
        "capacity": _written(group.reached.settings, LIMITS) or rule,
        "connect": _written(group.reached.settings, ("connect_timeout_seconds",)) or rule,
        "idle": _written(group.reached.settings, ("idle_timeout_seconds",)) or rule,
        "outlier": _written(group.reached.settings, ("outlier_max_ejection_percent", "outlier_consecutive_5xx")) or rule,
    }
    for number, call in enumerate(below.path[:_HOPS], 1):
        for way in paths.ways(call)[:1]:
            anchors[f"hop{number}"] = _written(way.settings, ("retry_attempts",)) or Anchor(call.evidence[0].source, call.evidence[0].path)
    return anchors


def _refusal(reached: Destination) -> Anchor | None:
    return (_anchor(reached.refused.sent_by) or _anchor(reached.refused.taken_by)) if reached.refused else None


def _written(settings: Settings, names: Sequence[str]) -> Anchor | None:
    places = (_anchor(settings[name].origin) for name in names if name in settings)
    return next((place for place in places if place), None)


def _anchor(origin: Origin | None) -> Anchor | None:
    return Anchor(origin.item, origin.path) if origin is not None and origin.item is not None else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
