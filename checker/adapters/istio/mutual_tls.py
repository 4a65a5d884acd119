"""Who takes mutual TLS of the mesh, and only that; and which callers' proxies do not speak it (PeerAuthentication, DestinationRule.tls)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from checker.adapters.istio.injection import Memberships
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.registry import Host, created
from checker.model.build import Model, selected
from checker.model.setting import Origin, said_by
from checker.model.traffic import Refusal
from checker.model.types import Service, Workload
from checker.objects import ApiObject

Taken = Literal["mutual", "plain", "both", "unknown"]
_CAPTURE = "traffic.sidecar.istio.io/"  # annotations that leave ports to the application
_INTERCEPTION = "sidecar.istio.io/interceptionMode"
_AS_WANTED = "what the server wants"
_MUTUAL = "the mutual TLS of the mesh"


class Takes(NamedTuple):
    """What a pod's port takes, who says so, and in words why."""

    what: Taken
    origin: Origin | None = None
    why: str = ""


class Peers:
    """What pods take, by PeerAuthentication: a port's mode before the pod's, before the namespace's, before the mesh's (authn)."""

    def __init__(self, model: Model, mesh: Mesh, memberships: Memberships) -> None:
        self._model = model
        self._mesh = mesh
        self._memberships = memberships
        self._policies: dict[str, list[ApiObject]] = {}
        for item in sorted(model.kinds.get("PeerAuthentication", ()), key=lambda item: (created(item), item.name)):
            self._policies.setdefault(item.namespace, []).append(item)

    def refusal(self, host: Host, port: int, tls: Mapping[str, Any] | None, origin: Origin | None) -> Refusal | None:
        """Why no pod of a host takes what a sidecar sends, `tls` being the rule's block; None where some do, or it cannot be told."""
        sent = self._sent(tls)
        if sent == _AS_WANTED or host.service is None:
            return None
        takes = self.taken(host.service, port)
        if takes.what == "mutual" and sent != _MUTUAL:
            by = origin or self._mesh.origin("enableAutoMtls")
            return Refusal(f"the callers' proxies send {sent}, and {takes.why}", by, takes.origin)
        if takes.what == "plain" and sent == _MUTUAL:
            return Refusal(f"the callers' proxies speak {sent}, and {takes.why}", origin, takes.origin)
        return None

    def _sent(self, tls: Mapping[str, Any] | None) -> str:
        if tls is None:
            return "plain text" if self._mesh.values.get("enableAutoMtls") is False else _AS_WANTED
        match tls.get("mode") or "DISABLE":
            case "ISTIO_MUTUAL":
                return _MUTUAL
            case "DISABLE":
                return "plain text"
            case "SIMPLE":
                return "TLS without a certificate of their own"
            case _:
                return _AS_WANTED  # with a certificate that may be one of the mesh

    def taken(self, service: Service, port: int) -> Takes:
        """What all pods behind a Service's port take; unknown where they differ, or none is in the input."""
        pods = selected(self._model.pods, self._model.in_namespace, service.source.namespace, service.selector)
        target = next((each.target for each in service.ports if each.number == port), None)
        found = [self.takes(pod, pod_port(pod, target)) for pod in pods]
        alike = bool(found) and len({takes.what for takes in found}) == 1
        return found[0] if alike else Takes("unknown")

    def takes(self, pod: Workload, port: int | None) -> Takes:
        """What a port of a pod takes. Where nobody says whether it has a proxy, or ports are kept from it, that is unknown."""
        member = self._memberships.of(pod)
        if not member.said or port is None or any(key.startswith(_CAPTURE) or key == _INTERCEPTION for key in pod.annotations):
            return Takes("unknown")
        if member.proxy == "none":
            return Takes("plain", member.origin, f"those of {pod.name} are outside the mesh: {member.reason}")
        mode, origin = self._mode(pod, port)
        if mode == "STRICT":
            name = f" ({origin.name})" if origin else ""
            return Takes("mutual", origin, f"the pods of {pod.name} take mutual TLS only{name}")
        if mode == "DISABLE" and member.proxy == "sidecar":
            name = f" ({origin.name})" if origin else ""
            return Takes("plain", origin, f"those of {pod.name} have mutual TLS switched off{name}")
        return Takes("both")

    def _mode(self, pod: Workload, port: int) -> tuple[str, Origin | None]:
        root, here = self._policies.get(self._mesh.root_namespace, ()), self._policies.get(pod.namespace, ())
        own = next((item for item in here if _selects(item, pod)), None) if pod.namespace != self._mesh.root_namespace else None
        if own is not None:
            for key, entry in ((own.data.get("spec") or {}).get("portLevelMtls") or {}).items():
                if str(key) == str(port) and (entry or {}).get("mode", "UNSET") != "UNSET":
                    return str(entry["mode"]), said_by(own, "spec", "portLevelMtls", key, "mode")
        for item in (own, _general(here), _general(root)):
            mode = ((item.data.get("spec") or {}).get("mtls") or {}).get("mode", "UNSET") if item is not None else "UNSET"
            if item is not None and mode != "UNSET":
                return str(mode), said_by(item, "spec", "mtls", "mode")
        return "PERMISSIVE", None


def _labels(item: ApiObject) -> Mapping[str, str]:
    found: Mapping[str, str] = ((item.data.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return found


def _selects(item: ApiObject, pod: Workload) -> bool:
    labels = _labels(item)
    return bool(labels) and labels.items() <= pod.labels.items()


def _general(items: Sequence[ApiObject]) -> ApiObject | None:
    return next((item for item in items if not _labels(item)), None)


def pod_port(pod: Workload, target: str | int | None) -> int | None:
    """A pod's port by number, or by the name that a container gives it."""
    named: Iterable[int] = (port.number for container in pod.containers for port in container.ports if port.name == target)
    return target if isinstance(target, int) else next(iter(named), None)
