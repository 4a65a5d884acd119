"""What a route matches, and its CORS policy. Function names are those of Istio's `virtualservice.go`, `validation.go`."""

import re
from collections.abc import Sequence

from checker.adapters.istio.validation.amounts import durations, port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import gateways, is_label, labels
from checker.adapters.istio.validation.regexes import regex
from checker.location import Path
from checker.units import seconds_of

# The comma is there by chance: Istio has "+-." within the brackets, a range.
_HEADER = re.compile(r"[!#$%&'*+,\-.^_`|~A-Za-z0-9]+")
_PSEUDO_HEADERS = frozenset({":method", ":scheme", ":authority", ":path", ":status"})
_CLAIMS = "@request.auth.claims"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"})


def matches(given: Sequence[Data], path: Path) -> Flaws:
    """`validateHTTPRouteMatchRequest`."""
    for index, match in enumerate(given):
        yield from _match(match, (*path, index))


def _match(match: Data, path: Path) -> Flaws:
    for key in ("scheme", "method", "authority"):
        if key in match:
            yield from _text(match[key], (*path, key))
    if "regex" in match.get("uri", ()):
        yield from _text(match["uri"], (*path, "uri"))
    for key in ("headers", "withoutHeaders"):
        for name, value in match.get(key, {}).items():
            place = (*path, key, name)
            if not is_claim(name) and name not in _PSEUDO_HEADERS and not _HEADER.fullmatch(name):
                yield refused(place, "is not the name of a header", "write the name of a header")
            if key == "headers" or value.get("regex") != "*":
                yield from _text(value, place)
    for name, value in match.get("queryParams", {}).items():
        yield from _text(value, (*path, "queryParams", name))
    if match.get("port"):
        yield from port(match["port"], (*path, "port"))
    yield from labels(match.get("sourceLabels", {}), (*path, "sourceLabels"))
    yield from gateways(match.get("gateways", ()), (*path, "gateways"))
    namespace = match.get("sourceNamespace", "")
    if namespace and not is_label(namespace):
        yield refused((*path, "sourceNamespace"), f"is {namespace!r}; the name of a namespace is required", "write the name of a namespace")


def is_claim(name: str) -> bool:
    """`jwt.ToRoutingClaim`: `@request.auth.claims.NAME`, or with the name in brackets."""
    if not name.lower().startswith(_CLAIMS):
        return False
    rest = name[len(_CLAIMS) :]
    return (rest.startswith(".") and len(rest) > 1) or (rest.startswith("[") and rest.endswith("]") and len(rest) > 2)  # noqa: PLR2004


def _text(match: Data, path: Path) -> Flaws:
    """`validateStringMatch`: neither an empty prefix nor an empty expression."""
    for key in ("prefix", "regex"):
        if match.get(key) == "":
            yield refused((*path, key), "is empty", "write what must match, or remove the match")
    if match.get("regex"):
        yield from regex(match["regex"], (*path, "regex"))


def cors(policy: Data, path: Path) -> Flaws:
    """`validateCORSPolicy`."""
    for index, origin in enumerate(policy.get("allowOrigins", ())):
        if not any(origin.get(key) for key in ("exact", "prefix", "regex")):
            yield refused((*path, "allowOrigins", index), "allows nothing", "write exact, prefix or regex")
        elif "regex" in origin:
            yield from regex(origin["regex"], (*path, "allowOrigins", index, "regex"))
    for index, method in enumerate(policy.get("allowMethods", ())):
        if method not in _METHODS:
            yield refused(
                (*path, "allowMethods", index), f"is {method!r}, which is no method of HTTP", "write a method in capitals, such as GET"
            )
    for key in ("allowHeaders", "exposeHeaders"):
        for index, name in enumerate(policy.get(key, ())):
            if not _HEADER.fullmatch(name):
                yield refused((*path, key, index), f"is {name!r}, which is no name of a header", "write the name of a header, or '*'")
    yield from durations(policy, ("maxAge",), path)
    age = seconds_of(policy.get("maxAge"))
    if age is not None and age >= 1 and not age.is_integer():
        yield refused(
            (*path, "maxAge"), f"is {policy['maxAge']}; a duration in whole seconds is required", "write whole seconds, such as 24h"
        )
