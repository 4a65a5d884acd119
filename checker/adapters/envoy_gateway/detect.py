"""Which Gateways are Envoy Gateway's."""

from collections.abc import Iterator, Sequence

from checker.adapters.envoy_gateway.dead import dead_lines
from checker.adapters.envoy_gateway.settings import PRODUCT
from checker.adapters.envoy_gateway.system import EnvoyGateway
from checker.model.build import Model
from checker.model.gateway_api import is_ours, spec_of
from checker.model.traffic import Entry, FrontListener, Inert
from checker.objects import ApiObject

_CONTROLLER = "gateway.envoyproxy.io/"
_OWN_KINDS = (
    "BackendTrafficPolicy", "ClientTrafficPolicy", "EnvoyProxy", "SecurityPolicy", "EnvoyPatchPolicy", "Backend", "HTTPRouteFilter",
)  # fmt: skip
_OTHERS = ("istio", "gke-", "cilium", "nginx", "kong", "traefik", "contour", "linkerd", "azure-", "amazon-")


class EnvoyGateways:
    """Envoy Gateway as what runs gateways."""

    limiting_kind = "BackendTrafficPolicy"

    def __init__(self, model: Model, system: EnvoyGateway) -> None:
        self._model = model
        self.system = system

    def assumptions(self) -> Sequence[str]:
        """The version, and classes that are taken for its own."""
        classes = {item.name for item in self._model.kinds.get("GatewayClass", ())}
        unsaid = dict.fromkeys(name for item in self.system.gateways if (name := _class(item)) not in classes)
        said = f"{PRODUCT.name} (the newest known; nothing in the input says which)"
        return [said, *(f"GatewayClass {name}, which is not in the input, is Envoy Gateway's" for name in unsaid)]

    def entries(self) -> Iterator[Entry]:
        """What the gateways route from outside."""
        return self.system.entries()

    def front(self) -> Sequence[FrontListener]:
        """Nothing."""
        return ()

    def inert(self) -> Iterator[Inert]:
        """Policies and lines without effect."""
        return dead_lines(self.system)


def envoy_gateway_of(model: Model, *, asked: bool = False) -> EnvoyGateways | None:
    """Envoy Gateway, if any Gateway is its; `asked`: the user says that it is there, so that Gateways of classes unknown are its too."""
    gateways = list(_gateways(model, presumed=asked or _has_its_own(model)))
    return EnvoyGateways(model, EnvoyGateway(model, gateways)) if gateways else None


def _gateways(model: Model, *, presumed: bool) -> Iterator[ApiObject]:
    controllers = {item.name: str(spec_of(item).get("controllerName") or "") for item in model.kinds.get("GatewayClass", ())}
    for item in model.kinds.get("Gateway", ()):
        if is_ours(item) and controllers.get(_class(item), _CONTROLLER if presumed and _may_be(item) else "").startswith(_CONTROLLER):
            yield item


def _class(gateway: ApiObject) -> str:
    return str(spec_of(gateway).get("gatewayClassName"))


def _may_be(gateway: ApiObject) -> bool:
    """Classes that other products make by themselves are not Envoy Gateway's."""
    return not _class(gateway).startswith(_OTHERS)


def _has_its_own(model: Model) -> bool:
    return any(item.api_version.startswith(_CONTROLLER) for kind in _OWN_KINDS for item in model.kinds.get(kind, ()))
