"""The text of a setting → how much it allows."""

import re
from functools import lru_cache

from checker.governors.tables import Row

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]{0,3})")
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)?")
# https://learn.microsoft.com/dotnet/standard/base-types/standard-timespan-format-strings; a number alone counts days
_TIME_SPAN = re.compile(r"(?:([0-9]+)\.)?([0-9]+):([0-9]+)(?::([0-9]+(?:\.[0-9]+)?))?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
# What several products write where any number would be too many: the largest that their counters hold.
_LARGEST = frozenset({2**31 - 1, 2**32 - 1, 2**63 - 1})


@lru_cache(maxsize=1024)
def amount(row: Row, text: str) -> float | None:
    """Bytes for what bounds memory, seconds for what is a time, else a count; None for what is no number."""
    plain = text.strip().strip("\"'").rstrip(";").lower()
    if row.style == "range":
        plain = plain.rpartition(":")[2]
    if plain in row.zero:
        return 0
    if row.style in _SECONDS:
        time = _TIME.fullmatch(plain)
        return float(time[1]) * _SECONDS[time[2] or row.style] if time else None
    if row.style == "timespan":
        return _time_span(plain)
    if row.style == "hex":
        plain = plain.removeprefix("0x")
        return int(plain, 16) if re.fullmatch(r"[0-9a-f]+", plain) else None
    found = _NUMBER.fullmatch(plain)
    if not found:
        return None
    if not found[2] or found[2] == "b":
        return int(float(found[1]) * (1 if found[2] else row.plain))
    if found[2][0] not in _POWERS or found[2][1:] not in ("", "b", "ib") or row.governs != "heap":
        return None
    base = 1000 if row.style == "redis" and len(found[2]) == 1 else 1024
    return int(float(found[1]) * base ** _POWERS[found[2][0]])


def _time_span(text: str) -> float | None:
    if text.isdigit():
        return int(text) * _SECONDS["d"]
    found = _TIME_SPAN.fullmatch(text)
    if not found:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return days * _SECONDS["d"] + hours * _SECONDS["h"] + minutes * _SECONDS["m"] + seconds


def is_unbounded(row: Row, text: str) -> bool:
    """Whether a product takes the value for no bound at all."""
    plain = text.strip().strip("\"'").rstrip(";")
    return plain in row.unbounded or amount(row, plain) in _LARGEST
