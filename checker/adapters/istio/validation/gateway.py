"""What Istio refuses in a Gateway of networking.istio.io. Source: `ValidateGateway`, `validateServer` of `validation.go`."""

from checker.adapters.istio.validation.amounts import port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import UNIX, is_address, is_label, scoped_host, unix_path
from checker.adapters.istio.validation.protocols import HTTP, TLS, protocol
from checker.adapters.istio.validation.tls import server_tls
from checker.location import Path


def gateway(spec: Data, name: str) -> Flaws:
    """Its servers; `name` is that of the Gateway."""
    if not is_label(name.removesuffix("*") or "a"):
        yield refused(("metadata", "name"), f"is {name!r}; letters, digits and '-' are required", "choose a name without dots")
    if not spec.get("servers"):
        yield refused(("spec", "servers"), "is empty; a Gateway has at least one server", "add a server with port and hosts")
    seen: dict[str, int] = {}
    for index, server in enumerate(spec.get("servers") or ()):
        path = ("spec", "servers", index)
        yield from _server(server, path)
        first = seen.setdefault(server["port"]["name"], index)
        if first != index:
            what = f"is {server['port']['name']!r}, as that of spec.servers[{first}] is; names must differ"
            yield refused((*path, "port", "name"), what, "choose another name")


def _server(server: Data, path: Path) -> Flaws:
    if not server["hosts"]:
        yield refused((*path, "hosts"), "is empty; a server has at least one host", "list the hosts, or write '*'")
    for index, host in enumerate(server["hosts"]):
        yield from scoped_host(host, (*path, "hosts", index), of_gateway=True)
    listened, bind = server["port"], server.get("bind", "")
    place = (*path, "port")
    yield from protocol(listened["protocol"], (*place, "protocol"), required=True)
    if listened["number"] > 0 or not bind.startswith(UNIX):
        yield from port(listened["number"], (*place, "number"))
    if listened.get("targetPort"):
        yield refused((*place, "targetPort"), "is set, which does nothing at a gateway", "remove targetPort")
    if not listened["name"]:
        yield refused((*place, "name"), "is empty; the port of a server needs a name", "add a name")
    yield from _bind(bind, listened, (*path, "bind"))
    if "tls" in server:
        yield from server_tls(server["tls"], (*path, "tls"))
    yield from _transport(server, path)


def _bind(bind: str, listened: Data, path: Path) -> Flaws:
    """`validateServerBind`."""
    if bind.startswith(UNIX):
        yield from unix_path(bind.removeprefix(UNIX), path)
        if listened["number"]:
            yield refused(path, "is a socket of Unix, but the port has a number", "write number: 0")
    elif bind and not is_address(bind):
        yield refused(path, f"is {bind!r}; an address is required", "write an address such as 0.0.0.0")


def _transport(server: Data, path: Path) -> Flaws:
    """TLS settings where the protocol has TLS, and nowhere else; of a plain HTTP port only a redirect."""
    name, tls = server["port"]["protocol"], server.get("tls")
    if name.lower() in TLS:
        if tls is None:
            yield refused(
                (*path, "tls"), f"is missing; a port of {name} needs TLS settings", "add tls with a mode, or write protocol: HTTP"
            )
    elif tls is not None:
        passed = tls.get("mode", "PASSTHROUGH") in ("PASSTHROUGH", "AUTO_PASSTHROUGH")
        if name.lower() not in HTTP or not passed or any(tls.get(key) for key in ("caCertificates", "privateKey", "serverCertificate")):
            yield refused((*path, "tls"), f"is set, but the protocol of the port is {name}", "write protocol: HTTPS, or remove tls")
