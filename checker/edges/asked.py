"""One call, as if a workload made it: also one that no manifest shows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checker.adapters.istio.calls import System
from checker.adapters.istio.gateways import is_gateway
from checker.adapters.istio.overrides import with_overrides_of_gateway
from checker.adapters.istio.scope import Client
from checker.calls.graph import CallGraph
from checker.calls.protocols import protocol
from checker.calls.types import Call
from checker.edges.seen import edges_of_call, named, only_port
from checker.edges.shapes import Edge, edges_of
from checker.errors import UsageError, did_you_mean
from checker.model.build import Model
from checker.model.hosts import resolve
from checker.model.traffic import Traffic
from checker.model.types import Workload

_FROM, _TO = "[KIND/][NAMESPACE/]NAME", "HOST[:PORT][/SUBSET]"
_HIGHEST_PORT = 65535
_FROM_PARTS = 3


class Caller(NamedTuple):
    """`--from`; empty where it is left open."""

    kind: str
    namespace: str
    name: str

    def is_meant(self, kind: str, namespace: str, name: str) -> bool:
        """Whether a workload, Ingress or Gateway is the one."""
        return self.name == name and self.namespace in ("", namespace) and self.kind.lower() in ("", kind.lower())


class Target(NamedTuple):
    """`--to`; the port None and the subset empty where they are left open."""

    host: str
    port: int | None
    subset: str

    def is_meant(self, edge: Edge) -> bool:
        """Whether an edge leads there; a host may be said by the beginning of its name."""
        callee = edge["callee"]
        near = callee["host"] == self.host or callee["host"].startswith(f"{self.host}.")
        return near and self.port in (None, callee["port"]) and self.subset in ("", callee["subset"])


def caller_of(text: str) -> Caller:
    """What `--from` says. Raises UsageError."""
    parts = text.split("/")
    if len(parts) > _FROM_PARTS or not all(parts):
        raise UsageError(f"--from {text}: this names no workload", fix=f"write {_FROM}, such as Deployment/shop/web or shop/web")
    return Caller(*("",) * (_FROM_PARTS - len(parts)), *parts)


def target_of(text: str) -> Target:
    """What `--to` says. Raises UsageError."""
    address, _, subset = text.partition("/")
    host, colon, port = address.partition(":")
    number = int(port) if port.isdecimal() else 0
    if not host or "/" in subset or (colon and not 0 < number <= _HIGHEST_PORT):
        raise UsageError(f"--to {text}: this names no host and port", fix=f"write {_TO}, such as cart.shop:8080 or cart.shop:8080/v2")
    return Target(host.lower().rstrip("."), number or None, subset)


def edges_between(model: Model, graph: CallGraph, traffic: Traffic | None, system: System, caller: Caller, target: Target) -> list[Edge]:
    """What is in force on a call between the two; the evidence is empty where the input does not show it. Raises UsageError."""
    workload = _workload(model, caller)
    callee = resolve(graph.hosts, target.host, workload.source)
    if callee.outcome == "missing":
        names = (f"{name}.{space}" for space, name in graph.hosts.services)
        raise UsageError(f"--to: no Service {target.host} is in the input", fix=_nearby_host(target.host, names))
    port = target.port or only_port(callee.service)
    if port is None:
        ports = ", ".join(str(each.number) for each in callee.service.ports) if callee.service else ""
        raise UsageError(f"--to {target.host}: the port is missing", fix=f"it has {ports}" if ports else f"write {_TO}")
    calls = [call for call in graph.calls if call.workload is workload and call.callee.name == callee.name]
    seen = next((call for call in calls if call.port == port), None) or next((call for call in calls if call.port is None), None)
    client = Client(workload.namespace, workload.labels)
    if seen is None and is_gateway(model, client):
        asked = {"host": target.host, "port": port, "protocol": "http"}
        found = list(
            edges_of(
                named(workload.source), asked, (), with_overrides_of_gateway(system, client, system.gateway_ways(client, target.host, port))
            )
        )
    else:
        pods = graph.pods.get(callee.service, ()) if callee.service else ()
        images = (str(each.data.get("image") or "") for pod in pods for each in pod.containers)
        call = Call(
            caller=workload.source,
            workload=workload,
            host=target.host,
            port=port,
            implied=False,
            protocol=seen.protocol if seen else protocol("", port, callee.service, images, ()),
            telemetry=False,
            callee=callee,
            evidence=seen.evidence if seen else (),
        )
        found = list(edges_of_call(call, traffic))
    return _with_subset(found, target)


def _with_subset(found: Sequence[Edge], target: Target) -> list[Edge]:
    if not target.subset:
        return list(found)
    chosen = [edge for edge in found if edge["callee"]["subset"] == target.subset]
    if not chosen:
        subsets = sorted({edge["callee"]["subset"] for edge in found if edge["callee"]["subset"]})
        otherwise = f"routes lead to {', '.join(subsets)}" if subsets else "routes lead to no subset: leave it out"
        raise UsageError(
            f"--to {target.host}: no route of this caller leads to the subset {target.subset}",
            fix=otherwise,
        )
    return chosen


def _workload(model: Model, caller: Caller) -> Workload:
    workloads = {_full(each): each for each in reversed(model.part.workloads)}
    found = [name for name, each in workloads.items() if caller.is_meant(each.kind, each.namespace, each.name)]
    if not found:
        raise UsageError(f"--from: {_name(caller)} is not in the input", fix=_nearby(caller, workloads))
    if len(found) > 1:
        raise UsageError(f"--from: {_name(caller)} may be {' or '.join(sorted(found))}", fix="say which")
    return workloads[found[0]]


def no_edges(found: Iterable[Edge], caller: Caller | None, target: Target | None) -> UsageError:
    """Why nothing of all that was found is what was asked for."""
    if caller is not None:
        callers = {"/".join(edge["caller"].values()) for edge in found if edge["caller"]}
        return UsageError(f"--from: no call of {_name(caller)} is seen", fix=_nearby(caller, callers))
    hosts = {edge["callee"]["host"].removesuffix(".svc.cluster.local") for edge in found}
    host = target.host if target else ""
    here = sorted({str(edge["callee"]["port"]) for edge in found if target and target._replace(port=None, subset="").is_meant(edge)})
    if here:
        return UsageError(f"--to: no edge leads to that port or subset of {host}", fix=f"it is called on {', '.join(here)}")
    return UsageError(f"--to: no edge leads to {host}", fix=_nearby_host(host, hosts))


def _nearby_host(host: str, hosts: Iterable[str]) -> str:
    """The closest host, by its name in full or by its first part."""
    known = sorted(hosts)
    short = did_you_mean(host.partition(".")[0], {name.partition(".")[0] for name in known}, "`k8s-stabcheck edges PATH` shows all hosts")
    return did_you_mean(host, known, short)


def _nearby(caller: Caller, known: Iterable[str]) -> str:
    names = set(known)
    same = sorted(name for name in names if name.rpartition("/")[2] == caller.name)
    if same:
        return f"there is {' and '.join(same)}"
    by_name = {name.rpartition("/")[2]: name for name in sorted(names, reverse=True)}
    hint = did_you_mean(caller.name, by_name, "")
    return f"did you mean `{by_name[hint.split('`')[1]]}`?" if hint else f"name a workload of the input as {_FROM}"


def _name(caller: Caller) -> str:
    return "/".join(part for part in caller if part)


def _full(workload: Workload) -> str:
    return f"{workload.kind}/{workload.namespace}/{workload.name}"
