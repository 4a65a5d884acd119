"""Whether an AuthorizationPolicy is taken; what it allows is not judged.

Source: `ValidateAuthorizationPolicy` of `validation.go`, values in `security/security.go`.
"""

from collections.abc import Sequence

from checker.adapters.istio.validation.amounts import LARGEST_PORT
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import is_subnet
from checker.adapters.istio.validation.security import targets
from checker.location import Path

_SOURCES = (
    "principals", "requestPrincipals", "namespaces", "ipBlocks", "remoteIpBlocks", "serviceAccounts", "trustDomains",
    "notPrincipals", "notRequestPrincipals", "notNamespaces", "notIpBlocks", "notRemoteIpBlocks", "notServiceAccounts", "notTrustDomains",
)  # fmt: skip
_OPERATIONS = ("ports", "methods", "paths", "hosts", "notPorts", "notMethods", "notPaths", "notHosts")
_BLOCKS = frozenset({"ipBlocks", "remoteIpBlocks", "notIpBlocks", "notRemoteIpBlocks"})
_ADDRESSES = frozenset({"source.ip", "remote.ip", "destination.ip"})
_ATTRIBUTES = frozenset({
    "source.namespace", "source.serviceAccount", "source.principal", "source.trustDomain", "request.auth.principal",
    "request.auth.audiences", "request.auth.presenter", "destination.port", "connection.sni",
})  # fmt: skip
_KEYED = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
_NOT_OF_CUSTOM = frozenset({"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"})
_MOST_ACCOUNTS = 16
_LONGEST_ACCOUNT = 320
_LONGEST_NUMBER = 10
_NO_OTHER_SOURCES = ("principals", "notPrincipals", "namespaces", "notNamespaces")


def authorization_policy(spec: Data, _namespace: str) -> Flaws:
    """Rules that can apply at all."""
    yield from targets(spec)
    action, rules = spec.get("action", "ALLOW"), spec.get("rules") or ()
    if action in ("DENY", "CUSTOM") and not rules:
        yield refused(
            ("spec", "rules"), f"is missing, so that action {action} would never apply", "add a rule; {} stands for every request"
        )
    if action == "CUSTOM" and rules and not spec.get("provider", {}).get("name"):
        yield refused(("spec", "provider"), "is missing; action CUSTOM needs the name of a provider", "add provider: {name: …}")
    if action != "CUSTOM" and "provider" in spec:
        yield refused(("spec", "provider"), f"is set, but action is {action}", "remove provider, or write action: CUSTOM")
    for index, rule in enumerate(rules):
        path: Path = ("spec", "rules", index)
        for number, each in enumerate(rule.get("from") or ()):
            yield from _source(each, (*path, "from", number), custom=action == "CUSTOM")
        for number, each in enumerate(rule.get("to") or ()):
            yield from _operation(each, (*path, "to", number))
        for number, each in enumerate(rule.get("when") or ()):
            yield from _condition(each, (*path, "when", number), custom=action == "CUSTOM")


def _source(given: Data, path: Path, *, custom: bool) -> Flaws:
    source, path = given.get("source", {}), (*path, "source")
    if not any(source.get(key) for key in _SOURCES):
        yield refused(path, "is empty", "say who, or remove the entry")
    for key in _SOURCES:
        place, texts = (*path, key), source.get(key) or ()
        if custom and key not in _BLOCKS and texts:
            yield refused(place, "is set, which action CUSTOM cannot judge", f"remove {key}")
        yield from _filled(texts, place)
        if key in _BLOCKS:
            yield from _blocks(texts, place)
        elif key.lower().endswith("trustdomains"):
            yield from _trust_domains(texts, place, path_allowed=False)
        elif key.lower().endswith("serviceaccounts"):
            yield from _accounts(texts, place)
    if (source.get("serviceAccounts") or source.get("notServiceAccounts")) and any(source.get(key) for key in _NO_OTHER_SOURCES):
        yield refused((*path, "serviceAccounts"), "is set beside namespaces or principals", "keep serviceAccounts alone")


def _operation(given: Data, path: Path) -> Flaws:
    operation, path = given.get("operation", {}), (*path, "operation")
    if not any(operation.get(key) for key in _OPERATIONS):
        yield refused(path, "is empty", "say what, or remove the entry")
    for key in _OPERATIONS:
        place, texts = (*path, key), operation.get(key) or ()
        yield from _filled(texts, place)
        if key.lower().endswith("ports"):
            yield from _ports(texts, place)
        elif key.lower().endswith("paths"):
            yield from _paths(texts, place)


