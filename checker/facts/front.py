"""Facts about the listeners of proxies at the edge."""

from collections.abc import Iterable, Iterator

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.traffic import FrontListener

FRONT_FIELDS = {
    "front.listener": Field("string", "name of the listener", ("name",)),
    "front.proxy": Field("string", "whose it is"),
    "front.limits_connections": Field("bool", "it takes only so many connections at a time"),
    "ids.given": Field("bool", "requests that come in get an id"),
}


def judge_front(listeners: Iterable[FrontListener]) -> Iterator[Judged]:
    """Each listener."""
    for listener in listeners:
        item = listener.origin.item
        if item is not None:
            facts = {
                "front.listener": listener.name,
                "front.proxy": listener.proxy,
                "front.limits_connections": listener.limits_connections,
                "ids.given": listener.silent is None,
            }
            anchors = {"front": Anchor(item, listener.origin.path), "ids": Anchor(item, (listener.silent or listener.origin).path)}
            yield Judged("front-listener", Subject(item.kind, item.namespace, item.name), anchors, facts, part=listener.name)
