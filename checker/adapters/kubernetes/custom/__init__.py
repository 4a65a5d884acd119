"""Objects of custom resources whose definitions we have (Gateway API, Envoy Gateway), as the API server takes them.

table    the facts of the definitions, in `schema/`
node     the same, ready for reading values
survey   an object as it is kept, with defaults; unknown fields, repeated items
words    what is wrong, for the person who wrote it
rules    the same of broken rules, by their form
tellers  the sentences of each form
"""

from typing import Any

from checker.adapters.kubernetes.custom.node import Node, node_of
from checker.adapters.kubernetes.custom.survey import Survey
from checker.adapters.kubernetes.custom.table import custom_rules, product
from checker.adapters.kubernetes.shape import MOST_MISTAKES, Shape, fast
from checker.objects.nulls import without_nulls

__all__ = ["check"]

_nodes: dict[str, Node] = {}


def check(api_version: str, kind: str, data: dict[str, Any]) -> Shape | None:
    """As `shape.check`; nothing for a version or a kind that the table does not have.

    Rules are asked of objects of the right shape alone, as the API server does.
    """
    found = custom_rules(api_version, kind)
    if found is None:
        return None
    if found.name not in _nodes:
        _nodes[found.name] = node_of(found.definitions, found.schema)
    survey = Survey(_nodes[found.name], data)
    fits = fast(found)(survey.whole)
    broken = [(text, ruled) for ruled in survey.ruled for text in ruled.rules.broken(ruled.value)] if fits else []
    kept = without_nulls(data) if survey.has_nulls else data
    if fits and not broken and not survey.repeated and not survey.unknown:
        return Shape(kept, ())
    from checker.adapters.kubernetes.custom import words  # only mistakes need them

    mistakes = [words.misshapen(flaw, data) for flaw in words.flaws(found.definitions, found.schema, survey.whole)] if not fits else []
    if fits:
        mistakes += [words.repeated(each, survey.whole) for each in survey.repeated]
        mistakes += [words.broken_rule(text, ruled.value, ruled.path) for text, ruled in broken]
    refused = tuple({mistake.path: mistake for mistake in reversed(mistakes)}.values())[::-1][:MOST_MISTAKES]
    dropped = tuple(words.unknown_field(each, kind, product(api_version)) for each in survey.unknown[:MOST_MISTAKES])
    return Shape(data if refused else kept, refused, dropped)
