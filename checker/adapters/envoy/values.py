"""Single values that no Envoy takes: of the wrong kind, out of their bounds, words that an enumeration does not have."""

import json
import re
from collections.abc import Iterator
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from checker.errors import did_you_mean
from checker.location import Path
from checker.model.envoy_messages import Field, fields_of, words_of
from checker.model.protobuf import Node

_LONGEST_SECONDS = 9223372035  # that Envoy counts in nanoseconds
_WHOLE = {"uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1), "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_SHOWN = 40
_WRAPPED = "value"
_PLACEHOLDER = re.compile(r"\{\{|\$\{|<%")
_HOLDS = {">": gt, ">=": ge, "<": lt, "<=": le}
_WORDS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}


class Mistake(NamedTuple):
    """What is wrong, where in the document, and what to do."""

    path: Path
    message: str
    fix: str


def value_mistakes(node: Node, key: str, field: Field) -> Iterator[Mistake]:
    """Those of a value that is no message."""
    number = node.seconds() if field.kind == "duration" else node.number()
    if field.kind == "duration":
        wrong = _duration(node, key, number)
    elif field.kind in _WHOLE:
        wrong = _whole(node, key, number, *_WHOLE[field.kind])
    elif field.kind == "number":
        wrong = mistake(node, f"{key} is {shown(node.value)}, not a number", "write a number") if number is None else None
    elif field.kind == "bool":
        fits = isinstance(node.value, bool)
        wrong = None if fits else mistake(node, f"{key} is {shown(node.value)}, not true or false", "write true or false")
    elif field.kind == "text":
        number, wrong = None, _text(node, key, field)
    else:
        number, wrong = None, _word(node, key, field.kind)
    if wrong is None and number is not None:
        wrong = _out_of_bounds(node, key, field, number)
    if wrong is not None:
        yield wrong


def _out_of_bounds(node: Node, key: str, field: Field, number: float) -> Mistake | None:
    if all(_HOLDS[sign](number, bound) for sign, bound in field.bounds):
        return None
    unit = "s" if field.kind == "duration" else ""
    wanted = " and ".join(f"{_WORDS[sign]} {bound:g}{unit}" for sign, bound in field.bounds)
    path = [step for step in node.origin.path if isinstance(step, str)]
    name = f"{path[-2]}.{key}" if key == _WRAPPED and len(path) > 1 else key  # the value of a Percent has no name of its own
    fix = "write such a value" if field.required or key == _WRAPPED else "write such a value, or leave the field out"
    return mistake(node, f"{name} is {shown(node.value)}, and has to be {wanted}", fix)


def is_in_bounds(node: Node, message: str) -> bool:
    """Whether Envoy takes the number or the duration of a field of a message; what is no field has no bounds."""
    field = fields_of(message).get(str(node.origin.path[-1])) if node.origin.path else None
    return field is None or next(value_mistakes(node, "", field), None) is None


def _word(node: Node, key: str, enumeration: str) -> Mistake | None:
    words = words_of(enumeration)
    known = {word.upper() for word in words}
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return None
    if isinstance(node.value, str) and node.value.upper() in known:
        return None
    few = f"write {', '.join(words)}" if len(words) < 8 else "write one that Envoy has"  # noqa: PLR2004
    return mistake(node, f"{key} is {shown(node.value)}, which Envoy does not know", did_you_mean(str(node.value).upper(), known, few))


def _text(node: Node, key: str, field: Field) -> Mistake | None:
    return mistake(node, f"{key} is empty", f"write a {key}") if field.filled and node.value == "" else None


def _duration(node: Node, key: str, seconds: float | None) -> Mistake | None:
    if seconds is None:
        bare = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        fix = f'write "{node.value}s"' if bare else 'write seconds, such as "1.5s"'
        return mistake(node, f"{key} is {shown(node.value)}, and no duration: a text of seconds that ends in s", fix)
    if seconds < 0:
        return mistake(node, f"{key} is {shown(node.value)}: less than nothing", "write a time of zero or more")
    if seconds > _LONGEST_SECONDS:
        fix = 'write a shorter time, or "0s" where that means none'
        return mistake(node, f"{key} is {shown(node.value)}: longer than Envoy can count", fix)
    return None


def _whole(node: Node, key: str, number: float | None, least: int, most: int) -> Mistake | None:
    if number is not None and number == int(number) and least <= number <= most:
        return None
    return mistake(node, f"{key} is {shown(node.value)}, not a whole number from {least} to {most}", "write such a number")


def mistake(node: Node, message: str, fix: str) -> Mistake:
    """One at a place."""
    return Mistake(node.origin.path, message, fix)


def called(message: str) -> str:
    """A message with its article: an OutlierDetection."""
    name = message.rpartition(".")[2]
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def is_template(value: Any) -> bool:
    """Whether something has yet to be put in."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def shown(value: Any) -> str:
    """A value for people."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
