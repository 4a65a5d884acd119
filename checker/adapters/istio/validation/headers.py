"""Headers that a route adds, sets or removes. Function names are those of Istio's `validation.go`, `virtualservice.go`."""

import re

from checker.adapters.istio.validation.flaw import Data, Flaws, refused
from checker.location import Path

# As `header_value_validator.go` walks it: text, %% for a percent sign, %NAME%, %NAME(…)%, %NAME(["…", "…"])%.
_ARGUMENT = r"""(?:\\.|[^\\)"])*"""
_ARGUMENTS = rf"""\((?: *\[ *"| *[^ \[]){_ARGUMENT}(?:" *, *"{_ARGUMENT})*(?:\)|" *\] *\)) *"""
_VALUE = re.compile(rf"(?:[^%]|%%|%[^%(]*(?:{_ARGUMENTS})?%)*", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0A-\x1F\x7F]")


def header_changes(headers: Data, path: Path) -> Flaws:
    """What is done to the headers of requests and responses."""
    for direction in ("request", "response"):
        changes = headers.get(direction)
        if not changes:
            continue
        for key in ("add", "set"):
            for name, value in (changes.get(key) or {}).items():
                place = (*path, direction, key, name)
                yield from _name(name, place, authority=direction == "request")
                yield from _value(value, place)
        for index, name in enumerate(changes.get("remove") or ()):
            yield from _name(name, (*path, direction, "remove", index), authority=False)


def is_authority(name: str) -> bool:
    """`isAuthorityHeader`: what names the called host."""
    return name.lower() in (":authority", "host")


def _name(name: str, path: Path, *, authority: bool) -> Flaws:
    """`ValidateHTTPHeaderOperationName`; `authority` where the called host may be set."""
    if not name:
        yield refused(path, "has an empty name", "write the name of a header")
    elif (name.startswith(":") or name.lower() == "host") and not (authority and is_authority(name)):
        yield refused(path, f"is for {name}, which cannot be changed here", "remove it; rewrite.authority sets the called host")


def _value(value: str, path: Path) -> Flaws:
    """`ValidateHTTPHeaderValue`: no control characters, and each percent sign doubled or of a %VARIABLE%."""
    if _CONTROL.search(value):
        yield refused(path, "holds a control character", "write the text in one line, without it")
    elif "%" in value and not _VALUE.fullmatch(value):
        yield refused(path, f"is {value!r}, where a percent sign begins a variable that does not end", "write %% for a percent sign")


def one_authority(route: Data, path: Path) -> Flaws:
    """`validateAuthorityRewrite`: the called host is set in one place."""
    changes = route.get("headers", {}).get("request", {})
    names = [(*path, "headers", "request", key, name) for key in ("set", "add") for name in changes.get(key, ()) if is_authority(name)]
    by_rewrite = bool(route.get("rewrite", {}).get("authority"))
    if len(names) + by_rewrite > 1:
        yield refused(names[-1], "sets the called host a second time", "set it in one place: rewrite.authority")
