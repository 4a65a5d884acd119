"""`k8s-stabcheck edges`: what is really in force on every call."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from checker.adapters import kubernetes
from checker.adapters.envoy.detect import Envoys, envoys_of
from checker.adapters.envoy_gateway.detect import EnvoyGateways, envoy_gateway_of
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.calls.graph import call_graph
from checker.cli import FINE, UNREADABLE, WRONG_USAGE
from checker.cli.edges_text import render_edges
from checker.cli.making import making
from checker.cli.meshes import mesh_config, mesh_versions
from checker.edges import (
    Caller,
    Edge,
    NoQuestion,
    Question,
    RouteQuestion,
    Target,
    answer,
    answer_route,
    caller_of,
    edges,
    edges_between,
    no_edges,
    questions,
    target_of,
)
from checker.errors import UsageError
from checker.model.build import Model, build
from checker.model.traffic import Traffic
from checker.reading import Reading, begin_reading
from checker.sources.names import STDIN, STDIN_NAME
from checker.tracing import traced_places
from checker.workers import default_jobs
from checker.worlds import World, worlds

_ROUTING = ("Gateway", "Ingress")  # objects, not workloads: what they route is seen, and nothing else can be asked of them


def run(arguments: argparse.Namespace) -> int:
    """Print the edges, or answer questions, one JSON line each; the exit status."""
    caller = None if arguments.caller is None else caller_of(arguments.caller)
    target = None if arguments.to is None else target_of(arguments.to)
    reading = _begin(arguments)
    asked = None if arguments.queries is None else list(questions(*_lines(arguments.queries)))
    found = reading()
    several = worlds(found.objects, found.unseen, found.variants, found.renderings)
    no_questions = [each.problem for each in asked or () if isinstance(each, NoQuestion)]
    for problem in (*found.inputs.errors, *no_questions):
        print(f"k8s-stabcheck: {problem}\n  fix: {problem.fix}", file=sys.stderr)
    if asked is not None:
        answering = _Modelled.of(_one(several), arguments, complete=found.complete)
        for question in asked:
            print(json.dumps(traced_places(_said(answering, question), found.renderings), ensure_ascii=False))
    else:
        if not found.objects and not found.inputs.errors:
            print("k8s-stabcheck: no object was read: name a directory or files with manifests, or - for standard input", file=sys.stderr)
        modelled = [_Modelled.of(world, arguments, complete=found.complete) for world in several] if found.objects else []
        chosen = (traced_places(edge, found.renderings) for edge in _chosen(modelled, caller, target))
        _print(chosen, list(dict.fromkeys((*found.notes, *(taken for each in modelled for taken in each.assumptions())))), arguments.format)
    return UNREADABLE if found.inputs.errors or not found.objects else WRONG_USAGE if no_questions else FINE


def _begin(arguments: argparse.Namespace) -> Callable[[], Reading]:
    if arguments.cluster:
        from checker.cli.cluster import read_over

        return lambda: read_over(arguments).now
    return begin_reading(arguments.paths, arguments.jobs or default_jobs(), making(arguments))


class _Modelled(NamedTuple):
    """A world, and who carries the calls in it."""

    label: str
    model: Model
    traffic: Traffic | None
    system: System
    gateways: EnvoyGateways | None
    envoys: Envoys | None

    @classmethod
    def of(cls, world: World, arguments: argparse.Namespace, *, complete: bool) -> "_Modelled":
        """By the flags of the user."""
        model = build(kubernetes.read(world.objects), complete=arguments.complete or complete, unseen=world.unseen)
        versions = mesh_versions(arguments.mesh)
        mesh = mesh_of(model, mesh_config(arguments.mesh_config), versions.istio)
        gateways = envoy_gateway_of(model, asked=versions.envoy_gateway)
        return cls(world.label, model, traffic_of(model, mesh), System(model, mesh), gateways, envoys_of(model))

    def assumptions(self) -> Iterator[str]:
        """What is taken for granted."""
        return (taken for each in (self.traffic, self.gateways, self.envoys) if each for taken in each.assumptions())


def _one(several: Sequence[World]) -> World:
    if len(several) > 1:
        labels = ", ".join(world.label for world in several)
        raise UsageError(f"--queries: the input holds several systems: {labels}", fix="name the directory of one of them")
    return several[0]


def _said(within: _Modelled, question: Question | RouteQuestion | NoQuestion) -> dict[str, Any]:
    if isinstance(question, NoQuestion):
        return {"id": question.id, "error": f"{question.problem} ({question.problem.fix})"}
    if isinstance(question, RouteQuestion):
        return answer_route(within.model, within.gateways, question)
    return answer(within.model, within.system, question)


def _chosen(several: Sequence[_Modelled], caller: Caller | None, target: Target | None) -> list[Edge]:
    if caller is not None and target is not None and caller.kind not in _ROUTING:
        return [edge for each in several for edge in _labelled(each, _between(each, caller, target))]
    everything = [edge for each in several for edge in _labelled(each, _seen(each))]
    if caller is None and target is None:
        return everything
    chosen = [
        edge
        for edge in everything
        if (target is None or target.is_meant(edge)) and (caller is None or (edge["caller"] and caller.is_meant(**edge["caller"])))
    ]
    if not chosen and several:
        raise no_edges(everything, caller, target)
    return chosen


def _between(within: _Modelled, caller: Caller, target: Target) -> Iterable[Edge]:
    return edges_between(within.model, call_graph(within.model), within.traffic, within.system, caller, target)


def _seen(within: _Modelled) -> Iterable[Edge]:
    carriers = [each for each in (within.gateways, within.envoys) if each]
    return edges(within.model, call_graph(within.model), within.traffic, within.system, carriers)


def _labelled(within: _Modelled, found: Iterable[Edge]) -> Iterator[Edge]:
    return ({**edge, "world": within.label} if within.label else edge for edge in found)


def _print(found: Iterable[Edge], assumptions: Sequence[str], form: str) -> None:
    if form == "text":
        print(render_edges(list(found), assumptions), end="")
        return
    print('{"schema_version": "1",\n "assumptions": ' + json.dumps(list(assumptions), ensure_ascii=False) + ',\n "edges": [', end="")
    for number, edge in enumerate(found):
        print("," if number else "", json.dumps(edge, ensure_ascii=False), sep="\n  ", end="")
    print("\n ]}")


def _lines(name: str) -> tuple[str, Sequence[bytes]]:
    """The name by which messages call the questions, and their lines."""
    if name == STDIN:
        return STDIN_NAME, sys.stdin.buffer.read().splitlines()
    try:
        with open(name, "rb") as stream:
            return name, stream.read().splitlines()
    except OSError as error:
        raise UsageError(f"--queries: {name} cannot be read: {error}", fix="name a file of JSON lines, or -") from None
