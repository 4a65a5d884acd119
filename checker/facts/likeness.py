"""Whether one name looks like a slip of another: evidence that something near was meant."""

import re

_WORDS = re.compile(r"[-_./]")
_SWAPPED = 2
_TELLING_LENGTH = 6
_ENDINGS = frozenset({"svc", "service", "app", "api", "deployment", "deploy", "server", "headless", "statefulset"})


def alike(left: str, right: str) -> bool:
    """Whether one is the other with words added (web, shop-web-v2), in the plural, or with a slip of the pen (wep, wbe).

    Words that only begin alike (web, webapp) are different things.
    """
    shorter, longer = sorted((_words(left), _words(right)), key=len)
    return _within(shorter, longer) or _one_slip(left, right)


def renamed(left: str, right: str) -> bool:
    """As `alike`, for names that are all there is to compare: only an ending such as `-svc` may be added."""
    shorter, longer = sorted((_words(left), _words(right)), key=len)
    added = longer[len(shorter) :]
    return (longer[: len(shorter)] == shorter and _ENDINGS.issuperset(added)) or _one_slip(left, right)


def _words(name: str) -> list[str]:
    return [word.removesuffix("s") for word in _WORDS.split(name.lower())]


def _within(few: list[str], many: list[str]) -> bool:
    return not _ENDINGS.issuperset(few) and any(many[start : start + len(few)] == few for start in range(len(many) - len(few) + 1))


def _one_slip(left: str, right: str) -> bool:
    """One character wrong, missing or too many, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), min(len(left), len(right)))
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return max(len(left), len(right)) <= 1 or (len(left) == _SWAPPED and left == right[::-1])


def slip_of(name: str, other: str) -> bool:
    """Whether a name is most likely a misspelling of another: one slip of the pen in a name that is long enough to tell.

    A digit that differs is no slip: cart-v1 and cart-v2 are two things.
    """
    if name == other or len(name) < _TELLING_LENGTH or re.sub(r"[0-9]", "", name) == re.sub(r"[0-9]", "", other):
        return False
    return _one_slip(name, other)
