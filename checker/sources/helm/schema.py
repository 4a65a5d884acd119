"""Schemas of values that would make Helm read other files or fetch what they name."""

import json
from typing import Any

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_BUILT_IN = ("http://json-schema.org/", "https://json-schema.org/")


def reaches_out(content: bytes) -> bool:
    """Whether a schema refers to what is not in it. One that is no JSON for Go does not, and one too deep for us may."""
    try:
        pending = [json.loads(content.decode("utf-8-sig", "replace"), parse_int=str)]
    except ValueError:
        return False
    except RecursionError:
        return True
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if any(_is_elsewhere(part.get(key)) for key in _REFERENCES) or not _is_built_in(part.get("$schema")):
                return True
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return False


def _is_elsewhere(reference: Any) -> bool:
    return isinstance(reference, str) and not reference.startswith("#")


def _is_built_in(dialect: Any) -> bool:
    return not isinstance(dialect, str) or dialect.startswith(_BUILT_IN)
