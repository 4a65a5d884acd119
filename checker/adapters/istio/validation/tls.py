"""TLS of calls and of listeners. Source: `ValidateTLS` of `agent/validation.go`, `validateTLSOptions` of `validation.go`."""

from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path

_FILES = ("clientCertificate", "privateKey", "caCertificates", "caCrl")
_SOURCES = ("serverCertificate", "privateKey", "caCertificates", "tlsCertificates", "credentialName", "credentialNames")
_CONFIG_MAP = "configmap://"


def client_tls(tls: Data, path: Path, namespace: str) -> Flaws:
    """How a proxy calls."""
    mode, name = tls.get("mode", "DISABLE"), tls.get("credentialName", "")
    if name.startswith(_CONFIG_MAP):
        rest = name.removeprefix(_CONFIG_MAP)
        if "/" in rest and rest.partition("/")[0] != namespace:
            yield refused((*path, "credentialName"), "names a ConfigMap of another namespace", f"write {_CONFIG_MAP}NAME of this namespace")
    if tls.get("insecureSkipVerify") and mode in ("SIMPLE", "MUTUAL"):
        checks = ("caCertificates", "credentialName", "subjectAltNames") if mode == "SIMPLE" else ("caCertificates", "subjectAltNames")
        for key in checks:
            if tls.get(key):
                yield refused((*path, key), "is set, but insecureSkipVerify is true", f"remove {key} or insecureSkipVerify")
    if mode in ("SIMPLE", "MUTUAL") and name:
        for key in _FILES:
            if tls.get(key):
                yield refused((*path, key), "is set beside credentialName; only one of them is possible", f"remove {key} or credentialName")
    elif mode == "MUTUAL":
        for key in ("clientCertificate", "privateKey"):
            if not tls.get(key):
                yield refused((*path, key), "is missing; mutual TLS needs certificate and key", "add it, or write credentialName")


def server_tls(tls: Data, path: Path) -> Flaws:
    """How a listener answers."""
    mode, named = tls.get("mode", "PASSTHROUGH"), tls.get("credentialName") or tls.get("credentialNames")
    if mode == "ISTIO_MUTUAL":
        for key in _SOURCES:
            if tls.get(key):
                yield refused((*path, key), "is set, but mode ISTIO_MUTUAL takes the certificates of the mesh", f"remove {key}")
        return
    sources = (
        tls.get("serverCertificate") and tls.get("privateKey"),
        tls.get("credentialName"),
        tls.get("credentialNames"),
        tls.get("tlsCertificates"),
    )
    if sum(map(bool, sources)) > 1:
        yield refused(
            path, "has certificates from several places; only one is possible", "keep one of credentialName, files or tlsCertificates"
        )
    if mode not in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"):
        yield from _revocation(tls, mode, path)
    elif not named:
        yield from _files(tls, mode, path)
        yield from _revocation(tls, mode, path)


def _files(tls: Data, mode: str, path: Path) -> Flaws:
    if mode != "SIMPLE" and not tls.get("caCertificates"):
        yield refused(
            (*path, "caCertificates"), f"is missing; mode {mode} needs the authorities of clients", "add it, or write credentialName"
        )
    several = tls.get("tlsCertificates") or ()
    for certificate, place in [(each, (*path, "tlsCertificates", index)) for index, each in enumerate(several)] or [(tls, path)]:
        for key in ("serverCertificate", "privateKey"):
            if not certificate.get(key):
                yield refused((*place, key), f"is missing; mode {mode} needs certificate and key", "add it, or write credentialName")


def _revocation(tls: Data, mode: str, path: Path) -> Flaws:
    if tls.get("caCrl"):
        if tls.get("credentialName"):
            yield refused((*path, "caCrl"), "is set beside credentialName", "put the list into the Secret")
        if mode == "SIMPLE":
            yield refused((*path, "caCrl"), "is set, but mode SIMPLE asks clients for no certificate", "remove caCrl")
