"""Queues that objects of Kubernetes declare: what bounds them, and what happens when they are full.

Each file beside this one is for one kind. `bounds`: the fields, any of which bounds it; with `unbounded`, the values that do not;
with `default: true`, the product has a bound where nothing is written; with `length: false`, it bounds the time and not the number.
`kept`: where it is told where messages go that are dropped. `log`: what it keeps is read, not taken out, so that old messages go
by design.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from checker.documents.parsers import fast
from checker.location import Path
from checker.objects import ApiObject

QUEUE_KINDS: Final = ("Queue", "KafkaTopic", "Stream")


class Queue(NamedTuple):
    """A queue as it is declared. `bound`: the field that bounds it, or that says that nothing does; of its length if there is one."""

    item: ApiObject
    name: str
    product: str
    source: str
    bounded: bool
    limit: int | None
    bound: Path
    when_full: str
    drops: bool
    refuses: bool
    kept: bool
    log: bool


@cache
def _kinds() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    files = sorted(resources.files(__package__).iterdir(), key=lambda each: each.name)
    tables = [fast(file.read_text("utf-8")) for file in files if file.name.endswith(".yaml")]
    return {(table["group"], table["kind"]): table for table in tables}


def queue(item: ApiObject, also: Mapping[str, Any]) -> Queue | None:
    """None for kinds of other groups. `also`: what policies of the broker add, by the last part of a field's name."""
    table = _kinds().get((item.api_version.partition("/")[0], item.kind))
    if table is None:
        return None
    found = [(bound, _value(item.data, bound["path"], also)) for bound in table["bounds"]]
    active = [(bound, value) for bound, value in found if _bounds(bound, value)]
    lengths = [(bound, value) for bound, value in active if bound.get("length", True)]
    written = [bound for bound, value in found if value is not None]
    place = (lengths or active or [(bound, "") for bound in written])[:1]
    full = table.get("when_full") or {}
    said = str(_value(item.data, full["path"], also) or full["default"]) if full else ""
    kind = str(_value(item.data, table["log"]["path"], {}) or table["log"]["default"])
    return Queue(
        item=item,
        name=str(_value(item.data, table["name"], {}) or item.name),
        product=table["product"],
        source=table["source"],
        bounded=bool(active),
        limit=next((int(value) for _, value in lengths if str(value).isdigit()), None),
        bound=_existing(item.data, place[0][0]["path"] if place else ("spec",)),
        when_full=said,
        drops=bool(lengths) and said in full.get("drops", ()),
        refuses=bool(lengths) and said in full.get("refuses", ()),
        kept="kept" in table and _value(item.data, table["kept"], also) is not None,
        log=kind in table["log"]["values"],
    )


def _bounds(bound: Mapping[str, Any], value: Any) -> bool:
    if value is None:
        return bool(bound.get("default", False))
    return str(value) not in bound.get("unbounded", ())


def _value(data: Any, path: Sequence[str], also: Mapping[str, Any]) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return also.get(path[-1]) if data is None else data


def _existing(data: Any, path: Sequence[str]) -> Path:
    """As much of a path as there is."""
    found: list[str | int] = []
    for step in path:
        if not isinstance(data, dict) or step not in data:
            break
        found.append(step)
        data = data[step]
    return tuple(found)
