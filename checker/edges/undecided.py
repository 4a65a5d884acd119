"""What a route of the Gateway API asks for where it is not known what runs its Gateway.

Timeouts are of the API's extended features and retries experimental (gateway-api.sigs.k8s.io/reference/spec, HTTPRouteRule): an
implementation may keep to them or not, and what holds where nothing is written is its own choice.
"""

from typing import Any

from checker.model.gateway_api import is_ours
from checker.model.setting import Origin, Setting, Settings
from checker.objects import ApiObject

_FIELDS = {
    "request_timeout_seconds": ("timeouts", "request"),
    "per_try_timeout_seconds": ("timeouts", "backendRequest"),
    "retry_attempts": ("retry", "attempts"),
    "retry_codes": ("retry", "codes"),
    "retry_backoff_base_seconds": ("retry", "backoff"),
}


def undecided(gateway: ApiObject, rule: Origin | None) -> Settings:
    """What the rule says, as unknown settings."""
    item = rule.item if rule else None
    if rule is None or item is None or not is_ours(item):
        return {}
    written: Any = item.data
    for key in rule.path:
        written = written[key]
    reason = f"it is not known whether what runs {gateway.kind} {gateway.namespace}/{gateway.name} does as the route says"
    return {
        name: Setting(None, "unknown", rule.below(block, field), reason)
        for name, (block, field) in _FIELDS.items()
        if (written.get(block) or {}).get(field) is not None
    }
