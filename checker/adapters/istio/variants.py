"""Routes and rules that the input defines in several variants, such as one folder for each environment."""

from collections.abc import Iterator, Sequence

from checker.adapters.istio.registry import created
from checker.location import Location
from checker.model.build import Model
from checker.model.setting import object_name
from checker.objects import ApiObject

# Of these the first of a name decides. DestinationRules of one host are merged, and a gateway's routes add up: so do those of one name.
_TAKEN = {"DestinationRule": " (with the subsets of all)", "Sidecar": "", "VirtualService": " (for gateways the routes of all)"}
_SENTENCES = 5
_PLACES = 3


def variants(model: Model) -> list[str]:
    """Which of them is taken, in a sentence for each object; of many the rest in one."""
    found = list(_variants(model))
    if len(found) <= _SENTENCES + 1:
        return found
    rest = len(found) - _SENTENCES
    return [
        *found[:_SENTENCES],
        f"{rest} more VirtualServices, DestinationRules and Sidecars have variants too: the first counts",
    ]


def _variants(model: Model) -> Iterator[str]:
    for kind, added in _TAKEN.items():
        by_name: dict[tuple[str, str], list[ApiObject]] = {}
        for item in sorted(model.kinds.get(kind, ()), key=created):
            by_name.setdefault((item.namespace, item.name), []).append(item)
        for first, *others in by_name.values():
            if any(other.data != first.data for other in others):
                yield f"{object_name(first)} is the one in {_place(first)}{added}; defined differently: {_places(others)}"


def _places(items: Sequence[ApiObject]) -> str:
    more = f" and {len(items) - _PLACES} more" if len(items) > _PLACES + 1 else ""
    return ", ".join(map(_place, items if not more else items[:_PLACES])) + more


def _place(item: ApiObject) -> str:
    return str(Location(item.document.file, item.document.line or None))
