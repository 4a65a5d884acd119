"""Load balancing of a traffic policy. Source: `validateLoadBalancer` of `validation.go`, localities of `agent/validation.go`."""

from collections.abc import Iterable

from checker.adapters.istio.validation.amounts import LARGEST_PERCENTAGE, durations, readable_durations
from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path

_TOPOLOGY = frozenset({"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"})
_LARGEST_TABLE = 5000011
_PARTS_OF_A_LOCALITY = 3


def load_balancer(settings: Data, path: Path) -> Flaws:
    """By hash, by locality or by zone, and the warm-up of new hosts."""
    yield from readable_durations(settings, ("warmupDurationSecs",), path)
    if "consistentHash" in settings:
        yield from _hash(settings["consistentHash"], (*path, "consistentHash"))
    if "localityLbSetting" in settings and "zoneAwareLbSetting" in settings:
        yield refused(
            (*path, "zoneAwareLbSetting"), "is set beside localityLbSetting; only one of them is possible", "remove one of the two"
        )
    if "localityLbSetting" in settings:
        yield from _locality(settings["localityLbSetting"], (*path, "localityLbSetting"))
    if "zoneAwareLbSetting" in settings:
        yield from _zones(settings["zoneAwareLbSetting"], (*path, "zoneAwareLbSetting"))
    if "warmup" in settings:
        warmup, path = settings["warmup"], (*path, "warmup")
        yield from durations(warmup, ("duration",), path)
        if warmup.get("minimumPercent", 0) > LARGEST_PERCENTAGE:
            yield refused(
                (*path, "minimumPercent"), f"is {warmup['minimumPercent']}; at most 100 is possible", "write a number from 0 to 100"
            )
        if warmup.get("aggression", 1) <= 0:
            yield refused((*path, "aggression"), f"is {warmup['aggression']}; more than 0 is required", "write a number above 0")


def _hash(settings: Data, path: Path) -> Flaws:
    cookie, place = settings.get("httpCookie"), (*path, "httpCookie")
    if cookie is not None and not cookie.get("name"):
        yield refused((*place, "name"), "is empty; a cookie needs a name", "write the name of the cookie")
    yield from readable_durations(cookie or {}, ("ttl",), place)
    seen: set[str] = set()
    for index, attribute in enumerate((cookie or {}).get("attributes") or ()):
        name = attribute.get("name", "")
        if not name or name in seen:
            what = f"is {name!r}, as that of another attribute is" if name else "is empty; an attribute needs a name"
            yield refused((*place, "attributes", index, "name"), what, "choose another name")
        seen.add(name)
    if settings.get("minimumRingSize") and ("ringHash" in settings or "maglev" in settings):
        yield refused((*path, "minimumRingSize"), "is set beside ringHash or maglev", "write ringHash: {minimumRingSize: …} alone")
    if "maglev" in settings:
        size = settings["maglev"].get("tableSize", 0)
        if size >= _LARGEST_TABLE or not _is_prime(size):
            yield refused(
                (*path, "maglev", "tableSize"), f"is {size}; a prime number below 5000011 is required", "write a prime, such as 65537"
            )


def _is_prime(number: int) -> bool:
    """`isPrime`, which takes 1."""
    if 0 < number < 4:  # noqa: PLR2004
        return True
    return number % 2 == 1 and all(number % factor for factor in range(3, int(number**0.5) + 1, 2))


def _locality(settings: Data, path: Path) -> Flaws:
    """`ValidateLocalityLbSetting`, which says one thing and stops where the settings exclude each other."""
    distribute, failover = settings.get("distribute") or (), settings.get("failover") or ()
    if distribute and failover:
        yield refused((*path, "failover"), "is set beside distribute; only one of them is possible", "remove one of the two")
        return
    priority = settings.get("failoverPriority") or ()
    if failover and (both := next((label for label in priority if label in _TOPOLOGY), None)):
        yield refused((*path, "failover"), f"is set, but failoverPriority holds {both}", "keep failoverPriority alone")
        return
    for index, share in enumerate(distribute):
        place = (*path, "distribute", index, "to")
        weights = share.get("to", {})
        if any(not 1 <= weight <= LARGEST_PERCENTAGE for weight in weights.values()):
            yield refused(place, "has a weight that is not from 1 to 100", "write weights that add up to 100")
            return
        if sum(weights.values()) != LARGEST_PERCENTAGE:
            yield refused(place, f"has weights that add up to {sum(weights.values())}; 100 is required", "write weights that add up to 100")
            return
        # Go goes through a map in any order, and the wide before the narrow is an overlap: told is what is one in any order.
        narrow_first = sorted(weights, key=lambda name: ("*" in name, -name.count("/")))
        yield from _places(narrow_first, place)
    yield from _places([share.get("from", "") for share in distribute], (*path, "distribute"))
    yield from _regions(failover, (*path, "failover"))


def _zones(settings: Data, path: Path) -> Flaws:
    """`ValidateZoneAwareLbSetting`."""
    for index, label in enumerate(settings.get("failoverPriority") or ()):
        if label in _TOPOLOGY:
            yield refused((*path, "failoverPriority", index), f"is {label}, by which Envoy goes anyway", "remove it")
    yield from _regions(settings.get("failover") or (), (*path, "failover"))


def _regions(failover: Iterable[Data], path: Path) -> Flaws:
    for index, step in enumerate(failover):
        here, there, place = step.get("from", ""), step.get("to", ""), (*path, index)
        if here == there:
            yield refused((*place, "to"), f"is {there!r}, as from is", "write another region")
        if "/" in here + there or "*" in here + there:
            yield refused(
                place, "goes from or to more than the name of a region", "write the names of regions, without zones and asterisks"
            )


def _places(names: Iterable[str], path: Path) -> Flaws:
    """`validateLocalities`: `region/zone/subzone`, an asterisk at the end alone, none within another."""
    seen: list[tuple[str, ...]] = []
    for name in names:
        parts = tuple(name.split("/", _PARTS_OF_A_LOCALITY - 1))
        if name.count("*") > 1 or ("*" in name and not name.endswith("*")) or "" in parts:
            yield refused(
                path, f"has the locality {name!r}; region/zone/subzone is required", "write region, region/zone or region/zone/subzone"
            )
            return
        if any(_overlap(parts, other) for other in seen):
            yield refused(path, f"has the locality {name!r}, which overlaps with one before it", "name each locality once")
            return
        seen.append(parts)


def _overlap(place: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether one named before covers a place, or is within it where neither ends in an asterisk."""
    if before[0] != place[0] or before == ("*",):
        return before == ("*",)
    if len(place) == 1 or len(before) == 1 or before[1] == "*":
        return True
    if before[1] != place[1]:
        return False
    return len(place) != _PARTS_OF_A_LOCALITY or len(before) != _PARTS_OF_A_LOCALITY or before[2] in ("*", place[2])
