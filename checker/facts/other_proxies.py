"""Facts about lines for other proxies than Istio's that mean something else than they seem to say.

Sources: Contour's api-reference (TimeoutPolicy: `0` is the proxy's default), Traefik's retry middleware (attempts counts the first try;
without initialInterval there is no pause), Linkerd's reference on retries, timeouts and ServiceProfiles, and what istiod makes of an
HTTPRoute's backendRequest (gateway/conversion.go: without retries it is the timeout of the whole).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.location import Path
from checker.model.build import Model
from checker.objects import ApiObject
from checker.units import seconds_of

PROXY_LINE_FIELDS = {
    "line.reading": Field("string", "how the line is misread, in a word"),
    "line.what": Field("string", "the line, for people"),
    "line.object": Field("string", "whose line it is, for people"),
}
_LINKERD = ("retry.linkerd.io/", "timeout.linkerd.io/")
_WITHOUT_PAUSE = 2  # tries; a single retry at once does no harm


class _Line(NamedTuple):
    reading: str
    path: Path
    what: str


def judge_proxy_lines(model: Model, *, in_istio: bool) -> Iterator[Judged]:
    """Each such line; one that means what it says is no subject."""
    for kind, group, find in (*_FINDERS, *(_OF_ISTIO if in_istio else ())):
        for item in model.kinds.get(kind, ()):
            if group in item.api_version:
                for line in find(model, item):
                    yield _judged(item, line)


def _judged(item: ApiObject, line: _Line) -> Judged:
    facts: dict[str, Any] = {
        "line.reading": line.reading,
        "line.what": line.what,
        "line.object": f"{item.kind} {item.namespace}/{item.name}",
    }
    return Judged("proxy-line", Subject(item.kind, item.namespace, item.name), {"line": Anchor(item, line.path)}, facts, part=line.what)


def _spec(item: ApiObject) -> Mapping[str, Any]:
    return _mapping(item.data.get("spec"))


def _mapping(value: object) -> Mapping[str, Any]:
    """Nobody has checked the shape of these objects: what is no mapping counts as not written."""
    return value if isinstance(value, dict) else {}


def _entries(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings of a list, with their places."""
    return [(number, each) for number, each in enumerate(value) if isinstance(each, dict)] if isinstance(value, list) else []


def _contour(_: Model, item: ApiObject) -> Iterator[_Line]:
    for number, route in _entries(_spec(item).get("routes")):
        written = _mapping(route.get("timeoutPolicy")).get("response")
        if written is not None and (str(written) == "0" or seconds_of(written) == 0):
            yield _Line("zero-is-the-default", ("spec", "routes", number, "timeoutPolicy", "response"), f"response: {written}")


def _traefik(_: Model, item: ApiObject) -> Iterator[_Line]:
    retry = _mapping(_spec(item).get("retry"))
    attempts = retry.get("attempts")
    if attempts == 1:
        yield _Line("attempts-count-the-first", ("spec", "retry", "attempts"), "attempts: 1")
    elif isinstance(attempts, int) and attempts > _WITHOUT_PAUSE and not seconds_of(retry.get("initialInterval")):
        yield _Line("without-pause", ("spec", "retry", "attempts"), f"{attempts} tries")


def _linkerd_annotations(item: ApiObject) -> list[str]:
    annotations = _mapping(item.data["metadata"].get("annotations"))
    return [name for name in annotations if name.startswith(_LINKERD)]


def _linkerd_service(model: Model, item: ApiObject) -> Iterator[_Line]:
    written = _linkerd_annotations(item)
    host = f"{item.name}.{item.namespace}.svc.cluster.local"
    if written and any(profile.name == host for profile in model.kinds.get("ServiceProfile", ())):
        yield _Line("profile-has-the-say", ("metadata", "annotations", written[0]), ", ".join(written))


def _linkerd_route(model: Model, item: ApiObject) -> Iterator[_Line]:
    """A route's annotations of a family stand for all of the Service's."""
    own = _linkerd_annotations(item)
    for _, parent in _entries(_spec(item).get("parentRefs")):
        if parent.get("kind") != "Service":
            continue
        namespace = str(parent.get("namespace") or item.namespace)
        for service in model.named.get(("Service", namespace, str(parent.get("name"))), ()):
            for family in _LINKERD:
                mine = [name for name in own if name.startswith(family)]
                lost = [name for name in _linkerd_annotations(service) if name.startswith(family) and name not in mine]
                if mine and lost:
                    yield _Line(
                        "route-clears-service", ("metadata", "annotations", mine[0]), f"{', '.join(lost)} of Service {service.name}"
                    )


def _is_istios(model: Model, item: ApiObject) -> bool:
    """Whether a route is for calls within the mesh, or for a gateway of Istio's: others may have retries from elsewhere."""
    for _, parent in _entries(_spec(item).get("parentRefs")):
        gateways = model.named.get(("Gateway", str(parent.get("namespace") or item.namespace), str(parent.get("name"))), ())
        if parent.get("kind") == "Service" or any(str(_spec(each).get("gatewayClassName")).startswith("istio") for each in gateways):
            return True
    return False


def _backend_timeout(model: Model, item: ApiObject) -> Iterator[_Line]:
    if not _is_istios(model, item):
        return
    for number, rule in _entries(_spec(item).get("rules")):
        timeouts = _mapping(rule.get("timeouts"))
        whole, each = seconds_of(timeouts.get("request")), seconds_of(timeouts.get("backendRequest"))
        if whole and each and each < whole and rule.get("retry") is None:
            path = ("spec", "rules", number, "timeouts", "backendRequest")
            yield _Line("backend-timeout-is-the-whole", path, f"backendRequest {timeouts['backendRequest']}, request {timeouts['request']}")


_Finders = tuple[tuple[str, str, Callable[[Model, ApiObject], Iterator[_Line]]], ...]
_FINDERS: _Finders = (
    ("HTTPProxy", "projectcontour.io/", _contour),
    ("Middleware", "traefik", _traefik),
    ("Service", "v1", _linkerd_service),
    ("HTTPRoute", "", _linkerd_route),
    ("GRPCRoute", "", _linkerd_route),
)
_OF_ISTIO: _Finders = (("HTTPRoute", "gateway.networking.k8s.io/", _backend_timeout),)
