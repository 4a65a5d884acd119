"""Facts about application source: what a line lacks, who runs it, and whether the mesh makes up for it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.calls.addresses import addresses
from checker.calls.graph import CallGraph
from checker.calls.settings import arguments, environment
from checker.code.types import Lacking, Match
from checker.facts.fields import Anchor, Field, Judged, Spot, Unknown
from checker.facts.paths import Paths, host_of
from checker.facts.untold import unknown
from checker.facts.worst_case import WORST_CASE, worst_case_seconds
from checker.findings import Subject
from checker.location import Location
from checker.model.build import Model
from checker.model.hosts import resolve
from checker.model.setting import Origin
from checker.model.traffic import Traffic, Way

if TYPE_CHECKING:
    from checker.code.join import Joined, Running

SOURCE_CALL_FIELDS = {
    "code.language": Field("string", "python, go, java or javascript (TypeScript too)"),
    "code.library": Field("string", "the library that is called"),
    "code.lacks": Field(
        "string",
        "what is missing: timeout, own timeout (the library has one of minutes), retry condition, retry limit, back-off, queue bound, "
        "thread bound, connection bound, row limit",
    ),
    "code.call": Field("string", "what is called, as it is written: requests.get"),
    "code.says": Field("string", "what follows from it, for people"),
    "code.address": Field("string", "the beginning of the URL that is called, where it is written in the call; else empty"),
    "code.workload": Field("string", "name of the workload that runs it"),
    "code.runs": Field("string", "who says that the workload runs it, for people"),
    "bound.by_mesh": Field("bool", "the mesh bounds the time of the call: a request timeout, or one for each try"),
    "bound.seconds": Field("double", "the longest time that it gives the call; absent where it does not bound it", optional=True),
}


_SOURCES = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))


class _Bound(NamedTuple):
    """What the mesh makes of a call without a timeout; `origin` is where its timeout is written."""

    by_mesh: bool | Unknown
    seconds: float | None = None
    origin: Origin | None = None


_UNBOUNDED = _Bound(by_mesh=False)


def judge_source(model: Model, graph: CallGraph, traffic: Traffic | None, joined: "Joined") -> Iterator[Judged]:
    """Each place that lacks something, for each container that runs it."""
    mesh = _Mesh(model, graph, traffic)
    seen: Counter[tuple[str, ...]] = Counter()
    for match, runners in joined.matches():
        lacking = joined.code.rules[match.rule]
        key = match.file, match.rule, match.within, match.call
        seen[key] += 1
        part = " ".join((*key, str(seen[key])))
        for running in runners:
            if not _made_up_for(model, running, lacking):
                yield _judged(match, lacking, running, mesh.bound(match, lacking, running), part)


def _judged(match: Match, lacking: Lacking, running: "Running", bound: _Bound, part: str) -> Judged:
    item, container = running.workload.source, running.container
    facts: dict[str, Any] = {
        "code.language": lacking.language,
        "code.library": lacking.library,
        "code.lacks": lacking.lacks,
        "code.call": match.call,
        "code.says": lacking.says,
        "code.address": match.address,
        "code.workload": running.workload.name,
        "code.runs": running.by,
        "bound.by_mesh": bound.by_mesh,
        "bound.seconds": bound.seconds,
    }
    spot = Spot(Location(match.file, match.line, match.column, match.call), match.excerpt)
    anchors = {"code": Anchor(item, spot=spot), "workload": Anchor(item, (*container.path, "image"))}
    if bound.origin is not None and bound.origin.item is not None:
        anchors["bound"] = Anchor(bound.origin.item, bound.origin.path)
    return Judged("source-call", Subject(item.kind, item.namespace, item.name, container.name), anchors, facts, part, lacking.fix)


def _made_up_for(model: Model, running: "Running", lacking: Lacking) -> bool:
    """Whether a variable that the library reads is set, or may be: by a ConfigMap or Secret that is not in the input.

    What begins in lower case is no variable, but may be said in one, or in a command.
    """
    workload, container = running.workload, running.container
    for word in lacking.environment:
        if word[0].islower():
            settings = (*environment(model, workload, container).values(), *arguments(workload, container, {}))
            if any(word in setting.value for setting in settings):
                return True
        elif _has_variable(model, running, word):
            return True
    return False


def _has_variable(model: Model, running: "Running", name: str) -> bool:
    workload, container = running.workload, running.container
    sources = [(kind, entry[key].get("name")) for entry in container.data.get("envFrom") or () for key, kind in _SOURCES if entry.get(key)]
    there = {
        (kind, item.name) for kind in ("ConfigMap", "Secret") for item in model.kinds.get(kind, ()) if item.namespace == workload.namespace
    }
    written = {str(entry.get("name")) for entry in container.data.get("env") or ()}
    return name in written or name in environment(model, workload, container) or not there.issuperset(sources)


class _Mesh:
    """What a mesh bounds of the calls that source makes."""

    def __init__(self, model: Model, graph: CallGraph, traffic: Traffic | None) -> None:
        self._graph = graph
        self._traffic = traffic
        self._paths = Paths(model, graph, traffic) if traffic else None

    def bound(self, match: Match, lacking: Lacking, running: "Running") -> _Bound:
        """By the host that is called where the source names it; else by all calls that the workload is seen to make."""
        traffic, workload = self._traffic, running.workload
        if (
            lacking.lacks not in ("timeout", "own timeout")
            or lacking.protocol == "other"
            or traffic is None
            or not traffic.carries(workload)
        ):
            return _UNBOUNDED
        if match.address:
            return self._to(traffic, match.address, running)
        return self._anywhere(running)

    def _to(self, traffic: Traffic, url: str, running: "Running") -> _Bound:
        found = addresses(url)
        if not found or found[0].scheme == "https" or found[0].port is None:  # a proxy sees no requests in what the program encrypts
            return _UNBOUNDED
        callee = resolve(self._graph.hosts, found[0].host, running.workload.source)
        if callee.outcome in ("missing", "unknown") and not callee.certain:
            return _Bound(Unknown(f"Service {callee.name.removesuffix('.svc.cluster.local')}"))
        host = host_of(callee.service) if callee.service else callee.name
        return _of(traffic.ways(running.workload, running.workload.namespace, host, found[0].port, "http"))

    def _anywhere(self, running: "Running") -> _Bound:
        paths = self._paths
        calls = [call for call in paths.calls(running.workload) if call.protocol in ("http", "grpc")] if paths else []
        bounds = [_of(paths.ways(call)) for call in calls] if paths else []
        bounded = sum(bound.by_mesh is not False for bound in bounds)
        if not bounded:
            return _UNBOUNDED
        name = running.workload.name
        why = f"the source does not name the host, and the mesh bounds {bounded} of the {len(bounds)} calls that {name} is seen to make"
        return _Bound(Unknown("", why))


def _of(ways: Sequence[Way]) -> _Bound:
    carrying = [way for way in ways if way.answer is None]
    if any(name in unknown(way.settings) for way in carrying for name in WORST_CASE):
        return _Bound(Unknown("", "something rewrites what the mesh programs"))
    times = [worst_case_seconds(way.settings) for way in carrying]
    known = [seconds for seconds in times if seconds is not None]
    if not known:
        return _UNBOUNDED
    if len(known) < len(times):
        return _Bound(
            Unknown("", f"the mesh bounds {len(known)} of the {len(times)} routes to the host, and the source does not tell which")
        )
    return _Bound(by_mesh=True, seconds=max(known), origin=_origin(carrying[times.index(max(known))]))


def _origin(way: Way) -> Origin | None:
    settings = (way.settings.get(name) for name in WORST_CASE[:2])
    return next((setting.origin for setting in settings if setting is not None and setting.value), None)