def _condition(when: Data, path: Path, *, custom: bool) -> Flaws:
    """`ValidateAttribute`."""
    key, place = when["key"], (*path, "key")
    if not key:
        yield refused(place, "is empty; what to compare is required", "write an attribute such as source.namespace")
        return
    if custom and (key in _NOT_OF_CUSTOM or key.startswith("request.auth.")):
        yield refused(place, f"is {key!r}, which action CUSTOM cannot judge", "remove the condition")
    if not when.get("values") and not when.get("notValues"):
        yield refused(path, "has no values and no notValues", "add values")
    elif key not in _ATTRIBUTES | _ADDRESSES and not (key.startswith(_KEYED) and _has_key(key)):
        yield refused(place, f"is {key!r}, which is no attribute that Istio knows", "write an attribute such as request.headers[x-user]")
    for side in ("values", "notValues"):
        texts, there = when.get(side) or (), (*path, side)
        yield from _filled(texts, there)
        if key in _ADDRESSES:
            yield from _blocks(texts, there)
        elif key == "destination.port":
            yield from _ports(texts, there)
        elif key == "source.serviceAccount":
            yield from _accounts(texts, there)
        elif key == "source.trustDomain":
            yield from _trust_domains(texts, there, path_allowed=True)


def _has_key(text: str) -> bool:
    """`validateMapKey`: `name[key]`."""
    opened = text.find("[")
    return text.endswith("]") and 0 < opened < len(text) - 2


def _filled(texts: Sequence[str], path: Path) -> Flaws:
    """`CheckEmptyValues`."""
    for index, text in enumerate(texts):
        if not text:
            yield refused((*path, index), "is empty", "remove it")


def _blocks(texts: Sequence[str], path: Path) -> Flaws:
    """`ValidateIPs`."""
    for index, text in enumerate(texts):
        if text and not is_subnet(text):
            yield refused((*path, index), f"is {text!r}; an address or a block is required", "write a block such as 10.0.0.0/8")


def _ports(texts: Sequence[str], path: Path) -> Flaws:
    """`ValidatePorts`, which takes 0."""
    for index, text in enumerate(texts):
        if text and not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text) <= LARGEST_PORT):
            yield refused((*path, index), f"is {text!r}; a port is required", "write the number of the port in quotes")


def _paths(texts: Sequence[str], path: Path) -> Flaws:
    """`CheckValidPathTemplate`: of braces only `{*}` for one part, and `{**}` for all that follows, as parts of their own."""
    for index, text in enumerate(texts):
        parts = text.strip("/").split("/")
        rest = parts[parts.index("{**}") + 1 :] if "{**}" in parts else ()
        if any("{" in part or "}" in part for part in parts if part not in ("{*}", "{**}")) or {"{*}", "{**}"} & set(rest):
            yield refused(
                (*path, index), f"is {text!r}; braces go as {{*}} for a part and {{**}} for the rest", "write /a/{*}/b or /a/{**}"
            )


def _trust_domains(texts: Sequence[str], path: Path, *, path_allowed: bool) -> Flaws:
    """`CheckTrustDomainValues`, `CheckWildcardValues`: an asterisk at one end."""
    for index, text in enumerate(texts):
        if text.count("*") > 1 or "*" in text[1:-1] or ("/" in text and not path_allowed):
            yield refused(
                (*path, index), f"is {text!r}; a trust domain, with an asterisk at one end at most, is required", "write cluster.local"
            )


def _accounts(texts: Sequence[str], path: Path) -> Flaws:
    """`CheckServiceAccount`: `account` or `namespace/account`."""
    if len(texts) > _MOST_ACCOUNTS:
        yield refused(path, f"has {len(texts)} entries; at most 16 are possible", "write a second rule")
    for index, text in enumerate(texts):
        if "*" in text or text.count("/") > 1 or text.startswith("/") or text.endswith("/") or len(text) > _LONGEST_ACCOUNT:
            yield refused(
                (*path, index), f"is {text!r}; a service account, or namespace/account, is required", "write the name of the account"
            )
