"""Edges for people: a table for each callee, with what is in force for whom and who says so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SECONDS = "_seconds"
_SERVER = {
    "max_connections": "connections",
    "max_pending_requests": "waiting requests",
    "max_requests": "requests",
    "max_retries": "retries",
    "max_requests_per_connection": "requests per connection",
}
_SHOWN = 6
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


def render_edges(edges: Sequence[Mapping[str, Any]], assumptions: Sequence[str] = ()) -> str:
    """The text; edges to one host and port stand together, callers for whom the same holds in one block."""
    by_callee: dict[tuple[str, Any], list[Mapping[str, Any]]] = {}
    for edge in edges:
        by_callee.setdefault((edge["callee"]["host"], edge["callee"]["port"]), []).append(edge)
    blocks = ("\n".join(_callee(key, by_callee[key])) for key in sorted(by_callee, key=lambda key: (key[0], key[1] or 0)))
    if not by_callee:
        return "no calls are seen in the input\n"
    assumed = "\n  ".join(("assumed:", *assumptions))
    return "\n\n".join((*blocks, *((assumed,) if assumptions else ()))) + "\n"


def _callee(key: tuple[str, Any], edges: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    host, port = key
    yield f"{host}{'' if port is None else f':{port}'}  ({edges[0]['callee']['protocol']})"
    same: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for edge in edges:
        same.setdefault((*_way(edge), *_settings(edge)), []).append(edge)
    for text, alike in same.items():
        yield f"  from {', '.join(dict.fromkeys(_caller(edge) for edge in alike))}"
        first, *rest = text
        matches = list(dict.fromkeys(filter(None, map(_match, alike))))
        yield f"{first}{f', for {_listed(matches)}' if matches else ''}"
        yield from rest


def _caller(edge: Mapping[str, Any]) -> str:
    caller = edge["caller"]
    if caller is None:
        return "any caller (nobody is seen to call)"
    seen = edge["evidence"][0] if edge["evidence"] else None
    name = f"{caller['kind']} {'/'.join(part for part in (caller['namespace'], caller['name']) if part)}"
    return f"{name} ({_where(seen)})" if seen and seen.get("location") else name


def _way(edge: Mapping[str, Any]) -> Iterator[str]:
    """Which way the call takes, but for the requests that it is for."""
    route = edge["route"]
    if route is None:
        reason = edge.get("reason", "")
        why = reason if edge["result"] == "unknown" else f"no mesh carries the call{f' ({reason})' if reason else ''}"
        yield f"    {why}: what the client itself has is in force"
        return
    source = f"{route['source']['object']} ({_where(route['source'])})" if route["source"] else "the mesh's default route"
    yield f"    route: {source}"


def _match(edge: Mapping[str, Any]) -> str:
    """`host shop.example.com, path prefix /cart`."""
    return ", ".join(f"{key} {_asked(value)}" for key, value in (edge["route"]["match"] if edge["route"] else {}).items())


def _asked(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_asked(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        between = " or " if any(isinstance(inner, Mapping) for inner in value) else " "
        return between.join(map(_asked, value))
    return str(value)


def _listed(texts: Sequence[str]) -> str:
    return "; ".join(texts[:_SHOWN]) + (f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")


def _settings(edge: Mapping[str, Any]) -> Iterator[str]:
    if edge["route"] and edge["route"]["answer"]:
        yield f"    answers by itself ({edge['route']['answer']})"
    subset = edge["callee"]["subset"]
    to = edge["destination"] or {}
    aside = to.get("host") not in (None, edge["callee"]["host"]) or to.get("port") not in (None, edge["callee"]["port"])
    named = f"{to['host']}:{to.get('port')}" if aside and to.get("host") else ""
    weight = f"weight {edge['weight']}" if edge["weight"] is not None else ""
    result = edge["result"] if edge["route"] and edge["result"] not in (None, "ok") else ""
    if parts := [part for part in (named, f"subset {subset}" if subset else "", weight, result) if part]:
        because = f": {edge['reason']}" if edge.get("reason") else ""
        yield f"    leads to: {', '.join(parts)}{because}"
    for title, names in _GROUPS:
        shown = [_setting(name, words, edge["settings"][name]) for name, words in names.items() if name in edge["settings"]]
        if told := [part for part in shown if part]:
            yield f"    {title:8} {', '.join(told)}"
    yield from _overridden(edge["settings"])
    if edge["server_settings"]:
        kept = (_setting(name, _SERVER[name], setting) for name, setting in edge["server_settings"].items())
        yield f"    {'server':8} each pod: {', '.join(kept)}"


def _overridden(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is written and lost, by the reason."""
    lost: dict[str, list[str]] = {}
    for title, names in _GROUPS:
        for name in names:
            setting: Mapping[str, Any] = settings.get(name) or {}
            for other in (setting, *setting.get("overrides", ())):
                if other.get("state") == "inert" and other.get("reason"):
                    lost.setdefault(other["reason"], []).append(_setting(name, names[name] or title, other).replace(" without effect", ""))
    for reason, texts in lost.items():
        yield f"    no effect: {', '.join(texts)}: {reason}"


def _setting(name: str, words: str, setting: Mapping[str, Any]) -> str:
    state, value = setting["state"], setting["value"]
    if state == "default" and value is None:
        return ""
    unit = " s" if name.endswith(_SECONDS) else " %" if name.endswith("_percent") else ""
    said = state if value is None else " ".join(map(str, value)) if isinstance(value, list) else f"{value:g}{unit}"
    if state == "inert" and value is not None:
        said += " without effect"
    return f"{words} {said} [{_where(setting['source'])}]".lstrip()


def _where(source: Mapping[str, Any]) -> str:
    place = source.get("location")
    return f"{place['file']}:{place['line']}" if place else str(source.get("object", ""))
