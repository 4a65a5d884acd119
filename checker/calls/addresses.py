"""Texts → the hosts they name. Nothing is guessed: what a placeholder leaves open is no host."""

import re
from collections.abc import Iterator
from functools import lru_cache

from checker.calls.protocols import SCHEMES
from checker.calls.types import Address

_HOST = r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*\.?"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+._-]{0,30}):(//+)([^\s/?#'\"`<>\\;)\]}]*)(/[^\s,;'\"`<>]*)?")
# Between two URLs of a list; within one, a comma separates its hosts.
_BETWEEN = re.compile(r"[,;|]+(?=(?:[\w.-]+=)?(?:jdbc:)?[A-Za-z][A-Za-z0-9+._-]*://)")
_NAME = re.compile(_HOST)
_WHOLE_HOST_PORT = re.compile(rf"(?:[0-9]+@)?({_HOST}):([0-9]{{1,5}})(?:/.*)?", re.DOTALL)
# user:password@tcp(db:3306)/orders, as Go's MySQL driver has it
_GO_DSN = re.compile(rf"\btcp\(({_HOST})(?::([0-9]{{1,5}}))?\)")
# host=db port=5432 dbname=orders (libpq), Server=db,1433;Database=orders (ADO.NET)
_PAIRS = re.compile(
    rf"(?i)(?:^|[\s;])(?:host|server|data source|datasource|hostname)\s*=\s*(?:tcp:)?({_HOST})(?:[,:]([0-9]{{1,5}}))?(?=[\s;,]|$)"
)
_PAIR_PORT = re.compile(r"(?i)(?:^|[\s;])port\s*=\s*([0-9]{1,5})")
_PAIR_SIGN = re.compile(r"(?i)(?:^|[\s;])(?:dbname|database|initial catalog|user|user id|uid|username|sslmode|password|port)\s*=")
_ORACLE = re.compile(rf"jdbc:oracle:thin:.*?@(?://)?({_HOST}):([0-9]{{1,5}})")
_SEPARATORS = re.compile(r"[\s,;|]+")
_BRACKETS = "[]()\"'` "
_HIGHEST_PORT = 65535
_ALL_LETTERS = re.compile(r"[A-Za-z]{2,}[.,:!?]?")
_MOST = 64  # addresses of one value
# What the pod itself is called, and the machine of whoever wrote the setting.
_OWN = frozenset({"localhost", "0.0.0.0", "127.0.0.1", "::1", "::", "host.docker.internal", "localhost.localdomain", "ip6-localhost"})  # noqa: S104
# Hosts of schemas, licences, documents, images and repositories.
_DOCUMENTS = re.compile(
    r"(?:^|\.)(?:w3\.org|json-schema\.org|schemastore\.org|apache\.org|opensource\.org|gnu\.org|creativecommons\.org|xmlsoap\.org|"
    r"github\.com|githubusercontent\.com|gitlab\.com|bitbucket\.org|github\.io|readthedocs\.io|docker\.io|docker\.com|gcr\.io|ghcr\.io|quay\.io|"
    r"registry\.k8s\.io|mcr\.microsoft\.com|pkg\.dev|azurecr\.io|public\.ecr\.aws|kubernetes\.io|k8s\.io|spring\.io|springframework\.org|"
    r"jboss\.org|sun\.com|oracle\.com|npmjs\.org|pypi\.org|maven\.org|mvnrepository\.com|debian\.org|ubuntu\.com|alpinelinux\.org)$"
    r"|\.dkr\.ecr\.|^(?:docs?|schemas?|help|wiki|registry)\.|^schemas-"
)


@lru_cache(maxsize=1 << 15)
def addresses(text: str) -> tuple[Address, ...]:
    """The hosts a value names: URLs, connection strings, lists of `host:port`. A text in which they are mentioned names none."""
    if "://" in text:
        return () if _is_prose(text) else _called(_urls(text))
    if "tcp(" in text:
        return _called(Address(found[1], _port(found[2]), "mysql") for found in _GO_DSN.finditer(text))
    if "=" in text and (pairs := _from_pairs(text)):
        return _called(iter(pairs))
    if "jdbc:oracle" in text:
        return _called(Address(found[1], _port(found[2]), "oracle") for found in _ORACLE.finditer(text))
    return _called(_host_ports(text)) if ":" in text else ()


def is_name(text: str) -> bool:
    """Whether a text can be the name of a host, and nothing else."""
    return _NAME.fullmatch(text) is not None and "_" not in text and not text.isdigit()


def is_own(host: str) -> bool:
    """Whether a host is the pod itself, or no place at all."""
    name = host.lower().rstrip(".")
    return name in _OWN or name.startswith(("127.", "169.254.")) or name.endswith(".localhost")


def _called(found: Iterator[Address]) -> tuple[Address, ...]:
    kept: dict[Address, None] = {}
    for address in found:
        host = address.host.lower()
        if not is_own(host) and not _DOCUMENTS.search(host) and "_" not in host.lstrip("_"):
            kept[address] = None
        if len(kept) >= _MOST:
            break
    return tuple(kept)


def _is_prose(text: str) -> bool:
    """Words of a sentence around a URL; a command has flags, a list has separators."""
    parts = text.split()
    return len(parts) > 1 and any(_ALL_LETTERS.fullmatch(part) for part in parts)


def _urls(text: str) -> Iterator[Address]:
    for found in _URL.finditer(_BETWEEN.sub(" ", text) if text.count("://") > 1 else text):
        scheme = found[1].lower().rpartition(".")[2]
        authority = found[3].rpartition("@")[2]
        if found[2] != "//" or (not authority and scheme in ("dns", "xds", "passthrough", "grpc")):
            authority = (found[4] or "").lstrip("/") or authority
        elif scheme in ("dns", "xds") and found[4]:
            authority = found[4].lstrip("/")
        known = SCHEMES.get(scheme)
        if known is None:
            continue
        for piece in authority.rstrip(",").split(","):
            address = _piece(piece, scheme, known.port)
            if address:
                yield address


def _piece(piece: str, scheme: str, default: int | None) -> Address | None:
    host, colon, port = piece.rpartition("@")[2].partition(":")
    if not _NAME.fullmatch(host) or (host.isdigit() and not colon):
        return None
    if not colon:
        return Address(host, default, scheme, implied=True)
    number = _port(port)
    return Address(host, number, scheme) if number or not port or port[0] in "$%<{" else None


def _host_ports(text: str) -> Iterator[Address]:
    for part in _SEPARATORS.split(text):
        found = _WHOLE_HOST_PORT.fullmatch(part.strip(_BRACKETS).rpartition("@")[2])
        if found and (number := _port(found[2])) and not found[1].isdigit():
            yield Address(found[1], number)


def _from_pairs(text: str) -> list[Address]:
    if not _PAIR_SIGN.search(text):
        return []
    port = _PAIR_PORT.search(text)
    scheme = "postgres" if "dbname" in text or "sslmode" in text else ""
    return [Address(found[1], _port(found[2] or (port[1] if port else "")), scheme) for found in _PAIRS.finditer(text)]


def _port(text: str | None) -> int | None:
    number = int(text) if text and text.isdigit() else 0
    return number if 0 < number <= _HIGHEST_PORT else None
