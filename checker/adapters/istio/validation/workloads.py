"""WorkloadEntry, WorkloadGroup, ProxyConfig. Source: the `Validate…` functions of these names in `validation.go`."""

import re

from checker.adapters.istio.validation.amounts import not_negative, port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import UNIX, domain_fault, is_address, labels, selector, unix_path
from checker.adapters.istio.validation.protocols import port_name
from checker.location import Path

_HEADER = re.compile(r"[-A-Za-z0-9]+")
_COUNTS = ("periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


def workload_entry(entry: Data, path: Path, ports: frozenset[str] | None = None, *, by_name: bool = True) -> Flaws:
    """`validateWorkloadEntry`; `ports` are the names of the ServiceEntry's, `by_name` where an address may be a host name."""
    address = entry.get("address", "")
    if not address and not entry.get("network"):
        yield refused((*path, "address"), "is missing; an address, or a network, is required", "add the address")
        return
    if address.startswith(UNIX):
        yield from unix_path(address.removeprefix(UNIX), (*path, "address"))
        if entry.get("ports"):
            yield refused((*path, "ports"), "is set, but the address is a socket of Unix", "remove ports")
        if ports is not None and len(ports) != 1:
            yield refused((*path, "address"), "is a socket of Unix, which goes with exactly one port of the ServiceEntry", "keep one port")
    elif address and not is_address(address) and (not by_name or domain_fault(address)):
        fix = "write the address, or resolution: DNS" if not by_name else "write an address or a full host name"
        yield refused((*path, "address"), f"is {address!r}; {'an address or a host name' if by_name else 'an address'} is required", fix)
    yield from _ports(entry, path, ports)


def resolved_endpoint(endpoint: Data, path: Path, ports: frozenset[str]) -> Flaws:
    """An endpoint of a ServiceEntry whose hosts DNS is asked for."""
    address = endpoint.get("address", "")
    if not is_address(address) and domain_fault(address):
        found = f"is {address!r}" if address else "is missing"
        yield refused((*path, "address"), f"{found}; an address or a host name is required", "write an address or a full host name")
    yield from _ports(endpoint, path, ports)


def _ports(endpoint: Data, path: Path, ports: frozenset[str] | None) -> Flaws:
    for name, number in endpoint.get("ports", {}).items():
        place = (*path, "ports", name)
        if ports is not None and name not in ports:
            yield refused(place, "is for a port that the ServiceEntry does not have", "write the name of one of spec.ports")
        yield from port_name(name, place)
        yield from port(number, place)
    yield from labels(endpoint.get("labels", {}), (*path, "labels"))


def workload_group(spec: Data, _namespace: str) -> Flaws:
    """`ValidateWorkloadGroup`, `validateReadinessProbe`."""
    yield from labels(spec.get("metadata", {}).get("labels", {}), ("spec", "metadata", "labels"))
    probe = spec.get("probe")
    if probe is None:
        return
    path: Path = ("spec", "probe")
    yield from not_negative(probe, _COUNTS, path)
    for key in ("httpGet", "tcpSocket"):
        if key in probe:
            yield from port(probe[key]["port"], (*path, key, "port"))
    request = probe.get("httpGet", {})
    if request.get("scheme", "") not in ("", "HTTP", "HTTPS"):
        yield refused((*path, "httpGet", "scheme"), f"is {request['scheme']!r}; HTTP or HTTPS is required", "write HTTP or HTTPS")
    for index, header in enumerate(request.get("httpHeaders") or ()):
        if not _HEADER.fullmatch(header.get("name", "")):
            yield refused((*path, "httpGet", "httpHeaders", index, "name"), "is no name of a header", "use letters, digits and '-'")
    if "exec" in probe and not probe["exec"]["command"]:
        yield refused((*path, "exec", "command"), "is empty; a command is required", "write the command")
    # Istio has the field grpc, and refuses it.
    if not {"httpGet", "tcpSocket", "exec"} & probe.keys():
        yield refused(path, "has no httpGet, tcpSocket or exec", "add one of them, or remove probe")


def proxy_config(spec: Data, _namespace: str) -> Flaws:
    """`ValidateProxyConfig`."""
    yield from selector(spec, "selector", "matchLabels", ("spec",))
    yield from not_negative(spec, ("concurrency",), ("spec",))
