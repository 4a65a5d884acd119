"""`k8s-stabcheck edges`: what is really in force on every call."""

import argparse
import json
import sys
from collections.abc import Iterable

from checker.adapters import kubernetes
from checker.adapters.istio.calls import System
from checker.adapters.istio.mesh import NEWEST, mesh_of
from checker.cli import FINE, UNREADABLE
from checker.documents import parse
from checker.edges import answer, questions
from checker.errors import UsageError
from checker.model.build import build
from checker.reading import begin_reading
from checker.workers import default_jobs


def run(arguments: argparse.Namespace) -> int:
    """Answer the questions, one JSON line each; the exit status."""
    reading = begin_reading(arguments.paths, arguments.jobs or default_jobs())
    asked = list(questions(_lines(arguments.queries)))
    objects, inputs, refused = reading()
    model = build(kubernetes.read(objects), complete=bool(arguments.complete), refused=refused)
    system = System(model, mesh_of(model, _mesh_config(arguments.mesh_config), _version(arguments.mesh)))
    for question in asked:
        print(json.dumps(answer(model, system, question), ensure_ascii=False))
    for problem in inputs.errors:
        print(f"k8s-stabcheck: {problem}", file=sys.stderr)
    return UNREADABLE if inputs.errors or not inputs.objects else FINE


def _lines(name: str) -> Iterable[str]:
    if name == "-":
        return sys.stdin.read().splitlines()
    try:
        with open(name, encoding="utf-8") as stream:
            return stream.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--queries: {name} cannot be read: {error}", fix="name a file of JSON lines, or -") from None


def _mesh_config(name: str | None) -> dict[str, object] | None:
    if name is None:
        return None
    try:
        with open(name, "rb") as stream:
            parsed = parse(name, stream.read())
    except OSError as error:
        raise UsageError(f"--mesh-config: {name} cannot be read: {error.strerror}", fix="name the body of a MeshConfig") from None
    if parsed.problems or not parsed.documents or not isinstance(parsed.documents[0].data, dict):
        why = str(parsed.problems[0]) if parsed.problems else f"{name}: it holds no mapping"
        raise UsageError(f"--mesh-config: {why}", fix="name a file with the body of a MeshConfig")
    return parsed.documents[0].data


def _version(text: str | None) -> str:
    if text is None:
        return NEWEST
    product, _, version = text.partition("=")
    if product != "istio" or not version:
        raise UsageError(f"--mesh: `{text}` names no mesh and version", fix=f"write istio={NEWEST}")
    return version
