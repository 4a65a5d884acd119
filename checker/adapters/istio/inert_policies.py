"""Lines of a DestinationRule that do nothing, whatever others say: what its other lines replace, ports and subsets nobody uses."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from checker.adapters.istio.registry import Host
from checker.model.setting import Origin, said_by
from checker.model.traffic import Inert
from checker.objects import ApiObject

# What limits and breaks circuits; of the other blocks the loss shows at once, or is no matter of stability.
BLOCKS = ("connectionPool", "outlierDetection", "retryBudget")
_LIMITS = (("tcp", "maxConnections"), ("http", "http1MaxPendingRequests"), ("http", "http2MaxRequests"), ("http", "maxRetries"))

_Written = tuple[Mapping[str, Any], Origin]


def label(item: ApiObject) -> str:
    """`Kind namespace/name`, for people."""
    return f"{item.kind} {item.namespace}/{item.name}"


def blocks_of(policy: Mapping[str, Any] | None) -> list[str]:
    """The blocks that a policy sets for any port."""
    entries = (policy or {}).get("portLevelSettings") or ()
    return [key for key in BLOCKS if (policy or {}).get(key) is not None or any(entry.get(key) is not None for entry in entries)]


def quoted(names: Collection[str]) -> str:
    """`a`, `b` and `c`."""
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}" if most else last


def inert_policies(item: ApiObject, hosts: Sequence[Host], routed: Collection[str] | None) -> Iterator[Inert]:
    """`hosts`: those that the rule is for; `routed`: the subsets that routes lead to, None where the input does not tell."""
    spec = item.data.get("spec") or {}
    policy: Mapping[str, Any] = spec.get("trafficPolicy") or {}
    at = said_by(item, "spec", "trafficPolicy")
    yield from _policy(item, policy, at, hosts)
    for number, subset in enumerate(spec.get("subsets") or ()):
        own: Mapping[str, Any] = subset.get("trafficPolicy") or {}
        if not own:
            continue
        place = said_by(item, "spec", "subsets", number, "trafficPolicy")
        if routed is not None and subset["name"] not in routed:
            yield Inert(
                place, "subset-not-routed", f"the trafficPolicy of subset {subset['name']} in {label(item)}", "no route leads to it"
            )
            continue
        yield from _policy(item, own, place, hosts)
        yield from _replaced(item, subset["name"], (policy, at), (own, place))
        yield from _dropped(item, subset["name"], (policy, at), (own, place))


def _policy(item: ApiObject, policy: Mapping[str, Any], at: Origin, hosts: Sequence[Host]) -> Iterator[Inert]:
    yield from _zeros(item, policy, at)
    yield from _without_choice(item, policy, at, hosts)
    numbers = {port.number for host in hosts for port in host.ports}
    for index, entry in enumerate(policy.get("portLevelSettings") or ()):
        number, place = (entry.get("port") or {}).get("number"), at.below("portLevelSettings", index)
        yield from _zeros(item, entry, place)
        yield from _without_choice(item, entry, place, hosts)
        if hosts and number not in numbers:
            what = f"the portLevelSettings for port {number} of {label(item)}"
            yield Inert(place.below("port", "number"), "port-unknown", what, _ports(number, hosts))
        elif number in numbers and (lost := [key for key in BLOCKS if key in policy and key not in entry]):
            what, because = f"{quoted(lost)} of {label(item)}", "the portLevelSettings for it replace all of the trafficPolicy above"
            yield Inert(place, "port-drops-blocks", what, because, f"port {number}", at.below(lost[0]))


def _ports(number: int | None, hosts: Sequence[Host]) -> str:
    service = hosts[0].service
    behind = next((port.number for port in service.ports if port.target == number), None) if service else None
    if behind is not None:
        return f"{number} is the port of the pods, and that of the Service behind which they are is {behind}"
    known = ", ".join(dict.fromkeys(str(port.number) for host in hosts[:1] for port in host.ports))
    return f"{hosts[0].name} has {f'the ports {known}' if ',' in known else f'only port {known}' if known else 'no ports'}"


def _zeros(item: ApiObject, policy: Mapping[str, Any], at: Origin) -> Iterator[Inert]:
    pool: Mapping[str, Any] = policy.get("connectionPool") or {}
    for part, key in _LIMITS:
        if (pool.get(part) or {}).get(key) == 0:
            place = at.below("connectionPool", part, key)
            yield Inert(place, "zero-limit", f"`{key}: 0` of {label(item)}", "the proxy takes 0 for not written, and that is unbounded")


def _without_choice(item: ApiObject, policy: Mapping[str, Any], at: Origin, hosts: Sequence[Host]) -> Iterator[Inert]:
    """Sidecars send to the address that the client chose (convertResolution: ORIGINAL_DST), ejected or not; gateways choose themselves."""
    if policy.get("outlierDetection") is not None and hosts and all(host.resolution == "address" for host in hosts):
        kind = "a headless Service" if hosts[0].service else "a ServiceEntry without resolution"
        because = f"{hosts[0].name} is {kind}: clients choose the address, and the proxy has no other to send to"
        place = at.below("outlierDetection")
        yield Inert(place, "address-chosen-by-client", f"`outlierDetection` of {label(item)}", because, "callers within the mesh")


def _replaced(item: ApiObject, name: str, parent: _Written, own: _Written) -> Iterator[Inert]:
    """A subset's block stands for the whole block of the rule, not only for what is written in it."""
    for key in BLOCKS:
        above, below = parent[0].get(key), own[0].get(key)
        if not above or below is None:
            continue
        if lost := sorted(set(_leaves(above)) - set(_leaves(below))):
            yield Inert(
                own[1].below(key),
                "subset-drops-values",
                f"{quoted(lost)} in `{key}` of {label(item)}",
                f"the `{key}` of subset {name} replaces it whole",
                f"subset {name}",
                parent[1].below(key),
            )


def _dropped(item: ApiObject, name: str, parent: _Written, own: _Written) -> Iterator[Inert]:
    """Under a port's settings of a subset the rule's own pool and outlier detection are gone, written there or not."""
    for index, entry in enumerate(own[0].get("portLevelSettings") or ()):
        lost = [key for key in ("connectionPool", "outlierDetection") if key in parent[0] and key not in own[0] and key not in entry]
        if lost:
            number = (entry.get("port") or {}).get("number")
            what, because = f"{quoted(lost)} of {label(item)}", "the portLevelSettings of the subset replace all of it"
            callers, place = f"port {number} of subset {name}", own[1].below("portLevelSettings", index)
            yield Inert(place, "port-drops-blocks", what, because, callers, parent[1].below(lost[0]))


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"
