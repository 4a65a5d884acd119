"""Facts about entries: routes by which requests come in from outside, and what lies below them."""

from collections.abc import Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged
from checker.facts.paths import Paths
from checker.facts.untold import unknown
from checker.facts.worst_case import worst_case_seconds
from checker.findings import Subject
from checker.model.traffic import Entry
from checker.model.types import Service

ENTRY_FIELDS = {
    "entry.route": Field("string", "the name of the route; empty where it has none"),
    "entry.called_within": Field("bool", "services of the mesh call it too, and not the gateway alone"),
    "entry.callee": Field("string", "name of the Service that the gateway calls"),
    "entry.gateway": Field("string", "the gateway"),
    "entry.timeout_seconds": Field("double", "how long the gateway waits with all tries; absent where nothing bounds it", optional=True),
    "entry.inner_seconds": Field("double", "the longest that a call below can take, of those that are bounded", optional=True),
    "entry.inner_callee": Field("string", "whom that call is for"),
    "entry.inner_total_seconds": Field("double", "all of them one after another; whether they are made so is not known", optional=True),
}


def judge_entry(paths: Paths, entry: Entry) -> Iterator[Judged]:
    """Each Service that a route from outside leads to."""
    way = entry.way
    if way.answer is not None or not way.settings or way.origin is None or way.origin.item is None or unknown(way.settings):
        return
    for reached in way.destinations:
        service = paths.service(reached.host)
        if service is not None:
            within = bool(paths.callers(service, reached.port))
            said = way.settings["request_timeout_seconds"].origin if "request_timeout_seconds" in way.settings else way.origin
            place = Anchor(said.item, said.path) if said.item else Anchor(way.origin.item, way.origin.path)
            yield _judged(paths, entry, service, place, within=within)


def _judged(paths: Paths, entry: Entry, service: Service, place: Anchor, *, within: bool) -> Judged:
    inner = paths.inner(service)
    facts: dict[str, Any] = {
        "entry.route": entry.way.name,
        "entry.called_within": within,
        "entry.callee": service.source.name,
        "entry.gateway": entry.gateway.name,
        "entry.timeout_seconds": worst_case_seconds(entry.way.settings),
        "entry.inner_seconds": inner.seconds,
        "entry.inner_callee": inner.callee,
        "entry.inner_total_seconds": inner.total_seconds,
    }
    item = place.source
    return Judged(
        "entry", Subject(item.kind, item.namespace, item.name), {"entry": place}, facts, part=f"{entry.way.match} {service.source.name}"
    )
