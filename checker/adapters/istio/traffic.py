"""Istio as a mesh that answers questions about calls."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from checker.adapters.istio.ambient import ztunnel_ways
from checker.adapters.istio.calls import System
from checker.adapters.istio.entrances import entering
from checker.adapters.istio.gateway_api import GROUP
from checker.adapters.istio.gateways import is_gateway
from checker.adapters.istio.inert import inert_lines
from checker.adapters.istio.inert_routes import unread_delegates
from checker.adapters.istio.injection import MODE, Membership, labels_of
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.names import DOMAIN, PUBLIC, full_name, is_wildcard, within
from checker.adapters.istio.overrides import with_overrides
from checker.adapters.istio.registry import Host
from checker.adapters.istio.scope import Client, destinations, sidecar_of
from checker.adapters.istio.unread import lost_selectors, unread
from checker.adapters.istio.variants import variants
from checker.adapters.istio.watched import watched
from checker.model.build import Model, selected
from checker.model.rate_limit import RateLimit
from checker.model.setting import Origin, said_by
from checker.model.traffic import Entry, Hidden, Inert, LeftOut, LostSelector, MeshHost, ServicePortProtocol, Traffic, Unread, Watched, Way
from checker.model.types import Service, Workload
from checker.objects import ApiObject

_KINDS = ("VirtualService", "DestinationRule", "ServiceEntry", "Sidecar", "PeerAuthentication", "EnvoyFilter", "IstioOperator")
_SHOWN = 3
_NO_LABELS: frozenset[tuple[str, str]] = frozenset()


def traffic_of(model: Model, mesh: Mesh) -> Traffic | None:
    """The mesh of a system; None where nothing in the input belongs to one."""
    if any(kind in model.kinds for kind in _KINDS) or any(_injects(item) for item in model.kinds.get("Namespace", ())):
        return IstioTraffic(model, mesh)
    return None


def _injects(namespace: ApiObject) -> bool:
    labels = labels_of(namespace)
    return labels.get("istio-injection") == "enabled" or bool(labels.get("istio.io/rev")) or labels.get(MODE) == "ambient"


def _taken_for_granted(namespaces: Sequence[str]) -> Iterator[str]:
    """That pods of which nothing says whether they have a proxy do have one."""
    if namespaces:
        more = f" and {len(namespaces) - _SHOWN} more" if len(namespaces) > _SHOWN else ""
        where = f"{'namespaces' if len(namespaces) > 1 else 'namespace'} {', '.join(namespaces[:_SHOWN])}{more}"
        yield f"the pods of {where} have a proxy of the mesh where nothing says whether they do"


class IstioTraffic:
    """Answers are worked out when asked for and kept: callers of one namespace mostly get the same."""

    limiting_kind = "EnvoyFilter"

    def __init__(self, model: Model, mesh: Mesh) -> None:
        self._model = model
        self._mesh = mesh
        self._system = System(model, mesh)
        self._members: dict[Workload, Membership] = {}
        self._overriding: dict[tuple[int, str, int], Sequence[Way]] = {}
        self._ways: dict[tuple[str, frozenset[tuple[str, str]], str, int, str], Sequence[Way]] = {}

    def assumptions(self) -> Sequence[str]:
        """The version that is taken for granted, that pods have a proxy where nothing says so, which variants count, what lacks."""
        unsaid = dict.fromkeys(pod.namespace for pod in self._model.part.workloads if not self._member(pod).said)
        said = self._mesh.said or "the newest known; nothing in the input says which"
        doubts = (*_taken_for_granted(list(unsaid)), *variants(self._model), *unread_delegates(self._model))
        return [f"{self._mesh.product.name} ({said})", *doubts]

    def carries(self, caller: Workload) -> bool:
        """An explicit no of the pod or its namespace is a no; where nothing is said, pods have a proxy."""
        return self._member(caller).proxy != "none"

    def left_out(self, caller: Workload) -> LeftOut | None:
        """Why the mesh does not carry a caller's calls."""
        member = self._member(caller)
        return LeftOut(member.reason, member.origin) if member.proxy == "none" else None

    def refuses_probes(self, pod: Workload, port: int) -> Origin | None:
        """Who has a pod's proxy refuse the kubelet; ztunnel lets it through."""
        takes = self._system.peers.takes(pod, port)
        return takes.origin if takes.what == "mutual" and self._member(pod).proxy == "sidecar" else None

    def refuses_plain_text(self, service: Service, port: int) -> Origin | None:
        """Who says that all pods behind a Service's port take mutual TLS of the mesh and nothing else."""
        takes = self._system.peers.taken(service, port)
        return takes.origin if takes.what == "mutual" else None

    def unread(self) -> Sequence[Unread]:
        """Services in ambient mode without a waypoint."""
        return unread(self._system)

    def lost_selectors(self) -> Sequence[LostSelector]:
        """DestinationRules whose workloadSelector selects none but servers, or pods without a proxy of their own."""
        return lost_selectors(self._system)

    def _member(self, workload: Workload) -> Membership:
        if workload not in self._members:
            self._members[workload] = self._system.memberships.of(workload)
        return self._members[workload]

    def ways(self, caller: Workload | None, namespace: str, host: str, port: int, call: str) -> Sequence[Way]:
        """The ways of a call; without a caller those of any pod of the namespace."""
        member = self._member(caller) if caller is not None else self._system.memberships.of_namespace(namespace)
        if member.proxy == "ztunnel":
            key = "", _NO_LABELS, host, port, call
            if key not in self._ways:
                self._ways[key] = ztunnel_ways(self._system, host, port, call)
            return self._ways[key]
        foreign = not host.endswith(f".{namespace}.{DOMAIN}")
        client = self._client(caller, "" if foreign and self._system.seen_like_others(namespace) else namespace)
        key = client.namespace, frozenset(client.labels.items()) if client.labels else _NO_LABELS, host, port, call
        if key not in self._ways:
            self._ways[key] = self._system.sidecar_ways(client, host, port, call)
        return self._ways[key]

    def _client(self, caller: Workload | None, namespace: str) -> Client:
        return Client(namespace, caller.labels if caller is not None and self._labels_matter else {})

    def overriding_ways(self, caller: Workload | None, namespace: str, host: str, port: int, call: str) -> Sequence[Way]:
        """The ways of a sidecar, each setting with what it was preferred to; a waypoint's as they are."""
        ways = self.ways(caller, namespace, host, port, call)
        member = self._member(caller) if caller is not None else self._system.memberships.of_namespace(namespace)
        if member.proxy == "ztunnel":
            return ways
        key = id(ways), host, port
        if key not in self._overriding:
            self._overriding[key] = with_overrides(self._system, self._client(caller, namespace), host, port, ways)
        return self._overriding[key]

    def hidden(self, caller: Workload, host: str, port: int, call: str) -> Hidden | None:
        """The Sidecar that does not let in a host which is exported to the caller."""
        if not self._system.sidecars or self._member(caller).proxy != "sidecar":
            return None
        client = self._client(caller, caller.namespace)
        sidecar = sidecar_of(self._system.sidecars, self._mesh.root_namespace, client)
        known = self._system.visible(client.namespace).get(host)
        if sidecar is None or known is None or known.alias or known.port(port) is None:
            return None
        if any(host.lower() in listener.hosts for listener in self._system.scope(client).listeners):
            return None
        ways = self.ways(caller, client.namespace, host, port, call)
        lost = [way for way in ways if way.answer == "direct" and way.source is None]
        gone = all(reached.result in ("passthrough", "blocked") and not reached.refused for way in ways for reached in way.destinations)
        if not gone or any(way.source for way in ways):
            return None
        blocked = bool(lost) or any(reached.result == "blocked" for way in ways for reached in way.destinations)
        return Hidden(said_by(sidecar, "spec", "egress"), blocked)

    def entries(self) -> Sequence[Entry]:
        """What gateways of the mesh route from outside."""
        return self._entries

    @cached_property
    def _entries(self) -> Sequence[Entry]:
        ways = entering(self._system) if "Gateway" in self._model.kinds else ()
        return [Entry(entrance.item, way) for entrance, way in ways if entrance.ours]

    def entering(self, service: Service, port: int) -> Sequence[Way]:
        """The ways by which gateways send requests from outside to a Service's port."""
        return self._entering.get((f"{service.source.name}.{service.source.namespace}.{DOMAIN}", port), ())

    @cached_property
    def _entering(self) -> Mapping[tuple[str, int], Sequence[Way]]:
        found: dict[tuple[str, int], list[Way]] = {}
        for entry in self.entries():
            for reached in entry.way.destinations:
                found.setdefault((reached.host, reached.port), []).append(entry.way._replace(destinations=(reached,)))
        return found

    def ports(self) -> Sequence[ServicePortProtocol]:
        """The ports of the Services that the mesh is seen to carry calls to; a gateway's own Service is called from outside."""
        return self._ports

    @cached_property
    def _ports(self) -> Sequence[ServicePortProtocol]:
        return [
            ServicePortProtocol(host.service, port.number, port.protocol)
            for host in self._system.hosts
            if host.service is not None and not host.alias and self._is_carried(host, host.service)
            for port in host.ports
        ]

    def _is_carried(self, host: Host, service: Service) -> bool:
        """Where the namespace or the pods say so, or a route or a rule names the host; through ztunnel only where there is a waypoint."""
        around = self._system.memberships.of_namespace(host.namespace)
        pods = self._behind(service)
        members = [self._member(pod) for pod in pods] or [around]
        if around.proxy == "none":
            return False
        if all(member.proxy == "ztunnel" for member in members):
            waypoint = self._system.waypoints.of(host)
            return waypoint is not None and waypoint.item is not None
        named = host.name in self._named or any(within(host.name, name) for name in self._named_widely)
        said = any(member.said and member.proxy != "none" for member in members)
        return (said or named) and not any(is_gateway(self._model, Client(pod.namespace, pod.labels)) for pod in pods)

    def _behind(self, service: Service) -> Sequence[Workload]:
        return selected(self._model.pods, self._model.in_namespace, service.source.namespace, service.selector)

    @cached_property
    def _named(self) -> frozenset[str]:
        """Hosts that DestinationRules and routes are for, and those that routes send requests to."""
        rules = (full_name(str((item.data.get("spec") or {}).get("host") or ""), item.namespace) for item in self._rules())
        routes = (name for service in self._system.services for name in (*service.hosts, *destinations(service, service.namespace)))
        return frozenset((*rules, *routes))

    @cached_property
    def _named_widely(self) -> list[str]:
        return [name for name in self._named if is_wildcard(name) and name != PUBLIC]

    def limits(self) -> Iterable[RateLimit]:
        """How much the pods behind Services take."""
        hosts = self._system.hosts if self._system.limits else ()
        return (limit for host in hosts for port in host.ports for limit in self._system.limits.of_pods(host, port.number))

    def named_hosts(self) -> Sequence[MeshHost]:
        """The hosts of DestinationRules."""
        known = [host.name for host in self._system.hosts]
        exact = frozenset(known)
        named = []
        for item in self._model.kinds.get("DestinationRule", ()):
            written = str((item.data.get("spec") or {}).get("host") or "")
            host = full_name(written, item.namespace)
            found = host in exact or (is_wildcard(host) and any(within(name, host) for name in known))
            named.append(MeshHost(said_by(item, "spec", "host"), host, found or any(within(host, name) for name in self._wildcards)))
        return named

    def tells_all(self) -> bool:
        """Without EnvoyFilters."""
        return not self._system.filters

    def resolves_names(self) -> bool:
        """Switched on by metadata of the proxies; since 1.25 istiod then gives every host an address."""
        metadata = (self._mesh.values.get("defaultConfig") or {}).get("proxyMetadata")
        return isinstance(metadata, dict) and str(metadata.get("ISTIO_META_DNS_CAPTURE")).lower() == "true"

    def inert(self) -> Sequence[Inert]:
        """Dead lines of DestinationRules and VirtualServices."""
        carried = (workload for workload in self._model.part.workloads if self.carries(workload))
        made = (
            item for item in self._model.kinds.get("Gateway", ()) if item.api_version.startswith(GROUP)
        )  # their pods are in no manifest
        callers = [Client(workload.namespace, workload.labels) for workload in carried]
        return inert_lines(self._system, callers, [item.namespace for item in made])

    def watched(self) -> Watched | None:
        """What the MeshConfig, annotations of pods and Telemetries say."""
        return watched(self._model, self._mesh)

    @cached_property
    def _wildcards(self) -> list[str]:
        return [host.name for host in self._system.hosts if is_wildcard(host.name)]

    @cached_property
    def _labels_matter(self) -> bool:
        """Whether anything in the mesh asks who the caller's pods are."""
        choosing = (*self._rules(), *self._model.kinds.get("EnvoyFilter", ()))
        if self._system.sidecars or any("workloadSelector" in (item.data.get("spec") or {}) for item in choosing):
            return True
        rules = (rule for service in self._system.services for rule in (*service.http, *service.tcp, *service.tls))
        return any(match.get("sourceLabels") for rule in rules for match in rule.values.get("match") or ())

    def _rules(self) -> Sequence[ApiObject]:
        return self._model.kinds.get("DestinationRule", ())
