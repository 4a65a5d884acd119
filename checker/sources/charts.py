"""Helm charts that nobody rendered: the text of their templates, which tells what kinds of objects they would make."""

import os
import re
from collections.abc import Iterator

_TEMPLATES = (".yaml", ".yml", ".json", ".tpl")
_SIZE_LIMIT_BYTES = 1024 * 1024
# Other charts, of which the templates are not here.
_DEPENDENCIES = re.compile(rb"^dependencies:[ \t]*(?:#.*)?$", re.MULTILINE)
_KIND = re.compile(r"^[ \t\-]*[\"']?kind[\"']?[ \t]*:", re.MULTILINE)
_MADE_BY_ANOTHER = re.compile(r"\{\{-?\s*(?:include|template)\b")
ANYTHING = "kind: {{ . }}\n"


def chart_texts(chart: str) -> Iterator[str]:
    """The templates and resource definitions of a chart and of those in it, each as it stands."""
    for directory, _, files in os.walk(chart):
        here = set(os.path.relpath(directory, chart).split(os.sep))
        for name in files:
            if name in ("Chart.yaml", "requirements.yaml"):
                if _DEPENDENCIES.search(_bytes(directory, name)) and not os.path.isdir(os.path.join(directory, "charts")):
                    yield ANYTHING
            elif name.endswith(".tgz") and "charts" in here:
                yield ANYTHING
            elif name.endswith(_TEMPLATES) and here & {"templates", "crds"}:
                text = _bytes(directory, name).decode("utf-8", "replace")
                yield text if _KIND.search(text) or not _MADE_BY_ANOTHER.search(text) or name.endswith(".tpl") else ANYTHING


def _bytes(directory: str, name: str) -> bytes:
    try:
        with open(os.path.join(directory, name), "rb") as stream:
            return stream.read(_SIZE_LIMIT_BYTES)
    except OSError:
        return b""
