"""What the name of a variable, flag or key says about its value."""

import re
from functools import lru_cache
from typing import NamedTuple

_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_HOST = frozenset({
    "addr", "address", "addresses", "addrs", "backend", "backends", "bootstrap", "broker", "brokers", "connection", "connectionstring",
    "dsn", "endpoint", "endpoints", "gateway", "host", "hostname", "hostnames", "hosts", "nodes", "proxy", "seeds", "server", "servers",
    "service", "svc", "target", "targets", "upstream", "upstreams", "uri", "uris", "url", "urls",
})  # fmt: skip
_STRICT = frozenset({
    "addr", "address", "addresses", "addrs", "backend", "broker", "brokers", "endpoint", "endpoints", "host", "hostname", "hosts",
    "server", "servers", "service", "svc", "target", "upstream", "uri", "url",
})  # fmt: skip
# Words after the one that counts: CART_URL_V2, KAFKA_BOOTSTRAP_SERVERS_LIST, CONNECTION_STRING.
_TAIL = re.compile(r"v?[0-9]*|list|string|str|default|internal|primary|base|prefix|name")
# Values of these name where the program itself is found, or whom it answers: nobody connects to them.
_NEVER = frozenset({
    "advertise", "advertised", "bind", "cors", "listen", "listener", "listeners", "listening", "noproxy", "origin", "origins", "xmlns",
    "xsi",
})  # fmt: skip
# Values that end in these, or in these and URL, are for people, for browsers or for the container runtime, unless a Service has the name.
_HARDLY = frozenset({
    "allow", "allowed", "aud", "audience", "callback", "chart", "contact", "cookie", "description", "doc", "docs", "documentation",
    "external", "favicon", "git", "help", "home", "homepage", "icon", "image", "images", "license", "link", "links", "logo", "logout",
    "picture", "public", "redirect", "referer", "registry", "repo", "repository", "sans", "schema", "source", "sources", "support",
    "tag", "terms", "title", "trusted", "version", "website",
})  # fmt: skip
_OUTSIDE = (("public",), ("external",), ("vite",), ("react",))
_TELEMETRY = frozenset({
    "apm", "collector", "datadog", "dd", "fluentd", "grafana", "jaeger", "logging", "logstash", "loki", "metrics", "newrelic", "oc",
    "opamp", "opencensus", "opentelemetry", "otel", "otlp", "prom", "prometheus", "pushgateway", "scrape", "sentry", "skywalking",
    "statsd", "telemetry", "tempo", "trace", "traceloop", "traces", "tracing", "zipkin",
})  # fmt: skip


_QUALIFIED = 3  # words of JAEGER_UI_PORT


class Role(NamedTuple):
    """`host`: the value names a host. `strict`: even a bare word may.

    `never`: an address there is not called; `hardly`: it is only where it is the address of a Service.
    """

    host: bool
    strict: bool
    never: bool
    hardly: bool
    telemetry: bool
    stem: str  # what HOST and PORT variables of one callee have in common


@lru_cache(maxsize=1 << 14)
def words(key: str) -> tuple[str, ...]:
    """`spring.redis.hostName` → spring, redis, host, name."""
    return tuple(word.lower() for word in _SPLIT.split(key) if word)


@lru_cache(maxsize=1 << 14)
def role(key: str) -> Role:
    """What a key says."""
    found = words(key)
    kept = list(found)
    while kept and _TAIL.fullmatch(kept[-1]):
        kept.pop()
    name = found[-1:] == ("name",) and kept[-1:] != ["host"]
    last = kept[-1] if kept and not name else ""
    never = not _NEVER.isdisjoint(found) or found[:2] == ("no", "proxy") or "$schema" in key
    ending = {*kept[-1:], *(kept[-2:-1] if last in _HOST else ())}
    hardly = not _HARDLY.isdisjoint(ending) or found[:1] in _OUTSIDE
    stem = " ".join(kept[:-1]) if last in _STRICT else ""
    telemetry = not _TELEMETRY.isdisjoint(found)
    return Role(last in _HOST and not hardly, last in _STRICT, never, hardly, telemetry, stem)


@lru_cache(maxsize=1 << 14)
def port_of(key: str) -> tuple[str, ...]:
    """Stems of callees that `JAEGER_UI_PORT` and `COLLECTOR_PORT_GRPC` may name one of several ports of; empty for any other key."""
    found = words(key)
    if "port" not in found[-2:] or (found[-1:] == ("port",) and len(found) < _QUALIFIED):
        return ()
    rest = [word for word in found if word != "port"]
    return tuple(" ".join(rest[:count]) for count in range(1, len(rest)))


@lru_cache(maxsize=1 << 14)
def port_stem(key: str) -> str | None:
    """The stem of `CART_PORT` and `cart.port`; None for what names no port."""
    found = words(key)
    return " ".join(found[:-1]) if found and found[-1] == "port" else None
