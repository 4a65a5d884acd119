"""The mesh's own configuration (MeshConfig), with istiod's defaults where it says nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.versions import NEWEST, Version, detected, mapping_at, text_of
from checker.documents import Document, parse
from checker.location import Path
from checker.model.build import Model
from checker.model.setting import Origin
from checker.objects import ApiObject

_MAPPINGS = ("defaultConfig", "defaultHttpRetryPolicy", "defaultTrafficPolicy", "outboundTrafficPolicy")
_CONFIG_MAP = ("istio-system", "istio")
_MESH_CONFIG = (
    ("spec", "meshConfig"),
    ("spec", "values", "meshConfig"),
    ("spec", "source", "helm", "valuesObject", "meshConfig"),
)


class Mesh(NamedTuple):
    """`values` is the body of a MeshConfig; `said` how the version is known, in words."""

    values: Mapping[str, Any]
    version: Version
    said: str = ""
    source: ApiObject | None = None
    path: Path = ()

    @property
    def root_namespace(self) -> str:
        """Where configuration for the whole mesh lies."""
        return str(self.values.get("rootNamespace") or "istio-system")

    @property
    def product(self) -> Origin:
        """Whom to name for what nobody has written."""
        return Origin(f"istio {text_of(self.version)}")

    def origin(self, key: str) -> Origin:
        """Where a field of the mesh's configuration is written."""
        if self.source is None:
            return Origin("MeshConfig")
        return Origin(f"{self.source.kind}/{self.source.namespace}/{self.source.name}", self.source, (*self.path, key))

    def export_to(self, kind: str) -> tuple[str, ...]:
        """Who sees objects of a kind (`Service`, `VirtualService`, `DestinationRule`) that do not say so."""
        return tuple(self.values.get(f"default{kind}ExportTo") or ("*",))


def mesh_of(model: Model, given: Mapping[str, Any] | None = None, version: Version | None = None) -> Mesh:
    """The mesh of a system: what was given apart, an installation's, or what is in the ConfigMap that istiod reads.

    Without a version the newest that the input shows counts.
    """
    known, said = _version(model, version)
    configuration = Mesh(given, known, said) if given is not None else _written(model, known, said)
    return configuration._replace(values=_shaped(configuration.values)) if configuration else Mesh({}, known, said)


def _shaped(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Nobody has checked the shape: a field that is to be a mapping or a list, and is none, counts as not written."""
    return {
        key: value
        for key, value in values.items()
        if not (key in _MAPPINGS and not isinstance(value, dict)) and not (key.endswith("ExportTo") and not isinstance(value, list))
    }


def _version(model: Model, given: Version | None) -> tuple[Version, str]:
    """The version to go by, and how that is known, in words."""
    found = [] if given else detected(model)
    version = given or (found[0].version if found else NEWEST)
    said = "given with --mesh" if given else f"from {found[0].shown_by}" if found else ""
    others = sorted({evidence.version for evidence in found} - {version}, reverse=True)
    if others:
        said += f"; there is {', '.join(map(text_of, others))} as well"
    if version > NEWEST:
        said += f"; the newest known is {text_of(NEWEST)}, and is taken to behave alike"
    return version, said


def _written(model: Model, version: Version, said: str) -> Mesh | None:
    for kind in ("IstioOperator", "Istio", "HelmRelease", "Application"):
        for item in model.kinds.get(kind, ()):
            for path in _MESH_CONFIG:
                if body := mapping_at(item.data, *path):
                    return Mesh(body, version, said, item, path)
    maps = [item for item in model.kinds.get("ConfigMap", ()) if _is_istiods(item)]
    for item in sorted(maps, key=lambda item: item.name):  # the one without a revision first
        if text := (item.data.get("data") or {}).get("mesh"):
            return Mesh(body_of(item.document, text), version, said, item, ("data", "mesh"))
    return None


def _is_istiods(item: ApiObject) -> bool:
    return item.namespace == _CONFIG_MAP[0] and (item.name == _CONFIG_MAP[1] or item.name.startswith(f"{_CONFIG_MAP[1]}-"))


def body_of(document: Document, text: str) -> Mapping[str, Any]:
    """A MeshConfig that is written as text; empty if it is no mapping."""
    parsed = parse(document.file, text.encode())
    value = parsed.documents[0].data if parsed.documents else None
    return value if isinstance(value, dict) else {}
