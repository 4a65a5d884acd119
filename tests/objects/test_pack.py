"""Objects survive the way from one process to another."""

import marshal

import pytest

from checker.objects.pack import pack, unpack
from tests.objects.manifests import read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b}}",
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: PodList, items: [{metadata: {name: a}}, {metadata: {name: b}}]}]}",
    ],
)
def test_a_round_trip(text: str) -> None:
    """With the document and its data shared as before."""
    objects = read(text).objects
    again = unpack(marshal.loads(marshal.dumps(pack(objects))))
    assert again == objects
    assert len({id(item.document) for item in again}) == len({id(item.document) for item in objects})
