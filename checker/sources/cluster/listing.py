"""All objects of one kind, page by page."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from checker.sources.cluster.connection import Answer, Connection, unreachable
from checker.sources.cluster.discovery import Served
from checker.sources.cluster.items import Item, item

_PAGE = "500"
_OK, _UNAUTHORIZED, _EXPIRED = 200, 401, 410


class Listed(NamedTuple):
    """The objects of a kind in a namespace, "" for all; `why` they could not all be read, or ""."""

    served: Served
    namespace: str
    items: list[Item]
    why: str = ""


def list_kind(connection: Connection, served: Served, namespace: str) -> Listed:
    """All of a kind. A list that changes too much while it is read expires: then it is begun anew, once. Raises Unreachable."""
    for _ in range(2):
        found = Listed(served, namespace, [])
        status, why = 0, ""
        for number, answer in enumerate(_pages(connection, served, namespace)):
            status, why = (answer.status if number else 0), answer.why
            if why:
                break
            try:
                found.items.extend(item(connection.name, served, each) for each in answer.body.get("items") or ())
            except (TypeError, AttributeError, ValueError):
                why = "the list holds what is no object"
                break
        if status != _EXPIRED:
            break
    return found._replace(why=why)


def _pages(connection: Connection, served: Served, namespace: str) -> Iterator[Answer]:
    """One after the other, to the last or the first that the server refuses."""
    rest: Any = ""
    seen: set[str] = set()
    while True:
        query = {"limit": _PAGE} | ({"continue": rest} if rest else {})
        answer = connection.get(served.path(namespace), query, "application/json")
        if answer.status == _UNAUTHORIZED:
            raise unreachable(connection, answer)
        yield answer
        about = answer.body.get("metadata") if answer.status == _OK else None
        rest = about.get("continue") if isinstance(about, dict) else None
        if not rest:
            return
        if not isinstance(rest, str) or rest in seen:
            yield Answer(0, None, "the server leads from page to page without end")
            return
        seen.add(rest)
