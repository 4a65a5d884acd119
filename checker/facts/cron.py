"""Schedules of CronJobs, as Kubernetes reads them.

The dialect is that of github.com/robfig/cron v3 (`ParseStandard`), which Kubernetes uses: five fields, no seconds, no
`L` or `W` or `#`, Sunday is 0 and never 7, `?` is `*`, and `@every 1h30m` is a schedule. No Python library has these
very rules, hence our own.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from checker.units import seconds_of


class _Field(NamedTuple):
    name: str
    minimum: int
    maximum: int
    names: Mapping[str, int] = {}


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_NAMED = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_EVERY = "@every "
_NUMBER = re.compile(r"\+?[0-9]{1,18}", re.ASCII)
_WITH_TIME_ZONE = "it names a time zone (TZ), which belongs in spec.timeZone"
_FIVE = "five are required (minute, hour, day of the month, month, day of the week)"


def schedule_error(schedule: str) -> str | None:
    """Why Kubernetes refuses a schedule, as a sentence that names the field at fault; None if it takes it."""
    if not schedule.strip():
        return f"it has no fields; {_FIVE}"
    if "TZ" in schedule:
        return _WITH_TIME_ZONE
    if schedule.startswith("@"):
        return _named_error(schedule)
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"it has {_counted(len(fields))}; {_FIVE}"
    return next((error for text, field in zip(fields, _FIELDS, strict=True) if (error := _field_error(text, field))), None)


def _counted(number: int) -> str:
    return "one field" if number == 1 else f"{number} fields"


def _named_error(schedule: str) -> str | None:
    if schedule in _NAMED:
        return None
    if not schedule.startswith(_EVERY):
        return f"{schedule!r} is none of {', '.join(sorted(_NAMED))} and @every with a duration"
    duration = schedule.removeprefix(_EVERY)
    return f"{duration!r} after @every is no duration such as 90s or 1h30m" if seconds_of(duration) is None else None


def _field_error(text: str, field: _Field) -> str | None:
    for part in filter(None, text.split(",")):
        if error := _range_error(part, field):
            return f"the {field.name} is {part!r}: {error}"
    return None


def _range_error(text: str, field: _Field) -> str | None:
    span, *steps = text.split("/")
    if len(steps) > 1:
        return "there may be only one '/'"
    if steps and not (_NUMBER.fullmatch(steps[0]) and int(steps[0])):
        return "the step after '/' must be a whole number above 0"
    first, *rest = span.split("-")
    if first in ("*", "?"):
        return None
    if len(rest) > 1:
        return "there may be only one '-'"
    numbers = [_number(bound, field) for bound in (first, *rest)]
    return _bounds_error(numbers, field)


def _bounds_error(numbers: list[int | None], field: _Field) -> str | None:
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        names = f" or a name ({', '.join(name.upper() for name in field.names)})" if field.names else ""
        return f"a whole number from {field.minimum} to {field.maximum}{names} is required"
    if any(not field.minimum <= number <= field.maximum for number in known):
        sunday = "; Sunday is 0" if 7 in known and field.maximum == 6 else ""  # noqa: PLR2004
        return f"only {field.minimum} to {field.maximum} are allowed{sunday}"
    return "the range ends before it begins" if known[0] > known[-1] else None


_MOST_STARTS = 24  # a day; what runs more often meets everything


def starts(schedule: str) -> tuple[str, frozenset[int]] | None:
    """The days, as written (empty: every day), and the minutes of the day at which a schedule starts.

    None for one that is refused, that is no list of fields, or that starts more often than every hour.
    """
    named = {"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}
    fields = named.get(schedule, schedule).split()
    if schedule_error(schedule) or len(fields) != len(_FIELDS):
        return None
    minutes, hours = (_values(text, field) for text, field in zip(fields, _FIELDS[:2], strict=False))
    if len(minutes) * len(hours) > _MOST_STARTS:
        return None
    days = " ".join("*" if text == "?" else text.lower() for text in fields[2:])
    return "" if days == "* * *" else days, frozenset(hour * 60 + minute for hour in hours for minute in minutes)


def _values(text: str, field: _Field) -> set[int]:
    """What a field that is known to be right stands for."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first in ("*", "?"):
            low, high = field.minimum, field.maximum
        else:
            low = _number(first, field) or 0
            high = _number(last, field) or 0 if last else field.maximum if step else low
        found.update(range(low, high + 1, int(step) if step else 1))
    return found


def _number(text: str, field: _Field) -> int | None:
    if text.lower() in field.names:
        return field.names[text.lower()]
    return int(text) if _NUMBER.fullmatch(text) else None
