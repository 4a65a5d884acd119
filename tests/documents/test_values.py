"""What values Kubernetes reads in a text."""

from typing import Any

import pytest

from checker.documents import parse
from tests.documents.tables import DOCUMENTS, SCALARS, same


def read(text: str) -> Any:
    """The value of the only document; None where there is none."""
    documents = parse("f.yaml", text.encode()).documents
    assert len(documents) <= 1
    return documents[0].data if documents else None


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_is_what_kubernetes_reads(text: str, value: Any) -> None:
    assert same(read(f"a: {text}\n") if text != "-" else {"a": read("-\n")}, {"a": value})


@pytest.mark.parametrize(("text", "value"), DOCUMENTS)
def test_a_document_is_what_kubernetes_reads(text: str, value: Any) -> None:
    assert same(read(text), value)


def test_a_number_without_fraction_is_an_integer() -> None:
    """As it is once it went through JSON."""
    assert [type(value) for value in read("[1e3, 1.0, 1.5, 18446744073709551616]\n")] == [int, int, float, float]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_with_a_byte_order_mark_is_read(encoding: str) -> None:
    assert parse("f.yaml", "a: é\r\nb: 1\r\n".encode(encoding)).documents[0].data == {"a": "é", "b": 1}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_orders(encoding: str) -> None:
    assert parse("f.yaml", "\ufeffa: é\n".encode(encoding)).documents[0].data == {"a": "é"}
