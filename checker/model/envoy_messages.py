"""The messages of Envoy's API that listeners, routes and clusters are made of, as far as `envoy_messages.json` has them."""

import json
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from checker.errors import did_you_mean
from checker.model.protobuf import Node, camel

_ONE_OF = "one of"
_DEEPEST = 4
_MEANT = {("Cluster", "timeout"): "connect_timeout of Cluster, or route.timeout of Route"}


class Field(NamedTuple):
    """`kind`: duration, uint32, uint64, int32, int64, number, bool, text, any, an enumeration or another message.

    `bounds`: (sign, number), durations in seconds; `filled`: it may not be empty; `required`: it may not be left out.
    """

    kind: str
    bounds: tuple[tuple[str, float], ...] = ()
    filled: bool = False
    required: bool = False


@cache
def _loaded() -> Mapping[str, Any]:
    loaded: dict[str, Any] = json.loads(pkgutil.get_data("checker.model", "envoy_messages.json") or b"{}")
    return loaded


def messages() -> Mapping[str, Mapping[str, str]]:
    """The messages by name."""
    found: Mapping[str, Mapping[str, str]] = _loaded()["messages"]
    return found


def message_of(full_name: str) -> str:
    """The message that a full name of Envoy's API means; empty where it is none of the table."""
    return str(_loaded()["types"].get(full_name, ""))


def filter_types() -> Mapping[str, Sequence[str]]:
    """The messages of Envoy's filters by package: `http.local_ratelimit.v3`."""
    found: Mapping[str, Sequence[str]] = _loaded()["filters"]
    return found


def words_of(enumeration: str) -> Sequence[str]:
    """The words of an enumeration; empty for anything else."""
    found: Sequence[str] = _loaded()["enums"].get(enumeration, ())
    return found


def word(node: Node | None, enumeration: str) -> str:
    """The word that a value means: Envoy takes it in any case, and its number. The first word where nothing is written."""
    words = words_of(enumeration)
    if node is None or isinstance(node.value, bool):
        return words[0]
    if isinstance(node.value, int):
        return words[node.value] if 0 <= node.value < len(words) else ""
    return str(node.value).upper()


@cache
def fields_of(message: str) -> Mapping[str, Field]:
    """The fields of a message in both spellings."""
    written = messages().get(message, {})
    return {key: _field(kind) for name, kind in written.items() if name != _ONE_OF for key in (name, camel(name))}


def _field(written: str) -> Field:
    kind, *marks = written.split()
    bounds = tuple(_bound(mark) for mark in marks if mark[0] in "<>")
    return Field(kind, bounds, "+" in marks, "!" in marks)


def _bound(mark: str) -> tuple[str, float]:
    sign = mark[: 2 if mark[1] == "=" else 1]
    return sign, float(mark.removeprefix(sign))


def required_choice(message: str) -> Sequence[str]:
    """Fields of which one must be there."""
    return messages().get(message, {}).get(_ONE_OF, "").split()


@cache
def slip(message: str, key: str) -> str:
    """What was probably meant by a name that is no field, as a question; empty for fields, and for names that resemble none.

    Of the latter nothing is said: an Envoy that is newer may know them.
    """
    known = fields_of(message)
    return "" if not known or key in known or key == "@type" else did_you_mean(key, known, "")


@cache
def home(chain: tuple[str, ...], key: str) -> str:
    """Where a field belongs that stands in the first message of a chain, which stands in the second, and so on; empty if that is not clear.

    It is the nearest message that has it, below one of them: `circuit_breakers.thresholds.max_connections of Cluster`.
    """
    if (chain[0], key) in _MEANT:
        return _MEANT[chain[0], key]
    for number, message in enumerate(chain):
        if number and key in fields_of(message):
            return f"{key} of {message}"
        for depth in range(1, _DEEPEST):
            found = [path for path in _below(message, depth) if key in fields_of(path[-1][1])]
            if len({path[-1][1] for path in found}) == 1:
                return f"{min(('.'.join(name for name, _ in path) for path in found), key=len)}.{key} of {message}"
            if found:
                return ""
    return ""


def _below(message: str, depth: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Paths of so many steps to messages below one, each step as (field, message)."""
    for name, kind in messages().get(message, {}).items():
        target = kind.partition(" ")[0]
        if name == _ONE_OF or target not in messages():
            continue
        if depth == 1:
            yield ((name, target),)
        else:
            yield from (((name, target), *rest) for rest in _below(target, depth - 1))
