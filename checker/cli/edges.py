"""`k8s-stabcheck edges`: what is really in force on every call."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from checker.adapters import kubernetes
from checker.adapters.envoy.detect import envoys_of
from checker.adapters.envoy_gateway.detect import EnvoyGateways, envoy_gateway_of
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.calls.graph import call_graph
from checker.cli import FINE, UNREADABLE, WRONG_USAGE
from checker.cli.edges_text import render_edges
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
from checker.workers import default_jobs

_ROUTING = ("Gateway", "Ingress")  # objects, not workloads: what they route is seen, and nothing else can be asked of them


def run(arguments: argparse.Namespace) -> int:
    """Print the edges, or answer questions, one JSON line each; the exit status."""
    caller = None if arguments.caller is None else caller_of(arguments.caller)
    target = None if arguments.to is None else target_of(arguments.to)
    reading = _begin(arguments)
    asked = None if arguments.queries is None else list(questions(*_lines(arguments.queries)))
    read = reading()
    inputs = read.inputs
    model = build(kubernetes.read(read.objects), complete=arguments.complete or read.complete, unseen=read.unseen)
    versions = mesh_versions(arguments.mesh)
    mesh = mesh_of(model, mesh_config(arguments.mesh_config), versions.istio)
    system, gateways = System(model, mesh), envoy_gateway_of(model, asked=versions.envoy_gateway)
    no_questions = [each.problem for each in asked or () if isinstance(each, NoQuestion)]
    for problem in (*inputs.errors, *no_questions):
        print(f"k8s-stabcheck: {problem}\n  fix: {problem.fix}", file=sys.stderr)
    if asked is not None:
        for question in asked:
            print(json.dumps(_said(model, system, gateways, question), ensure_ascii=False))
    else:
        traffic = traffic_of(model, mesh)
        if not inputs.objects and not inputs.errors:
            print("k8s-stabcheck: no object was read: name a directory or files with manifests, or - for standard input", file=sys.stderr)
        found = _chosen(model, traffic, system, gateways, caller, target) if inputs.objects else ()
        _print(found, [*read.notes, *(taken for each in (traffic, gateways) if each for taken in each.assumptions())], arguments.format)
    return UNREADABLE if inputs.errors or not inputs.objects else WRONG_USAGE if no_questions else FINE


def _begin(arguments: argparse.Namespace) -> Callable[[], Reading]:
    if arguments.cluster:
        from checker.cli.cluster import read_over

        return lambda: read_over(arguments).now
    return begin_reading(arguments.paths, arguments.jobs or default_jobs())


def _said(model: Model, system: System, gateways: EnvoyGateways | None, question: Question | RouteQuestion | NoQuestion) -> dict[str, Any]:
    if isinstance(question, NoQuestion):
        return {"id": question.id, "error": f"{question.problem} ({question.problem.fix})"}
    return answer_route(model, gateways, question) if isinstance(question, RouteQuestion) else answer(model, system, question)


def _chosen(
    model: Model, traffic: Traffic | None, system: System, gateways: EnvoyGateways | None, caller: Caller | None, target: Target | None
) -> Iterable[Edge]:
    graph = call_graph(model)
    if caller is not None and target is not None and caller.kind not in _ROUTING:
        return edges_between(model, graph, traffic, system, caller, target)
    found = edges(model, graph, traffic, system, [each for each in (gateways, envoys_of(model)) if each])
    if caller is None and target is None:
        return found
    everything = list(found)
    chosen = [
        edge
        for edge in everything
        if (target is None or target.is_meant(edge)) and (caller is None or (edge["caller"] and caller.is_meant(**edge["caller"])))
    ]
    if not chosen:
        raise no_edges(everything, caller, target)
    return chosen


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
