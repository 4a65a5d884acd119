"""Calls and the evidence for them. Plain records."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from checker.model.hosts import Callee
from checker.model.types import Path, Role, Workload
from checker.objects import ApiObject

Kind = Literal["env", "arg", "command", "config-map", "secret", "annotation", "ingress", "authorization", "network-policy", "sidecar"]
Protocol = Literal[
    "http", "https", "grpc", "postgres", "mysql", "redis", "mongodb", "amqp", "kafka", "nats", "memcached", "tcp", "unknown"
]  # fmt: skip


class Address(NamedTuple):
    """A host as a text names it. `scheme` is empty where none is written; `implied`: the port is the scheme's, not the text's."""

    host: str
    port: int | None
    scheme: str = ""
    implied: bool = False


class Setting(NamedTuple):
    """A value that a workload is configured with, and where it stands."""

    kind: Kind
    source: ApiObject
    path: Path
    key: str
    value: str
    role: Role = "main"


class Evidence(NamedTuple):
    """Where a call is written: the object, the place in it, and the variable or key. Never a value: it may hold a password."""

    kind: Kind
    source: ApiObject
    path: Path
    key: str
    role: Role = "main"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One caller and one host and port that it calls.

    `host` is as written first; `port` None where nothing tells it; `implied`: the port is the scheme's own.
    `workload` is None where an Ingress calls. `telemetry`: metrics, traces and logs, for which no caller waits.
    """

    caller: ApiObject
    workload: Workload | None
    host: str
    port: int | None
    implied: bool
    protocol: Protocol
    telemetry: bool
    callee: Callee
    evidence: tuple[Evidence, ...]
