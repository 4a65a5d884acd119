"""A document as it is written: values with their places, before they are decoded.

`at` counts characters from the start of the text. `height` is the levels below a node and `size` the nodes it holds,
itself included, both with aliases expanded.
"""

from typing import NamedTuple

_YAML_TAG = "tag:yaml.org,2002:"
MERGE_TAG = _YAML_TAG + "merge"


class Broken(Exception):  # noqa: N818  (it is the document that is broken)
    """A text that is no document: where, what is wrong in plain words, and what to do."""

    def __init__(self, at: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.fix = fix


class Scalar(NamedTuple):
    """`plain`: neither quoted nor a block, so that it may be a number, a boolean or null."""

    value: str
    tag: str | None
    plain: bool
    at: int
    end: int
    height: int = 0
    size: int = 1


class Mapping(NamedTuple):
    """Keys and values in the order they are written."""

    pairs: "list[tuple[Node, Node]]"
    tag: str | None
    at: int
    height: int
    size: int


class Sequence(NamedTuple):
    """Items in the order they are written."""

    items: "list[Node]"
    tag: str | None
    at: int
    height: int
    size: int


class Alias(NamedTuple):
    """`*name`, and what it stands for."""

    target: "Written"
    at: int
    height: int
    size: int


Written = Scalar | Mapping | Sequence
Node = Written | Alias


def written(node: Node) -> Written:
    """The node itself, or the one an alias stands for."""
    return node.target if isinstance(node, Alias) else node


def is_merge(key: Node) -> bool:
    """Whether a key is `<<`, which brings the entries of other mappings."""
    return isinstance(key, Scalar) and key.value == "<<" and (key.plain or key.tag == MERGE_TAG)


def tag_as_written(tag: str) -> str:
    """`!!int` for `tag:yaml.org,2002:int`."""
    return "!!" + tag.removeprefix(_YAML_TAG) if tag.startswith(_YAML_TAG) else tag
