"""A value that is in force on an edge, and what is known about it."""

from typing import Any, Literal, NamedTuple

from checker.location import Path
from checker.objects import ApiObject

State = Literal["set", "default", "disabled", "unbounded", "inert", "unknown"]


class Origin(NamedTuple):
    """Who says so: an object's key path, or a product with its version where `item` is None."""

    name: str  # "VirtualService/shop/cart", "istio 1.31"
    item: ApiObject | None = None
    path: Path = ()

    def below(self, *path: str | int) -> "Origin":
        """A place within it."""
        return Origin(self.name, self.item, (*self.path, *path))


class Setting(NamedTuple):
    """A number in base units, a list of words, or None where the state says all (`unbounded`, `disabled`, `unknown`)."""

    value: Any
    state: State
    origin: Origin
    reason: str = ""
    overrides: "tuple[Setting, ...]" = ()  # what it was preferred to, the next best first; only where that was asked for


Settings = dict[str, Setting]


def object_name(item: ApiObject) -> str:
    """`Kind/namespace/name`."""
    return f"{item.kind}/{item.namespace}/{item.name}"


def said_by(item: ApiObject, *path: str | int) -> Origin:
    """An object's own words."""
    return Origin(object_name(item), item, (*path,))
