"""Host names as istiod compares them (pkg/config/host/name.go)."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")

DOMAIN = "svc.cluster.local"
PUBLIC, PRIVATE, NOBODY = "*", ".", "~"


def is_wildcard(host: str) -> bool:
    """`*.example.com`, or `*`."""
    return host.startswith("*")


def full_name(host: str, namespace: str) -> str:
    """A name without a dot means a Service of that namespace; any other is taken as it is (ResolveShortnameToFQDN)."""
    if "." in host or is_wildcard(host) or not host or ":" in host:
        return host
    return f"{host}.{namespace}.{DOMAIN}"


def within(host: str, pattern: str) -> bool:
    """Whether every name that `host` stands for is one of `pattern` (Name.SubsetOf)."""
    if not is_wildcard(pattern):
        return host == pattern
    if is_wildcard(host):
        return len(host) >= len(pattern) and host[1:].endswith(pattern[1:])
    return host.endswith(pattern[1:])


def overlap(one: str, other: str) -> bool:
    """Whether the names have any in common (Name.Matches)."""
    return within(one, other) or within(other, one)


class Names(Generic[Value]):
    """Values by host name and wildcard; the first that is given for a name stays."""

    def __init__(self) -> None:
        self._exact: dict[str, Value] = {}
        self._wildcards: dict[str, Value] = {}

    def setdefault(self, name: str, value: Value) -> Value:
        """The value of that very name, given now if there is none."""
        return (self._wildcards if is_wildcard(name) else self._exact).setdefault(name, value)

    def values(self) -> Iterator[Value]:
        """All of them."""
        yield from self._exact.values()
        yield from self._wildcards.values()

    def covering(self, host: str) -> list[Value]:
        """All values for a host: its own, then those of the wildcards that cover it, the closest first."""
        names = sorted((name for name in self._wildcards if within(host, name)), key=lambda name: (len(name), name), reverse=True)
        return [*([self._exact[host]] if host in self._exact else ()), *(self._wildcards[name] for name in names)]

    def most_specific(self, host: str) -> Value | None:
        """The value of the host itself, else of the longest wildcard that covers it (MostSpecificHostMatch)."""
        if host in self._exact or host in self._wildcards:
            return self._exact.get(host) or self._wildcards.get(host)
        covering = [name for name in self._wildcards if within(host, name)]
        return self._wildcards[max(covering, key=lambda name: (len(name), name))] if covering else None


def exported(export_to: Iterable[str], namespace: str) -> frozenset[str]:
    """`exportTo` with `.` written out."""
    return frozenset(namespace if target == PRIVATE else target for target in export_to)
