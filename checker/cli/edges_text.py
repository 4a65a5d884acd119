"""Edges for people: a table for each callee, with what is in force for whom and who says so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_SECONDS = "_seconds"
# What is shown of an edge, in groups: title, then settings with their names for people (empty where the title says it).
_GROUPS = (
    ("timeout", {"request_timeout_seconds": ""}),
    ("retries", {"retry_attempts": "", "per_try_timeout_seconds": "each try", "retry_on": "on", "retry_codes": "codes"}),
    ("connect", {"connect_timeout_seconds": ""}),
    (
        "limits",
        {
            "max_connections": "connections",
            "max_pending_requests": "waiting requests",
            "max_requests": "requests",
            "max_retries": "retries",
            "retry_budget_percent": "retry budget",
        },
    ),
    (
        "breaker",
        {
            "outlier_consecutive_5xx": "5xx in a row",
            "outlier_consecutive_gateway": "gateway errors in a row",
            "outlier_base_ejection_seconds": "ejects for",
            "outlier_max_ejection_percent": "at most",
        },
    ),
)


def render_edges(edges: Sequence[Mapping[str, Any]]) -> str:
    """The text; edges to one host and port stand together, callers for whom the same holds in one block."""
    by_callee: dict[tuple[str, Any], list[Mapping[str, Any]]] = {}
    for edge in edges:
        by_callee.setdefault((edge["callee"]["host"], edge["callee"]["port"]), []).append(edge)
    blocks = ("\n".join(_callee(key, by_callee[key])) for key in sorted(by_callee, key=lambda key: (key[0], key[1] or 0)))
    return "\n\n".join(blocks) + "\n" if by_callee else "no calls are seen in the input\n"


def _callee(key: tuple[str, Any], edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    edges = list(edges)
    host, port = key
    yield f"{host}{'' if port is None else f':{port}'}  ({edges[0]['callee']['protocol']})"
    same: dict[str, list[Mapping[str, Any]]] = {}
    for edge in edges:
        same.setdefault("\n".join(_settings(edge)), []).append(edge)
    for text, alike in same.items():
        yield f"  from {', '.join(dict.fromkeys(_caller(edge) for edge in alike))}"
        if text:
            yield text


def _caller(edge: Mapping[str, Any]) -> str:
    caller = edge["caller"]
    if caller is None:
        return "any caller (nobody is seen to call)"
    seen = edge["evidence"][0] if edge["evidence"] else None
    name = f"{caller['kind']} {caller['namespace']}/{caller['name']}"
    return f"{name} ({_where(seen)})" if seen and seen.get("location") else name


def _settings(edge: Mapping[str, Any]) -> Iterator[str]:
    route = edge["route"]
    if route is None:
        because = f" ({edge['reason']})" if edge.get("reason") else ""
        yield f"    no mesh carries the call{because}: what the client itself has is in force"
        return
    match = " ".join(f"{key} {value}" for key, value in route["match"].items())
    source = f"{route['source']['object']} ({_where(route['source'])})" if route["source"] else "the mesh's default route"
    yield f"    route: {source}{f', for {match}' if match else ''}"
    if route["answer"]:
        yield f"    answers by itself ({route['answer']})"
    subset = edge["callee"]["subset"]
    if edge["result"] not in (None, "ok") or subset:
        yield f"    leads to: {f'subset {subset}, ' if subset else ''}{edge['result']}"
    for title, names in _GROUPS:
        shown = [_setting(name, words, edge["settings"][name]) for name, words in names.items() if name in edge["settings"]]
        if parts := [part for part in shown if part]:
            yield f"    {title:8} {', '.join(parts)}"


def _setting(name: str, words: str, setting: Mapping[str, Any]) -> str:
    state, value = setting["state"], setting["value"]
    if state == "default" and value is None:
        return ""
    unit = " s" if name.endswith(_SECONDS) else " %" if name.endswith("_percent") else ""
    said = state if value is None else " ".join(map(str, value)) if isinstance(value, list) else f"{value:g}{unit}"
    return f"{words} {said} [{_where(setting['source'])}]".lstrip()


def _where(source: Mapping[str, Any]) -> str:
    place = source.get("location")
    return f"{place['file']}:{place['line']}" if place else str(source.get("object", ""))
