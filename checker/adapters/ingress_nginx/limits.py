"""Rate limits that ingress-nginx reads from annotations of Ingresses and from its ConfigMap.

Sources: internal/ingress/annotations/ratelimit and rootfs/etc/nginx/template/nginx.tmpl of ingress-nginx 1.12: zones by
$binary_remote_addr, `burst` is the limit times the multiplier, and with `nodelay` one more may come at once. Status codes:
docs/user-guide/nginx-configuration/configmap.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from checker.model.build import Model
from checker.model.rate_limit import RateLimit, Refusing
from checker.model.setting import object_name, said_by
from checker.model.traffic import Entry, FrontListener, Inert, Way
from checker.model.types import Ingress
from checker.objects import ApiObject

PREFIX = "nginx.ingress.kubernetes.io/"
_CONTROLLER = "k8s.io/ingress-nginx"
# Classes as the charts of other controllers call them; "nginx" is the class of two, and so of nobody for certain.
_OTHERS = re.compile(r"(?:traefik|haproxy|kong|alb|gce|azure|contour|istio|cilium|openshift|higress|apisix|voyager|ambassador)\b")
_RATES: Mapping[str, float | None] = {"limit-rps": 1.0, "limit-rpm": 60.0, "limit-connections": None}
_MULTIPLIER = 5
_NUMBER = re.compile(r"[-+]?[0-9]+")
_REFUSED = 503
_ALLOWED = ("limit-allowlist", "limit-whitelist")
_STATUS = {True: "limit-req-status-code", False: "limit-conn-status-code"}


class NginxIngresses:
    """The Ingresses that carry such annotations."""

    limiting_kind = ""

    def __init__(self, model: Model) -> None:
        self._model = model

    def assumptions(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def front(self) -> Sequence[FrontListener]:
        """Nothing."""
        return ()

    def inert(self) -> Sequence[Inert]:
        """Nothing."""
        return ()

    def entries(self) -> Iterator[Entry]:
        """Each with its limits; where it sends requests is in the call graph."""
        for ingress in self._model.part.ingresses:
            if limits := tuple(self.limits(ingress)):
                way = Way("", {}, None, object_name(ingress.source), said_by(ingress.source), {}, (), limits)
                yield Entry(ingress.source, way)

    def of(self, item: ApiObject) -> tuple[RateLimit, ...]:
        """What counts for the requests of an Ingress."""
        return next((tuple(self.limits(each)) for each in self._model.part.ingresses if each.source is item), ())

    def limits(self, ingress: Ingress) -> Iterator[RateLimit]:
        """Each annotation on its own: a request must keep to every one. One that is no number loses all of them."""
        annotations = (ingress.source.data.get("metadata") or {}).get("annotations") or {}
        written = {name: str(annotations[PREFIX + name]) for name in _RATES if annotations.get(PREFIX + name) is not None}
        wrong = next((f"{name} {value} is no whole number" for name, value in written.items() if not _NUMBER.fullmatch(value)), "")
        other = self._other_controller(ingress)
        for name, value in written.items():
            limit = self._limit(ingress, annotations, name)
            if wrong:
                yield limit.inert("refused", f"{wrong}, so that all limits of the Ingress are left out")
            elif int(value) <= 0:
                yield limit._replace(state="unbounded", reason=f"{value} is no limit")
            else:
                seconds = _RATES[name]
                at_once = int(value) * _multiplier(annotations) + 1 if seconds is not None else None
                limit = limit._replace(amount=int(value), unit_seconds=seconds, burst=at_once)
                yield limit.inert("other-controller", f"the Ingress is for {other}, which does not read it") if other else limit

    def _limit(self, ingress: Ingress, annotations: Mapping[str, Any], name: str) -> RateLimit:
        allowed = next((annotations[PREFIX + key] for key in _ALLOWED if annotations.get(PREFIX + key)), "")
        requests = _RATES[name] is not None
        return RateLimit(
            *("proxy", said_by(ingress.source, "metadata", "annotations", PREFIX + name)),
            counts="requests" if requests else "connections",
            only=({"client address": {"not": str(allowed)}},) if allowed else (),
            per=("client address",),
            enforced_by=object_name(ingress.source),
            refusing=Refusing(self._status(requests=requests), None),
        )

    def _other_controller(self, ingress: Ingress) -> str:
        """Who serves the Ingress in its place, as far as an IngressClass or the name of its class says so."""
        found = (item for item in self._model.kinds.get("IngressClass", ()) if item.name == ingress.class_name)
        controllers = [str((item.data.get("spec") or {}).get("controller") or "") for item in found]
        if controllers and controllers[0]:
            return "" if _CONTROLLER in controllers[0] else controllers[0]
        return ingress.class_name if _OTHERS.match(ingress.class_name or "") else ""

    def _status(self, *, requests: bool) -> int:
        written = str(self._settings.get(_STATUS[requests]) or "")
        return int(written) if written.isdecimal() else _REFUSED

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        """The controller's ConfigMap, if the input holds one that is plainly it."""
        for item in self._model.kinds.get("ConfigMap", ()):
            labels = (item.data.get("metadata") or {}).get("labels") or {}
            if labels.get("app.kubernetes.io/name") == "ingress-nginx" and labels.get("app.kubernetes.io/component") == "controller":
                data = item.data.get("data")
                return data if isinstance(data, dict) else {}
        return {}


def _multiplier(annotations: Mapping[str, Any]) -> int:
    written = str(annotations.get(f"{PREFIX}limit-burst-multiplier") or "")
    return int(written) if _NUMBER.fullmatch(written) else _MULTIPLIER


def nginx_of(model: Model) -> NginxIngresses | None:
    """The Ingresses of nginx, if any is limited."""
    limited = any(
        str(key).startswith(f"{PREFIX}limit-")
        for ingress in model.part.ingresses
        for key in (ingress.source.data.get("metadata") or {}).get("annotations") or {}
    )
    return NginxIngresses(model) if limited else None
