"""The comments by which Helm says what template a document comes from: `# Source: shop/charts/cart/templates/service.yaml`."""

import re
from bisect import bisect_right
from functools import lru_cache

from checker.documents.split import split

_SOURCE = re.compile(r"(?:---[^\n]*\n|[ \t\r]*\n)*# Source: (\S[^\n]*?)[ \t\r]*\n")
_OF_A_CHART = re.compile(r"[^/]+/(?:[^/]+/)*?(?:templates|crds)/.+")


def source_of(text: str, line: int) -> str | None:
    """The template that the document at a line (from 1) of a rendered text comes from, by Helm's comment above it.

    It begins with the name of the chart: `shop/templates/web.yaml`. Helm writes the comment first in each document; anywhere else it
    is somebody else's.
    """
    first_lines, templates = _documents(text)
    index = bisect_right(first_lines, line) - 1
    return templates[index] if index >= 0 else None


@lru_cache(maxsize=4)
def _documents(text: str) -> tuple[list[int], list[str | None]]:
    chunks = split(text)
    return [chunk.line for chunk in chunks], [_template(chunk.text) for chunk in chunks]


def _template(document: str) -> str | None:
    comment = _SOURCE.match(document)
    return comment[1] if comment and _OF_A_CHART.fullmatch(comment[1]) else None


def sources(text: str) -> set[str]:
    """All templates that documents of a rendered text come from."""
    return {template for template in _documents(text)[1] if template}
