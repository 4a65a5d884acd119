"""The flags that say which mesh: `--mesh` and `--mesh-config`."""

from collections.abc import Mapping
from typing import Any

from checker.adapters.istio.mesh import NEWEST
from checker.documents import parse
from checker.errors import UsageError


def mesh_config(name: str | None) -> Mapping[str, Any] | None:
    """The body of a MeshConfig. Raises UsageError."""
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
    return body


def mesh_version(text: str | None) -> str:
    """Istio's minor version. Raises UsageError."""
    if text is None:
        return NEWEST
    product, _, version = text.partition("=")
    if product != "istio" or not version:
        raise UsageError(f"--mesh: `{text}` names no mesh and version", fix=f"write istio={NEWEST}")
    return version
