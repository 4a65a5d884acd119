"""Calls as a mesh carries them: ways, destinations, and what is in force on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from checker.model.rate_limit import RateLimit
from checker.model.setting import Origin, Settings
from checker.model.types import Service, Workload
from checker.objects import ApiObject

Result = Literal["ok", "no-endpoints", "no-cluster", "passthrough", "blocked", "unknown"]


class Refusal(NamedTuple):
    """Why a server takes nothing that callers' proxies send; `sent_by` says what they send, `taken_by` what the server takes."""

    reason: str
    sent_by: Origin | None
    taken_by: Origin | None


class LeftOut(NamedTuple):
    """Why the mesh does not carry a pod's calls, and who says so."""

    reason: str
    origin: Origin | None


class Unread(NamedTuple):
    """Services whose requests nobody looks into, and what is written for them nonetheless; `why` in words, `at` where to mend it."""

    at: Origin
    namespace: str
    services: tuple[str, ...]
    rules: tuple[Origin, ...]
    why: str
    certain: bool


class LostSelector(NamedTuple):
    """A rule for some callers whose selector finds none that it could count for."""

    origin: Origin
    host: str
    why: str


class Destination(NamedTuple):
    """Where a way leads. `rule`: the traffic policy that counts; `endpoints`: pods that answer, None where the input does not tell.

    `chosen_by_client`: the proxy sends to the address that the client looked up, be it ejected or not.
    `ejects_one`: one endpoint may be ejected whatever the percentage is. `server` gives the limits that somebody wrote for what comes to
    each of its pods, from all callers together, and `limits` how much each of them takes in a time. `without`: what becomes of requests
    where there is no cluster, for people.
    """

    host: str
    port: int
    subset: str
    weight: int
    result: Result
    settings: Settings
    rule: Origin | None = None
    endpoints: int | None = None
    origin: Origin | None = None
    chosen_by_client: bool = False
    ejects_one: bool = False
    refused: Refusal | None = None
    server: Callable[[], Settings] = dict
    limits: Callable[[], tuple[RateLimit, ...]] = tuple
    without: str = ""


class Way(NamedTuple):
    """One route of a call. `answer`: `redirect` or `direct` where nobody is called; `source` names the object, None for the mesh's own.

    `limits`: what lets only so many requests through, or connections.
    """

    name: str
    match: Mapping[str, Any]
    answer: str | None
    source: str | None
    origin: Origin | None
    settings: Settings
    destinations: tuple[Destination, ...]
    limits: tuple[RateLimit, ...] = ()


class Entry(NamedTuple):
    """A way from outside, and whose it is; `listeners`: the names of the gateway's listeners for which it is so, where they differ."""

    gateway: ApiObject
    way: Way
    listeners: tuple[str, ...] = ()


class MeshHost(NamedTuple):
    """A name that an object of the mesh is for; `found`: some service has it."""

    origin: Origin
    host: str
    found: bool


class Inert(NamedTuple):
    """A written line without effect, or without it for some. `reason` is a code that policies select on.

    `what` is the line and `because` the cause, for people; `callers` for whom it is lost, empty for everybody;
    `beaten_by` what counts instead. `missing`: what may give it an effect after all and may lie outside of the input, for people.
    """

    origin: Origin
    reason: str
    what: str
    because: str
    callers: str = ""
    beaten_by: Origin | None = None
    missing: str = ""


class Hidden(NamedTuple):
    """Who keeps a callee from a caller's proxy; `blocked`: it refuses the call, else lets it through unmanaged."""

    by: Origin
    blocked: bool


class ServicePortProtocol(NamedTuple):
    """A Service's port as the mesh takes it; an empty protocol is left to sniffing."""

    service: Service
    number: int
    protocol: str

    @property
    def http2(self) -> bool:
        """Whether proxies speak HTTP/2 to it."""
        return self.protocol in ("HTTP2", "GRPC", "GRPC-Web")


class Watched(NamedTuple):
    """What people can see of a mesh, by its own configuration, which is written at `origin`.

    `ejections`: whether the proxies keep the statistics of endpoints that they eject; `traced`: whether somebody says where spans go.
    """

    origin: Origin
    ejections: bool
    traced: bool


class Traffic(Protocol):
    """A mesh that answers questions about calls. `limiting_kind`: the objects that limit requests."""

    limiting_kind: str

    def assumptions(self) -> Sequence[str]:
        """What is taken for granted, for people."""

    def carries(self, caller: Workload) -> bool:
        """Whether the mesh carries the caller's calls."""

    def left_out(self, caller: Workload) -> LeftOut | None:
        """Why it does not; None where it does."""

    def refuses_probes(self, pod: Workload, port: int) -> Origin | None:
        """Who says that a pod's port refuses the kubelet, which has no certificate; None where it does not, or that cannot be told."""

    def refuses_plain_text(self, service: Service, port: int) -> Origin | None:
        """Who says that all pods behind a Service's port take mutual TLS of the mesh and nothing else; None as above."""

    def unread(self) -> Sequence[Unread]:
        """Services for whose requests something is written that nobody reads."""

    def lost_selectors(self) -> Sequence[LostSelector]:
        """Rules whose selector keeps them from all callers."""

    def ways(self, caller: Workload | None, namespace: str, host: str, port: int, call: str) -> Sequence[Way]:
        """The ways of a call; without a caller those of any pod of the namespace."""

    def overriding_ways(self, caller: Workload | None, namespace: str, host: str, port: int, call: str) -> Sequence[Way]:
        """The same, each setting with what it was preferred to: for those who ask, too heavy for every check."""

    def hidden(self, caller: Workload, host: str, port: int, call: str) -> Hidden | None:
        """Who keeps a Service from a caller's proxy that would know it otherwise; None where nobody does."""

    def entering(self, service: Service, port: int) -> Sequence[Way]:
        """The ways by which gateways send requests from outside to a Service's port."""

    def ports(self) -> Sequence[ServicePortProtocol]:
        """The ports of all Services."""

    def entries(self) -> Sequence[Entry]:
        """What gateways of the mesh route from outside."""

    def limits(self) -> Iterable[RateLimit]:
        """How much the pods behind Services take."""

    def named_hosts(self) -> Sequence[MeshHost]:
        """The hosts that DestinationRules are for."""

    def tells_all(self) -> bool:
        """Whether no setting in force is unknown: nothing rewrites what the mesh makes of its objects."""

    def resolves_names(self) -> bool:
        """Whether proxies answer DNS themselves, so that every host has an address of its own."""

    def inert(self) -> Sequence[Inert]:
        """Written lines without effect, whoever calls: worked out once, cheap enough for every check."""

    def watched(self) -> Watched | None:
        """What can be seen of it; None where its own configuration is not in the input."""


class FrontListener(NamedTuple):
    """A listener of a `proxy` at the edge. `silent`: where it says that requests get no id; None where they do."""

    origin: Origin
    name: str
    proxy: str
    limits_connections: bool
    silent: Origin | None


class Gateways(Protocol):
    """A product that runs gateways and is no mesh. `limiting_kind`: the objects that limit requests; empty where it is their own file."""

    limiting_kind: str

    def assumptions(self) -> Sequence[str]:
        """What is taken for granted, for people."""

    def entries(self) -> Iterable[Entry]:
        """What the gateways route from outside."""

    def inert(self) -> Iterable[Inert]:
        """Written lines without effect."""

    def front(self) -> Iterable[FrontListener]:
        """Listeners at the edge, where the product's own configuration says how they take connections."""
