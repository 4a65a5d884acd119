"""What is spoken on a connection: by scheme, by the callee's port and image, by number, by the name of the variable."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from checker.calls.keys import words
from checker.calls.types import Protocol
from checker.model.types import Service


class Scheme(NamedTuple):
    """What a URL of the scheme speaks, and the port it goes to where it names none."""

    protocol: Protocol
    port: int | None


SCHEMES: Final[dict[str, Scheme]] = {
    "http": Scheme("http", 80), "ws": Scheme("http", 80), "h2c": Scheme("http", 80), "lb": Scheme("http", None),
    "https": Scheme("https", 443), "wss": Scheme("https", 443),
    "grpc": Scheme("grpc", None), "grpcs": Scheme("grpc", None), "grpc+tls": Scheme("grpc", None), "dns": Scheme("unknown", None),
    "xds": Scheme("grpc", None), "passthrough": Scheme("grpc", None),
    "postgres": Scheme("postgres", 5432), "postgresql": Scheme("postgres", 5432), "cockroachdb": Scheme("postgres", 26257),
    "mysql": Scheme("mysql", 3306), "mariadb": Scheme("mysql", 3306),
    "redis": Scheme("redis", 6379), "rediss": Scheme("redis", 6379), "valkey": Scheme("redis", 6379),
    "mongodb": Scheme("mongodb", 27017), "mongodb+srv": Scheme("mongodb", None),
    "amqp": Scheme("amqp", 5672), "amqps": Scheme("amqp", 5671), "rabbitmq": Scheme("amqp", 5672),
    "kafka": Scheme("kafka", 9092), "plaintext": Scheme("kafka", None), "ssl": Scheme("unknown", None), "sasl_ssl": Scheme("kafka", None),
    "sasl_plaintext": Scheme("kafka", None),
    "nats": Scheme("nats", 4222), "tls": Scheme("unknown", None),
    "memcached": Scheme("memcached", 11211), "memcache": Scheme("memcached", 11211),
    "tcp": Scheme("unknown", None), "udp": Scheme("unknown", None), "ldap": Scheme("tcp", 389), "ldaps": Scheme("tcp", 636),
    "smtp": Scheme("tcp", 25), "smtps": Scheme("tcp", 465), "mqtt": Scheme("tcp", 1883), "mqtts": Scheme("tcp", 8883),
    "pulsar": Scheme("tcp", 6650), "sqlserver": Scheme("tcp", 1433), "oracle": Scheme("tcp", 1521), "clickhouse": Scheme("tcp", None),
    "cassandra": Scheme("tcp", 9042), "neo4j": Scheme("tcp", 7687), "bolt": Scheme("tcp", 7687), "zookeeper": Scheme("tcp", 2181),
    "elasticsearch": Scheme("http", 9200), "temporal": Scheme("grpc", None), "sftp": Scheme("tcp", 22), "ftp": Scheme("tcp", 21),
}  # fmt: skip
_PORTS: Final[dict[int, Protocol]] = {
    80: "http", 443: "https", 3306: "mysql", 4222: "nats", 5432: "postgres", 5671: "amqp", 5672: "amqp", 6379: "redis", 9092: "kafka",
    11211: "memcached", 27017: "mongodb", 50051: "grpc", 4317: "grpc", 4318: "http",
}  # fmt: skip
_NAMES: Final[dict[str, Protocol]] = {
    "grpc": "grpc", "http": "http", "http2": "http", "h2c": "http", "https": "https", "web": "http",
    "postgres": "postgres", "postgresql": "postgres", "pgsql": "postgres", "postgis": "postgres", "timescaledb": "postgres",
    "pgbouncer": "postgres",
    "mysql": "mysql", "mariadb": "mysql", "percona": "mysql", "redis": "redis", "valkey": "redis", "keydb": "redis", "dragonfly": "redis",
    "mongo": "mongodb", "mongodb": "mongodb", "rabbitmq": "amqp", "rabbit": "amqp", "amqp": "amqp", "kafka": "kafka", "redpanda": "kafka",
    "nats": "nats", "memcached": "memcached", "memcache": "memcached", "tcp": "tcp",
}  # fmt: skip
_STORES = frozenset({"postgres", "mysql", "redis", "mongodb", "amqp", "kafka", "nats", "memcached"})


def protocol(scheme: str, port: int | None, service: Service | None, images: Iterable[str], keys: Iterable[str]) -> Protocol:
    """The most certain thing that is known."""
    known = SCHEMES[scheme].protocol if scheme in SCHEMES else "unknown"
    by_port = _of_service_port(service, port)
    if known != "unknown":
        return "grpc" if known == "http" and "grpc" in (by_port, _PORTS.get(port or 0)) else known
    if by_port not in ("unknown", "tcp"):
        return by_port
    for image in images:
        stored = _word(image_words(image))
        if stored in _STORES:
            return stored
    if port in _PORTS:
        return _PORTS[port]
    named = _word(word for key in keys for word in words(key))
    return named if named != "unknown" else "tcp" if scheme == "tcp" else by_port


def image_words(image: str) -> list[str]:
    """`docker.io/bitnami/redis-cluster:7@sha256:…` → redis, cluster."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower().replace("_", "-").split("-")


def _of_service_port(service: Service | None, port: int | None) -> Protocol:
    for candidate in service.ports if service else ():
        if candidate.number == port or port is None:
            data = service.source.data["spec"]["ports"][candidate.path[-1]] if service else {}
            said = str(data.get("appProtocol") or candidate.name).lower().rpartition("/")[2]
            return _NAMES.get(said) or _NAMES.get(said.partition("-")[0]) or "unknown"
    return "unknown"


def _word(found: Iterable[str]) -> Protocol:
    return next((_NAMES[word.lower()] for word in found if word.lower() in _NAMES), "unknown")
