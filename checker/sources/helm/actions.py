"""The syntax of Go templates, as far as lines need it: texts, actions, what they trim, which blocks they open and close.

Source: text/template/parse/lex.go of Go.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["text", "output", "open", "else", "end", "define", "jump", "quiet"]

_LEFT = re.compile(r"\{\{(-(?=[ \t\r\n]))?[ \t\r\n]*(/\*)?")
_INSIDE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])*'|(?P<trims>(?<=[ \t\r\n])-)?\}\}|[\"'`]")
_AFTER_COMMENT = re.compile(r"\*/(?P<trims>[ \t\r\n]+-)?\}\}")
_WORD = re.compile(r"[a-z]+(?![\w.])")
_ASSIGNS = re.compile(r"\$\w*\s*(?:,\s*\$\w+\s*)?:?=")
_KINDS: dict[str, Kind] = {
    "if": "open",
    "with": "open",
    "range": "open",
    "else": "else",
    "end": "end",
    "define": "define",
    "block": "define",
    "break": "jump",
    "continue": "jump",
}


class Token(NamedTuple):
    """A text or an action; `content` is what is between the braces. "quiet" actions write nothing."""

    kind: Kind
    start: int
    end: int
    content: str = ""
    trims_left: bool = False
    trims_right: bool = False


class Block(NamedTuple):
    """Indices of tokens: what opens a block, its `else`s, its end."""

    start: int
    elses: tuple[int, ...]
    end: int


class Piece(NamedTuple):
    """What a token has on one line, or an action that begins there."""

    token: int
    start: int
    end: int


class Line(NamedTuple):
    """A line, with those that an action in it goes on to. `number` is the first one's, from 1."""

    number: int
    start: int
    pieces: tuple[Piece, ...]


def tokens(text: str) -> list[Token]:
    """All of a template, in order, without empty texts; raises ValueError where an action has no end."""
    found: list[Token] = []
    at = 0
    while left := _LEFT.search(text, at):
        if left.start() > at:
            found.append(Token("text", at, left.start()))
        right = _AFTER_COMMENT.search(text, left.end()) if left[2] else _end(text, left.end())
        if right is None:
            raise ValueError("an action without an end")
        content = text[left.end() : right.start()].strip()
        kind = "quiet" if left[2] else _kind(content)
        found.append(Token(kind, left.start(), right.end(), content, bool(left[1]), bool(right["trims"])))
        at = right.end()
    if at < len(text):
        found.append(Token("text", at, len(text)))
    return found


def blocks(found: list[Token]) -> dict[int, Block]:
    """Every block, by each of its own tokens; raises ValueError where they do not pair."""
    result: dict[int, Block] = {}
    opened: list[list[int]] = []
    for index, token in enumerate(found):
        if token.kind in ("open", "define"):
            opened.append([index])
        elif token.kind in ("else", "end"):
            if not opened:
                raise ValueError("an end without a beginning")
            opened[-1].append(index)
            if token.kind == "end":
                start, *elses, end = opened.pop()
                block = Block(start, tuple(elses), end)
                result.update(dict.fromkeys((start, *elses, end), block))
    if opened:
        raise ValueError("a beginning without an end")
    return result


def lines(text: str, found: list[Token]) -> Iterator[Line]:
    """The lines of a template, without their ends."""
    pieces: list[Piece] = []
    number = first = 1
    start = 0
    for index, token in enumerate(found):
        if token.kind != "text":
            pieces.append(Piece(index, token.start, token.end))
            number += text.count("\n", token.start, token.end)
            continue
        at = token.start
        while (newline := text.find("\n", at, token.end)) >= 0:
            if newline > at:
                pieces.append(Piece(index, at, newline))
            yield Line(first, start, tuple(pieces))
            pieces = []
            number += 1
            first, start, at = number, newline + 1, newline + 1
        if at < token.end:
            pieces.append(Piece(index, at, token.end))
    if pieces:
        yield Line(first, start, tuple(pieces))


def _end(text: str, at: int) -> re.Match[str] | None:
    while found := _INSIDE.search(text, at):
        if found[0] in ("}}", "-}}"):
            return found
        if len(found[0]) == 1:
            return None
        at = found.end()
    return None


def _kind(content: str) -> Kind:
    word = _WORD.match(content)
    if word and word[0] in _KINDS:
        return _KINDS[word[0]]
    return "quiet" if _ASSIGNS.match(content) else "output"
