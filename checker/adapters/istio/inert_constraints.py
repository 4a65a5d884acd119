"""Retry budgets of the Gateway API (GEP-3388), which istiod reads only where it is told to read what is experimental.

Source: pilot/pkg/features (PILOT_ENABLE_ALPHA_GATEWAY_API, false by default) and the DestinationRules that
pilot/pkg/config/kube/gateway makes of an XBackendTrafficPolicy.
"""

from collections.abc import Iterator

from checker.adapters.istio.calls import System
from checker.model.gateway_api import retry_constraints
from checker.model.setting import object_name
from checker.model.traffic import Inert

_SWITCH = "PILOT_ENABLE_ALPHA_GATEWAY_API"


def inert_constraints(system: System) -> Iterator[Inert]:
    """Those for Services of the mesh, unless the input shows an istiod that reads them."""
    if "XBackendTrafficPolicy" not in system.model.kinds or _reads_alpha(system):
        return
    known = {(host.service.source.namespace, host.service.source.name) for host in system.hosts if host.service is not None}
    for constraint in retry_constraints(system.model):
        if not known.isdisjoint(constraint.services):
            because = f"istiod reads it only with {_SWITCH}=true"
            yield Inert(constraint.origin, "constraint-not-read", f"retryConstraint of {object_name(constraint.item)}", because)


def _reads_alpha(system: System) -> bool:
    containers = (container.data for workload in system.model.part.workloads for container in workload.containers)
    variables = (entry for data in containers for entry in data.get("env") or () if isinstance(entry, dict))
    return any(entry.get("name") == _SWITCH and str(entry.get("value")).lower() in ("true", "1", "t") for entry in variables)
