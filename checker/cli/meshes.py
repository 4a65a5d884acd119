"""The flags that say which mesh: `--mesh` and `--mesh-config`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.adapters.istio.versions import NEWEST, Version, parse_version, text_of
from checker.documents import parse
from checker.errors import UsageError


def mesh_config(name: str | None) -> Mapping[str, Any] | None:
    """The body of a MeshConfig, bare or among the values of Istio's chart. Raises UsageError."""
    if name is None:
        return None
    try:
        with open(name, "rb") as stream:
            parsed = parse(name, stream.read())
    except OSError as error:
        raise UsageError(f"--mesh-config: {name} cannot be read: {error.strerror}", fix="name the body of a MeshConfig") from None
    if parsed.problems or not parsed.documents or not isinstance(parsed.documents[0].data, dict):
        why = str(parsed.problems[0]) if parsed.problems else f"{name}: it holds no mapping"
        raise UsageError(f"--mesh-config: {why}", fix="name a file with the body of a MeshConfig")
    body: Mapping[str, Any] = parsed.documents[0].data
    within = body.get("meshConfig")
    return within if isinstance(within, dict) else body


class Versions(NamedTuple):
    """Which products the user says there are. `istio`: its minor version, None where the input is to show it."""

    istio: Version | None = None
    envoy_gateway: bool = False


def mesh_versions(text: str | None) -> Versions:
    """What `--mesh` says. Raises UsageError."""
    if text is None:
        return Versions()
    product, _, written = text.partition("=")
    version = parse_version(written)
    if product == "envoy-gateway" and version is not None:
        return Versions(envoy_gateway=True)
    if product != "istio" or version is None:
        raise UsageError(f"--mesh: `{text}` names no mesh and version", fix=f"write istio={text_of(NEWEST)} or envoy-gateway=1.9")
    return Versions(version)
