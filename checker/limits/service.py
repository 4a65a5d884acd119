"""The configuration of the rate limit service (https://github.com/envoyproxy/ratelimit): which limit is for which descriptor.

Only the limit at a descriptor's last entry counts; of a key's values the one that is written counts first, then a prefix
that ends in `*`, then the key without a value (GetLimit in src/config/config_impl.go of v1.4).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checker.documents import embedded_document, parse
from checker.limits.descriptors import Entry
from checker.limits.faults import Fault, faults
from checker.model.build import Model
from checker.model.protobuf import Node
from checker.model.setting import said_by
from checker.objects import ApiObject
from checker.objects.foreign import is_rate_limits


class Found(NamedTuple):
    """A limit that is for a descriptor: for those values of its entries (None: any), and whether each of them counts for itself."""

    limit: Node
    values: tuple[str | None, ...]
    shadow: bool


class Tables:
    """What the input holds of it, by domain."""

    def __init__(self, roots: Sequence[Node]) -> None:
        self._roots: dict[str, list[Node]] = {}
        for root in roots:
            self._roots.setdefault(root.text("domain"), []).append(root)

    def knows(self, domain: str) -> bool:
        """Whether a configuration for the domain is in the input."""
        return domain in self._roots

    def fault(self, domain: str) -> Fault | None:
        """Why the service refuses the configuration for a domain, which then has no effect at all."""
        return next((fault for root in self._roots.get(domain, ()) for fault in faults(root)), None)

    def limits(self, domain: str, entries: Sequence[Entry]) -> Iterator[Found]:
        """The limits that are for a descriptor; several where its values are not known."""
        level = [each for root in self._roots.get(domain, ()) for each in root.items("descriptors")]
        yield from _limits(level, entries, ())


def _limits(level: Sequence[Node], entries: Sequence[Entry], values: tuple[str | None, ...]) -> Iterator[Found]:
    first, *rest = entries
    for child, value in _chosen(level, first):
        if rest:
            yield from _limits(child.items("descriptors"), rest, (*values, value))
        elif (limit := child.get("rate_limit")) is not None:
            shadow = child.get("shadow_mode")
            yield Found(limit, (*values, value), shadow is not None and shadow.value is True)


def _chosen(level: Sequence[Node], entry: Entry) -> Iterator[tuple[Node, str | None]]:
    """The descriptors that are for an entry, each with the value that it is for; None where each value is counted for itself."""
    named = [child for child in level if child.text("key") == entry.key]
    if entry.value is None:
        yield from ((child, _value(child) or None) for child in named)
        return
    exact = [child for child in named if _value(child) == entry.value]
    prefixed = [child for child in named if _value(child).endswith("*") and entry.value.startswith(_value(child)[:-1])]
    general = [child for child in named if not _value(child)]
    for child in (exact or prefixed or general)[:1]:
        yield child, entry.value


def _value(child: Node) -> str:
    node = child.get("value")
    return str(node.value) if node is not None else ""


def tables_of(model: Model) -> Tables:
    """What files and ConfigMaps hold of it."""
    files = [Node(item.data, said_by(item)) for item in model.part.limits]
    return Tables([*files, *(node for item in model.kinds.get("ConfigMap", ()) for node in _within(item))])


def _within(item: ApiObject) -> Iterator[Node]:
    data = item.data.get("data")
    for key, text in data.items() if isinstance(data, dict) else ():
        if isinstance(text, str) and "domain" in text and "descriptors" in text:
            parsed = parse(str(key), text.encode())
            for document in parsed.documents if not parsed.problems else ():
                if is_rate_limits(document.data):
                    place = embedded_document(item.document, (*item.base, "data", str(key)), document.data)
                    yield Node(document.data, said_by(item._replace(document=place, base=())))
