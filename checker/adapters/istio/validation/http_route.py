"""What Istio refuses in an HTTP route. Source: `validateHTTPRoute` of `virtualservice.go` and what it calls."""

import re
from collections.abc import Callable
from typing import Any

from checker.adapters.istio.validation.amounts import LARGEST_PERCENTAGE, SMALLEST_PERCENTAGE, durations, percentage, port
from checker.adapters.istio.validation.flaw import Data, Flaw, Flaws, refused
from checker.adapters.istio.validation.headers import header_changes, one_authority
from checker.adapters.istio.validation.matches import cors, matches
from checker.adapters.istio.validation.regexes import regex
from checker.adapters.istio.validation.retries import retries
from checker.adapters.istio.validation.targets import destination, destinations
from checker.location import Path

_NO_TIMEOUT = "remove timeout: without it there is none"
_LARGEST_BODY = 1024 * 1024
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?")
_GRPC = frozenset({
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
})  # fmt: skip


def http_route(route: Data, path: Path, *, delegate: bool) -> Flaws:
    """One entry of `spec.http`; `delegate` where the VirtualService has no hosts."""
    yield from _conflicts(route, path, delegate=delegate)
    if "match" in route:
        yield from matches(route["match"], (*path, "match"))
    yield from destinations(route.get("route") or (), (*path, "route"))
    for index, target in enumerate(route.get("route") or ()):
        if "headers" in target:
            yield from header_changes(target["headers"], (*path, "route", index, "headers"))
    if "timeout" in route:
        yield from durations(route, ("timeout",), path, zero=_NO_TIMEOUT)
    for key, rule in _PARTS.items():
        if key in route:
            yield from rule(route[key], (*path, key))
    for key in ("mirrorPercent", "mirror_percent"):
        if route.get(key, 0) > LARGEST_PERCENTAGE:
            yield refused((*path, key), f"is {route[key]}; at most 100 is possible", "write mirrorPercentage: {value: 100}")
    if "mirrorPercentage" in route:
        yield from percentage(route, "mirrorPercentage", path)
    if "redirect" in route:
        yield from _redirect(route, path)
    yield from one_authority(route, path)


def _conflicts(route: Data, path: Path, *, delegate: bool) -> Flaws:
    """`validateHTTPRouteConflict`: what a rule does with a request is one thing only."""
    if "delegate" in route and not delegate:
        for key in ("redirect", "route"):
            if key in route and route[key] != []:
                yield _both(path, key, "delegate")
        return
    if "delegate" in route:
        yield refused(
            (*path, "delegate"), "is set in a VirtualService without hosts: what others delegate to cannot delegate", "remove delegate"
        )
    answer = next((key for key in ("redirect", "directResponse") if key in route), None)
    if answer:
        for key in ("route", "fault", "rewrite", "directResponse"):
            if key != answer and key in route and route[key] != []:
                yield _both(path, key, answer)
    elif not route.get("route"):
        what = "has no route, redirect or directResponse"
        yield refused(path, what, "add a route with a destination")
    if "mirror" in route and route.get("mirrors"):
        yield _both(path, "mirror", "mirrors")


def _both(path: Path, key: str, other: str) -> Flaw:
    return refused((*path, key), f"is set beside {other}; only one of them is possible", f"remove {key} or {other}")


def _mirrors(mirrors: list[Data], path: Path) -> Flaws:
    """`validateHTTPMirrors`."""
    for index, mirror in enumerate(mirrors):
        yield from destination(mirror["destination"], (*path, index, "destination"))
        yield from percentage(mirror, "percentage", (*path, index))


