"""Objects of custom resources whose definitions we have (Gateway API, Envoy Gateway), as the API server takes them.

table    the facts of the definitions, in `schema/`
node     the same, ready for reading values
survey   an object as it is kept, with defaults; unknown fields, repeated items
words    what is wrong, for the person who wrote it
rules    the same of rules, by their form
"""

from collections.abc import Iterator
from typing import Any

from checker.adapters.kubernetes.custom.node import Node, node_of
from checker.adapters.kubernetes.custom.survey import Survey
from checker.adapters.kubernetes.custom.table import custom_rules, product
from checker.adapters.kubernetes.custom.words import broken_rule, misshapen, repeated, unknown_field
from checker.adapters.kubernetes.flaws import flaws
from checker.adapters.kubernetes.mistakes import Mistake
from checker.adapters.kubernetes.schemas import Rules
from checker.adapters.kubernetes.shape import MOST_MISTAKES, Shape, fast
from checker.location import Path
from checker.objects.nulls import without_nulls

__all__ = ["check"]

_nodes: dict[str, Node] = {}


def check(api_version: str, kind: str, data: dict[str, Any]) -> Shape | None:
    """As `shape.check`; nothing for a version or a kind that the table does not have."""
    found = custom_rules(api_version, kind)
    if found is None:
        return None
    if found.name not in _nodes:
        _nodes[found.name] = node_of(found.definitions, found.schema)
    survey = Survey(_nodes[found.name], data)
    refused = _first_of_each_place(_refusals(found, survey, data))
    dropped = tuple(unknown_field(each, kind, product(api_version)) for each in survey.unknown[:MOST_MISTAKES])
    return Shape(data if refused or not survey.has_nulls else without_nulls(data), refused, dropped)


def _refusals(found: Rules, survey: Survey, data: dict[str, Any]) -> Iterator[Mistake]:
    """Rules are asked of objects of the right shape alone, as the API server does."""
    if not fast(found)(survey.whole):
        for flaw in flaws(found.definitions, found.schema, survey.whole):
            yield misshapen(flaw, data)
        return
    for each in survey.repeated:
        yield repeated(each, survey.whole)
    for ruled in survey.ruled:
        for text in ruled.rules.broken(ruled.value):
            yield broken_rule(text, ruled.value, ruled.path)


def _first_of_each_place(mistakes: Iterator[Mistake]) -> tuple[Mistake, ...]:
    found: dict[Path, Mistake] = {}
    for mistake in mistakes:
        found.setdefault(mistake.path, mistake)
        if len(found) == MOST_MISTAKES:
            break
    return tuple(found.values())
