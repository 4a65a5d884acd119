"""Facts about paths of calls through a mesh: what lies below a workload, and what is above it."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from checker.calls.graph import CallGraph
from checker.calls.types import Call
from checker.facts.edge_route import repeats_on_errors
from checker.facts.untold import INNER_TIMEOUT, RETRIES_BELOW, unknown
from checker.facts.worst_case import WORST_CASE, worst_case_seconds
from checker.model.build import Model
from checker.model.setting import Settings
from checker.model.traffic import Traffic, Way
from checker.model.types import Service, Workload

Key = tuple[str, str, int]  # namespace, name and port of a Service
Retries = Callable[[Way], int]  # tries after the first


class Below(NamedTuple):
    """Requests at the far end for one request to a workload, and the calls that lead there."""

    requests: int
    path: tuple[Call, ...]
    layers: int = 0  # calls of the path that are retried


class Inner(NamedTuple):
    """What the bounded calls of a Service's pods take at most: the longest, whom it is for, and all of them one after another."""

    seconds: float | None
    callee: str
    total_seconds: float | None


class Paths:
    """The calls of a system that its mesh carries. Circles are not followed: they are told of elsewhere."""

    def __init__(self, model: Model, graph: CallGraph, traffic: Traffic) -> None:
        self.traffic = traffic
        self.model = model
        self._graph = graph
        self._callers: dict[Key, list[Call]] = {}
        self._callees: dict[Workload, list[Call]] = {}
        self._below: dict[Workload, Below] = {}
        self._repeated: dict[Workload, Below] = {}
        self._ways: dict[Call, Sequence[Way]] = {}
        self._retried: dict[tuple[Retries, Workload], bool] = {}
        self.tells_all = traffic.tells_all()
        for call in graph.calls:
            service, workload = call.callee.service, call.workload
            port = meant_port(call)
            if service is None or workload is None or port is None or call.telemetry or not traffic.carries(workload):
                continue
            self._callers.setdefault((service.source.namespace, service.source.name, port), []).append(call)
            self._callees.setdefault(workload, []).append(call)

    def callers(self, service: Service, port: int) -> list[Workload]:
        """Who is seen to call a Service's port."""
        calls = self._callers.get((service.source.namespace, service.source.name, port), ())
        return list({call.workload: None for call in calls if call.workload is not None})

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {host_of(service): service for service in self.model.part.services}

    def service(self, host: str) -> Service | None:
        """The Service of a name in full."""
        return self._services.get(host)

    def calls(self, workload: Workload) -> Sequence[Call]:
        """What a workload is seen to call through the mesh."""
        return self._callees.get(workload, ())

    def pods(self, service: Service) -> Sequence[Workload]:
        """Who answers for a Service."""
        return self._graph.pods.get(service, ())

    def called_with_http(self, service: Service, port: int) -> bool:
        """Whether a caller's configuration says that it speaks HTTP or gRPC to a port."""
        calls = self._callers.get((service.source.namespace, service.source.name, port), ())
        return any(call.protocol in ("http", "grpc") for call in calls)

    def ways(self, call: Call) -> Sequence[Way]:
        """The ways of a call."""
        if call not in self._ways:
            self._ways[call] = self._found(call)
        return self._ways[call]

    def carried(self, call: Call) -> Sequence[Way]:
        """The ways of a call; none where the mesh does not carry it."""
        return self.ways(call) if call.workload is not None and self.traffic.carries(call.workload) else ()

    def _found(self, call: Call) -> Sequence[Way]:
        caller, service, port = call.workload, call.callee.service, meant_port(call)
        if caller is None or service is None or port is None:
            return ()
        return self.traffic.ways(caller, caller.namespace, host_of(service), port, "http")

    def inner(self, service: Service) -> Inner:
        """How long a Service's pods may wait for those whom they call."""
        found: dict[str, float] = {}
        for pod in self.pods(service):
            for call in self._callees.get(pod, ()):
                for way in self.ways(call) if call not in self._graph.in_cycle else ():
                    seconds = worst_case_seconds(way.settings)
                    if seconds is not None:
                        found[short(call)] = max(seconds, found.get(short(call), 0.0))
        callee = max(found, key=found.__getitem__, default="")
        return Inner(found.get(callee), callee, sum(found.values()) if found else None)

    def unbounded(self, workload: Workload) -> Iterator[Call]:
        """The calls of HTTP or gRPC that a workload makes without any timeout; not those of which that is not known."""
        for call in self._callees.get(workload, ()):
            ways = self.ways(call) if call.protocol in ("http", "grpc") else ()
            if any(way.settings and not unknown(way.settings) and worst_case_seconds(way.settings) is None for way in ways):
                yield call

    def below(self, service: Service) -> Below:
        """What one request to a Service can become, all written retries taken together."""
        return self._most(service, attempts, self._below)

    def repeated(self, service: Service) -> Below:
        """The same by those retries alone that repeat what a callee failed at: others do not go on up a path."""
        return self._most(service, repeats_on_errors, self._repeated)

    def _most(self, service: Service, retries: Retries, known: dict[Workload, Below]) -> Below:
        of_pods = (self._of(pod, retries, known) for pod in self.pods(service))
        return max(of_pods, default=Below(1, ()), key=lambda found: found.requests)

    def _of(self, caller: Workload, retries: Retries, known: dict[Workload, Below]) -> Below:
        if caller in known:
            return known[caller]
        most = known[caller] = Below(1, ())
        for call in self._callees.get(caller, ()):
            if call in self._graph.in_cycle or call.callee.service is None:
                continue
            tries = 1 + max(map(retries, self.ways(call)), default=0)
            rest = self._most(call.callee.service, retries, known)
            if tries * rest.requests > most.requests:
                most = Below(tries * rest.requests, (call, *rest.path), rest.layers + (tries > 1))
        known[caller] = most
        return most

    def untold(self, service: Service) -> Settings:
        """What is unknown of the calls below a Service, by the names that `checker.facts.untold` has for it."""
        found: Settings = {}
        if self.tells_all:
            return found
        for call in self._beneath(service):
            for way in self.ways(call):
                untold = unknown(way.settings)
                if "retry_attempts" in untold:
                    found[RETRIES_BELOW] = untold["retry_attempts"]
                if call.workload in self.pods(service):
                    found.update((INNER_TIMEOUT, untold[name]) for name in WORST_CASE if name in untold)
        return found

    def _beneath(self, service: Service) -> Iterator[Call]:
        """All calls below a Service, circles left out."""
        waiting, seen = list(self.pods(service)), set(self.pods(service))
        while waiting:
            for call in self._callees.get(waiting.pop(), ()):
                if call in self._graph.in_cycle or call.callee.service is None:
                    continue
                yield call
                more = [pod for pod in self.pods(call.callee.service) if pod not in seen]
                seen.update(more)
                waiting += more

    def called_with(self, retries: Retries, workload: Workload) -> bool:
        """Whether calls to a workload are so retried, by whomever."""
        key = retries, workload
        if key not in self._retried:
            self._retried[key] = self._is_retried(retries, workload)
        return self._retried[key]

    def _is_retried(self, retries: Retries, workload: Workload) -> bool:
        for service in self.model.services_of.get(workload, ()):
            for port in service.ports:
                calls = self._callers.get((service.source.namespace, service.source.name, port.number))
                if calls is None:
                    ways: Sequence[Way] = self.traffic.ways(None, service.source.namespace, host_of(service), port.number, "http")
                else:
                    ways = [way for call in calls for way in self.ways(call)]
                if any(map(retries, ways)):
                    return True
        return False


def meant_port(call: Call) -> int | None:
    """The port that is called; where the Service lacks it, which is told elsewhere, its only one is taken to be meant."""
    ports = [port.number for port in call.callee.service.ports] if call.callee.service else []
    return ports[0] if len(ports) == 1 and call.port is not None else call.port


def attempts(way: Way) -> int:
    """Tries after the first that somebody asked for; those that a mesh adds by itself are for connections that did not come about."""
    setting = way.settings.get("retry_attempts")
    return int(setting.value) if setting and setting.value and setting.state == "set" else 0


def host_of(service: Service) -> str:
    """A Service's name in full."""
    return f"{service.source.name}.{service.source.namespace}.svc.cluster.local"


def short(call: Call) -> str:
    """The callee as people say it."""
    return call.callee.name.partition(".")[0]


def hops(service: Service, below: Below) -> str:
    """`a → b → c`."""
    return " → ".join((service.source.name, *(short(call) for call in below.path)))
