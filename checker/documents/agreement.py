"""Which texts the fast parser certainly reads as Kubernetes does.

Decided line by line: a document agrees when each of its lines has one of the few shapes that manifests are made of. A shape
stands for itself, whatever surrounds it: nothing in it is left open to the next line, but a block of text. Manifests repeat
themselves, so lines that passed are remembered.
"""

import re
from collections.abc import Sequence

_MOST_REMEMBERED = 50_000  # lines, each of at most _LONGEST characters
_LONGEST = 500
_remembered: set[str] = set()

# First and last of what is printed; not what other versions of YAML take for a line break, a blank or a byte order mark.
_PRINTED_BEYOND_ASCII = (
    ("\xa1", "\u167f"), ("\u1681", "\u1fff"), ("\u2010", "\u2027"), ("\u2030", "\u205e"), ("\u2060", "\u2fff"), ("\u3001", "\ud7ff"),
    ("\ue000", "\ufefe"), ("\uff00", "\ufffd"), ("\U00010000", "\U0010ffff"),
)  # fmt: skip
# In the patterns one character stands for all of these: compiling the ranges into each would take longer than a small check.
_BEYOND_ASCII = "\xa1"
_WORDS = r"(?i:y|n|yes|no|on|off|true|false|null)"
_TEXT = rf"(?!{_WORDS}(?:[ :,\]}}]|$))[A-Za-z/]"
# A digit and a letter that no number has: 64Mi, 8dc603ab, 10.0.0.0/8. A number has 0x, 0b, 0o, e or E.
_DIGITS_AND_LETTERS = r"(?!0[xXbBoO])[0-9][0-9eE.-]*[A-DF-Za-df-z/]"
_VERSION = r"[0-9]+(?:\.[0-9]+){2,}"
_START = rf"(?:-{{0,2}}{_TEXT}|\$[({{A-Za-z]|{_DIGITS_AND_LETTERS}|{_VERSION})"
_PLAIN = rf"{_START}(?:[!-9;-~]|:(?![ ]|$)|[ ]+(?![ #]|$))*"
_NUMBER = r"(?:0|-?[1-9][0-9]{0,17}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,8}[1-9])"
_QUOTED = rf"""(?:"[ !#-\[\]-~{_BEYOND_ASCII}]*"|'[ -&(-~{_BEYOND_ASCII}]*')"""
_EXACT = rf"true|false|null|{_NUMBER}|[0-9]{{1,9}}%|{_QUOTED}"
_FLOW_TEXT = rf"(?:-{{0,2}}{_TEXT}|{_DIGITS_AND_LETTERS}|{_VERSION})[A-Za-z0-9_./*=-]*"
_ITEM = rf"(?:{_EXACT}|{_FLOW_TEXT})"
_KEY = rf"(?:{_TEXT}[A-Za-z0-9_./$-]*|{_QUOTED})"
# Of a list of things each comes with its comma or stands before the closing bracket: one pattern instead of two.
_FLOW_MAPPING = rf"\{{[ ]*(?:{_KEY}: {_ITEM}(?:, (?![ }}])|(?=[ ]*\}})))*[ ]*\}}"
_FLOW = rf"(?:\[[ ]*(?:(?:{_ITEM}|{_FLOW_MAPPING})(?:,[ ]*(?![ \]])|(?=[ ]*\])))*[ ]*\]|{_FLOW_MAPPING})"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
_NAMED = re.compile(rf"([&*])({_NAME})")
_VALUE = rf"(?:(?:&{_NAME} )?(?:{_PLAIN}|{_EXACT}|{_FLOW})|[&*]{_NAME})"
_LINE = re.compile(
    rf"(?:---|[ ]{{0,99}}(?:-[ ]{{1,4}}){{0,3}}(?:(?:{_KEY}:(?:[ ]+(?![ ])|(?=[ ]|$)))?{_VALUE}?|-)?)(?:[ ]*|[ ]+#[ -~{_BEYOND_ASCII}]*)"
    rf"|[ ]*#[ -~{_BEYOND_ASCII}]*"
)

_BLOCK = re.compile(rf"([ ]{{0,99}}(?:-[ ]{{1,4}}){{0,3}})(?:({_KEY}:)[ ]+)?[|>][-+]?(?:[ ]*|[ ]+#[ -~{_BEYOND_ASCII}]*)")
_PRINTED = re.compile(f"[ -~{_BEYOND_ASCII}]*")


def certain(text: str) -> bool:
    """Whether the fast parser, where it accepts the text, gives exactly the value that Kubernetes reads."""
    if not text.isascii():
        text = _narrowed(text)
    lines = text.split("\n")
    if "|" in text or ">" in text:
        lines = _outside_blocks(lines)
    if not _remembered.issuperset(lines):
        fresh = [line for line in lines if line not in _remembered]
        for line in fresh:
            if len(line) > _LONGEST or not _LINE.fullmatch(line):
                return False
        if len(_remembered) + len(fresh) > _MOST_REMEMBERED:
            _remembered.clear()
        _remembered.update(fresh)
    return "*" not in text or "&" not in text or not _may_hold_itself(lines)


def _narrowed(text: str) -> str:
    """The text with one character in place of every one that is printed beyond ASCII."""
    printed = (character for character in set(text) if any(first <= character <= last for first, last in _PRINTED_BEYOND_ASCII))
    return text.translate(dict.fromkeys(map(ord, printed), _BEYOND_ASCII))


def _outside_blocks(lines: list[str]) -> list[str]:
    """The lines without blocks of text (`key: |`), as long as those are certain: the first line of one that is not ends the list."""
    outside: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line[-1:] in "|>-+" or "#" in line:
            found = _BLOCK.fullmatch(line)
            if found is not None:
                end = _end_of_block(lines, at, _column(found[1], found[2])) if found[2] or "-" in found[1] else None
                if end is None:
                    return [line]
                at = end
                continue
        outside.append(line)
    return outside


def _column(lead: str, key: str | None) -> int:
    """Of what the block belongs to: its key, or the `-` of its item."""
    return len(lead) if key else len(lead.rstrip()) - 1


def _end_of_block(lines: list[str], start: int, parent: int) -> int | None:
    """The line after the block that begins on `start`; None where its lines are not all plainly inside or outside."""
    indent = len(lines[start]) - len(lines[start].lstrip(" "))
    if indent <= parent or not lines[start].strip():
        return None
    at = start
    while at < len(lines) and (not lines[at] or lines[at].startswith(" " * indent)):
        if not _PRINTED.fullmatch(lines[at]) or (lines[at] and lines[at].isspace()):
            return None
        at += 1
    if at < len(lines) and len(lines[at]) - len(lines[at].lstrip(" ")) > parent:
        return None
    return at


def _may_hold_itself(lines: Sequence[str]) -> bool:
    """Whether an alias may stand inside the very value that it refers to: the fast parser takes that for null."""
    open_anchors: dict[str, int] = {}  # by name, the indentation of the line
    seen: set[str] = set()
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if line.startswith("&", indent):  # The value may begin in the same column of the next line.
            return True
        if line.strip() and line[indent] != "#":
            reach = indent + (line[indent] == "-")  # A list may begin in the column of the key that holds it.
            open_anchors = {name: column for name, column in open_anchors.items() if column < reach}
        names = _NAMED.findall(line)
        for sign, name in names:
            if name in (open_anchors if sign == "*" else seen):
                return True
            if sign == "&":
                seen.add(name)
                open_anchors[name] = indent
    return False
