"""A live cluster as input: what is served, all objects of the kinds that are read, and who wrote them. Only ever lists.

kinds       which kinds are read
kubeconfig  which server, and as whom it is asked
connection  asking it, and what is said when that cannot be
discovery   what is served, in which version
listing     one kind, page by page
items       what a list holds, as objects
provenance  who wrote a field
changes     what applying files would change
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple

from checker.model.owners import owners
from checker.objects import ApiObject
from checker.objects.unseen import ANY, Unseen
from checker.sources.cluster.connection import Connection, Unreachable, connect
from checker.sources.cluster.discovery import Offer, Served, discover
from checker.sources.cluster.items import is_over
from checker.sources.cluster.kinds import kinds
from checker.sources.cluster.kubeconfig import Wanted
from checker.sources.cluster.listing import Listed, list_kind

__all__ = ["Cluster", "Unreachable", "Wanted", "connect", "read_cluster"]

_AT_ONCE = 4
_NAMED = 8


class Cluster(NamedTuple):
    """What was read of a cluster. `writers`: by the file of an object's document, who wrote it, packed.

    `unseen` says of which kinds and namespaces everything was read. `notes` are for people, one sentence each.
    `refusal` says why nothing at all could be listed.
    """

    name: str
    namespace: str
    objects: list[ApiObject]
    writers: Mapping[str, bytes]
    unseen: Unseen
    notes: Sequence[str]
    refusal: str = ""


def read_cluster(connection: Connection, namespaces: Sequence[str] = ()) -> Cluster:
    """Every object of the kinds that are read, but for those that controllers made of others. Raises Unreachable."""
    offer = discover(connection)
    lists = [(served, namespace) for served in offer.served for namespace in (namespaces if served.namespaced and namespaces else ("",))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda each: list_kind(connection, *each), lists))
    failed = {(each.served, each.namespace): each.why for each in found if each.why}
    items = [item for each in found for item in each.items if not is_over(item.object)]
    made = _controllers(offer.served)
    kept = [item for item in items if not _is_made(item.object, made)]
    return Cluster(
        connection.name,
        connection.namespace,
        [item.object for item in kept],
        {item.object.document.file: item.writers for item in kept},
        Unseen(listed=_whole(offer, found)),
        [_scope(connection.name, namespaces), *_gaps(offer, found, namespaces)],
        next(iter([*failed.values(), *offer.unclear.values()]), "") if len(failed) == len(lists) else "",
    )


def _controllers(served: Sequence[Served]) -> frozenset[tuple[str, str]]:
    """Group and kind of what is listed: what one of these controls is judged by it."""
    return frozenset((each.kind.group, each.kind.name) for each in served)


def _is_made(item: ApiObject, controllers: frozenset[tuple[str, str]]) -> bool:
    for owner in owners(item):
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        if owner.get("controller") and (group, owner["kind"]) in controllers:
            return True
    return False


def _whole(offer: Offer, found: Sequence[Listed]) -> dict[str, frozenset[str]]:
    """By kind the namespaces of which all its objects were read; ANY: all of them. A kind that is not served has no objects."""
    doubtful = {kind.name for kind in offer.unclear}
    listed = {kind.name: {ANY} for kind in kinds() if kind.name not in doubtful}
    for name, lists in groupby(sorted(found, key=lambda each: each.served.kind.name), key=lambda each: each.served.kind.name):
        by_kind = [{each.namespace or ANY for each in same if not each.why} for _, same in groupby(lists, key=lambda each: each.served)]
        if name not in doubtful:
            listed[name] = set.intersection(*by_kind)
    return {name: frozenset(spaces) for name, spaces in listed.items() if spaces}


def _scope(name: str, namespaces: Sequence[str]) -> str:
    where = f"namespace {' and '.join(namespaces)}" if namespaces else "all namespaces"
    return f"read from the cluster {name}, {where}: of the kinds that could be listed, what is not there does not exist"


def _gaps(offer: Offer, found: Sequence[Listed], namespaces: Sequence[str]) -> list[str]:
    """By reason: which kinds could not be listed."""
    by_reason: dict[str, list[str]] = {}
    for kind, why in offer.unclear.items():
        by_reason.setdefault(why, []).append(kind.name)
    for each in found:
        if each.why:
            place = f" in {each.namespace}" if each.namespace and len(namespaces) > 1 else ""
            reason = "listing is forbidden (403)" if each.why.endswith("(403)") else each.why
            by_reason.setdefault(reason, []).append(each.served.kind.name + place)
    return [f"not listed, so nothing is known of them: {_some(names)}: {why}" for why, names in by_reason.items()]


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest
