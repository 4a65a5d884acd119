"""Everything that proxies choose from, indexed by what they ask for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from checker.adapters.istio.names import PUBLIC
from checker.adapters.istio.registry import Host
from checker.adapters.istio.virtual_services import Rule, VirtualService

Owned = TypeVar("Owned", Host, VirtualService)
Ranked = Mapping[str, Sequence[tuple[int, Owned]]]  # by namespace, each with its place among all


class Known(NamedTuple):
    """Hosts and VirtualServices, oldest first."""

    hosts: Sequence[Host]
    by_name: Mapping[str, Sequence[Host]]
    aliases: Sequence[Host]
    services: Sequence[VirtualService]
    ranked_hosts: Ranked[Host]
    ranked_services: Ranked[VirtualService]
    apart: frozenset[str]  # namespaces that see something else than the rest do

    def hosts_of(self, namespaces: Iterable[str]) -> Sequence[Host]:
        """The hosts of some namespaces (`*`: of all)."""
        return _of(self.hosts, self.ranked_hosts, namespaces)

    def services_of(self, namespaces: Iterable[str]) -> Sequence[VirtualService]:
        """The VirtualServices of some namespaces (`*`: of all)."""
        return _of(self.services, self.ranked_services, namespaces)


def known(hosts: Sequence[Host], services: Sequence[VirtualService]) -> Known:
    """An index."""
    by_name: dict[str, list[Host]] = defaultdict(list)
    for host in hosts:
        by_name[host.name].append(host)
    aliases = [host for host in hosts if host.alias]
    return Known(hosts, by_name, aliases, services, _ranked(hosts), _ranked(services), frozenset(_apart(by_name, services)))


def _ranked(owned: Iterable[Owned]) -> Ranked[Owned]:
    by_namespace: dict[str, list[tuple[int, Owned]]] = defaultdict(list)
    for rank, each in enumerate(owned):
        by_namespace[each.namespace].append((rank, each))
    return by_namespace


def _of(owned: Sequence[Owned], ranked: Ranked[Owned], namespaces: Iterable[str]) -> Sequence[Owned]:
    wanted = set(namespaces)
    if PUBLIC in wanted:
        return owned
    return [each for _, each in sorted(chain.from_iterable(ranked.get(namespace, ()) for namespace in wanted))]


def _apart(by_name: Mapping[str, Sequence[Host]], services: Sequence[VirtualService]) -> Iterable[str]:
    """Those that something is exported to by name or kept from, that have one of several hosts of a name, or routes of their own."""
    named = Counter(name.lower() for service in services for name in service.hosts)
    for hosts in by_name.values():
        for host in hosts:
            yield from host.export_to
            if len(hosts) > 1:
                yield host.namespace
    for service in services:
        yield from service.export_to
        yield from (str(match.get("sourceNamespace") or "") for rule in _rules(service) for match in rule.values.get("match") or ())
        if service.of_gateway_api and any(named[name.lower()] > 1 for name in service.hosts):
            yield service.namespace


def _rules(service: VirtualService) -> Iterable[Rule]:
    return (*service.http, *service.tcp, *service.tls)
