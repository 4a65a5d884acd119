"""Values as products write them → numbers."""

import re
from typing import NamedTuple

from checker.governors.tables import Rule, Unit
from checker.units import bytes_of

_BYTES = re.compile(r"(\d+)\s*([kmgt]?)i?b?", re.IGNORECASE)
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_POWERS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_NO_BOUND = 1_000_000_000  # Integer.MAX_VALUE and its like


class Amount(NamedTuple):
    """A number in base units (bytes, seconds), None where the text does not tell; `unbounded`: the bound is switched off."""

    number: float | None
    unbounded: bool


def amount(text: str, rule: Rule) -> Amount:
    """What a value of a setting comes to."""
    said = text.strip().strip("\"'").rstrip(";").strip()
    if said.lower() in (value.lower() for value in rule.unbounded):
        return Amount(None, unbounded=True)
    number = _number(said, rule.unit)
    if number is not None and rule.unit == "count" and number >= _NO_BOUND:
        return Amount(None, unbounded=True)
    return Amount(number, unbounded=False)


def _number(said: str, unit: Unit) -> float | None:
    if unit == "count":
        return float(said) if said.isdigit() else None
    if unit == "bytes":
        found = _BYTES.fullmatch(said)
        return float(int(found[1]) * _POWERS[found[2].lower()]) if found else _float(bytes_of(said))
    if unit in ("seconds", "milliseconds"):
        found = _TIME.fullmatch(said)
        return float(found[1]) * _SECONDS[(found[2] or ("s" if unit == "seconds" else "ms")).lower()] if found else None
    return None


def _float(number: int | None) -> float | None:
    return None if number is None else float(number)
