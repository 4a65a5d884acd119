"""Connection strings → what their parameters bound: `?maxPoolSize=50`, `;Maximum Pool Size=50`, `pool_max_conns=50`."""

import re
from collections.abc import Iterator
from typing import Any

from checker.calls.types import Call, Setting
from checker.governors.find import Governor, governor_of
from checker.governors.tables import normal, tables

_PARAMETER = re.compile(r"(?:^|[?&;\s])([A-Za-z][A-Za-z_ ]{2,40}?)\s*=\s*([^&;\s\"']+)")
_SIGN = re.compile(r"(?i)pool|connection_?limit|max_?conn")


def of_call(call: Call) -> Iterator[Governor]:
    """The pools that the connection strings of a call bound."""
    for evidence in call.evidence:
        text = evidence_text(evidence.source.data, evidence.path) if evidence.kind in ("env", "config-map") else ""
        if not _SIGN.search(text):
            continue
        for found in _PARAMETER.finditer(text):
            for row in tables().parameters.get(normal(found[1].replace(" ", "")), ()):
                if call.protocol in row.of:
                    setting = Setting(evidence.kind, evidence.source, evidence.path, evidence.key, found[2], evidence.role)
                    yield governor_of(row, f"{found[1].strip()} of {evidence.key}", setting)


def evidence_text(data: Any, path: tuple[str | int, ...]) -> str:
    """The value that a place in an object holds, where it stands by itself; files have many values, and none is told."""
    value = data
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ""
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) and "\n" not in value else ""
