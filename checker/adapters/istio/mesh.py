"""The mesh's own configuration (MeshConfig), with istiod's defaults where it says nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.documents import Document, parse
from checker.location import Path
from checker.model.build import Model
from checker.model.setting import Origin
from checker.objects import ApiObject

NEWEST = "1.31"
_CONFIG_MAP = ("istio-system", "istio")


class Mesh(NamedTuple):
    """`values` is the body of a MeshConfig; `version` the minor version of Istio, as text."""

    values: Mapping[str, Any]
    version: str
    source: ApiObject | None = None
    path: Path = ()

    @property
    def root_namespace(self) -> str:
        """Where configuration for the whole mesh lies."""
        return str(self.values.get("rootNamespace") or "istio-system")

    @property
    def product(self) -> Origin:
        """Whom to name for what nobody has written."""
        return Origin(f"istio {self.version}")

    def origin(self, key: str) -> Origin:
        """Where a field of the mesh's configuration is written."""
        if self.source is None:
            return Origin("MeshConfig")
        return Origin(f"{self.source.kind}/{self.source.namespace}/{self.source.name}", self.source, (*self.path, key))

    def export_to(self, kind: str) -> tuple[str, ...]:
        """Who sees objects of a kind (`Service`, `VirtualService`, `DestinationRule`) that do not say so."""
        return tuple(self.values.get(f"default{kind}ExportTo") or ("*",))


def mesh_of(model: Model, given: Mapping[str, Any] | None = None, version: str = NEWEST) -> Mesh:
    """The mesh of a system: what was given apart, an IstioOperator's, or the one in the ConfigMap that istiod reads."""
    if given is not None:
        return Mesh(given, version)
    for item in model.kinds.get("IstioOperator", ()):
        if found := (item.data.get("spec") or {}).get("meshConfig"):
            return Mesh(found, version, item, ("spec", "meshConfig"))
    for item in model.kinds.get("ConfigMap", ()):
        if item.namespace == _CONFIG_MAP[0] and (item.name == _CONFIG_MAP[1] or item.name.startswith(f"{_CONFIG_MAP[1]}-")):
            text = (item.data.get("data") or {}).get("mesh")
            if text:
                return Mesh(body(item.document, text), version, item, ("data", "mesh"))
    return Mesh({}, version)


def body(document: Document, text: str) -> Mapping[str, Any]:
    """A MeshConfig that is written as text; empty if it is no mapping."""
    parsed = parse(document.file, text.encode())
    value = parsed.documents[0].data if parsed.documents else None
    return value if isinstance(value, dict) else {}
