"""Which objects of Istio an istiod refuses, and which fields of them are dropped. Pure: nothing here reads a file.

The rules are those of Istio 1.31: its validation webhook (`pkg/config/validation`), after the API server has compared
the object with the custom resource. Each module names the functions that it follows. Where a rule cannot be told
without Istio's own code (regular expressions, most of Envoy's types in an EnvoyFilter), an object counts as taken.

shape       types, words and names of fields, by the schemas in `schema/`
flaw        what is wrong, where, and how to mend it
others      one module for a kind, or for what several kinds share
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from checker.adapters.istio.validation.authorization import authorization_policy
from checker.adapters.istio.validation.destination_rule import destination_rule
from checker.adapters.istio.validation.extensions import envoy_filter, telemetry
from checker.adapters.istio.validation.flaw import Data, Flaw, Flaws
from checker.adapters.istio.validation.gateway import gateway
from checker.adapters.istio.validation.schemas import kind_schema
from checker.adapters.istio.validation.security import peer_authentication, request_authentication
from checker.adapters.istio.validation.service_entry import service_entry
from checker.adapters.istio.validation.shape import shape_of
from checker.adapters.istio.validation.sidecar import sidecar
from checker.adapters.istio.validation.virtual_service import virtual_service
from checker.adapters.istio.validation.workloads import proxy_config, workload_entry, workload_group
from checker.objects import ApiObject

__all__ = ["Flaw", "Verdict", "refusals", "verdict"]

MOST_FLAWS = 10

_RULES: dict[str, Callable[[Data, str], Flaws]] = {
    "VirtualService": virtual_service,
    "DestinationRule": destination_rule,
    "ServiceEntry": service_entry,
    "Sidecar": sidecar,
    "WorkloadGroup": workload_group,
    "ProxyConfig": proxy_config,
    "PeerAuthentication": peer_authentication,
    "RequestAuthentication": request_authentication,
    "AuthorizationPolicy": authorization_policy,
    "Telemetry": telemetry,
    "EnvoyFilter": envoy_filter,
    "WorkloadEntry": lambda spec, _namespace: workload_entry(spec, ("spec",)),
}


class Verdict(NamedTuple):
    """An object as Istio gets it (without `key: null`), why it is refused, and fields that do not exist."""

    data: dict[str, Any]
    refusals: list[Flaw]
    unknown_fields: list[Flaw]


def verdict(item: ApiObject) -> Verdict | None:
    """Nothing for a kind that is not Istio's. The data is that of the object, where there is nothing to say."""
    group = item.api_version.partition("/")[0]
    if not group.endswith(".istio.io") or kind_schema(group, item.kind) is None:
        return None
    shape = shape_of(group, item.kind, item.data)
    refused = shape.refused or list(_broken_rules(item, shape.data.get("spec", {})))
    return Verdict(shape.data, refused[:MOST_FLAWS], shape.unknown[:MOST_FLAWS])


def refusals(item: ApiObject) -> list[Flaw]:
    """Why Istio refuses an object; nothing where it takes it, or where the kind is not Istio's."""
    found = verdict(item)
    return found.refusals if found else []


def _broken_rules(item: ApiObject, spec: Data) -> Flaws:
    if item.kind == "Gateway":
        return gateway(spec, item.name)
    rules = _RULES.get(item.kind)
    return rules(spec, item.namespace) if rules else iter(())
