"""Edges for people: a table for each callee, with what is in force for whom and who says so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from checker.cli.limits_text import rate_lines

_SECONDS = "_seconds"
_SERVER = {
    "max_connections": "connections",
    "max_pending_requests": "waiting requests",
    "max_requests": "requests",
    "max_retries": "retries",
    "max_requests_per_connection": "requests per connection",
}
_RESULTS = {
    "no-cluster": "no-cluster (the call fails)",
    "no-endpoints": "no-endpoints (no pod is behind it)",
    "passthrough": "passthrough (leaves the mesh unmanaged)",
    "blocked": "blocked (the call is refused)",
}
_SHOWN = 6
_CALLERS_SHOWN = 12
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
            "outlier_failure_percent": "failing",
            "outlier_base_ejection_seconds": "ejects for",
            "outlier_max_ejection_percent": "at most",
        },
    ),
    ("checks", {"health_check_interval_seconds": "every", "health_check_unhealthy_threshold": "out after"}),
    (
        "shedding",
        {"admission_control_success_percent": "when fewer succeed than", "adaptive_concurrency_max_requests": "adaptive, requests up to"},
    ),
)


class _Told(NamedTuple):
    """A setting for people: its name (empty where the line says it), its value, and who says so."""

    words: str
    value: str
    where: str


def render_edges(edges: Sequence[Mapping[str, Any]], assumptions: Sequence[str] = ()) -> str:
    """The text, of each variant of the system for itself."""
    if not edges:
        return "no calls are seen in the input\n"
    by_world: dict[str, list[Mapping[str, Any]]] = {}
    for edge in edges:
        by_world.setdefault(edge.get("world", ""), []).append(edge)
    blocks = [block for world, found in by_world.items() for block in ([f"in {world}:"] if world else []) + _blocks(found)]
    assumed = "\n  ".join(("assumed:", *assumptions))
    return "\n\n".join((*blocks, *((assumed,) if assumptions else ()))) + "\n"


def _blocks(edges: Iterable[Mapping[str, Any]]) -> list[str]:
    """Edges to one host and port stand together, callers for whom the same holds in one block, and so do callees."""
    by_callee: dict[tuple[str, Any], list[Mapping[str, Any]]] = {}
    for edge in edges:
        by_callee.setdefault((edge["callee"]["host"], edge["callee"]["port"]), []).append(edge)
    by_text: dict[tuple[str, ...], list[str]] = {}
    for host, port in sorted(by_callee, key=lambda key: (key[0], key[1] or 0)):
        found = by_callee[host, port]
        by_text.setdefault(tuple(_callers_and_ways(found)), []).append(_callee(host, port, found[0]))
    return ["\n".join((*callees, *text)) for text, callees in by_text.items()]


def _callee(host: str, port: int | None, edge: Mapping[str, Any]) -> str:
    return f"{host}{'' if port is None else f':{port}'}  ({edge['callee']['protocol']})"


def _callers_and_ways(edges: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    same: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for edge in edges:
        same.setdefault((*_way(edge), *_settings(edge)), []).append(edge)
    for text, alike in same.items():
        yield f"  from {_callers(alike)}"
        first, *rest = text
        matches = list(dict.fromkeys(filter(None, map(_match, alike))))
        yield f"{first}{f', for {_listed(matches)}' if matches else ''}"
        yield from rest


def _callers(edges: Iterable[Mapping[str, Any]]) -> str:
    """Each with the first place where its call is seen."""
    places: dict[str, list[str]] = {}
    for edge in edges:
        seen = edge["evidence"][0] if edge["evidence"] and edge["caller"] else None
        places.setdefault(_name(edge["caller"]), []).extend([_where(seen)] if seen and seen.get("location") else [])
    named = [f"{name}{_first(list(dict.fromkeys(found)))}" for name, found in places.items()]
    more = f" and {len(named) - _CALLERS_SHOWN} more" if len(named) > _CALLERS_SHOWN else ""
    return ", ".join(named[:_CALLERS_SHOWN]) + more


def _name(caller: Mapping[str, str] | None) -> str:
    if caller is None:
        return "any caller (nobody is seen to call)"
    return f"{caller['kind']} {'/'.join(part for part in (caller['namespace'], caller['name']) if part)}"


def _first(places: Sequence[str]) -> str:
    others = f" and {len(places) - 1} more place{'s' if len(places) > 2 else ''}" if len(places) > 1 else ""  # noqa: PLR2004
    return f" ({places[0]}{others})" if places else ""


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
    result = _RESULTS.get(edge["result"], edge["result"]) if edge["route"] and edge["result"] not in (None, "ok") else ""
    if parts := [part for part in (named, f"subset {subset}" if subset else "", weight, result) if part]:
        because = f": {edge['reason']}" if edge.get("reason") else ""
        yield f"    leads to: {', '.join(parts)}{because}"
    for title, names in _GROUPS:
        if told := list(_told(edge["settings"], names)):
            yield f"    {title:8} {_joined(told)}"
    yield from _unknown(edge["settings"])
    yield from _overridden(edge["settings"])
    yield from rate_lines(edge["rate_limits"])
    if edge["server_settings"]:
        yield f"    {'server':8} each pod: {_joined(_told(edge['server_settings'], _SERVER))}"


def _told(settings: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[_Told]:
    """What is to be said, without what is unknown."""
    for name, words in names.items():
        setting = settings.get(name)
        if setting and setting["state"] != "unknown" and (value := _value(name, setting)):
            yield _Told(words, value, _where(setting["source"]))


def _joined(told: Iterable[_Told]) -> str:
    """`connections 100, requests 5 [rule.yaml:3], retries unbounded [istio 1.31]`: once what several have in common."""
    return ", ".join(f"{_valued(list(alike))} [{where}]" for where, alike in groupby(told, lambda each: each.where))


def _valued(told: Sequence[_Told]) -> str:
    """`connections, requests unbounded`: numbers stand by each."""
    parts = []
    for value, alike in groupby(told, lambda each: each.value):
        words = [each.words for each in alike]
        parts += [f"{', '.join(words)} {value}"] if value.isalpha() and all(words) else [f"{each} {value}" for each in words]
    return ", ".join(part.lstrip() for part in parts)


def _unknown(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """One line for each reason: `timeout [a.yaml:6], limits (connections) [a.yaml:9]: EnvoyFilter/… changes it`."""
    by_reason: dict[str, dict[tuple[str, str], list[str]]] = {}
    for title, names in _GROUPS:
        for name, words in names.items():
            setting = settings.get(name)
            if setting and setting["state"] == "unknown":
                touched = by_reason.setdefault(setting.get("reason", ""), {})
                touched.setdefault((_where(setting["source"]), title), []).append(words)
    for reason, touched in by_reason.items():
        parts = groupby(touched.items(), lambda each: each[0][0])
        listed = (f"{', '.join(_part(title, words) for (_, title), words in some)} [{where}]" for where, some in parts)
        yield f"    {'unknown':8} {', '.join(listed)}{f': {reason}' if reason else ''}"


def _part(title: str, words: Sequence[str]) -> str:
    """The title alone where all of the group, or its head, is meant."""
    names = dict(_GROUPS)[title]
    whole = "" in words or len(words) == len(names)
    return title if whole else f"{title} ({', '.join(words)})"


def _overridden(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is written and lost, by the reason."""
    lost: dict[str, list[_Told]] = {}
    for title, names in _GROUPS:
        for name in names:
            setting: Mapping[str, Any] = settings.get(name) or {}
            for other in (setting, *setting.get("overrides", ())):
                if other.get("state") == "inert" and other.get("reason"):
                    value = _value(name, other).replace(" without effect", "")
                    lost.setdefault(other["reason"], []).append(_Told(names[name] or title, value, _where(other["source"])))
    for reason, told in lost.items():
        yield f"    no effect: {_joined(told)}: {reason}"


def _value(name: str, setting: Mapping[str, Any]) -> str:
    """With its unit; empty for a default that is nothing."""
    state, value = setting["state"], setting["value"]
    if state == "default" and value is None:
        return ""
    unit = " s" if name.endswith(_SECONDS) else " %" if name.endswith("_percent") else ""
    said = state if value is None else " ".join(map(str, value)) if isinstance(value, list) else f"{value:g}{unit}"
    return f"{said} without effect" if state == "inert" and value is not None else said


def _where(source: Mapping[str, Any]) -> str:
    place = source.get("location")
    return f"{place['file']}:{place['line']}" if place else str(source.get("object", ""))
