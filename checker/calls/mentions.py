"""Settings → the hosts they say are called, not yet resolved."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from checker.calls.addresses import addresses, is_name, is_own
from checker.calls.commands import command_words
from checker.calls.configuration import LISTED, entries
from checker.calls.keys import port_of, port_stem, role, words
from checker.calls.settings import annotated, arguments, environment, files
from checker.calls.types import Address, Setting
from checker.model.build import Model
from checker.model.types import Service, Workload

# What a shell, a configuration library or a collector puts in for a variable: $NAME ${NAME} ${env:NAME} ${NAME:default} ${NAME:-default}
_INNER = re.compile(r"\$(?:\{(?:env:)?([A-Za-z_][A-Za-z0-9_.]*)(?::-?([^${}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
# Variables that the kubelet makes for the Services of the namespace.
_LINK = re.compile(r"\$(?:\(([A-Z0-9_]+)\)|\{([A-Z0-9_]+)\}|([A-Z0-9_]+))")
_LINK_HOST, _LINK_PORT = "_SERVICE_HOST", "_SERVICE_PORT"
_PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_-]*")
# What a mesh puts into pods; whom that calls is the mesh's affair.
_INJECTED = frozenset({
    "consul-dataplane", "envoy-sidecar", "istio-init", "istio-proxy", "istio-validation", "kuma-init", "kuma-sidecar", "linkerd-init",
    "linkerd-network-validator", "linkerd-proxy",
})  # fmt: skip
_HIGHEST_PORT = 65535
_DIRECTORY = 3  # addresses, from which on a file is a directory of the system


class Mention(NamedTuple):
    """An address that a setting names.

    `certain`: it is called whoever it is; otherwise only a Service that has the port bears out that it is a host at all.
    `bare`: a word without scheme or port.
    """

    setting: Setting
    address: Address
    certain: bool
    bare: bool = False


def mentions(model: Model, workload: Workload, services: Mapping[str, Service]) -> Iterator[Mention]:
    """Every address in the configuration of a workload. `services`: those of its namespace by name."""
    known: dict[str, Setting] = {}
    for container in workload.containers:
        if container.name in _INJECTED:
            continue
        variables = environment(model, workload, container)
        known |= variables
        links = (
            setting._replace(value=linked(setting.value, services)) if "$" in setting.value else setting for setting in variables.values()
        )
        plain, written = _parted(links)
        yield from _of_settings(plain)
        yield from _of_settings(written)
        if container.data.get("command") or container.data.get("args"):
            given = (_within_shell(setting, variables, services) for setting in arguments(workload, container, variables))
            yield from _of_words(given, services)
    if workload.spec.get("volumes"):
        yield from _of_files(model, workload, known)
    for setting in annotated(workload):
        for part in re.split(r"[\s,]+", setting.value):
            yield from (Mention(setting, address, certain=True) for address in addresses(part))


def _parted(variables: Iterable[Setting]) -> tuple[list[Setting], list[Setting]]:
    """Variables with plain values, and the settings in those that hold a whole configuration file."""
    plain: list[Setting] = []
    written: list[Setting] = []
    for setting in variables:
        if "\n" in setting.value or setting.value[:1] == "{":
            written += (setting._replace(key=f"{setting.key}.{entry.key}", value=entry.value) for entry in entries("", setting.value))
        else:
            plain.append(setting)
    return plain, written


def _of_files(model: Model, workload: Workload, known: Mapping[str, Setting]) -> Iterator[Mention]:
    """Settings in files; a variable that is called like one takes its place, as configuration libraries have it."""
    declared = {str(entry.get("name")) for container in workload.containers for entry in container.data.get("env") or ()}
    taken = {words(name) for name in declared | known.keys()} if known or declared else set()
    found = (
        setting._replace(value=_filled(setting.value, known, declared)) if "$" in setting.value else setting
        for setting in files(model, workload)
    )
    for _, together in groupby(found, key=lambda setting: (id(setting.source), setting.path)):
        mentioned = [each for each in _of_settings([entry for entry in together if words(entry.key) not in taken]) if not _is_data(each)]
        yield from _without_directory(mentioned, workload.name)


def _without_directory(mentioned: Sequence[Mention], own: str) -> Sequence[Mention]:
    """A file that many workloads share may list the addresses of all of them, each under its name: its reader does not call them all.

    The sign is that its reader is among them: `web.addr: web` beside `cart.addr: cart`.
    """
    parts = [mention.setting.key.split(".") for mention in mentioned]
    if not any(mention.address.host == own and own in part[:-1] for mention, part in zip(mentioned, parts, strict=True)):
        return mentioned
    listed = [len(part) > 1 and mention.address.host == part[-2] for mention, part in zip(mentioned, parts, strict=True)]
    if sum(listed) < _DIRECTORY:
        return mentioned
    return [mention for mention, is_listed in zip(mentioned, listed, strict=True) if not is_listed]


def _is_data(mention: Mention) -> bool:
    """Whether a file mentions an address on the internet among its records, or under a key that does not say that it is called."""
    key, host = mention.setting.key, mention.address.host.rstrip(".")
    return mention.setting.kind != "env" and "." in host and ".svc" not in host and (LISTED in key or not role(key).host)


def _of_settings(settings: Iterable[Setting]) -> Iterator[Mention]:
    """Addresses in values that have names; HOST and PORT of one name belong together."""
    listed = list(settings)
    ports: dict[str, int] | None = None
    for setting in listed:
        found = addresses(setting.value)
        key = role(setting.key)
        if key.never:
            continue
        if not found and not (key.strict and setting.value and is_name(setting.value) and not is_own(setting.value)):
            continue
        if ports is None:
            ports = {stem: int(item.value) for item in listed if (stem := port_stem(item.key)) is not None and _is_port(item.value)}
        beside = ports.get(key.stem) if key.strict else None
        for address in found:
            if beside is not None and (address.port is None or address.implied):
                yield Mention(setting, address._replace(port=beside, implied=False), certain=not key.hardly)
            else:
                yield Mention(setting, address, certain=(bool(address.scheme) and not key.hardly) or key.host)
        if not found:
            for port in _qualified_ports(listed, key.stem) if beside is None else ():
                yield Mention(setting, Address(setting.value, port), certain=False)
            # HOST and PORT alone are mostly the program's own.
            certain = not key.hardly and ((beside is not None and key.stem != "") or "." in setting.value)
            yield Mention(setting, Address(setting.value, beside), certain=certain, bare=beside is None)


def _qualified_ports(settings: Iterable[Setting], stem: str) -> list[int]:
    """The values of `JAEGER_UI_PORT` and the like beside `JAEGER_HOST`."""
    return [int(item.value) for item in settings if stem and _is_port(item.value) and stem in port_of(item.key)]


def _of_words(given: Iterable[Setting], services: Mapping[str, Service]) -> Iterator[Mention]:
    """Addresses in arguments: flags and their values, URLs, `nc -z db 5432`."""
    flags: list[Setting] = []
    for setting, following in command_words(given):
        if setting.value in services and _is_port(following):
            yield Mention(setting, Address(setting.value, int(following)), certain=False)
        elif setting.key:
            flags.append(setting)
            continue
        for address in addresses(setting.value):
            yield Mention(setting, address, certain=bool(address.scheme))
    yield from _of_settings(flags)


def _within_shell(setting: Setting, variables: Mapping[str, Setting], services: Mapping[str, Service]) -> Setting:
    if "$" not in setting.value:
        return setting
    return setting._replace(value=linked(_filled(setting.value, variables, variables), services))


def _filled(text: str, known: Mapping[str, Setting], declared: Iterable[str]) -> str:
    """Variables put in where they are known, defaults where nobody sets the variable."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        if name in known:
            return known[name].value
        return found[2] if found[2] and name not in declared else found[0]

    return _INNER.sub(value, text)


