"""Hosts, addresses, labels and names of namespaces, ports and gateways, as Istio takes them.

Function names in docstrings are those of Istio's `validation.go` (`agent/validation.go` for hosts and addresses).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path

_LONGEST_LABEL = 63
_LONGEST_HOST = 255
_LONGEST_PREFIX = 253
_LABEL = r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
_NAME = r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_PATTERN = re.compile(_LABEL)
_WILDCARD_PATTERN = re.compile(rf"\*|(?:\*-?)?{_LABEL}")
_KEY_PATTERN = re.compile(rf"({_LABEL}(?:\.{_LABEL})*/)?({_NAME})")
_VALUE_PATTERN = re.compile(rf"(?:{_NAME})?")
_ALL_DIGITS = re.compile(r"[+-]?[0-9]+")

UNIX = "unix://"
FULL_NAME = "write the full name, such as reviews.prod.svc.cluster.local"


@lru_cache(maxsize=8192)
def is_label(text: str) -> bool:
    """`labels.IsDNS1123Label`, which takes upper case."""
    return len(text) <= _LONGEST_LABEL and _LABEL_PATTERN.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def domain_fault(host: str) -> str:
    """`ValidateFQDN`: what is wrong with a host name, or nothing."""
    return _length_fault(host) or _labels_fault(host)


@lru_cache(maxsize=8192)
def host_fault(host: str) -> str:
    """`ValidateWildcardDomain`: as a host name, but the first label may be or begin with an asterisk."""
    if fault := _length_fault(host):
        return fault
    first, dot, rest = host.partition(".")
    if len(first) > _LONGEST_LABEL or not _WILDCARD_PATTERN.fullmatch(first):
        return _part_fault(host, first)
    return _labels_fault(rest) if dot else ""


def _length_fault(host: str) -> str:
    if not host:
        return "is empty; a host name is required"
    return f"has {len(host)} characters; a host name has at most 255" if len(host) > _LONGEST_HOST else ""


def _labels_fault(host: str) -> str:
    """`ValidateDNS1123Labels`; the last part may be empty (`example.com.`), and may not be a number."""
    parts = host.split(".")
    if _ALL_DIGITS.fullmatch(parts[-1]):
        return f"is {host!r}, whose last part is a number; a host name is required"
    wrong = next((part for part in (parts if parts[-1] else parts[:-1]) if not is_label(part)), None)
    return "" if wrong is None else _part_fault(host, wrong)


def _part_fault(host: str, part: str) -> str:
    what = f"the part {part!r}, which is no name of letters, digits and '-'" if part else "an empty part"
    return f"is {host!r} with {what}"


@lru_cache(maxsize=1024)
def is_address(text: str) -> bool:
    """`ValidateIPAddress`: an IPv4 or IPv6 address."""
    import ipaddress

    address, percent, zone = text.partition("%")
    if percent and (not zone or ":" not in address):
        return False
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def is_subnet(text: str) -> bool:
    """`ValidateIPSubnet`: an address, or a block such as 10.0.0.0/8."""
    address, slash, bits = text.partition("/")
    if not slash:
        return is_address(text)
    known = is_address(address) and "%" not in address and bits.isascii() and bits.isdigit() and str(int(bits)) == bits
    return known and int(bits) <= (128 if ":" in address else 32)


def unix_path(address: str, path: Path) -> Flaws:
    """`ValidateUnixAddress`, of what stands after `unix://`."""
    if not address.startswith("@") and (not address.startswith("/") or address.endswith("/")):
        yield refused(path, f"is {UNIX + address!r}; the absolute path of a file is required", "write unix:///path/of/the/socket")


def labels(given: Data, path: Path) -> Flaws:
    """`labels.Instance.Validate`: keys and values as on a pod."""
    for key, value in given.items():
        parts = _KEY_PATTERN.fullmatch(key)
        if not parts or len(parts[1] or "") - 1 > _LONGEST_PREFIX or len(parts[2]) > _LONGEST_LABEL:
            yield refused((*path, key), "is no key that a label can have", "write the key of a label of the pods")
        if not _VALUE_PATTERN.fullmatch(value):
            yield refused(
                (*path, key),
                f"is {value!r}, which no label can be",
                "use letters, digits, '-', '_' and '.', with a letter or digit at both ends",
            )


def selector(settings: Data, key: str, labels_key: str, path: Path) -> Flaws:
    """`validateWorkloadSelector`, `ValidateAlphaWorkloadSelector`: no empty key, no asterisk."""
    for name, value in settings.get(key, {}).get(labels_key, {}).items():
        place = (*path, key, labels_key, name)
        if not name:
            yield refused(place, "has an empty key", "write the key of a label of the pods")
        if "*" in name or "*" in value:
            yield refused(place, f"is {value!r}; a selector takes no asterisk", "write the label as the pods carry it")


def export_to(spec: Data, namespace: str, *, service_entry: bool = False) -> Flaws:
    """`validateExportTo`: `.`, `*` or namespaces, each once; `*` stands alone, as does `~` of a ServiceEntry."""
    given = spec.get("exportTo") or ()
    seen: set[str] = set()
    for index, entry in enumerate(given):
        place = ("spec", "exportTo", index)
        name = namespace if entry == "." else entry
        if name in seen:
            yield refused(place, f"is {entry!r}, which is there already", "remove it")
        elif entry not in (".", "*") and not (entry == "~" and service_entry) and not is_label(entry):
            yield refused(place, f"is {entry!r}; '.', '*' or the name of a namespace is required", "write '.', '*' or a namespace")
        seen.add(name)
    for all_or_none in ("*", "~"):
        if all_or_none in seen and len(given) > 1:
            yield refused(("spec", "exportTo"), f"has {all_or_none!r} beside other entries", f"keep {all_or_none!r} alone, or remove it")


def gateways(given: Iterable[str], path: Path) -> Flaws:
    """`validateGatewayNames`. A name without a namespace ends the check, as it does in Istio."""
    for index, gateway in enumerate(given):
        namespace, slash, name = gateway.partition("/")
        place = (*path, index)
        if not slash:
            if fault := domain_fault(gateway):
                yield refused(place, fault, "write namespace/name of the Gateway")
            return
        if not is_label(namespace) or not is_label(name):
            yield refused(
                place, f"is {gateway!r}; a namespace and a name, without dots, are required", "write namespace/name of the Gateway"
            )


def scoped_host(text: str, path: Path, *, of_gateway: bool) -> Flaws:
    """`ValidateNamespaceSlashWildcardHostname`: `namespace/host` in a Sidecar; in a Gateway the host alone will do."""
    namespace, slash, host = text.partition("/")
    if not slash and not of_gateway:
        yield refused(path, f"is {text!r}; namespace/host is required", f"write ./{text}, */{text} or the namespace of the host before it")
        return
    if not slash:
        host = text
    elif not namespace or not host or not _is_scope(namespace, of_gateway=of_gateway):
        yield refused(
            path, f"is {text!r}; a namespace, '.' or '*' is required before the slash, and a host after it", "write namespace/host"
        )
    yield from _listed_host(host, path, of_gateway=of_gateway)


def _is_scope(namespace: str, *, of_gateway: bool) -> bool:
    name = namespace if of_gateway else namespace.removeprefix("~")
    return name in (".", "*") or is_label(name) or (not name and not of_gateway)


def _listed_host(host: str, path: Path, *, of_gateway: bool) -> Flaws:
    """`validateSidecarOrGatewayHostnamePart`."""
    if host and host != "*" and "." not in host:
        yield refused(path, f"has the short name {host!r}; a full host name is required", FULL_NAME)
    if (fault := host_fault(host)) and not (of_gateway and is_address(host)):
        yield refused(path, fault, FULL_NAME)
    elif "*" in host and host != "*" and not host.startswith("*."):
        yield refused(path, f"has the host {host!r}; an asterisk may only stand for the whole first part", "write *.example.com")
