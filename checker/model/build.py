"""Parts → Model: who selects whom, who scales whom, and what the input does not tell."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from checker.model.definitions import Files, Name, replaced
from checker.model.types import Autoscaler, Budget, Part, Selector, Service, Workload
from checker.objects import ApiObject
from checker.objects.unseen import ANY, Unseen

Record = TypeVar("Record")
Selecting = TypeVar("Selecting", Service, Budget)
# Other groups have kinds of these names too: a Service of Knative is none that selects pods.
_CORE_KINDS = frozenset({"Service", "ConfigMap", "ServiceAccount", "Namespace", "LimitRange", "ResourceQuota"})
_PodIndex = Mapping[tuple[str, str, str], Sequence[Workload]]
POD_KINDS = (
    "Pod", "ReplicationController", "Job", "CronJob", "DeploymentConfig", "Rollout", "CloneSet", "Deployment", "StatefulSet", "ReplicaSet",
    "DaemonSet",
)  # fmt: skip
_NOTHING = Unseen()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """One system.

    `complete`: what is not in the input does not exist, but for what is `unseen`: objects of which absence proves nothing,
    as they could not be read, or an API server would not take them. `kinds`: without definitions that another one replaces;
    `named` has all. `claims`: the Ingresses (namespace/name), each with its Service, that claim a class, host and path.
    """

    part: Part
    complete: bool
    unseen: Unseen
    kinds: Mapping[str, Sequence[ApiObject]]
    named: Mapping[Name, Sequence[ApiObject]]
    in_file: Files
    in_namespace: Mapping[str, Sequence[Workload]]
    pods: _PodIndex
    services_of: Mapping[Workload, Sequence[Service]]
    budgets_of: Mapping[Workload, Sequence[Budget]]
    autoscalers_of: Mapping[Workload, Sequence[Autoscaler]]
    idle_services: Mapping[str, Sequence[Service]]
    idle_budgets: Mapping[str, Sequence[Budget]]
    claims: Mapping[tuple[str, str, str], Sequence[tuple[str, str]]]

    def covers(self, *kinds: str, namespace: str = ANY) -> bool:
        """Whether the absence of an object of these kinds is a fact: the input is complete, or holds some of the kind.

        With a `namespace`, what may be unseen elsewhere does not matter.
        """
        return (self.complete or any(kind in self.kinds for kind in kinds)) and not self.unseen.may_hold(kinds, namespace)

    def complete_in(self, namespace: str, kind: str, *others: str) -> bool:
        """Whether objects of these kinds that are not in the input do not exist in the namespace; ANY means in none."""
        return self.complete and not self.unseen.may_hold((kind, *others), namespace)

    def complete_hosts(self, namespace: str) -> bool:
        """Whether a service of that namespace that is not in the input does not exist; a ServiceEntry may stand anywhere."""
        return self.complete_in(namespace, "Service") and self.complete_in(ANY, "ServiceEntry")

    def covers_in(self, kind: str, namespace: str) -> bool:
        """As `covers`, for what belongs to one namespace: other namespaces may come from other tools."""
        if self.unseen.may_hold((kind,), namespace):
            return False
        return self.complete or any(item.namespace == namespace for item in self.kinds.get(kind, ()))

    def covers_workloads(self, namespace: str) -> bool:
        """Whether pods that are not in the input do not exist in the namespace."""
        return not self.unseen.may_hold(POD_KINDS, namespace) and (self.complete or namespace in self.in_namespace)

    def find(self, kind: str, namespace: str, name: str, near: ApiObject) -> ApiObject | None:
        """The object of that name; where it is defined more than once, the definition nearest to the one that asks."""
        found = self.named.get((kind, namespace, name), ())
        return max(found, key=lambda item: closeness(item, near), default=None)


def build(part: Part, *, complete: bool, unseen: Unseen = _NOTHING) -> Model:
    """Connect the records of all adapters."""
    in_file = _files(part.objects)
    kinds, named, spaces, pods = _index(part, in_file)

    def selection(items: Sequence[Selecting]) -> list[tuple[Selecting, list[Workload]]]:
        return [(item, nearest(item.source, selected(pods, spaces, item.source.namespace, item.selector))) for item in items]

    services, budgets = selection(part.services), selection(part.budgets)
    return Model(
        part=part,
        complete=complete,
        unseen=unseen,
        kinds=kinds,
        named=named,
        in_file=in_file,
        in_namespace=spaces,
        pods=pods,
        services_of=_join(services),
        budgets_of=_join(budgets),
        autoscalers_of=_join([(item, scaled(spaces, item)) for item in part.autoscalers]),
        idle_services=_idle(services),
        idle_budgets=_idle(budgets),
        claims=_claims(part),
    )


def _index(
    part: Part, in_file: Files
) -> tuple[dict[str, list[ApiObject]], dict[Name, list[ApiObject]], dict[str, list[Workload]], _PodIndex]:
    kinds: dict[str, list[ApiObject]] = defaultdict(list)
    named: dict[Name, list[ApiObject]] = defaultdict(list)
    ours = [item for item in part.objects if item.kind not in _CORE_KINDS or "/" not in item.api_version]
    for item in ours:
        named[item.kind, item.namespace, item.name].append(item)
    dead = {id(item) for same in named.values() if len(same) > 1 for item in replaced(same, in_file)}
    for item in ours:
        if id(item) not in dead:
            kinds[item.kind].append(item)
    spaces: dict[str, list[Workload]] = defaultdict(list)
    pods: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
    for workload in part.workloads:
        spaces[workload.namespace].append(workload)
        for key, value in workload.labels.items():
            pods[workload.namespace, key, value].append(workload)
    return dict(kinds), dict(named), dict(spaces), dict(pods)


def _files(items: Iterable[ApiObject]) -> dict[str, frozenset[Name]]:
    files: dict[str, set[Name]] = defaultdict(set)
    for item in items:
        files[item.document.file].add((item.kind, item.namespace, item.name))
    return {file: frozenset(names) for file, names in files.items()}


def selected(pods: _PodIndex, spaces: Mapping[str, Sequence[Workload]], namespace: str, selector: Selector | None) -> list[Workload]:
    """The workloads of a namespace whose pods a selector matches."""
    if selector is None:
        return []
    candidates: Iterable[Workload] = spaces.get(namespace, ())
    for key, value in selector.labels.items():
        candidates = pods.get((namespace, key, value), ())
        break
    return [workload for workload in candidates if selector.matches(workload.labels)]


def scaled(spaces: Mapping[str, Sequence[Workload]], item: Autoscaler) -> list[Workload]:
    """The workloads an autoscaler's target reference names."""
    here = spaces.get(item.source.namespace, ())
    named = [workload for workload in here if workload.name == item.target_name and workload.kind == item.target_kind]
    return nearest(item.source, named)


