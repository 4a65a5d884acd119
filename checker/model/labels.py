"""Label selectors as the API writes them."""

from collections.abc import Mapping
from typing import Any

from checker.model.types import Selector


def label_selector(given: Mapping[str, Any]) -> Selector:
    """A `metav1.LabelSelector` as a Selector."""
    return Selector(given.get("matchLabels") or {}, tuple(given.get("matchExpressions") or ()))