def _fault(fault: Data, path: Path) -> Flaws:
    """`validateHTTPFaultInjection`: a delay, an abort, or both."""
    if "abort" not in fault and "delay" not in fault:
        yield refused(path, "has no delay and no abort", "add a delay or an abort, or remove fault")
    for key in ("abort", "delay"):
        yield from percentage(fault.get(key, {}), "percentage", (*path, key), smallest=SMALLEST_PERCENTAGE)
    abort, delay = fault.get("abort", {}), fault.get("delay", {})
    if "httpStatus" in abort:
        yield from _status(abort["httpStatus"], (*path, "abort", "httpStatus"))
    if "grpcStatus" in abort and abort["grpcStatus"] not in _GRPC:
        what = f"is {abort['grpcStatus']!r}, which is no status of gRPC"
        yield refused((*path, "abort", "grpcStatus"), what, "write a status such as UNAVAILABLE")
    if "http2Error" in abort:
        yield refused((*path, "abort", "http2Error"), "is set; Istio cannot do that", "use httpStatus")
    yield from durations(delay, ("fixedDelay",), (*path, "delay"), zero="remove the delay, or write one of at least 1ms")
    if "exponentialDelay" in delay:
        yield refused((*path, "delay", "exponentialDelay"), "is set; Istio cannot do that", "use fixedDelay")


def _status(status: int, path: Path) -> Flaws:
    """`validateHTTPStatus`, which takes 600 too."""
    if not 200 <= status <= 600:  # noqa: PLR2004
        yield refused(path, f"is {status}; an HTTP status from 200 to 599 is required", "write a status such as 503")


def _direct_response(answer: Data, path: Path) -> Flaws:
    """`validateHTTPDirectResponse`."""
    yield from _status(answer["status"], (*path, "status"))
    body = answer.get("body", {})
    if "bytes" in body and not _BASE64.fullmatch(body["bytes"]):
        yield refused((*path, "body", "bytes"), "is not base64", "write the text as string instead")
    if len(body.get("string", "").encode()) > _LARGEST_BODY or len(body.get("bytes", "")) * 3 > _LARGEST_BODY * 4:
        yield refused((*path, "body"), "is longer than 1 MB", "serve a page of this size from a service")


def _redirect(route: Data, path: Path) -> Flaws:
    """`validateHTTPRedirect`."""
    redirect, path = route["redirect"], (*path, "redirect")
    uri, prefix, code = redirect.get("uri"), redirect.get("prefixRewrite"), redirect.get("redirectCode", 0)
    if uri and prefix:
        yield refused((*path, "prefixRewrite"), "is set beside uri; only one of them is possible", "remove one of the two")
    if prefix and any("uri" in match and "prefix" not in match["uri"] for match in route.get("match") or ()):
        yield refused(
            (*path, "prefixRewrite"),
            "is set, but a match of the route has another uri than a prefix",
            "match by uri.prefix, or use redirect.uri",
        )
    if (
        not any(redirect.get(key) for key in ("uri", "prefixRewrite", "authority", "scheme"))
        and not {"port", "derivePort"} & redirect.keys()
    ):
        yield refused(path, "says nothing of where to go", "add uri, authority, scheme or port")
    if code and not 300 <= code <= 399:  # noqa: PLR2004
        yield refused((*path, "redirectCode"), f"is {code}; a status from 300 to 399 is required", "write 301, 302, 307 or 308")
    if redirect.get("scheme") not in (None, "", "http", "https"):
        yield refused((*path, "scheme"), f"is {redirect['scheme']!r}; http or https is required", "write http or https")
    if redirect.get("port"):
        yield from port(redirect["port"], (*path, "port"))


def _rewrite(rewrite: Data, path: Path) -> Flaws:
    """`validateHTTPRewrite`, `validateURIRegexRewrite`."""
    pattern = rewrite.get("uriRegexRewrite")
    if rewrite.get("uri") and pattern is not None:
        yield refused((*path, "uriRegexRewrite"), "is set beside uri; only one of them is possible", "remove one of the two")
    elif not rewrite.get("uri") and pattern is None and not rewrite.get("authority"):
        yield refused(path, "says nothing of what to rewrite", "add uri, uriRegexRewrite or authority")
    if pattern is not None:
        if not pattern.get("match") or not pattern.get("rewrite"):
            yield refused((*path, "uriRegexRewrite"), "needs both match and rewrite", "add what is missing")
        else:
            yield from regex(pattern["match"], (*path, "uriRegexRewrite", "match"))


_PARTS: dict[str, Callable[[Any, Path], Flaws]] = {
    "retries": retries,
    "headers": header_changes,
    "corsPolicy": cors,
    "fault": _fault,
    "mirror": destination,
    "mirrors": _mirrors,
    "directResponse": _direct_response,
    "rewrite": _rewrite,
}
