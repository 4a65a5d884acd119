"""Host names as istiod compares them (pkg/config/host/name.go)."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

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


def most_specific(host: str, patterns: Mapping[str, Value]) -> Value | None:
    """The value of the host itself, else of the longest wildcard that covers it (MostSpecificHostMatch)."""
    if host in patterns:
        return patterns[host]
    covering = [pattern for pattern in patterns if is_wildcard(pattern) and within(host, pattern)]
    return patterns[max(covering, key=lambda pattern: (len(pattern), pattern))] if covering else None


def exported(export_to: Iterable[str], namespace: str) -> frozenset[str]:
    """`exportTo` with `.` written out."""
    return frozenset(namespace if target == PRIVATE else target for target in export_to)
