"""From the bytes of a file to its documents and its problems."""

from typing import Any

from checker.documents.agreement import certain
from checker.documents.decode import Duplicate, Remarks, check_expansion, decode_node
from checker.documents.encoding import check_characters, decode, holds_bad_bytes
from checker.documents.json_stream import JsonDocument, begins_json, read_json
from checker.documents.locate import position
from checker.documents.nodes import Broken
from checker.documents.parsers import compose, fast
from checker.documents.placeholders import unrendered
from checker.documents.split import Chunk, split
from checker.documents.types import Document, Parsed
from checker.errors import Problem

_MOST_DUPLICATES = 20  # reported of one document
_WIDEST = 1000  # columns that are kept when several JSON documents stand on one line
_SMALL = 1000  # values; Kubernetes limits aliases in larger documents only


def parse(file: str, content: bytes) -> Parsed:
    """The documents of a file, and what is wrong with it. `file` is the name that is reported.

    Values are as kubectl and the API server decode them. A document that cannot be decoded does not keep the others from being so.
    """
    try:
        text = decode(content)
    except UnicodeDecodeError as error:
        message = f"the file says that it is {error.encoding.upper()}, and it is not"
        return Parsed([], [Problem(file, None, None, message, "save the file as UTF-8")])
    named_json = file.lower().endswith(".json")
    if begins_json(text, named_so=named_json) and not holds_bad_bytes(text):
        parsed = _parse_json(file, text, strictly=named_json)
        if parsed is not None:
            return parsed
    return _parse_yaml(file, text)


def _parse_yaml(file: str, text: str) -> Parsed:
    documents: list[Document] = []
    problems: list[Problem] = []
    is_template = False
    for index, chunk in enumerate(split(text)):
        try:
            data = _read(file, chunk, problems)
        except Broken as broken:
            template = unrendered(chunk.text, broken.at)
            if template is None or not is_template:
                problems.append(_problem(file, chunk, template or broken))
            is_template = is_template or template is not None
            continue
        if data is not None:
            documents.append(Document(file, index, chunk.line, chunk.text, data))
    return Parsed(documents, problems)


def _read(file: str, chunk: Chunk, problems: list[Problem]) -> Any:
    """The value of one document; raises Broken."""
    if chunk.trailing:
        raise _trailing(chunk)
    if certain(chunk.text):
        try:
            return fast(chunk.text)
        except ValueError:
            pass  # The exact reader says what is wrong, if anything is.
    if _only_directives(chunk.text):
        return None
    return _read_exactly(file, chunk, problems)


def _read_exactly(file: str, chunk: Chunk, problems: list[Problem]) -> Any:
    text = chunk.text
    check_characters(text)
    composed = compose(text)
    if composed.root is None:
        return None
    if composed.has_alias and composed.root.size > _SMALL:
        check_expansion(composed.root)
    remarks = Remarks([], [])
    data = decode_node(composed.root, remarks)
    if composed.rest is not None:
        if template := unrendered(text, composed.rest):
            raise template
        message = "the document ends before this: Kubernetes never reads what follows"
        problems.append(_problem(file, chunk, Broken(composed.rest, message, "separate documents by a line ---")))
    problems.extend(_remarks(file, chunk, remarks))
    return data


def _trailing(chunk: Chunk) -> Broken:
    """Of a separator with something behind it; it stands on the line above the document."""
    shown = chunk.trailing if len(chunk.trailing) <= 40 else chunk.trailing[:40] + "…"  # noqa: PLR2004
    message = f'nothing but a comment may stand behind "---", and here stands "{shown}": Kubernetes refuses the file'
    return Broken(-1, message, "write it on the next line, or put the text in quotes if no separator is meant")


def _only_directives(text: str) -> bool:
    """What is left of `%YAML 1.2` when the stream is cut at the `---` below it."""
    if "%" not in text:
        return False
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return all(line.startswith("%") for line in lines)


def _problem(file: str, chunk: Chunk, broken: Broken) -> Problem:
    line, column = (chunk.line - 1, 1) if broken.at < 0 else position(chunk.text, broken.at, chunk.line)
    return Problem(file, line, column, broken.message, broken.fix)


def _remarks(file: str, chunk: Chunk, remarks: Remarks) -> list[Problem]:
    problems = [_duplicate(file, chunk, duplicate) for duplicate in remarks.duplicates[:_MOST_DUPLICATES]]
    if remarks.tags:
        at, tag = remarks.tags[0]
        others = f" (and {len(remarks.tags) - 1} more)" if len(remarks.tags) > 1 else ""
        message = f"Kubernetes does not know the tag {tag}{others} and takes the value as if it were not there"
        fix = "remove the tag, and write the value that it stands for"
        problems.append(_problem(file, chunk, Broken(at, message, fix)))
    return problems


def _duplicate(file: str, chunk: Chunk, duplicate: Duplicate) -> Problem:
    line, column = position(chunk.text, duplicate.second, chunk.line)
    first, _ = position(chunk.text, duplicate.first, chunk.line)
    where = f"on line {line}" if line == first else f"lines {first} and {line}"
    message = f'key "{duplicate.key}" is written twice in one mapping ({where}); Kubernetes silently takes the last'
    return Problem(file, line, column, message, "keep one of them")


def _parse_json(file: str, text: str, *, strictly: bool) -> Parsed | None:
    """None where the stream may still be YAML, as kubectl tries it, too."""
    try:
        found = read_json(text)
    except Broken as broken:
        if not strictly or text.startswith("---", broken.at):
            return None
        template = unrendered(text, broken.at)
        return Parsed([], [_problem(file, Chunk(1, text, ""), template or broken)])
    documents: list[Document] = []
    problems: list[Problem] = []
    for index, entry in enumerate(found):
        chunk = _chunk_of(entry)
        if entry.has_duplicates:
            problems.extend(_duplicates_of_json(file, chunk))
        if entry.data is not None:
            documents.append(Document(file, index, chunk.line, chunk.text, entry.data))
    return Parsed(documents, problems)


def _chunk_of(entry: JsonDocument) -> Chunk:
    """The document's own text, moved right if another one ends on its first line, so that columns stay what they are."""
    return Chunk(entry.line, " " * min(entry.column, _WIDEST) + entry.text, "")


def _duplicates_of_json(file: str, chunk: Chunk) -> list[Problem]:
    remarks = Remarks([], [])
    try:
        root = compose(chunk.text).root
        if root is not None:
            decode_node(root, remarks)
    except Broken:
        message = "a key is written twice in one mapping; Kubernetes silently takes the last"
        return [Problem(file, chunk.line, None, message, "keep one of them")]
    return _remarks(file, chunk, remarks)