def linked(text: str, services: Mapping[str, Service]) -> str:
    """`$(CART_SERVICE_HOST)` and `$(CART_SERVICE_PORT)` replaced by the name and the port of the Service they come from."""
    if "$" not in text or "_SERVICE_" not in text:
        return text
    names = {name.upper().replace("-", "_"): service for name, service in services.items()}

    def value(found: re.Match[str]) -> str:
        variable = found[1] or found[2] or found[3]
        if variable.endswith(_LINK_HOST) and (service := names.get(variable.removesuffix(_LINK_HOST))):
            return service.source.name
        stem, _, port = variable.partition(_LINK_PORT)
        service = names.get(stem)
        if service and _LINK_PORT in variable and service.ports:
            wanted = port.removeprefix("_")
            matching = (entry.number for entry in service.ports if not wanted or entry.name.upper().replace("-", "_") == wanted)
            return str(next(matching, found[0]))
        return found[0]

    return _LINK.sub(value, text)


def is_placeholder(host: str) -> bool:
    """`HOST`, `YOUR-HOST`: nobody writes the name of a Service in capitals."""
    return _PLACEHOLDER.fullmatch(host) is not None


def _is_port(text: str) -> bool:
    return text.isdigit() and 0 < int(text[:6]) <= _HIGHEST_PORT
