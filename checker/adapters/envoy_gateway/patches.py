"""EnvoyPatchPolicies: what they touch is not known any more (api/v1alpha1/envoypatchpolicy_types.go of v1.9.1).

Whether they count at all is said in Envoy Gateway's own configuration; by default they do not.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.model.build import Model
from checker.model.gateway_api import Listener, entries, mapping, spec_of
from checker.model.setting import Origin, Setting, Settings, said_by
from checker.objects import ApiObject

_LIMITS = ("max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget_percent")
_OUTLIERS = (
    "outlier_consecutive_5xx", "outlier_consecutive_gateway", "outlier_consecutive_local_origin", "outlier_interval_seconds",
    "outlier_base_ejection_seconds", "outlier_max_ejection_percent",
)  # fmt: skip
_CONNECTIONS = ("idle_timeout_seconds", "max_connection_duration_seconds", "max_requests_per_connection")
_RETRIES = ("retry_attempts", "retry_on", "retry_codes", "per_try_timeout_seconds", "retry_backoff_base_seconds")

# resource: (step of the path, what it holds)
_TOUCHED: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "Cluster": (
        ("circuit_breakers", _LIMITS),
        ("outlier_detection", _OUTLIERS),
        ("connect_timeout", ("connect_timeout_seconds",)),
        ("typed_extension_protocol_options", _CONNECTIONS),
        ("common_lb_config", ("panic_threshold_percent", "outlier_min_health_percent")),
    ),
    "RouteConfiguration": (
        ("timeout", ("request_timeout_seconds",)),
        ("idle_timeout", ("stream_idle_timeout_seconds",)),
        ("max_stream_duration", ("max_stream_duration_seconds",)),
        ("retry_policy", _RETRIES),
    ),
    "Listener": (("stream_idle_timeout", ("stream_idle_timeout_seconds",)),),
}


class Patch(NamedTuple):
    """One patch: of a resource of a Gateway's proxies. An empty name stands for whatever the resource is called."""

    gateway: ApiObject
    resource: str
    name: str
    steps: tuple[str, ...]
    origin: Origin


def patches(model: Model, gateways: Iterable[ApiObject]) -> list[Patch]:
    """All of them, for each Gateway that they reach."""
    return [patch for gateway in gateways for item in model.kinds.get("EnvoyPatchPolicy", ()) for patch in _of(item, gateway)]


def _of(item: ApiObject, gateway: ApiObject) -> Iterator[Patch]:
    target = mapping(spec_of(item), "targetRef")
    by_class = target.get("kind") == "GatewayClass" and target.get("name") == spec_of(gateway).get("gatewayClassName")
    by_name = (target.get("kind"), item.namespace, target.get("name")) == ("Gateway", gateway.namespace, gateway.name)
    for number, entry in enumerate(entries(spec_of(item), "jsonPatches") if by_class or by_name else ()):
        path = str(mapping(entry, "operation").get("path") or mapping(entry, "operation").get("jsonPath") or "")
        steps = tuple(step for step in path.replace(".", "/").split("/") if step)
        resource = str(entry.get("type")).rpartition(".")[2]
        yield Patch(gateway, resource, str(entry.get("name") or ""), steps, said_by(item, "spec", "jsonPatches", number))


def with_patches(settings: Settings, found: Iterable[Patch], listener: Listener, cluster: str) -> Settings:
    """The settings of a rule at a listener, with what patches touch unknown."""
    changed = dict(settings)
    for patch in found:
        if patch.gateway is not listener.gateway or (patch.resource == "Cluster" and patch.name not in ("", cluster)):
            continue
        for name in _touched(patch):
            if name in changed:
                reason = f"{patch.origin.name} patches it" if patch.origin.item else ""
                changed[name] = Setting(None, "unknown", patch.origin, reason)
    return changed


def _touched(patch: Patch) -> Iterator[str]:
    """Exactly what lies at the path; all of a resource where the path does not go deep enough to tell."""
    known = _TOUCHED.get(patch.resource, ())
    exact = [names for step, names in known if step in patch.steps]
    last = patch.steps[-1] if patch.steps else ""
    whole = not last or (patch.resource == "RouteConfiguration" and (last in ("route", "-") or last.isdigit()))
    for names in exact or ([names for _, names in known] if whole else ()):
        yield from names
