"""What Istio refuses in a ServiceEntry. Source: `ValidateServiceEntry`, `validateWorkloadEntry` of `validation.go`."""

from checker.adapters.istio.validation.amounts import port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import FULL_NAME, domain_fault, export_to, host_fault, is_subnet, selector
from checker.adapters.istio.validation.protocols import HTTP, TLS, port_name, protocol
from checker.adapters.istio.validation.workloads import resolved_endpoint, workload_entry
from checker.location import Path

_BY_PROXY = frozenset({"http", "tls", "grpc", "http2"})


def service_entry(spec: Data, namespace: str) -> Flaws:
    """Its hosts, addresses, ports and endpoints."""
    wrong = list(selector(spec, "workloadSelector", "labels", ("spec",)))
    yield from wrong
    if wrong:
        return
    endpoints = spec.get("endpoints") or ()
    if "workloadSelector" in spec and endpoints:
        yield refused(("spec", "endpoints"), "is set beside workloadSelector; only one of them is possible", "remove one of the two")
    yield from _hosts(spec)
    yield from _addresses(spec)
    yield from _ports(spec)
    resolution = spec.get("resolution", "NONE")
    if resolution == "NONE" and endpoints:
        yield refused(
            ("spec", "endpoints"),
            "is set, but resolution is NONE, which calls the address of the request",
            "write resolution: STATIC or DNS",
        )
    elif resolution == "STATIC":
        for index, endpoint in enumerate(endpoints):
            yield from workload_entry(endpoint, ("spec", "endpoints", index), _port_names(spec), by_name=False)
    elif resolution in ("DNS", "DNS_ROUND_ROBIN"):
        yield from _by_dns(spec, resolution)
    elif resolution == "DYNAMIC_DNS":
        yield from _dynamic(spec)
    yield from export_to(spec, namespace, service_entry=True)


def _port_names(spec: Data) -> frozenset[str]:
    return frozenset(listened["name"] for listened in spec.get("ports") or ())


def _hosts(spec: Data) -> Flaws:
    if not spec["hosts"]:
        yield refused(("spec", "hosts"), "is empty; at least one host is required", "list the hosts")
    for index, host in enumerate(spec["hosts"]):
        fault = "is '*'; the name of a host is required" if host == "*" else host_fault(host)
        if fault:
            yield refused(("spec", "hosts", index), fault, FULL_NAME.replace("reviews.prod.svc.cluster.local", "api.example.com"))


def _addresses(spec: Data) -> Flaws:
    for index, address in enumerate(spec.get("addresses") or ()):
        path = ("spec", "addresses", index)
        if not is_subnet(address):
            yield refused(path, f"is {address!r}; an address or a block is required", "write an address, or a block such as 10.0.0.0/8")
        elif "/" in address and spec.get("resolution", "NONE") not in ("NONE", "STATIC"):
            yield refused(
                path, f"is a block, which goes with resolution NONE or STATIC, not {spec['resolution']}", "write single addresses"
            )


def _ports(spec: Data) -> Flaws:
    names: set[str] = set()
    numbers: set[int] = set()
    for index, listened in enumerate(spec.get("ports") or ()):
        path: Path = ("spec", "ports", index)
        name, number = listened["name"], listened["number"]
        if name in names:
            yield refused((*path, "name"), f"is {name!r}, as that of another port is; names must differ", "choose another name")
        if number in numbers:
            yield refused((*path, "number"), f"is {number}, as that of another port is", "remove one of the two")
        names.add(name)
        numbers.add(number)
        if listened.get("targetPort"):
            yield from port(listened["targetPort"], (*path, "targetPort"))
        yield from port_name(name, (*path, "name"))
        yield from protocol(listened.get("protocol", ""), (*path, "protocol"))
        yield from port(number, (*path, "number"))
    if len(spec["hosts"]) > 1 and spec.get("resolution", "NONE") != "NONE":
        yield from _told_apart(spec)


def _told_apart(spec: Data) -> Flaws:
    """Several hosts on one port are told apart by HTTP or TLS alone."""
    for index, listened in enumerate(spec.get("ports") or ()):
        name = listened.get("protocol", "")
        if name.lower() not in HTTP | TLS:
            what = f"is {name or 'missing'}, but there are several hosts, which only HTTP and TLS tell apart"
            yield refused(("spec", "ports", index, "protocol"), what, "write the protocol, or a ServiceEntry for each host")
            return


def _by_dns(spec: Data, resolution: str) -> Flaws:
    endpoints = spec.get("endpoints") or ()
    if not endpoints and (wrong := next(((at, fault) for at, host in enumerate(spec["hosts"]) if (fault := domain_fault(host))), None)):
        yield refused(("spec", "hosts", wrong[0]), f"{wrong[1]}, but DNS is to be asked for it", "write the full name, or add endpoints")
    if resolution == "DNS_ROUND_ROBIN" and len(endpoints) > 1:
        yield refused(("spec", "endpoints"), "has several entries; DNS_ROUND_ROBIN takes one", "write resolution: DNS, or keep one")
    for index, endpoint in enumerate(endpoints):
        yield from resolved_endpoint(endpoint, ("spec", "endpoints", index), _port_names(spec))


def _dynamic(spec: Data) -> Flaws:
    """Each request's own host is asked for."""
    for index, host in enumerate(spec["hosts"]):
        if not host.startswith("*"):
            yield refused(
                ("spec", "hosts", index),
                f"is {host!r}; DYNAMIC_DNS takes hosts with an asterisk",
                "write *.example.com, or resolution: DNS",
            )
    for key in ("addresses", "endpoints"):
        if spec.get(key):
            yield refused(("spec", key), "is set, which DYNAMIC_DNS cannot have", f"remove {key}")
    for index, listened in enumerate(spec.get("ports") or ()):
        if listened.get("protocol", "").lower() not in _BY_PROXY:
            yield refused(
                ("spec", "ports", index, "protocol"), "is not HTTP, HTTP2, GRPC or TLS, as DYNAMIC_DNS requires", "write one of these"
            )
