"""Rate limits for people: a line for each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_UNITS = {1.0: "s", 60.0: "min", 3600.0: "h", 86_400.0: "day"}


def rate_lines(limits: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """`100 requests/s, up to 200 at once, for each header x-user; answers 429 [a.yaml:3]`; what is written in vain comes last."""
    for limit in sorted(limits, key=lambda each: bool(each["state"] == "inert")):
        where = _where(limit["source"])
        if limit["state"] == "inert":
            what = f" {_amount(limit)}{_for(limit)}" if limit["amount"] is not None else ""
            yield f"    no effect: rate limit{what} [{where}]: {limit['reason']}"
        elif limit["state"] != "unbounded":
            yield f"    {'rate':8} {_amount(limit)}{_for(limit)}{_refusing(limit)} [{where}]"


def _amount(limit: Mapping[str, Any]) -> str:
    if limit["amount"] is None:
        return f"{limit['state']}{f' ({reason})' if (reason := limit.get('reason')) else ''}"
    number, seconds = f"{limit['amount']} {limit['counts']}", limit["unit_seconds"]
    if seconds is None:
        return f"{number} at once"
    burst = f", up to {limit['burst']} at once" if limit["burst"] not in (None, limit["amount"]) else ""
    return f"{number}/{_UNITS.get(seconds) or f'{seconds:g} s'}{burst}"


def _for(limit: Mapping[str, Any]) -> str:
    whole = "each proxy" if limit["counter"] == "proxy" else "all proxies together"
    only = "; ".join(f"{key} {_plain(value)}" for each in limit["only"] for key, value in each.items())
    each = f" and each {', each '.join(limit['per'])}" if limit["per"] else ""
    return f" for {whole}{each}{f', of requests with {only}' if only else ''}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{'' if key == 'exact' else f'{key} '}{_plain(inner)}" for key, inner in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _refusing(limit: Mapping[str, Any]) -> str:
    if limit["state"] == "unknown" and not limit["status"]:
        return ""
    share = f" to {limit['enforced_percent']:g} %" if limit["enforced_percent"] < 100 else ""  # noqa: PLR2004
    status = f"; answers {limit['status']}{share}" if limit["status"] else "; closes the rest"
    open_ = {True: ", refuses all without the rate limit service", False: ", lets all through without the rate limit service"}
    return f"{status}{open_.get(limit['fails_closed'], '')}"


def _where(source: Mapping[str, Any]) -> str:
    place = source.get("location")
    return f"{place['file']}:{place['line']}" if place else str(source.get("object", ""))
