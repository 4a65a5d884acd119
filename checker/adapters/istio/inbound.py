"""What a server's own proxy keeps to, each pod for itself (buildInboundCluster, InboundConnectionPoolForPort)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.adapters.istio.clusters import Block, cluster_settings, policy_of
from checker.adapters.istio.envoy_filters import EnvoyFilters
from checker.adapters.istio.injection import Memberships
from checker.adapters.istio.mesh import Mesh
from checker.adapters.istio.mutual_tls import pod_port
from checker.adapters.istio.patches import Proxy
from checker.adapters.istio.registry import Host
from checker.adapters.istio.rules import Rules, candidates, choose
from checker.adapters.istio.scope import Client, sidecar_of
from checker.model.build import Model, selected
from checker.model.setting import Settings, said_by
from checker.model.types import Workload
from checker.objects import ApiObject

_LIMITS = ("max_connections", "max_pending_requests", "max_requests", "max_retries", "max_requests_per_connection")


class Inbound:
    """The limits on what comes to pods, as somebody wrote them."""

    def __init__(
        self, model: Model, mesh: Mesh, rules: Rules, sidecars: Sequence[ApiObject], memberships: Memberships, filters: EnvoyFilters
    ) -> None:
        self._model = model
        self._filters = filters
        self._mesh = mesh
        self._rules = rules
        self._sidecars = sidecars
        self._memberships = memberships
        self._known: dict[tuple[str, str, int], Settings] = {}

    def limits(self, host: Host, port: int) -> Settings:
        """Those of the pods behind a port; none where the pods differ, or one has no sidecar."""
        key = host.name, host.namespace, port
        if key not in self._known:
            each = list(self._of_pods(host, port))
            self._known[key] = each[0] if each and all(one == each[0] for one in each) else {}
        return self._known[key]

    def _of_pods(self, host: Host, port: int) -> Iterator[Settings]:
        service = host.service
        if service is None:
            return
        written = next((each.target for each in service.ports if each.number == port), None)
        for pod in selected(self._model.pods, self._model.in_namespace, host.namespace, service.selector):
            target = pod_port(pod, written)
            known = target is not None and self._memberships.of(pod).proxy == "sidecar"
            yield self.of_pod(pod, host, port, target) if known and target is not None else {}

    def of_pod(self, pod: Workload, host: Host, port: int, target: int) -> Settings:
        """Those of one pod's port `target` behind a Service's port.

        A Sidecar's pool for the port counts before its pool for all, that before the rule that callers of the pod's own namespace
        without labels get, that before the mesh's baseline; each whole.
        """
        own = host.port(port)
        if own is None:
            return {}
        sidecar = sidecar_of(self._sidecars, self._mesh.root_namespace, Client(pod.namespace, pod.labels)) if self._sidecars else None
        general = [rule for rule in candidates(self._rules, host, host.namespace) if rule.selector is None]
        policy = policy_of(self._mesh, choose(general, host.namespace, {}), port, None)
        pool = _of_sidecar(sidecar, target) or policy.get("connectionPool")
        if pool is None and not self._filters:
            return {}
        settings = cluster_settings(self._mesh, host, own, {"connectionPool": pool} if pool else {})
        if self._filters:
            settings = self._filters.of_pod(Proxy("SIDECAR_INBOUND", pod.namespace, pod.labels), host.name, target, settings)
        return {name: settings[name] for name in _LIMITS if settings[name].state in ("set", "unknown")}


def _of_sidecar(sidecar: ApiObject | None, target: int) -> Block | None:
    spec: Mapping[str, Any] = (sidecar.data.get("spec") or {}) if sidecar is not None else {}
    if sidecar is None:
        return None
    for number, listener in enumerate(spec.get("ingress") or ()):
        if (listener.get("port") or {}).get("number") == target and listener.get("connectionPool") is not None:
            return Block(listener["connectionPool"], said_by(sidecar, "spec", "ingress", number, "connectionPool"))
    pool = spec.get("inboundConnectionPool")
    return None if pool is None else Block(pool, said_by(sidecar, "spec", "inboundConnectionPool"))
