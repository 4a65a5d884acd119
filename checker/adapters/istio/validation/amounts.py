"""Durations, percentages, ports and counts. Function names are those of Istio's `validation.go`."""

import re
from collections.abc import Iterable
from functools import lru_cache

from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path
from checker.units import seconds_of

LARGEST_PORT = 65535
LARGEST_PERCENTAGE = 100
SMALLEST_PERCENTAGE = 0.0001
MILLISECOND = 0.001

_OMIT = "remove the line, or write a duration of at least 1ms, such as 5s"


def durations(settings: Data, keys: Iterable[str], path: Path, *, zero: str = _OMIT) -> Flaws:
    """`ValidateDuration`: at least 1ms, in whole milliseconds. `zero` says what to do where nothing was meant."""
    for key in keys:
        text = settings.get(key)
        if text is not None and (fault := duration_fault(text)):
            yield refused((*path, key), fault[0], fault[1] or zero)


def readable_durations(settings: Data, keys: Iterable[str], path: Path) -> Flaws:
    """Durations of any length, which only have to be such: as Istio decodes them, before it validates."""
    for key in keys:
        text = settings.get(key)
        if text is not None and seconds_of(text) is None:
            yield refused((*path, key), *_unreadable(text))


@lru_cache(maxsize=1024)
def duration_fault(text: str) -> tuple[str, str] | None:
    """What is wrong with a duration, and how to mend it, if that does not depend on the place."""
    seconds = seconds_of(text)
    if seconds is None:
        return _unreadable(text)
    if seconds < MILLISECOND:
        return f"is {text}; a duration of at least 1ms is required", ""
    milliseconds = seconds * 1000
    # Half a nanosecond, or what a float of this size cannot tell apart.
    if abs(milliseconds - round(milliseconds)) > max(5e-7, milliseconds * 1e-15):
        return f"is {text}; a duration in whole milliseconds is required", f"write {max(1, round(milliseconds))}ms"
    return None


def _unreadable(text: str) -> tuple[str, str]:
    what = f"is {text!r}; a duration with a unit is required"
    number = re.fullmatch(r"\s*([0-9]{1,9})\s*(sec|secs|seconds?|minutes?|mins?|S|M|H|MS)?\s*", text)
    if not number:
        return what, "write a number and a unit, such as 5s, 250ms or 1h30m"
    unit = (number[2] or "s").lower()
    return what, f"write {number[1]}{unit if unit == 'ms' else unit[0]}"


def not_negative(settings: Data, keys: Iterable[str], path: Path) -> Flaws:
    """Numbers of which a negative one is refused; 0 means unset."""
    for key in keys:
        if settings.get(key, 0) < 0:
            yield refused(
                (*path, key), f"is {settings[key]}; a number of at least 0 is required", "remove the line, or write a positive number"
            )


def port(number: int, path: Path) -> Flaws:
    """`ValidatePort`."""
    if not 1 <= number <= LARGEST_PORT:
        yield refused(path, f"is {number}; a port from 1 to 65535 is required", "write the number of the port")


def whole_percent(settings: Data, keys: Iterable[str], path: Path) -> Flaws:
    """`ValidatePercent`: a whole number from 0 to 100."""
    for key in keys:
        if not 0 <= settings.get(key, 0) <= LARGEST_PERCENTAGE:
            yield refused((*path, key), f"is {settings[key]}; a percentage from 0 to 100 is required", "write a number from 0 to 100")


def percentage(settings: Data, key: str, path: Path, *, smallest: float = 0.0) -> Flaws:
    """`validatePercentage`: `value` of a percentage from 0 to 100, and if not 0, at least `smallest`."""
    value = settings.get(key, {}).get("value", 0)
    if not 0 <= value <= LARGEST_PERCENTAGE or 0 < value < smallest:
        required = f"0, or a percentage from {smallest:.4f} to 100" if smallest else "a percentage from 0 to 100"
        yield refused((*path, key, "value"), f"is {value}; {required} is required", "write a number from 0 to 100")
