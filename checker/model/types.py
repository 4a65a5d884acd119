"""What a system consists of. Plain records; what follows from them is computed in `checker.facts`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from checker.objects import ApiObject

Path = tuple[str | int, ...]
Labels = Mapping[str, str]
Role = Literal["main", "init", "sidecar"]


class Port(NamedTuple):
    """A declared container port; `name` is empty where none is given."""

    name: str
    number: int
    protocol: str


class Container(NamedTuple):
    """One container of a pod template; `role` is sidecar for init containers that are always restarted."""

    name: str
    role: Role
    path: Path
    data: Mapping[str, Any]
    ports: tuple[Port, ...]


class Selector(NamedTuple):
    """A label selector as the API has it; an empty one matches everything."""

    labels: Labels
    expressions: tuple[Mapping[str, Any], ...] = ()

    def matches(self, labels: Labels) -> bool:
        """Whether an object with these labels is selected."""
        for key, value in self.labels.items():
            if labels.get(key) != value:
                return False
        return all(_holds(expression, labels) for expression in self.expressions)

    def __str__(self) -> str:
        """`app=web,tier in (a,b)` as kubectl writes it."""
        parts = [f"{key}={value}" for key, value in self.labels.items()]
        for term in self.expressions:
            values = ",".join(term.get("values") or ())
            operator = str(term.get("operator", ""))
            words = {"In": f"in ({values})", "NotIn": f"notin ({values})", "Exists": "exists", "DoesNotExist": "does not exist"}
            parts.append(f"{term.get('key')} {words.get(operator, operator)}")
        return ",".join(parts)


def _holds(term: Mapping[str, Any], labels: Labels) -> bool:
    key, values = str(term.get("key")), term.get("values") or ()
    match term.get("operator"):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workload:
    """Something that runs pods. Paths are relative to `source.data`.

    `replicas` is the count as written, None where it is left to the API server or does not apply;
    `scalable` says that the kind has a replica count at all.
    """

    source: ApiObject
    pod_path: Path
    labels: Labels
    annotations: Labels
    spec: Mapping[str, Any]
    containers: tuple[Container, ...]
    replicas: int | None
    scalable: bool
    runs_to_completion: bool
    selector: Selector | None

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.source.kind

    @property
    def namespace(self) -> str:
        """The object's namespace."""
        return self.source.namespace

    @property
    def name(self) -> str:
        """The object's name."""
        return self.source.name


class ServicePort(NamedTuple):
    """A port of a Service; `target` is a container port's name or number."""

    name: str
    number: int
    target: str | int
    protocol: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """A Kubernetes Service; without a selector its endpoints come from elsewhere."""

    source: ApiObject
    selector: Selector | None
    ports: tuple[ServicePort, ...]
    headless: bool
    external_name: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Autoscaler:
    """A HorizontalPodAutoscaler or KEDA ScaledObject; counts as in force, API defaults applied."""

    source: ApiObject
    target_kind: str
    target_name: str
    minimum: int
    maximum: int
    target_path: Path
    minimum_path: Path
    maximum_path: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budget:
    """A PodDisruptionBudget; both limits are a count or a percentage as written."""

    source: ApiObject
    selector: Selector | None
    min_available: int | str | None
    max_unavailable: int | str | None


class Backend(NamedTuple):
    """A Service that an Ingress sends requests to; `port` is a name or a number."""

    service: str
    port: str | int | None
    host: str
    url_path: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ingress:
    """An Ingress; `class_name` is the controller it is for, empty for the cluster's default."""

    source: ApiObject
    class_name: str
    backends: tuple[Backend, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What an adapter read: records still unconnected, in the order of the input."""

    objects: list[ApiObject] = field(default_factory=list)
    proxies: list[ApiObject] = field(default_factory=list)
    limits: list[ApiObject] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    autoscalers: list[Autoscaler] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    ingresses: list[Ingress] = field(default_factory=list)
