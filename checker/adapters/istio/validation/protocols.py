"""Protocols of ports, as Istio names them. Source: `protocol.Parse`, `ValidateProtocol`, `ValidatePortName`."""

from checker.adapters.istio.validation.flaw import Flaws, refused
from checker.adapters.istio.validation.names import is_label
from checker.adapters.istio.validation.targets import unfit_name
from checker.location import Path

HTTP = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
TLS = frozenset({"https", "tls"})
_KNOWN = HTTP | TLS | {"tcp", "udp", "mongo", "redis", "mysql"}


def protocol(name: str, path: Path, *, required: bool = False) -> Flaws:
    """In any case; without one the protocol is found out, except at a gateway."""
    if (name or required) and name.lower() not in _KNOWN:
        what = f"is {name!r}, which is no protocol that Istio knows" if name else "is empty; a protocol is required"
        yield refused(path, what, "write HTTP, HTTPS, HTTP2, GRPC, TLS or TCP")


def port_name(name: str, path: Path) -> Flaws:
    """A name of letters, digits and dashes."""
    if not is_label(name):
        yield refused(path, *unfit_name(name))
