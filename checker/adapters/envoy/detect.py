"""The Envoys of an input, as something that lets requests through."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from checker.adapters.envoy.embedded import embedded
from checker.adapters.envoy.resources import is_discovered
from checker.adapters.envoy.strangers import named
from checker.adapters.envoy.system import Proxy
from checker.limits.service import tables_of
from checker.model.build import Model
from checker.model.traffic import Entry, FrontListener, Inert
from checker.objects import ApiObject


class Envoys:
    """All of them."""

    limiting_kind = ""

    def __init__(self, proxies: Sequence[Proxy]) -> None:
        self.proxies = proxies

    def assumptions(self) -> Sequence[str]:
        """Filters of which nobody here knows what they do."""
        return list(named(chain.from_iterable(proxy.strangers() for proxy in self.proxies)))

    def entries(self) -> Iterator[Entry]:
        """What they let through, and where to."""
        return chain.from_iterable(proxy.entries() for proxy in self.proxies)

    def inert(self) -> Iterator[Inert]:
        """Written lines without effect."""
        return chain.from_iterable(proxy.inert() for proxy in self.proxies)

    def front(self) -> Iterator[FrontListener]:
        """Listeners at the edge."""
        return chain.from_iterable(proxy.front() for proxy in self.proxies)


def envoys_of(model: Model) -> Envoys | None:
    """The Envoys whose configuration is in the input. Files of discovered resources in one folder are those of one Envoy."""
    groups: dict[object, list[ApiObject]] = defaultdict(list)
    for item in model.part.proxies:
        groups[item.document.file.rpartition("/")[0] if is_discovered(item) else id(item)].append(item)
    tables = cache(lambda: tables_of(model))
    proxies = [Proxy(group, tables) for group in groups.values()] + [Proxy([item], tables, runner) for item, runner in embedded(model)]
    return Envoys(proxies) if proxies else None
