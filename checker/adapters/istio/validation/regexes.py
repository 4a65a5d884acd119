"""Regular expressions as Istio takes them: RE2, at most 1024 bytes.

RE2 itself is not at hand; told is only what it surely refuses, so silence proves nothing.
"""

import re
from functools import lru_cache

from checker.adapters.istio.validation.flaw import Flaws, refused
from checker.location import Path

_LONGEST = 1024
_COUNT = re.compile(r"\{[0-9]+(,[0-9]*)?\}")
_LOOKAROUND = ("(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?>", "(?#")


def regex(text: str, path: Path) -> Flaws:
    """`validateStringRegexp`."""
    if fault := _fault(text):
        yield refused(path, f"is {text!r}, which {fault[0]}", fault[1])


@lru_cache(maxsize=1024)
def _fault(text: str) -> tuple[str, str] | None:
    if len(text.encode()) > _LONGEST:
        return "is longer than 1024 bytes", "write a shorter expression"
    if text.startswith(("*", "+", "?")) or _COUNT.match(text):
        return f"repeats nothing with its first {text[0]!r}", "write .* for any text"
    if "\\Q" in text:
        return None
    return _scanned(text)


def _scanned(text: str) -> tuple[str, str] | None:
    """One pass over the expression: escapes, character classes, groups."""
    depth, index, opened = 0, 0, -1
    while index < len(text):
        char = text[index]
        if char == "\\":
            if index + 1 == len(text):
                return "ends with a backslash", "write \\\\ for a backslash"
            if opened < 0 and text[index + 1] in "123456789":
                return "refers back to a group, which RE2 cannot", "write the expression without \\" + text[index + 1]
            index += 1
        elif opened >= 0:
            if char == "[" and text[index + 1 : index + 2] == ":" and (end := text.find(":]", index + 2)) > 0:
                index = end + 1
            elif char == "]" and index > opened:
                opened = -1
        elif char == "[":
            # A `]` that comes first, or after `^`, is a member of the class.
            opened = index + (2 if text[index + 1 : index + 2] == "^" else 1)
        elif char == "(":
            if text.startswith(_LOOKAROUND, index):
                return "looks ahead or behind, which RE2 cannot", "write what must match, and put the exception into a rule before this one"
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                return "closes a group that was not opened", "write \\) for a parenthesis"
        index += 1
    if opened >= 0:
        return "does not close a '['", "close it, or write \\[ for a bracket"
    return ("does not close a '('", "close it, or write \\( for a parenthesis") if depth else None
