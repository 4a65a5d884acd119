"""The style of communication that a call is made in, as far as its protocol tells (after the review checklist's decision guide)."""

from typing import Literal, NamedTuple

Name = Literal["request/response", "message", "unknown"]

_ANSWERED = {
    "http": "an HTTP request waits for its answer",
    "https": "an HTTP request waits for its answer",
    "grpc": "a gRPC call waits for its answer",
    "tls": "an HTTP request within TLS waits for its answer",
    "postgres": "a query waits for its result",
    "mysql": "a query waits for its result",
    "mongodb": "a query waits for its result",
    "redis": "a command to the store waits for its result",
    "memcached": "a command to the store waits for its result",
}
_BROKERED = {"amqp": "an AMQP broker", "kafka": "Kafka", "nats": "NATS"}


class Style(NamedTuple):
    """`request/response`, or a `message` through a broker; and what says so."""

    name: Name
    why: str


def style_of(protocol: str) -> Style:
    """What a message says (an event, the state itself, a command) no protocol tells: that is for people to answer."""
    if protocol in _ANSWERED:
        return Style("request/response", _ANSWERED[protocol])
    if protocol in _BROKERED:
        return Style("message", f"it goes through {_BROKERED[protocol]}, which keeps it for the receiver")
    return Style("unknown", "nothing tells the protocol")
