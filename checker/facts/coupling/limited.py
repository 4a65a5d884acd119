"""Whether a mesh bounds what a caller sends at a time."""

from collections.abc import Callable, Sequence

from checker.calls.types import Call
from checker.facts.fields import Unknown
from checker.facts.untold import unknown
from checker.model.traffic import Way

Ways = Callable[[Call], Sequence[Way]]
_LIMITS = ("max_connections", "max_requests")


def limited(call: Call, ways: Ways | None) -> bool | Unknown:
    """Whether connections or requests at a time are limited, of the caller or of each pod of the callee; `ways` is None without a mesh."""
    for way in ways(call) if ways is not None else ():
        for reached in way.destinations:
            settings = {**reached.settings, **reached.server()}
            if any(name in settings and settings[name].value is not None for name in _LIMITS) or way.limits:
                return True
            if untold := next((setting for name, setting in unknown(settings).items() if name in _LIMITS), None):
                return Unknown("", untold.reason)
    return False
