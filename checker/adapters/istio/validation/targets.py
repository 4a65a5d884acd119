"""Where a route leads: destinations and their weights."""

from collections.abc import Iterable

from checker.adapters.istio.validation.amounts import port
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.adapters.istio.validation.names import FULL_NAME, host_fault, is_label
from checker.location import Path


def destinations(targets: Iterable[Data], path: Path) -> Flaws:
    """`validateRouteDestinations`: where to, and how much of the traffic."""
    total = count = 0
    for index, target in enumerate(targets):
        place = (*path, index)
        yield from destination(target.get("destination") or {}, (*place, "destination"))
        weight = target.get("weight", 0)
        if weight < 0:
            yield refused((*place, "weight"), f"is {weight}; a weight of at least 0 is required", "write a positive number")
        total += weight
        count += 1
    if count > 1 and total == 0:
        yield refused(path, "has several destinations, and their weights add up to 0", "give each destination a weight")


def destination(target: Data, path: Path) -> Flaws:
    """`validateDestination`: a host, and if given, a subset and a port."""
    host = target.get("host", "")
    if host == "*":
        yield refused((*path, "host"), "is '*'; the host of a service is required", FULL_NAME)
    elif fault := host_fault(host):
        yield refused((*path, "host"), fault, FULL_NAME)
    subset = target.get("subset", "")
    if subset and not is_label(subset):
        yield refused((*path, "subset"), *unfit_name(subset))
    if "port" in target:
        yield from port(target["port"].get("number", 0), (*path, "port", "number"))


def unfit_name(text: str) -> tuple[str, str]:
    """What to say of the name of a subset or a port that is no name."""
    found = f"is {text!r}" if text else "is empty"
    return f"{found}; a name of at most 63 letters, digits and '-' is required", "choose such a name"
