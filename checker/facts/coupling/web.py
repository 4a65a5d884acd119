"""Who waits for whom: the calls of a system that are answered, between workloads of the input."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from checker.calls.graph import CallGraph, components
from checker.calls.style import style_of
from checker.calls.types import Call
from checker.model.types import Workload

Links = Mapping[Workload, Mapping[Workload, Call]]
_STORES = frozenset({"postgres", "mysql", "mongodb", "redis", "memcached"})


def waits(call: Call) -> bool:
    """Whether its caller serves, and goes on only with the answer.

    That is no telemetry, no message, no call of a job or of an init container, and no look into a cache: clients of memcached take an
    error for a miss.
    """
    if call.workload is None or call.telemetry or call.workload.runs_to_completion or call.protocol == "memcached":
        return False
    if style_of(call.protocol).name == "message":
        return False
    return any(evidence.role != "init" for evidence in call.evidence)


class Web:
    """Workloads, and the calls between them for whose answers somebody waits."""

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph

    @cached_property
    def callees(self) -> Links:
        """Caller → callee → the first call."""
        found: dict[Workload, dict[Workload, Call]] = {}
        for call in self._graph.calls:
            if call.callee.service is None or call.workload is None or not waits(call):
                continue
            for callee in self._graph.pods.get(call.callee.service, ()):
                if callee is not call.workload:
                    found.setdefault(call.workload, {}).setdefault(callee, call)
        return found

    @cached_property
    def callers(self) -> Links:
        """Callee → caller → the first call."""
        return turned(self.callees)

    @cached_property
    def workloads(self) -> Sequence[Workload]:
        """All that call or are called, in the order of the input's calls."""
        return list(dict.fromkeys((*self.callees, *self.callers)))

    @cached_property
    def _knots(self) -> list[list[Workload]]:
        """Circles as one, callees before their callers."""
        return components({each: self.callees.get(each, {}) for each in self.workloads})

    @cached_property
    def _onward(self) -> Mapping[Workload, tuple[int, Workload | None]]:
        """The length of the longest chain of calls to services, and whom it calls first. Circles are told of elsewhere: not followed."""
        found: dict[Workload, tuple[int, Workload | None]] = {}
        for knot in self._knots:
            for workload in knot:
                best: tuple[int, Workload | None] = (0, None)
                for callee, call in self.callees.get(workload, {}).items():
                    if call.protocol not in _STORES and callee not in knot and found[callee][0] + 1 > best[0]:
                        best = (found[callee][0] + 1, callee)
                found[workload] = best
        return found

    def chain(self, workload: Workload) -> list[Workload]:
        """The longest chain of calls to services that begins there, the workload itself first."""
        chain, following = [workload], self._onward[workload][1]
        while following is not None:
            chain.append(following)
            following = self._onward[following][1]
        return chain

    def services(self, workload: Workload) -> list[Workload]:
        """The services that it calls itself; no databases and caches."""
        return [callee for callee, call in self.callees.get(workload, {}).items() if call.protocol not in _STORES]

    @cached_property
    def dependents(self) -> Mapping[Workload, frozenset[Workload]]:
        """Who waits for each workload, directly or through others."""
        return above(self.callees, self._knots)


def turned(links: Links) -> dict[Workload, dict[Workload, Call]]:
    """The same calls, by callee."""
    found: dict[Workload, dict[Workload, Call]] = {}
    for caller, callees in links.items():
        for callee, call in callees.items():
            found.setdefault(callee, {})[caller] = call
    return found


def above(links: Links, knots: Sequence[Sequence[Workload]]) -> dict[Workload, frozenset[Workload]]:
    """Everybody from whom calls lead to each workload; `knots` as `components` gives them. Sets of bits keep it near linear."""
    callers = turned(links)
    number = {workload: place for place, workload in enumerate(workload for knot in knots for workload in knot)}
    names = list(number)
    bits: dict[Workload, int] = {}
    for knot in reversed(knots):  # callers first
        together = sum(1 << number[each] for each in knot) if len(knot) > 1 else 0
        for workload in knot:
            for caller in callers.get(workload, {}):
                together |= 1 << number[caller] | bits.get(caller, 0)
        for workload in knot:
            bits[workload] = together & ~(1 << number[workload])
    return {workload: frozenset(_named(bits[workload], names)) for workload in names}


def _named(bits: int, names: Sequence[Workload]) -> Iterator[Workload]:
    while bits:
        lowest = bits & -bits
        yield names[lowest.bit_length() - 1]
        bits ^= lowest


def kept(links: Links, holds: Callable[[Call], bool]) -> dict[Workload, dict[Workload, Call]]:
    """Those calls alone for which something holds."""
    found: dict[Workload, dict[Workload, Call]] = {}
    for caller, callees in links.items():
        for callee, call in callees.items():
            if holds(call):
                found.setdefault(caller, {})[callee] = call
    return found
