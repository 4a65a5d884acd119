"""Telling a template that nobody rendered from a mistake in YAML, once the YAML could not be parsed."""

import re

from checker.documents.nodes import Broken

# {{ go template, jinja, mustache }}, {% jinja %}, ${shell} where a value begins
_PLACEHOLDER = re.compile(r"\{\{|\{%|(?<=[:\[{,\s])\$\{[A-Za-z_]")
# What only a template has: a block on a line of its own.
_BLOCK = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(?:\{\{-?[ \t]*(?:/\*|(?:if|else|with|range|end|define|block|include|template|tpl|toYaml)\b)|\{%-?[ \t]*\w)",
    re.MULTILINE,
)
_QUOTED_OR_COMMENT = re.compile(r"""(?:^|(?<=\s))#.*|"(?:\\.|[^"\\])*"|'[^']*'""")
_WIDEST = 500  # characters of a line that are looked at, on either side
_RENDER = "render it first and check what comes out: helm template NAME DIR | k8s-stabcheck -"
_RENDER_SHELL = "render it first and check what comes out: envsubst < FILE | k8s-stabcheck -"


def unrendered(text: str, broken: int) -> Broken | None:
    """The problem of a template, if that is why parsing `text` failed at `broken`."""
    if "{{" not in text and "{%" not in text and "${" not in text:
        return None
    if block := _BLOCK.search(text):
        return _template(text, block.end() - len(block[0].lstrip(" \t-")))
    # The parser gives up on the line of the placeholder or on the one below it.
    start = max(text.rfind("\n", 0, max(text.rfind("\n", 0, broken), 0)) + 1, broken - _WIDEST)
    end = text.find("\n", broken)
    region = text[start : min(end if end >= 0 else len(text), broken + _WIDEST)]
    hidden = _QUOTED_OR_COMMENT.sub(lambda found: " " * len(found[0]), region)
    found = _PLACEHOLDER.search(hidden)
    return _template(text, start + found.start()) if found else None


def _template(text: str, at: int) -> Broken:
    fix = _RENDER_SHELL if text.startswith("$", at) else _RENDER
    return Broken(at, "an unrendered template: it is not YAML until it is rendered", fix)
