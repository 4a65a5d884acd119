"""Cutting a stream into documents, where Kubernetes' reader cuts it.

A line that begins with `---` ends a document wherever it stands, even inside a block of text; `--- {a: b}` is refused.
Source: YAMLReader in k8s.io/apimachinery/pkg/util/yaml/decoder.go.
"""

from typing import NamedTuple


class Chunk(NamedTuple):
    """The text of one document. `trailing`: what stands behind the `---` above it, where nothing may stand."""

    line: int
    text: str
    trailing: str


def split(text: str) -> list[Chunk]:
    """The documents of a stream, each ending with a line break.

    A separator with nothing before it belongs to the document that follows, as in Kubernetes' reader: two in a row make one
    empty document.
    """
    if not text.endswith("\n"):
        text += "\n"
    chunks: list[Chunk] = []
    start, line, trailing = 0, 1, ""
    at = 0 if text.startswith("---") else _next_separator(text, 0)
    while at >= 0:
        end = text.index("\n", at) + 1
        rest = text[at + 3 : end].strip()
        if rest.startswith("#"):
            rest = ""
        if at > start or trailing or rest:
            if at > start or trailing:
                chunks.append(Chunk(line, text[start:at], trailing))
            line += text.count("\n", start, end)
            start, trailing = end, rest
        at = _next_separator(text, end - 1)
    if start < len(text) or trailing:
        chunks.append(Chunk(line, text[start:], trailing))
    return chunks


def _next_separator(text: str, at: int) -> int:
    return text.find("\n---", at) + 1 or -1
