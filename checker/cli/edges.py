"""`k8s-stabcheck edges`: what is really in force on every call."""

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.cli import FINE, UNREADABLE
from checker.cli.edges_text import render_edges
from checker.cli.meshes import mesh_config, mesh_version
from checker.edges import answer, edges, questions
from checker.errors import UsageError
from checker.model.build import build
from checker.reading import begin_reading
from checker.workers import default_jobs


def run(arguments: argparse.Namespace) -> int:
    """Print the edges, or answer questions, one JSON line each; the exit status."""
    reading = begin_reading(arguments.paths, arguments.jobs or default_jobs())
    asked = None if arguments.queries is None else list(questions(_lines(arguments.queries)))
    objects, inputs, refused = reading()
    model = build(kubernetes.read(objects), complete=bool(arguments.complete), refused=refused)
    mesh = mesh_of(model, mesh_config(arguments.mesh_config), mesh_version(arguments.mesh))
    if asked is None:
        _print_edges(arguments, edges(model, traffic_of(model, mesh)))
    else:
        system = System(model, mesh)
        for question in asked:
            print(json.dumps(answer(model, system, question), ensure_ascii=False))
    for problem in inputs.errors:
        print(f"k8s-stabcheck: {problem}", file=sys.stderr)
    return UNREADABLE if inputs.errors or not inputs.objects else FINE


def _print_edges(arguments: argparse.Namespace, found: list[dict[str, Any]]) -> None:
    chosen = [edge for edge in found if _to(edge, arguments.to) and _from(edge, arguments.caller)]
    if arguments.format == "json":
        print(json.dumps({"schema_version": "1", "edges": chosen}, ensure_ascii=False, indent=1))
    else:
        print(render_edges(chosen), end="")


def _to(edge: dict[str, Any], wanted: str | None) -> bool:
    if wanted is None:
        return True
    host, _, port = wanted.partition(":")
    name = edge["callee"]["host"]
    return (name == host or name.startswith(f"{host}.")) and port in ("", str(edge["callee"]["port"]))


def _from(edge: dict[str, Any], wanted: str | None) -> bool:
    if wanted is None:
        return True
    caller = edge["caller"]
    return caller is not None and wanted.split("/") == [caller["kind"], caller["namespace"], caller["name"]][-len(wanted.split("/")) :]


def _lines(name: str) -> Iterable[str]:
    if name == "-":
        return sys.stdin.read().splitlines()
    try:
        with open(name, encoding="utf-8") as stream:
            return stream.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--queries: {name} cannot be read: {error}", fix="name a file of JSON lines, or -") from None
