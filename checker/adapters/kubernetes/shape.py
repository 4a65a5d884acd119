"""Whether an object has the shape that the API server demands, so that everything after this can trust its types."""

from collections.abc import Callable
from typing import Any, NamedTuple

from checker.adapters.kubernetes.consistency import contradictions
from checker.adapters.kubernetes.flaws import flaws
from checker.adapters.kubernetes.mistakes import REFUSED, REFUSED_SOMEWHERE, Mistake, mistake
from checker.adapters.kubernetes.schemas import Rules, as_the_server_reads, pod_owner_rules, rules
from checker.facts import api_versions
from checker.location import Path
from checker.validators import accepts

MOST_MISTAKES = 10
_CUSTOM = "gateway."

__all__ = ["MOST_MISTAKES", "Mistake", "Shape", "check"]


class Shape(NamedTuple):
    """An object as the API server reads it, and what it would refuse of it.

    `data` is the object given, or a copy of it: without `key: null`, and with an empty `metadata` or `spec` where the
    kind may go without. With mistakes it is the object given. `dropped`: fields that do not exist.
    """

    data: dict[str, Any]
    mistakes: tuple[Mistake, ...]
    dropped: tuple[Mistake, ...] = ()


def check(api_version: str, kind: str, data: dict[str, Any]) -> Shape:
    """Compare an object with the rules of its kind, as far as this program reads it; other fields may be anything.

    An unknown kind has no mistakes, unless it has a pod template whose types are wrong.
    """
    if api_version.startswith(_CUSTOM):
        from checker.adapters.kubernetes import custom  # large, and seldom needed

        if (custom_shape := custom.check(api_version, kind, data)) is not None:
            return custom_shape
    found = rules(api_version, kind)
    if found is None:
        if unserved := api_versions.unknown(api_version, kind):
            return Shape(data, (Mistake(("apiVersion",), f"{unserved.message}, {REFUSED}", unserved.fix),))
        found = _rules_of_pod_owner(data)
        if found is None:
            return Shape(data, ())
    read = data if fast(found)(data) else as_the_server_reads(found.definitions, (found.schema,), data)
    mistakes = () if read is data or fast(found)(read) else _mistakes(found, read, data)
    if not mistakes and found.built_in:
        mistakes = tuple(Mistake(each.path, f"{each.message}, {REFUSED}", each.fix) for each in contradictions(found.name, read))
    return Shape(data, mistakes[:MOST_MISTAKES]) if mistakes else Shape(read, ())


_validators: dict[tuple[str, bool], Callable[[Any], bool]] = {}


def fast(found: Rules) -> Callable[[Any], bool]:
    """A validator that says yes or no in microseconds; made once for each definition, when it is first needed."""
    key = (found.name, found.built_in)
    if key not in _validators:
        _validators[key] = accepts(found.standalone())
    return _validators[key]


def _mistakes(found: Rules, read: dict[str, Any], given: dict[str, Any]) -> tuple[Mistake, ...]:
    """One for each place, in the order of the schema."""
    consequence = REFUSED if found.built_in else REFUSED_SOMEWHERE
    mistakes: dict[Path, Mistake] = {}
    for flaw in flaws(found.definitions, found.schema, read):
        if len(mistakes) == MOST_MISTAKES:
            break
        found_here = mistake(flaw, given, consequence)
        mistakes.setdefault(found_here.path, found_here)
    return tuple(mistakes.values())


def _rules_of_pod_owner(data: dict[str, Any]) -> Rules | None:
    """The rules of a kind that we do not know, if it seems to run pods."""
    spec = data.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    return pod_owner_rules() if isinstance(pod, dict) and isinstance(pod.get("containers"), list) else None
