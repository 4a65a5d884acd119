"""Whether PeerAuthentication and RequestAuthentication are taken, and what a policy is for.

Source: the `Validate…` functions of these names in `validation.go`.
"""

import json
import re

from checker.adapters.istio.validation.amounts import LARGEST_PORT, durations
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import selector
from checker.location import Path

_TARGETS = frozenset({
    ("", "Service"), ("core", "Service"), ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"), ("gateway.networking.k8s.io", "GatewayClass"),
})  # fmt: skip
_LONGEST_PORT = 5
_HEADER = re.compile(r"[-_A-Za-z0-9]+")


def targets(spec: Data, path: Path = ("spec",)) -> Flaws:
    """`validateOneOfSelectorType`, `validatePolicyTargetReference`: what a policy is for."""
    given = [key for key in ("selector", "targetRef", "targetRefs") if spec.get(key, []) != []]
    if len(given) > 1:
        yield refused((*path, given[-1]), f"is set beside {given[0]}; only one of them is possible", f"remove {given[-1]} or {given[0]}")
    yield from selector(spec, "selector", "matchLabels", path)
    references = [((*path, "targetRefs", index), each) for index, each in enumerate(spec.get("targetRefs") or ())]
    if "targetRef" in spec:
        references.append(((*path, "targetRef"), spec["targetRef"]))
    for place, reference in references:
        if not reference["name"]:
            yield refused((*place, "name"), "is empty; the name of the target is required", "add the name")
        if reference.get("namespace"):
            yield refused((*place, "namespace"), "is set; a target is in the namespace of the policy", "remove namespace")
        if (reference.get("group", ""), reference["kind"]) not in _TARGETS:
            what = f"is {reference['kind']!r} of group {reference.get('group', '')!r}, which no policy can be for"
            yield refused((*place, "kind"), what, "write a Gateway, GatewayClass, Service or ServiceEntry, with its group")


def peer_authentication(spec: Data, _namespace: str) -> Flaws:
    """Mutual TLS of ports is for selected workloads alone."""
    ports, path = spec.get("portLevelMtls"), ("spec", "portLevelMtls")
    if ports and not spec.get("selector", {}).get("matchLabels"):
        yield refused(path, "is set without a selector with labels", "add spec.selector.matchLabels")
    if ports == {}:
        yield refused(path, "is empty; at least one port is required", "remove portLevelMtls, or add a port")
    for port in ports or ():
        if not (port.isascii() and port.isdigit() and len(port) <= _LONGEST_PORT and 1 <= int(port) <= LARGEST_PORT):
            yield refused((*path, port), "is no port; a port from 1 to 65535 is required", "write the number of a port of the pods")
    yield from selector(spec, "selector", "matchLabels", ("spec",))


def request_authentication(spec: Data, _namespace: str) -> Flaws:
    """`validateJwtRule`."""
    yield from targets(spec)
    for index, rule in enumerate(spec.get("jwtRules") or ()):
        path: Path = ("spec", "jwtRules", index)
        uri = rule.get("jwksUri") or rule.get("jwks_uri") or ""
        if not rule.get("issuer") and not uri:
            yield refused(path, "has no issuer and no jwksUri", "add issuer")
        if uri and not uri.lower().startswith(("http:", "https:")):
            yield refused((*path, "jwksUri"), f"is {uri!r}; an address with http or https is required", "write https://…")
        for key in ("audiences", "fromParams", "fromCookies"):
            for number, text in enumerate(rule.get(key) or ()):
                if not text:
                    yield refused((*path, key, number), "is empty", "remove it")
        yield from _headers(rule, path)
        if rule.get("jwks") and not _is_json(rule["jwks"]):
            yield refused((*path, "jwks"), "is not a set of keys in JSON", "write the set of keys, or use jwksUri")
        yield from durations(rule, ("timeout",), path)


def _headers(rule: Data, path: Path) -> Flaws:
    for index, change in enumerate(rule.get("outputClaimToHeaders") or ()):
        if not change["claim"] or not _HEADER.fullmatch(change["header"]):
            yield refused(
                (*path, "outputClaimToHeaders", index), "needs a claim, and the name of a header", "use letters, digits, '-' and '_'"
            )
    for index, place in enumerate(rule.get("fromHeaders") or ()):
        if not place["name"]:
            yield refused((*path, "fromHeaders", index, "name"), "is empty", "write the name of a header")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
