"""The packaged facts of custom resources: what `benchmarks/custom_resources.py` has made of their definitions.

Gateway API 1.6 (the experimental channel, which has all fields of the standard one) and Envoy Gateway 1.9, without demands that
Gateway API 1.1 to 1.5 and Envoy Gateway 1.5 to 1.8 do not make, and with the fields that only those had (`{}`): a cluster may have
one of them. Beside JSON Schema:
`keys` (an item of a list is known by these), `set` (an item occurs once), `open` (unknown fields are kept) and `rules` (in CEL).
"""

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from checker.adapters.kubernetes.schemas import Rules

PRODUCTS = {"gateway-api": "Gateway API 1.6", "envoy-gateway": "Envoy Gateway 1.9"}
_FILES = {
    "gateway.networking.k8s.io": "gateway-api",
    "gateway.networking.x-k8s.io": "gateway-api",
    "gateway.envoyproxy.io": "envoy-gateway",
}


@cache
def custom_rules(api_version: str, kind: str) -> Rules | None:
    """What an object of a version and kind is compared with, if the table has it."""
    file = _FILES.get(api_version.partition("/")[0])
    if file is None:
        return None
    definitions = _definitions(file)
    name = _name(f"{api_version} {kind}")
    return Rules(name, definitions, built_in=True) if name in definitions else None


def product(api_version: str) -> str:
    """Whose definitions they are, with the version, for people."""
    return PRODUCTS[_FILES[api_version.partition("/")[0]]]


def all_kinds() -> list[tuple[str, str]]:
    """(apiVersion, kind) of the whole table."""
    names = [name for file in PRODUCTS for name in _load(file)["kinds"]]
    return [(version, kind) for version, _, kind in (name.partition(" ") for name in names)]


@cache
def _definitions(file: str) -> Mapping[str, Any]:
    loaded = _load(file)
    return {**loaded["$defs"], **{_name(name): schema for name, schema in loaded["kinds"].items()}}


def _name(kind: str) -> str:
    """As a name that a `$ref` may hold."""
    return kind.replace("/", ":").replace(" ", ":")


@cache
def _load(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(pkgutil.get_data(__package__, f"schema/{file}.json") or b"{}")
    return loaded
