"""The words policies may use: every fact has a name, a type, a meaning, and a place in the object it speaks of.

The first part of a name is its anchor: `container.memory_limit_bytes` is about the object and path that the subject
calls `container`, and `Field.path` leads from there to where the value is (or would be) written.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from checker.findings import Subject
from checker.location import Location
from checker.objects import ApiObject

Path = tuple[str | int, ...]
Type = Literal["bool", "int", "double", "string", "list(string)"]


class Unknown(NamedTuple):
    """The value of a fact that the input does not tell, and what would have to be in it.

    `why` says instead what keeps it from being told, where nothing is missing.
    """

    missing: str
    why: str = ""


NO_SERVICES: Final = Unknown("Services")
NO_WORKLOADS: Final = Unknown("workloads of that namespace")
NO_AUTOSCALERS: Final = Unknown("HorizontalPodAutoscalers or ScaledObjects")
NO_BUDGETS: Final = Unknown("PodDisruptionBudgets")


class Field(NamedTuple):
    """A fact: its type, what it means with unit and default, where it is written relative to its anchor.

    An optional fact may be absent; policies ask `name.is_set` before they use it.
    """

    type: Type
    meaning: str
    path: Path = ()
    optional: bool = False


class Spot(NamedTuple):
    """A place that is in no object: where it is, and what stands there."""

    location: Location
    excerpt: str


class Anchor(NamedTuple):
    """An object, and the path within it, that a subject's facts speak of; `spot` where they are written outside of it."""

    source: ApiObject
    path: Path = ()
    spot: Spot | None = None


class Later(Mapping[str, Anchor]):
    """Anchors that are worked out when somebody asks for one: most subjects pass, and nobody does."""

    def __init__(self, work_out: Callable[[], Mapping[str, Anchor]]) -> None:
        self._work_out = work_out

    @cached_property
    def _anchors(self) -> Mapping[str, Anchor]:
        return self._work_out()

    def __getitem__(self, name: str) -> Anchor:
        return self._anchors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._anchors)

    def __len__(self) -> int:
        return len(self._anchors)


class Judged(NamedTuple):
    """One subject with all its facts: what policies of its kind are run on.

    `part` tells apart several subjects of one kind within one object, such as the ports of a Service. `fix` is how to mend it where
    that hangs on the subject more than on the policy.
    """

    kind: str
    subject: Subject
    anchors: Mapping[str, Anchor]
    facts: Mapping[str, Any]
    part: str = ""
    fix: str = ""


def variables(fields: Mapping[str, Field]) -> dict[str, Type]:
    """Names and types for the expression language; optional facts bring their `is_set`."""
    named: dict[str, Type] = {}
    for name, field in fields.items():
        named[name] = field.type
        if field.optional:
            named[f"{name}.is_set"] = "bool"
    return named
