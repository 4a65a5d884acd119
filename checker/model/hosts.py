"""Host names as pods may write them → the Service they mean.

Rules: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ (search domains, names of Services and of pods).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from checker.model.build import Model, closeness
from checker.model.types import Service
from checker.objects import ApiObject

Outcome = Literal["service", "missing", "external", "unknown"]
_DOMAIN = "svc.cluster.local"
_SERVICE_NAME, _POD_NAME = 2, 3  # where `svc` stands in the name of a Service, and of a pod behind one
_LONGEST_ALIAS = 4
# Last labels of names on the internet and in companies' networks; two letters are countries.
_TOP_LEVEL = frozenset({
    "ai", "app", "biz", "cloud", "com", "corp", "dev", "edu", "gov", "home", "info", "int", "internal", "io", "lan", "local", "localdomain",
    "mil", "net", "network", "org", "private", "xyz",
})  # fmt: skip
_COUNTRY_LETTERS = 2
# What every cluster has, and no manifest of an application.
_PLATFORM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_API_SERVER = "kubernetes"
_IP = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f:]*:[0-9a-f:]+", re.IGNORECASE)
# Groups whose objects bring no Services of their own; controllers of all others may make some.
_BUILT_IN = frozenset({
    "", "apps", "extensions", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io",
    "scheduling.k8s.io", "apiextensions.k8s.io", "admissionregistration.k8s.io", "networking.istio.io", "security.istio.io",
    "monitoring.coreos.com", "keda.sh", "autoscaling.k8s.io", "bitnami.com", "external-secrets.io", "cert-manager.io",
})  # fmt: skip


class Callee(NamedTuple):
    """Who a host name means.

    `name` is the name in full (`cart.shop.svc.cluster.local`), or the host in lower case where it is no Service's.
    `certain`: a missing Service is known not to exist, as opposed to not being in the input.
    `pod`: the one pod that is meant; `alias`: the ExternalName Service the name led through; `entry`: what else defines the host.
    """

    outcome: Outcome
    name: str
    service: Service | None = None
    certain: bool = False
    pod: str = ""
    alias: Service | None = None
    entry: ApiObject | None = None


class _Reading(NamedTuple):
    """One way to read a name; `sure` where no name outside of the cluster has that form."""

    namespace: str
    service: str
    pod: str
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hosts:
    """Names and addresses of a model's Services.

    `extra`: further hosts, also `*.example.com`, and what defines them. `open_services`: names of those that name no namespace,
    so that any namespace may be the one they are applied to.
    """

    model: Model
    services: Mapping[tuple[str, str], Sequence[Service]]
    spaces: frozenset[str]
    addresses: Mapping[str, Service]
    extra: Mapping[str, ApiObject]
    open_services: frozenset[str]
    made_by_others: Mapping[str, Sequence[str]] = field(repr=False)


def hosts(model: Model, extra: Mapping[str, ApiObject] = {}) -> Hosts:
    """The index of a model."""
    services: dict[tuple[str, str], list[Service]] = defaultdict(list)
    addresses = {}
    for service in model.part.services:
        item = service.source
        services[item.namespace, item.name].append(service)
        address = item.data["spec"].get("clusterIP")
        if address and address != "None":
            addresses[address] = service
    made: dict[str, list[str]] = defaultdict(list)
    for item in model.part.objects:
        if item.api_version.rpartition("/")[0] not in _BUILT_IN:
            made[item.namespace].append(item.name)
    spaces = {item.namespace for item in model.part.objects} | {item.name for item in model.kinds.get("Namespace", ())}
    return Hosts(
        model=model,
        services=dict(services),
        spaces=frozenset(spaces - {""}),
        addresses=addresses,
        extra={name.lower(): item for name, item in extra.items()},
        open_services=frozenset(each.source.name for each in model.part.services if not each.source.data["metadata"].get("namespace")),
        made_by_others=dict(made),
    )


def resolve(index: Hosts, host: str, near: ApiObject) -> Callee:
    """Who `host` means to the pods of `near`; of several definitions of a Service the one nearest to it."""
    name = host.lower().rstrip(".")
    if found := index.services.get((near.namespace, name)):
        return _through_aliases(index, Callee("service", full_name(found[0].source), _nearest(found, near)), near)
    labels = name.split(".")
    if len(labels) > _SERVICE_NAME and labels[_SERVICE_NAME] == "svc" and (found := index.services.get((labels[1], labels[0]))):
        return _through_aliases(index, Callee("service", full_name(found[0].source), _nearest(found, near)), near)
    if (name[:1].isdigit() or ":" in name) and _IP.fullmatch(name):
        owner = index.addresses.get(name)
        return Callee("service", full_name(owner.source), owner) if owner else Callee("external", name)
    readings = list(_readings(name, near.namespace))
    for reading in readings:
        service = _definition(index, reading, near)
        if service is not None and (reading.sure or not reading.pod or service.headless):
            return _through_aliases(index, Callee("service", full_name(service.source), service, pod=reading.pod), near)
    if entry := _entry(index.extra, name):
        return Callee("external", name, entry=entry)
    return _absent(index, name, readings)


def full_name(item: ApiObject) -> str:
    """`cart.shop.svc.cluster.local`."""
    return f"{item.name}.{item.namespace}.{_DOMAIN}"


def _readings(name: str, here: str) -> Iterator[_Reading]:
    labels = name.split(".")
    while len(labels) > 1 and labels[0].startswith("_"):
        labels = labels[1:]  # _http._tcp.cart: an SRV name
    count = len(labels)
    if count > _SERVICE_NAME and labels[_SERVICE_NAME] == "svc":
        yield _Reading(labels[1], labels[0], "", sure=labels[3:] in ([], ["cluster"], ["cluster", "local"]))
    elif count > _POD_NAME and labels[_POD_NAME] == "svc":
        yield _Reading(labels[2], labels[1], labels[0], sure=labels[4:] in ([], ["cluster"], ["cluster", "local"]))
    elif count == 1:
        yield _Reading(here, name, "", sure=True)
    elif count == _SERVICE_NAME:
        yield _Reading(labels[1], labels[0], "", sure=False)
        yield _Reading(here, labels[1], labels[0], sure=False)
    elif count == _POD_NAME:
        yield _Reading(labels[2], labels[1], labels[0], sure=False)


def _definition(index: Hosts, reading: _Reading, near: ApiObject) -> Service | None:
    found = index.services.get((reading.namespace, reading.service))
    return _nearest(found, near) if found else None


def _nearest(found: Sequence[Service], near: ApiObject) -> Service:
    return found[0] if len(found) == 1 else max(found, key=lambda service: closeness(service.source, near))


def _through_aliases(index: Hosts, callee: Callee, near: ApiObject) -> Callee:
    """Where an ExternalName leads: another Service, or out of the cluster."""
    first = callee.service
    if first is None or not first.external_name:
        return callee
    for _ in range(_LONGEST_ALIAS):
        if callee.service is None or not callee.service.external_name:
            return callee._replace(alias=first) if callee.service is not first else callee
        target = str(callee.service.source.data["spec"].get("externalName") or "").lower().rstrip(".")
        named = [_definition(index, reading, near) for reading in _readings(target, near.namespace) if "." in target]
        service = next((found for found in named if found is not None), None)
        if service is None:
            return callee._replace(alias=first)
        callee = Callee("service", full_name(service.source), service)
    return callee._replace(alias=first)


def _entry(extra: Mapping[str, ApiObject], name: str) -> ApiObject | None:
    if not extra:
        return None
    labels = name.split(".")
    wild = ("*." + ".".join(labels[start:]) for start in range(1, len(labels)))
    return next((extra[host] for host in (name, *wild) if host in extra), None)


def _absent(index: Hosts, name: str, readings: Sequence[_Reading]) -> Callee:
    """A name of the cluster that no Service has; or one that may be at home elsewhere."""
    last = name.rpartition(".")[2]
    outside = len(last) == _COUNTRY_LETTERS or last in _TOP_LEVEL
    for reading in readings:
        if reading.service == _API_SERVER or reading.namespace in _PLATFORM:
            return Callee("external", name)
        if not reading.sure and (reading.pod or outside or reading.namespace not in index.spaces):
            continue
        full = f"{reading.service}.{reading.namespace}.{_DOMAIN}"
        if reading.service in index.open_services or (index.open_services and reading.namespace not in index.spaces):
            return Callee("unknown", full)
        if any(reading.service.startswith(other) for other in index.made_by_others.get(reading.namespace, ()) if other):
            return Callee("unknown", full)
        return Callee("missing", full, certain=index.model.complete_hosts(reading.namespace))
    return Callee("external" if outside and ".svc." not in name else "unknown", name)
