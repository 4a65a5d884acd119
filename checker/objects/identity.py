"""An object's namespace and name: read, defaulted, and held against the API server's own rules."""

import re
from typing import Any, NamedTuple

from checker.location import Path, field_name
from checker.objects import kinds
from checker.objects.words import WIDEST_PRINTED_BITS, in_words, quoted

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_SUBDOMAIN_LENGTH = 253
_LABEL_LENGTH = 63

# The API server's own sentences (k8s.io/apimachinery/pkg/util/validation).
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_LABEL_1035_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character"
)
_PATH_SEGMENT_RULE = "it may not be '.' or '..', nor contain '/' or '%'"
_RULES = {
    kinds.DNS_SUBDOMAIN: (_SUBDOMAIN, _SUBDOMAIN_LENGTH, _SUBDOMAIN_RULE),
    kinds.DNS_LABEL: (_LABEL, _LABEL_LENGTH, _LABEL_RULE),
    kinds.DNS_1035_LABEL: (_LABEL_1035, _LABEL_LENGTH, _LABEL_1035_RULE),
}


class Flaw(NamedTuple):
    """What is wrong at a place in an object."""

    path: Path
    message: str
    fix: str


class Identity(NamedTuple):
    """Who an object is, as far as it says so."""

    namespace: str | None  # None: it cannot be told
    name: str | None
    flaws: list[Flaw]


def identify(api_version: str, kind: str, metadata: Any) -> Identity:
    """Namespace and name from `metadata`, with what the API server would refuse about them."""
    if not isinstance(metadata, dict):
        if kinds.may_be_nameless(api_version, kind) and metadata is None:
            return Identity("default", "", [])
        message = f"{kind} has no metadata, so no name" if metadata is None else f"metadata is {in_words(metadata)}, not a mapping"
        return Identity(None, None, [Flaw(("metadata",), message, "give the object a metadata.name")])
    name, name_flaw = _name(api_version, kind, metadata)
    namespace, namespace_flaw = _namespace(api_version, kind, metadata)
    return Identity(namespace, name, [flaw for flaw in (name_flaw, namespace_flaw) if flaw is not None])


def _name(api_version: str, kind: str, metadata: dict[str, Any]) -> tuple[str | None, Flaw | None]:
    path: Path = ("metadata", "name")
    name = metadata.get("name")
    prefix = metadata.get("generateName")
    spelling = kinds.spelling_of_names(api_version, kind)
    if name not in (None, ""):
        return (name, _misspelt(path, name, spelling)) if isinstance(name, str) else (_as_written(name), _unquoted(path, name))
    if isinstance(prefix, str) and prefix:
        return f"{prefix}*", _misspelt(("metadata", "generateName"), prefix, spelling)
    if kinds.may_be_nameless(api_version, kind):
        return "", None
    return None, Flaw(path, f"{kind} has no metadata.name", "give the object a metadata.name")


def _namespace(api_version: str, kind: str, metadata: dict[str, Any]) -> tuple[str | None, Flaw | None]:
    # The API server takes the namespace off objects of cluster-scoped kinds (rest.EnsureObjectNamespaceMatchesRequestNamespace).
    if kinds.is_cluster_scoped(api_version, kind):
        return "", None
    path: Path = ("metadata", "namespace")
    namespace = metadata.get("namespace")
    if namespace in (None, ""):
        return "default", None
    if not isinstance(namespace, str):
        return _as_written(namespace), _unquoted(path, namespace)
    return namespace, _misspelt(path, namespace, kinds.DNS_LABEL)


def _misspelt(path: Path, written: str, spelling: str) -> Flaw | None:
    """What the API server has against a name, in its own words."""
    # What it appends to a generateName starts and ends with a letter or a digit.
    whole = written + "x" if path[-1] == "generateName" else written
    if spelling == kinds.PATH_SEGMENT:
        valid, length, rule = whole not in (".", "..") and "/" not in whole and "%" not in whole, len(whole), _PATH_SEGMENT_RULE
    else:
        pattern, length, rule = _RULES[spelling]
        valid = pattern.fullmatch(whole) is not None
    if valid and len(whole) <= length:
        return None
    reason = rule if not valid else f"must be no more than {length} characters"
    return Flaw(path, f"{field_name(path)} {quoted(written)} is not valid: {reason}", "change it to a name that the API server takes")


def _as_written(value: object) -> str | None:
    """A number still tells which name was meant; `on`, read as true, does not."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= WIDEST_PRINTED_BITS else None


def _unquoted(path: Path, value: object) -> Flaw:
    fix = "write it in quotes" if isinstance(value, (bool, int, float)) else "write a text"
    return Flaw(path, f"{field_name(path)} is {in_words(value)}, not a text", fix)
