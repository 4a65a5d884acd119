"""What is read from a file: documents, and what could not be read."""

from typing import Any, NamedTuple

from checker.errors import Problem


class Document(NamedTuple):
    """One document of a file. `data` is plain dicts, lists, strings, numbers, booleans and None, and not to be changed."""

    file: str
    index: int  # type: ignore[assignment]  # position in the file, counting as Kubernetes' reader does; not tuple.index
    line: int  # of the file, at which `text` begins; 0 for what is no text, such as an object of a cluster
    text: str  # line ends are "\n", whatever the file has
    data: Any


class Parsed(NamedTuple):
    """The documents of one file that could be decoded (empty ones left out), and what is wrong with it."""

    documents: list[Document]
    problems: list[Problem]
