"""JSON lines as questions about calls; what is no question is said with its place."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from checker.documents import locate, parse
from checker.errors import Problem
from checker.location import Path

_CALLS = ("http", "tcp", "tls")
_HIGHEST_PORT = 65535
_ROUTE_PARTS = 3
_WHOLE = (
    'write {"id": "1", "caller": {"namespace": "web", "name": "front"}, "host": "cart.shop.svc.cluster.local", "port": 80, "call": "http"}'
)


class Question(NamedTuple):
    """Who calls (`kind` may be empty), which host and port, and what the application speaks."""

    id: Any
    kind: str
    namespace: str
    name: str
    host: str
    port: int
    call: str


class RouteQuestion(NamedTuple):
    """A Gateway, and a rule of a route (`HTTPRoute/shop/cart`, 0)."""

    id: Any
    namespace: str
    gateway: str
    route: str
    rule: int


class NoQuestion(NamedTuple):
    """A line that cannot be answered; `id` is None where it cannot be read."""

    id: Any
    problem: Problem


class _Flaw(NamedTuple):
    """What is wrong below a path of the line, and what to write."""

    path: Path
    message: str
    fix: str


def questions(name: str, lines: Iterable[bytes]) -> Iterator[Question | RouteQuestion | NoQuestion]:
    """The lines of the file `name` that are not empty, in their order."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _read(name, number, line)


def _read(name: str, number: int, line: bytes) -> Question | RouteQuestion | NoQuestion:
    try:
        given = json.loads(line.decode("utf-8-sig"))
        json.dumps(given, ensure_ascii=False).encode()  # half of a character, "\\ud800", could not be answered
    except json.JSONDecodeError as error:
        return NoQuestion(None, Problem(name, number, error.colno, f"this is no JSON: {error.msg}", _WHOLE))
    except UnicodeDecodeError as error:
        return NoQuestion(None, Problem(name, number, error.start + 1, "this is not UTF-8", "save the file as UTF-8"))
    except (ValueError, RecursionError) as error:
        return NoQuestion(None, Problem(name, number, 1, f"this cannot be read: {error}", _WHOLE))
    flaw = _flaw(given)
    if flaw is not None:
        identifier = given.get("id") if isinstance(given, dict) else None
        return NoQuestion(identifier, Problem(name, number, _column(name, line, flaw.path), flaw.message, flaw.fix))
    caller = given["caller"]
    if "route" in given:
        return RouteQuestion(given.get("id"), caller["namespace"], caller["name"], given["route"], given.get("rule") or 0)
    kind, call = caller.get("kind") or "", given.get("call") or "http"
    return Question(given.get("id"), kind, caller["namespace"], caller["name"], given["host"], given["port"], call)


def _column(name: str, line: bytes, path: Path) -> int | None:
    documents = parse(name, line.strip()).documents
    at = locate(documents[0], path).column if documents and path else None
    return (at or 1) + len(line) - len(line.lstrip())


def _flaw(given: Any) -> _Flaw | None:
    """The first thing that keeps a line from being a question."""
    if not isinstance(given, dict):
        return _Flaw((), "this is no question: a JSON object is expected", _WHOLE)
    caller = given.get("caller")
    if not isinstance(caller, dict):
        return _Flaw(
            ("caller",),
            _wrong("caller", given, "an object with namespace and name"),
            'write "caller": {"namespace": "web", "name": "front"}',
        )
    flaws = (
        _no_text(caller, "namespace", "caller", "web"),
        _no_text(caller, "name", "caller", "front"),
        _no_text(caller, "kind", "caller", "Deployment") if caller.get("kind") else None,
        *(_flaws_of_rule(given) if "route" in given else _flaws_of_call(given)),
    )
    return next(filter(None, flaws), None)


def _flaws_of_call(given: Mapping[str, Any]) -> Iterator[_Flaw | None]:
    yield _no_text(given, "host", "", "cart.shop.svc.cluster.local")
    port = given.get("port")
    if not _is_number(port) or not 0 < port <= _HIGHEST_PORT:
        yield _Flaw(("port",), _wrong("port", given, f"a number from 1 to {_HIGHEST_PORT}"), 'write "port": 80')
    if given.get("call") and given["call"] not in _CALLS:
        yield _Flaw(("call",), _wrong("call", given, f"one of {', '.join(_CALLS)}"), 'write "call": "http"')


def _flaws_of_rule(given: Mapping[str, Any]) -> Iterator[_Flaw | None]:
    route, rule = given["route"], given.get("rule") or 0
    if not isinstance(route, str) or len(route.split("/")) != _ROUTE_PARTS:
        yield _Flaw(("route",), _wrong("route", given, "KIND/NAMESPACE/NAME"), 'write "route": "HTTPRoute/shop/cart"')
    if not _is_number(rule) or rule < 0:
        yield _Flaw(("rule",), _wrong("rule", given, "the number of a rule, from 0"), 'write "rule": 0')


def _no_text(given: Mapping[str, Any], key: str, above: str, such_as: str) -> _Flaw | None:
    if isinstance(given.get(key), str) and given[key]:
        return None
    path = (above, key) if above else (key,)
    return _Flaw(
        path, _wrong(".".join(path), {".".join(path): given[key]} if key in given else {}, "a text"), f'write "{key}": "{such_as}"'
    )


def _wrong(key: str, given: Mapping[str, Any], expected: str) -> str:
    if key not in given:
        return f"`{key}` is missing: it is {expected}"
    return f"`{key}` is {json.dumps(given[key], ensure_ascii=False)}: it must be {expected}"


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
