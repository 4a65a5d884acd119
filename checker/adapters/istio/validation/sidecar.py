"""What Istio refuses in a Sidecar. Source: `ValidateSidecar` of `validation.go`."""

from checker.adapters.istio.validation.amounts import LARGEST_PORT, port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import FULL_NAME, UNIX, domain_fault, is_address, scoped_host, selector, unix_path
from checker.adapters.istio.validation.pools import connection_pool
from checker.adapters.istio.validation.protocols import TLS, port_name, protocol
from checker.adapters.istio.validation.targets import destination
from checker.adapters.istio.validation.tls import server_tls
from checker.location import Path

_CONTENTS = ("egress", "ingress", "outboundTrafficPolicy", "inboundConnectionPool")
_OWN_HOSTS = ("", "127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[127.0.0.1]", "[0.0.0.0]", "[]")  # noqa: S104
_UNSUPPORTED_TLS = ("subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates")


def sidecar(spec: Data, _namespace: str) -> Flaws:
    """What comes in, what goes out."""
    wrong = list(selector(spec, "workloadSelector", "labels", ("spec",)))
    yield from wrong
    if wrong:
        return
    if not any(spec.get(key, []) != [] for key in _CONTENTS):
        yield refused(("spec",), "has no egress, ingress, outboundTrafficPolicy or inboundConnectionPool", "add what the Sidecar is for")
        return
    yield from _ingress(spec)
    if "inboundConnectionPool" in spec:
        yield from connection_pool(spec["inboundConnectionPool"], ("spec", "inboundConnectionPool"))
    yield from _egress(spec)
    policy = spec.get("outboundTrafficPolicy", {})
    if "egressProxy" in policy:
        yield from _egress_proxy(policy, ("spec", "outboundTrafficPolicy"))


def _ingress(spec: Data) -> Flaws:
    seen: set[int] = set()
    for index, listener in enumerate(spec.get("ingress") or ()):
        path: Path = ("spec", "ingress", index)
        yield from _port(listener["port"], listener.get("bind", ""), path)
        yield from _unique(listener["port"].get("number", 0), seen, path)
        if listener.get("defaultEndpoint"):
            yield from _endpoint(listener["defaultEndpoint"], (*path, "defaultEndpoint"))
        if "tls" in listener:
            yield from _tls(listener, (*path, "tls"))
        if "connectionPool" in listener:
            yield from connection_pool(listener["connectionPool"], (*path, "connectionPool"))


def _port(listened: Data, bind: str, path: Path) -> Flaws:
    """`validateSidecarIngressPortAndBind`."""
    place = (*path, "port")
    if listened.get("name"):
        yield from port_name(listened["name"], (*place, "name"))
    yield from protocol(listened.get("protocol", ""), (*place, "protocol"))
    yield from port(listened.get("number", 0), (*place, "number"))
    yield from _target(listened, place)
    if bind and not is_address(bind):
        yield refused((*path, "bind"), f"is {bind!r}; an address is required", "write an address such as 127.0.0.1")


def _target(listened: Data, path: Path) -> Flaws:
    if listened.get("targetPort"):
        yield refused((*path, "targetPort"), "is set, which does nothing in a Sidecar", "remove targetPort")


def _unique(number: int, seen: set[int], path: Path) -> Flaws:
    if number in seen:
        yield refused((*path, "port", "number"), f"is {number}, as that of another listener is", "keep one of the two")
    seen.add(number)


def _endpoint(text: str, path: Path) -> Flaws:
    """Where requests are handed to: a port of the pod, or a socket."""
    if text.startswith(UNIX):
        yield from unix_path(text.removeprefix(UNIX), path)
        return
    host, colon, number = text.rpartition(":")
    known = number.isascii() and number.isdigit() and 1 <= int(number) <= LARGEST_PORT
    if not colon or not known or host not in _OWN_HOSTS:
        yield refused(
            path,
            f"is {text!r}; a port of the pod itself is required",
            "write 127.0.0.1:8080 or 0.0.0.0:8080, with the port of the application",
        )


def _tls(listener: Data, path: Path) -> Flaws:
    tls = listener["tls"]
    for key in _UNSUPPORTED_TLS:
        if tls.get(key):
            yield refused((*path, key), "is set, which a Sidecar cannot have", f"remove {key}")
    if tls.get("mode") in ("ISTIO_MUTUAL", "AUTO_PASSTHROUGH"):
        yield refused((*path, "mode"), f"is {tls['mode']}, which a Sidecar cannot have", "write SIMPLE or MUTUAL")
    if listener["port"].get("protocol", "").lower() not in TLS:
        yield refused(path, "is set, but the protocol of the port is not HTTPS or TLS", "write protocol: HTTPS, or remove tls")
    yield from server_tls(tls, path)


def _egress(spec: Data) -> Flaws:
    listeners = spec.get("egress") or ()
    ports: set[int] = set()
    sockets: set[str] = set()
    for index, listener in enumerate(listeners):
        path: Path = ("spec", "egress", index)
        if "port" not in listener:
            if index != len(listeners) - 1:
                yield refused(path, "has no port; of several listeners only the last may go without", "put it last, or give it a port")
        elif listener["port"].get("number"):
            yield from _port(listener["port"], listener.get("bind", ""), path)
            yield from _unique(listener["port"]["number"], ports, path)
        else:
            yield from _socket(listener, sockets, path)
        if not listener["hosts"]:
            yield refused((*path, "hosts"), "is empty; at least one host is required", "list hosts as namespace/host, such as ./*")
        for number, host in enumerate(listener["hosts"]):
            yield from scoped_host(host, (*path, "hosts", number), of_gateway=False)


def _socket(listener: Data, seen: set[str], path: Path) -> Flaws:
    """`validateSidecarEgressPortBindAndCaptureMode`, of a port without number."""
    listened, bind = listener["port"], listener.get("bind", "")
    yield from _target(listened, (*path, "port"))
    if listened.get("name"):
        yield from port_name(listened["name"], (*path, "port", "name"))
    yield from protocol(listened.get("protocol", ""), (*path, "port", "protocol"))
    if not bind.startswith(UNIX):
        yield refused(
            (*path, "port", "number"), "is 0; without a socket of Unix to bind, a port is required", "write the number of the port"
        )
    else:
        yield from unix_path(bind.removeprefix(UNIX), (*path, "bind"))
    if listener.get("captureMode") == "IPTABLES":
        yield refused((*path, "captureMode"), "is IPTABLES, which a socket of Unix cannot have", "remove captureMode")
    if bind in seen:
        yield refused((*path, "bind"), f"is {bind!r}, as that of another listener is", "keep one of the two")
    seen.add(bind)


def _egress_proxy(policy: Data, path: Path) -> Flaws:
    """`validateSidecarOutboundTrafficPolicy`."""
    proxy, place = policy["egressProxy"], (*path, "egressProxy")
    if policy.get("mode", "REGISTRY_ONLY") != "ALLOW_ANY":
        yield refused(place, "is set, but mode is not ALLOW_ANY", "write mode: ALLOW_ANY")
    elif fault := domain_fault(proxy["host"]):
        yield refused((*place, "host"), fault, FULL_NAME)
    elif "port" not in proxy:
        yield refused((*place, "port"), "is missing; a proxy for what leaves the mesh needs a port", "add port: {number: …}")
    else:
        yield from destination(proxy, place)
