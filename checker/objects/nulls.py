"""Objects without `key: null`, as an API server keeps them."""

import json
from typing import Any


def without_nulls(value: Any) -> Any:
    """A copy in which `key: null` is absent, and keys are text."""
    if isinstance(value, dict):
        return {_key(key): without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key)
