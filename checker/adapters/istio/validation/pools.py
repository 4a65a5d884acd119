"""Connection pools and outlier detection. Source: `validateConnectionPool`, `validateOutlierDetection` of `validation.go`."""

from checker.adapters.istio.validation.amounts import MILLISECOND, durations, not_negative, whole_percent
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path
from checker.units import seconds_of

_COUNTS = ("http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "maxConcurrentStreams")


def outlier_detection(settings: Data, path: Path) -> Flaws:
    """When a host is ejected, and for how long."""
    yield from durations(settings, ("interval", "baseEjectionTime"), path)
    yield from whole_percent(settings, ("maxEjectionPercent", "minHealthPercent"), path)
    if settings.get("consecutiveLocalOriginFailures", 0) > 0 and not settings.get("splitExternalLocalOriginErrors"):
        what = "is set, but splitExternalLocalOriginErrors is not true, so that failures of local origin are not told apart"
        yield refused((*path, "consecutiveLocalOriginFailures"), what, "add splitExternalLocalOriginErrors: true")


def connection_pool(settings: Data, path: Path) -> Flaws:
    """Limits of a pool; 0 means unset, so it is taken."""
    http, tcp = settings.get("http"), settings.get("tcp")
    if http is None and tcp is None:
        yield refused(path, "is empty; a pool has limits for http or tcp", "remove connectionPool, or add limits under http or tcp")
    if http is not None:
        yield from _http(http, (*path, "http"))
    if tcp is not None:
        yield from _tcp(tcp, (*path, "tcp"))


def _http(http: Data, path: Path) -> Flaws:
    yield from not_negative(http, _COUNTS, path)
    yield from durations(
        http, ("idleTimeout",), path, zero="remove idleTimeout, or write a duration of at least 1ms; only tcp.idleTimeout takes 0s"
    )
    if http.get("h2UpgradePolicy") == "UPGRADE" and http.get("useClientProtocol"):
        yield refused((*path, "useClientProtocol"), "is true, but h2UpgradePolicy is UPGRADE", "remove one of the two")
    if "http2KeepAlive" in http:
        keep_alive, path = http["http2KeepAlive"], (*path, "http2KeepAlive")
        for key in ("interval", "timeout"):
            if key not in keep_alive:
                yield refused((*path, key), "is missing; a keepalive of HTTP/2 needs interval and timeout", f"add {key}")
        yield from durations(keep_alive, ("interval", "timeout"), path)


def _tcp(tcp: Data, path: Path) -> Flaws:
    yield from not_negative(tcp, ("maxConnections",), path)
    yield from durations(tcp, ("connectTimeout", "maxConnectionDuration"), path)
    idle = tcp.get("idleTimeout")
    # Less than a millisecond either way counts as 0s: switched off.
    if idle is not None and not _is_off(idle):
        yield from durations(tcp, ("idleTimeout",), path)
    if "tcpKeepalive" in tcp:
        yield from durations(tcp["tcpKeepalive"], ("time", "interval"), (*path, "tcpKeepalive"))


def _is_off(text: str) -> bool:
    seconds = seconds_of(text)
    return seconds is not None and abs(seconds) < MILLISECOND
