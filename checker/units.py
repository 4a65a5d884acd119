"""Kubernetes quantities, Go durations and "number or percentage", as numbers.

Every function returns None for text that Kubernetes itself would refuse, and never raises: what to say about
the mistake is the caller's business. Grammar and rounding follow `resource.Quantity`, `time.ParseDuration`
and `intstr.GetScaledValueFromIntOrPercent`, whose names are given where they are mirrored.
"""

import math
import re
from decimal import ROUND_UP, Decimal, localcontext
from functools import lru_cache

LARGEST = 2**63 - 1

_DIGITS = 64  # enough for any int64 times 2^60 with nine decimals
_NANO = Decimal("1e-9")
_FINEST = -9  # the power of ten of a nano

_QUANTITY = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([eE])([+-]?[0-9]+)|([KMGTPE]i|[numkMGTPE]?))", re.ASCII)
_DECIMAL_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}

_DURATION = re.compile(r"([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+|0)", re.ASCII)
_DURATION_PART = re.compile(r"([0-9.]+)([a-zµμ]+)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,  # micro sign
    "μs": 10**3,  # Greek letter mu
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}

_PERCENTAGE = re.compile(r"([+-]?[0-9]{1,18})%", re.ASCII)


def quantity(value: object) -> Decimal | None:
    """The number a quantity stands for (`"500m"` → 0.5, `"1Gi"` → 1073741824), from text or a plain number.

    As in `resource.ParseQuantity`, what is finer than 1e-9 is rounded away from zero, and a binary quantity is
    capped at 2^63-1. Odd but accepted there, so here too: `"5."`, `".5"`, `"Mi"` (zero), spaces around the text.
    """
    if isinstance(value, str):
        return _quantity(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _quantity(repr(value))


@lru_cache(maxsize=4096)
def _quantity(text: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(text.strip())
    if not match or not match[0]:
        return None
    sign, whole, decimals, _, exponent, suffix = match.groups()
    with localcontext(prec=_DIGITS + len(whole) + len(decimals or ""), Emax=10**6, Emin=-(10**6)):
        number = Decimal(f"{whole or '0'}.{decimals or '0'}")
        if suffix in _BINARY_SUFFIXES:
            number = min(number * _BINARY_SUFFIXES[suffix], Decimal(LARGEST))
        else:
            power = _DECIMAL_SUFFIXES[suffix] if suffix is not None else _exponent(exponent)
            if power is None:
                return None
            number = number.scaleb(power)
        if number.as_tuple().exponent < _FINEST:  # type: ignore[operator]
            number = number.quantize(_NANO, rounding=ROUND_UP)
        return -number if sign == "-" else number


def _exponent(text: str) -> int | None:
    """The power of ten after `e`, held to a range in which arithmetic stays cheap; None beyond int64."""
    power = int(text) if len(text) < _DIGITS else LARGEST + 1
    return max(-1000, min(power, 1000)) if abs(power) <= LARGEST else None


def bytes_of(value: object) -> int | None:
    """A quantity as whole bytes (or pods, or anything counted), rounded away from zero, at most 2^63-1."""
    return _bytes(value) if isinstance(value, str) else _bytes(repr(value)) if quantity(value) is not None else None


@lru_cache(maxsize=4096)
def _bytes(text: str) -> int | None:
    number = _quantity(text)
    return None if number is None else int(_capped(number).to_integral_value(rounding=ROUND_UP))


def cores_of(value: object) -> float | None:
    """A quantity as CPU cores; the API server rounds up to whole millicores (`"0.1m"` is stored as `1m`)."""
    return _cores(value) if isinstance(value, str) else _cores(repr(value)) if quantity(value) is not None else None


@lru_cache(maxsize=4096)
def _cores(text: str) -> float | None:
    number = _quantity(text)
    if number is None:
        return None
    milli = _capped(number).scaleb(3).to_integral_value(rounding=ROUND_UP)
    return float(milli) / 1000


def _capped(number: Decimal) -> Decimal:
    return number if abs(number) <= LARGEST else Decimal(LARGEST).copy_sign(number)


def seconds_of(value: object) -> float | None:
    """A Go duration in seconds (`"1m30s"` → 90.0), as `time.ParseDuration` reads it; a bare number is refused."""
    return _seconds(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _seconds(text: str) -> float | None:
    match = _DURATION.fullmatch(text)
    if not match:
        return None
    nanoseconds = sum(int(Decimal(number) * _NANOSECONDS[unit]) for number, unit in _DURATION_PART.findall(match[2]))
    if nanoseconds > LARGEST:
        return None
    return (-nanoseconds if match[1] == "-" else nanoseconds) / 10**9


def scaled(value: object, total: int, *, round_up: bool) -> int | None:
    """A count, or a percentage of `total`: `3` → 3, `"25%"` of 10 → 3 rounded up, 2 rounded down.

    Kubernetes takes a string only with a percent sign, so `"3"` is None. Signs and limits are not judged here.
    """
    if isinstance(value, str):
        match = _PERCENTAGE.fullmatch(value)
        if not match:
            return None
        hundredths = int(match[1]) * total
        return -(-hundredths // 100) if round_up else hundredths // 100
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        return None
    return int(value)
