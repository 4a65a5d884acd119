"""Stand-in until the real reader is here."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from checker.errors import Problem
from checker.location import Location, field_name


class Document(NamedTuple):
    file: str
    index: int
    line: int
    text: str
    data: Any


class Parsed(NamedTuple):
    documents: list[Document]
    problems: list[Problem]


_SEP = re.compile(r"^---.*$", re.M)


def parse(file: str, content: bytes) -> Parsed:
    import yaml_rs
    docs, problems = [], []
    text = content.decode()
    line = 1
    for index, part in enumerate(_SEP.split(text)):
        try:
            data = yaml_rs.loads(part, parse_datetime=False) if part.strip() and "<<" not in part else yaml.load(part, yaml.CSafeLoader)
            if data is not None:
                docs.append(Document(file, index, line, part, data))
        except Exception as error:
            problems.append(Problem(file, line, 1, str(error).split("\n")[0], "mend it"))
        line += part.count("\n")
    return Parsed(docs, problems)


def locate(document: Document, path: Sequence[str | int]) -> Location:
    node = yaml.compose(document.text, yaml.CSafeLoader)
    mark = node.start_mark
    for step in path:
        if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        elif isinstance(node, yaml.MappingNode):
            for k, v in node.value:
                if k.value == step:
                    mark, node = k.start_mark, v
                    break
            else:
                break
        else:
            break
    return Location(document.file, document.line + mark.line, mark.column + 1, field_name(path))


def source_line(document: Document, line: int) -> str:
    return document.text.split("\n")[line - document.line]


def comments(document: Document):
    return [(document.line + i, l[l.index("#"):]) for i, l in enumerate(document.text.split("\n")) if "#" in l]
