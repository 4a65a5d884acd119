"""A document that is the text of a value within another, such as a file in a ConfigMap."""

import re
from typing import Any

from checker.documents.locate import locate
from checker.documents.types import Document
from checker.location import Path

_LITERAL = re.compile(r":\s*\|[-+0-9]*\s*(?:#.*)?$")


def embedded_document(whole: Document, path: Path, data: Any) -> Document:
    """The lines of a literal block are YAML where they stand; of another text only the place of its key is known."""
    at = locate(whole, path)
    line = at.line or whole.line
    lines = whole.text.split("\n")
    head = lines[line - whole.line] if 0 <= line - whole.line < len(lines) else ""
    if not _LITERAL.search(head):
        return Document(whole.file, whole.index, line, "", data)
    indent = len(head) - len(head.lstrip())
    block = []
    for each in lines[line - whole.line + 1 :]:
        if each.strip() and len(each) - len(each.lstrip()) <= indent:
            break
        block.append(each)
    return Document(whole.file, whole.index, line + 1, "\n".join(block), data)