def nearest(referrer: ApiObject, workloads: list[Workload]) -> list[Workload]:
    """Of several definitions of one workload those that lie nearest to what refers to it.

    Variants of a system (environments, versions of a tutorial) often lie side by side and give things the same names;
    what stands together belongs together.
    """
    by_name: dict[tuple[str, str], list[Workload]] = defaultdict(list)
    for workload in workloads:
        by_name[workload.kind, workload.name].append(workload)
    if len(by_name) == len(workloads):
        return workloads
    kept: set[Workload] = set()
    for variants in by_name.values():
        best = max(closeness(variant.source, referrer) for variant in variants)
        kept.update(variant for variant in variants if closeness(variant.source, referrer) == best)
    return [workload for workload in workloads if workload in kept]


def closeness(item: ApiObject, other: ApiObject) -> int:
    """How near two definitions lie: folders their files have in common, and one more for the same file."""
    here, there = item.document.file.split("/"), other.document.file.split("/")
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False)))


def _join(pairs: Iterable[tuple[Record, list[Workload]]]) -> dict[Workload, list[Record]]:
    joined: dict[Workload, list[Record]] = defaultdict(list)
    for record, workloads in pairs:
        for workload in workloads:
            joined[workload].append(record)
    return dict(joined)


def _idle(pairs: Iterable[tuple[Selecting, list[Workload]]]) -> dict[str, list[Selecting]]:
    idle: dict[str, list[Selecting]] = defaultdict(list)
    for record, workloads in pairs:
        if record.selector is not None and not workloads:
            idle[record.source.namespace].append(record)
    return dict(idle)


def _claims(part: Part) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    claims: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for ingress in part.ingresses:
        for backend in ingress.backends:
            claimant = f"{ingress.source.namespace}/{ingress.source.name}", backend.service
            claims[ingress.class_name, backend.host, backend.url_path].append(claimant)
    return dict(claims)
