"""From a document as it is written to its value, as Kubernetes decodes it."""

from typing import Any, NamedTuple

from checker.documents.nodes import Alias, Broken, Mapping, Node, Scalar, Sequence, Written, is_merge, tag_as_written, written
from checker.documents.scalars import key_of, value_of

_YAML_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(
    _YAML_TAG + name
    for name in ("str", "int", "float", "bool", "null", "timestamp", "binary", "merge", "map", "seq", "set", "omap", "pairs")
) | {"!"}
_PYTHON = _YAML_TAG + "python/"


class Duplicate(NamedTuple):
    """A key that one mapping has twice, and the places of both."""

    key: str
    first: int
    second: int


class Remarks(NamedTuple):
    """What Kubernetes passes over in silence."""

    duplicates: list[Duplicate]
    tags: list[tuple[int, str]]  # those it does not know, as they are written


class _Decoder(NamedTuple):
    remarks: Remarks
    shared: dict[int, Any]  # values of nodes that aliases refer to, by id of the node


def decode_node(root: Node, remarks: Remarks) -> Any:
    """The value of a document; raises Broken where Kubernetes refuses it. Aliases share their values."""
    return _value(root, _Decoder(remarks, {}))


def _value(node: Node, decoder: _Decoder) -> Any:
    if isinstance(node, Scalar):
        if node.tag is not None:
            _note_tag(node, decoder.remarks)
        return value_of(node)
    if isinstance(node, Alias):
        identity = id(node.target)
        if identity not in decoder.shared:
            decoder.shared[identity] = _value(node.target, decoder)
        return decoder.shared[identity]
    if node.tag is not None:
        _note_tag(node, decoder.remarks)
    if isinstance(node, Sequence):
        return [_value(item, decoder) for item in node.items]
    return _mapping(node, decoder)


def _mapping(node: Mapping, decoder: _Decoder) -> dict[str, Any]:
    """Entries in the order they are written, the last one of a key wins: also over or against what `<<` brings."""
    value: dict[str, Any] = {}
    places: dict[str, int] = {}
    for key, entry in node.pairs:
        if is_merge(key):
            for source in merged(entry):
                value.update(_value(source, decoder))
            continue
        name = _key(key, decoder)
        if name in places:
            decoder.remarks.duplicates.append(Duplicate(name, places[name], key.at))
        places[name] = key.at
        value[name] = _value(entry, decoder)
    return value


def _key(key: Node, decoder: _Decoder) -> str:
    target = written(key)
    if not isinstance(target, Scalar):
        kind = "list" if isinstance(target, Sequence) else "mapping"
        fix = "write a text as key; in quotes, if it begins with [ or {"
        raise Broken(key.at, f"a {kind} is used as a key, and a key must be text", fix)
    if target.tag is not None:
        _note_tag(target, decoder.remarks)
    return key_of(target)


def merged(entry: Node) -> list[Node]:
    """The mappings that `<<` brings, those that win last; raises Broken where it brings something else."""
    sources: list[Node] = entry.items[::-1] if isinstance(entry, Sequence) else [entry]
    for source in sources:
        if not isinstance(written(source), Mapping):
            raise Broken(source.at, "<< takes an alias of a mapping, or a list of them, and this is none", "write << : *name of a mapping")
    return sources


def _note_tag(node: Written, remarks: Remarks) -> None:
    if node.tag is None or node.tag in _KNOWN_TAGS:
        return
    if node.tag.startswith(_PYTHON):
        raise Broken(node.at, f"the tag {tag_as_written(node.tag)} asks for a Python object, which is never made", "remove the tag")
    remarks.tags.append((node.at, tag_as_written(node.tag)))


def check_expansion(root: Node) -> None:
    """Raise Broken where aliases multiply a document: the limit of Kubernetes' own decoder, counted as it counts.

    Source: allowedAliasRatio in decode.go of go.yaml.in/yaml/v2.
    """
    decoded, aliased = 1, 0
    pending: list[tuple[Node, bool]] = [(root, False)]
    while pending:
        node, within = pending.pop()
        decoded += 1
        aliased += within
        if aliased > 100 and decoded > 1000 and aliased / decoded > _allowed_ratio(decoded):  # noqa: PLR2004  (as they stand there)
            raise Broken(
                root.at,
                f"aliases multiply this document beyond all measure ({root.size if root.size < 10**9 else 'more than a thousand million'} "
                "values): Kubernetes refuses it as well",
                "write the values out instead of nesting aliases",
            )
        pending.extend((child, within or isinstance(node, Alias)) for child in _children(node))


def _allowed_ratio(decoded: int) -> float:
    low, high = 400_000, 4_000_000
    if decoded <= low:
        return 0.99
    return 0.10 if decoded >= high else 0.99 - 0.89 * (decoded - low) / (high - low)


def _children(node: Node) -> list[Node]:
    """In reverse, as a stack wants them."""
    if isinstance(node, Alias):
        return [node.target]
    if isinstance(node, Sequence):
        return node.items[::-1]
    if isinstance(node, Scalar):
        return []
    found: list[Node] = []
    for key, entry in reversed(node.pairs):
        if not is_merge(key):
            found += (entry, key)
        elif isinstance(entry, Sequence):
            found += entry.items
        else:
            found.append(entry)
    return found
