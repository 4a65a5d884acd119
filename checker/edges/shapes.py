"""What is in force on a call, as plain data (the shape is in docs/edges.md)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from checker.calls.style import style_of
from checker.documents import Document, locate
from checker.facts.untold import unknown
from checker.facts.worst_case import WORST_CASE, worst_case_seconds
from checker.location import Path
from checker.model.rate_limit import RateLimit
from checker.model.setting import Origin, Setting, Settings
from checker.model.traffic import Destination, Way

Edge = dict[str, Any]


def edges_of(
    caller: Mapping[str, Any] | None,
    callee: Mapping[str, Any],
    evidence: Sequence[Mapping[str, Any]],
    ways: Sequence[Way],
    otherwise: Mapping[str, Any] = {},
) -> Iterator[Edge]:
    """One edge for each route and destination of a call; without ways one edge, with what else is to be said of it."""
    common = {"caller": caller, "evidence": evidence, "style": style_of(callee["protocol"])._asdict()}
    if not ways:
        nowhere: Edge = {"route": None, "destination": None, "weight": None, "result": None}
        empty: Edge = {"settings": {}, "server_settings": {}, "rate_limits": [], "facts": {}}
        yield {**common, "callee": {**callee, "subset": None}, **nowhere, **empty, **otherwise}
    for way in ways:
        shown = shown_way(way)
        route = {key: shown[key] for key in ("name", "match", "answer", "source")}
        for reached in shown["destinations"] or [{"subset": None, "weight": None, "result": None, "settings": {}}]:
            to = {key: reached[key] for key in ("host", "port") if reached.get(key)}
            yield {
                **common,
                "callee": {**callee, "subset": reached["subset"]},
                "route": route,
                "destination": to or None,
                "weight": reached["weight"] if len(way.destinations) > 1 else None,
                "result": reached["result"],
                **({"reason": reached["reason"]} if "reason" in reached else {}),
                "settings": reached["settings"],
                "server_settings": reached.get("server_settings", {}),
                "rate_limits": [*shown["rate_limits"], *reached.get("rate_limits", ())],
                "facts": _facts(way.settings) if reached["settings"] else {},
            }


def _facts(settings: Settings) -> dict[str, Any]:
    """What follows from the settings of a route; nothing for connections, and where what it hangs on is unknown."""
    if "request_timeout_seconds" not in settings or not unknown(settings).keys().isdisjoint(WORST_CASE):
        return {}
    return {"worst_case_seconds": worst_case_seconds(settings)}


def shown_way(way: Way) -> dict[str, Any]:
    """A route with its destinations."""
    source = {"object": way.source, **(place(way.origin) if way.origin else {})} if way.source else None
    destinations = [_destination(way, reached) for reached in way.destinations]
    limits = [shown_limit(limit) for limit in way.limits]
    return {
        "name": way.name,
        "match": way.match,
        "answer": way.answer,
        "source": source,
        "destinations": destinations,
        "rate_limits": limits,
    }


def shown_limit(limit: RateLimit) -> dict[str, Any]:
    """A rate limit."""
    shown = {
        "counter": limit.counter,
        "counts": limit.counts,
        "state": limit.state,
        "amount": limit.amount,
        "unit_seconds": limit.unit_seconds,
        "burst": limit.burst,
        "only": list(limit.only),
        "per": list(limit.per),
        "enforced_by": limit.enforced_by,
        "enforced_percent": limit.enforced_percent,
        "status": limit.refusing.status or None,
        "retry_headers": list(limit.refusing.retry_headers or ()),
        "grpc_resource_exhausted": limit.refusing.grpc_exhausted,
        "fails_closed": limit.fails_closed,
        "timeout_seconds": limit.timeout_seconds,
        "source": {"object": limit.origin.name, **place(limit.origin)},
    }
    return {**shown, "reason": limit.reason} if limit.reason else shown


def _destination(way: Way, reached: Destination) -> dict[str, Any]:
    settings: Settings = {**way.settings, **reached.settings} if reached.settings else {}
    refused = {"reason": reached.refused.reason} if reached.refused else {}
    return {
        "host": reached.host,
        "port": reached.port,
        "subset": reached.subset or None,
        "weight": reached.weight,
        "result": reached.result,
        **refused,
        "settings": {name: _setting(setting) for name, setting in settings.items()},
        "server_settings": {name: _setting(setting) for name, setting in reached.server().items()},
        "rate_limits": [shown_limit(limit) for limit in reached.limits()],
    }


def _setting(setting: Setting) -> dict[str, Any]:
    source = {"object": setting.origin.name, **place(setting.origin)}
    shown = {"value": setting.value, "state": setting.state, "source": source}
    if setting.reason:
        shown["reason"] = setting.reason
    if setting.overrides:
        shown["overrides"] = [_setting(other) for other in setting.overrides]
    return shown


def place(origin: Origin) -> dict[str, Any]:
    """Where something is written; nothing for what a product says."""
    if origin.item is None:
        return {}
    return {"location": _located(_Text(origin.item.document), (*origin.item.base, *origin.path))}


class _Text:
    """A document that is the same as itself alone: its data are not compared."""

    __slots__ = ("document",)

    def __init__(self, document: Document) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and self.document is other.document

    def __hash__(self) -> int:
        return id(self.document)


@lru_cache(maxsize=1 << 15)
def _located(text: _Text, path: Path) -> dict[str, Any]:
    """One route holds for many callers: its places are looked for once."""
    found = locate(text.document, path)
    return {"file": found.file, "line": found.line, "column": found.column, "field": found.field}
