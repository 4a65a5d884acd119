"""Objects as plain tuples, so that `marshal` can hand them from one process to another.

Documents and the data of objects are packed once, not once an object: an object is its document and its key path.
"""

from collections.abc import Iterable
from typing import Any

from checker.documents import Document
from checker.objects.read import typed_like_its_list
from checker.objects.types import ApiObject

Packed = list[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]


def pack(objects: Iterable[ApiObject]) -> Packed:
    """Per document: the document, and of each of its objects everything but the document and the data."""
    packed: Packed = []
    last: Document | None = None
    for item in objects:
        if item.document is not last:
            last = item.document
            packed.append((tuple(last), []))
        packed[-1][1].append((item.base, item.api_version, item.kind, item.namespace, item.name))
    return packed


def unpack(packed: Packed) -> list[ApiObject]:
    """The objects that were packed."""
    objects = []
    for fields, items in packed:
        document = Document(*fields)
        for base, api_version, kind, namespace, name in items:
            objects.append(ApiObject(document, base, api_version, kind, namespace, name, _data(document, base)))
    return objects


def _data(document: Document, base: tuple[Any, ...]) -> dict[str, Any]:
    data: Any = document.data
    for index in base[1::2]:  # ("items", 3, "items", 0)
        data = typed_like_its_list(data, data["items"][index])
    found: dict[str, Any] = data
    return found
