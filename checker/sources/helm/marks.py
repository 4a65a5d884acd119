"""Marks in templates, by which the rendered text tells what lines of templates it was made by.

A mark is a comment of YAML. One is written before what a line of a template writes and one after it, wherever the end of a line is
sure to follow in what is rendered, so that nothing but comments is added. They are of private-use characters, which no text has.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from checker.sources.helm.actions import Block, Line, Piece, Token, blocks, lines, tokens

FIRST, LAST = "\ue000", "\ue001"
# `b` begins and `e` ends what a line writes: (which, number of the file, line).
MARK = re.compile(r" ?#\ue000([be])(\d+):(\d+)\ue001")

_KEY = re.compile(r"\s*(?:- +)*[\"']?[\w./$-]+[\"']?:(?:\s|$)")
_AFTER_KEY = re.compile(r":(?:\s|$)")
# What can begin a line that does not go on with a scalar of the line before.
_NEW_ENTRY = re.compile(r"\s*(?:-(?:\s|$)|[#\]}\[{]|---|(?:[\w./$-]+|\"[^\"]*\"|'[^']*')\s*:(?:\s|$)|[\"'].*,?$)")
_BLOCK_SCALAR = re.compile(r"(?:^|[\s:-])[|>][-+\d]*$")
_DEFINED = re.compile(r"define\s+\"([^\"]+)\"")
_INCLUDES = re.compile(r"(?:include|template)\s+\"([^\"]+)\"\s+[\w.$]+(?:\s*\|\s*indent\s+\d+)?")
_BREAKS_FIRST = re.compile(r"\|\s*nindent\s+\S+$")


class Place(NamedTuple):
    """A line of a template, by the number of its file."""

    file: int
    line: int


class Condition(NamedTuple):
    """A branch of a block: what it depends on, and its first and last line. `negated` ones are `else`s."""

    content: str
    first: int
    last: int
    negated: bool


class Template:
    """One template file, and what marks can be put into it. Raises ValueError where it is no template."""

    def __init__(self, file: int, text: str, *, static: bool = False) -> None:
        self._breaking: frozenset[str] = frozenset()
        self.file = file
        self.text = text
        self.tokens: list[Token] = [Token("text", 0, len(text))] if static and text else [] if static else tokens(text)
        self.blocks: dict[int, Block] = blocks(self.tokens)
        self.lines = list(lines(text, self.tokens))
        self.half_marked: set[int] = set()  # lines with no mark before them
        self.incomplete: set[int] = set()  # bodies of definitions some lines of which have no mark
        self._flow: dict[int, bool] = {}

    def knows(self, breaking: frozenset[str]) -> None:
        """Definitions of all templates that write an end of line first."""
        self._breaking = breaking
        self._flow.clear()

    def marked(self, *, definitions: bool) -> str:
        """The template with its marks; `definitions`: also in those that write whole entries."""
        inserted: list[tuple[int, str]] = []
        self.half_marked.clear()
        self.incomplete.clear()
        for index, line in enumerate(self.lines):
            body = self._body(line)
            if not self._writes(line) or (body is not None and not (definitions and body in self._with_keys)):
                continue
            end = self._end_of(index)
            begin = self._beginning_of(index) if end is not None else None
            if end is None or (begin is None and not self._begins_with_text(line)):
                if body is not None:
                    self.incomplete.add(body)
                continue
            if begin is None:
                self.half_marked.add(line.number)
            else:
                inserted.append((begin[0], begin[1].format(f" #{FIRST}b{self.file}:{line.number}{LAST}")))
            inserted.append((end, f" #{FIRST}e{self.file}:{line.number}{LAST}"))
        parts: list[str] = []
        at = 0
        for place, mark in sorted(inserted, key=lambda entry: entry[0]):
            parts += self.text[at:place], mark
            at = place
        return "".join((*parts, self.text[at:]))

    @cached_property
    def definitions(self) -> dict[str, bool]:
        """Name → whether the first thing it writes is an end of line."""
        found: dict[str, bool] = {}
        for start, _ in self._definitions:
            if name := _DEFINED.match(self.tokens[start].content):
                found[name[1]] = found.get(name[1], True) and self._ends_after(start)
        return found

    @cached_property
    def source(self) -> list[str]:
        """The lines as they are written."""
        return [line.rstrip("\r") for line in self.text.split("\n")]

    @cached_property
    def by_number(self) -> dict[int, Line]:
        """The lines by their numbers, from 1."""
        return {line.number: line for line in self.lines}

    def body_of(self, number: int) -> int | None:
        """The definition that holds a line: the index of the token that opens it."""
        return self._body(self.by_number[number])

    def fits(self, number: int, written: str, *, whole: bool) -> bool:
        """Whether a line can have written a text, or the first line of it, as far as its own text goes."""
        parts = [(self.tokens[piece.token].kind == "text", self.text[piece.start : piece.end]) for piece in self.by_number[number].pieces]
        if whole:
            pattern = "".join(re.escape(text.strip()) + r"\s*" if literal else ".*" for literal, text in parts)
            return re.fullmatch(rf"\s*{pattern}", written) is not None
        literal, text = next((part for part in parts if not part[0] or part[1].strip()), (False, ""))
        return not literal or written.strip().startswith(text.strip())

    def conditions(self, number: int) -> list[Condition]:
        """The branches that a line is in, within its own file."""
        at = self.by_number[number].start
        found = []
        for start, block in self.blocks.items():
            if start != block.start or self.tokens[start].kind != "open":
                continue
            marks = (block.start, *block.elses, block.end)
            for first, last in pairwise(marks):
                if self.tokens[first].end <= at < self.tokens[last].start:
                    numbers = (self.text.count("\n", 0, self.tokens[first].end) + 1, self.text.count("\n", 0, self.tokens[last].start) + 1)
                    found.append(Condition(self.tokens[first].content, *numbers, first != block.start))
        return found

    def _body(self, line: Line) -> int | None:
        if not line.pieces:
            return None
        first = line.pieces[0].token
        return max((start for start, end in self._definitions if start < first < end), default=None)

    @cached_property
    def _definitions(self) -> list[tuple[int, int]]:
        return [
            (block.start, block.end) for index, block in self.blocks.items() if index == block.start and self.tokens[index].kind == "define"
        ]

    @cached_property
    def _with_keys(self) -> set[int]:
        """Definitions that write whole entries."""
        bodies = (self._body(line) for line in self.lines if self._is_entry(line))
        return {body for body in bodies if body is not None}

    def _is_entry(self, line: Line) -> bool:
        pieces = [piece for piece in line.pieces if not self._is_blank(piece)]
        if not pieces or self.tokens[pieces[0].token].kind not in ("text", "output"):
            return False
        if self.tokens[pieces[0].token].kind == "text":
            return _KEY.match(self.text, pieces[0].start, pieces[0].end) is not None
        return len(pieces) > 1 and _AFTER_KEY.match(self.text, pieces[1].start, pieces[1].end) is not None

    def _is_blank(self, piece: Piece) -> bool:
        return self.tokens[piece.token].kind == "text" and not self.text[piece.start : piece.end].strip()

    def _writes(self, line: Line) -> bool:
        """Whether a line writes something and always runs from its beginning to its end."""
        depth, writes = 0, False
        for piece in line.pieces:
            kind = self.tokens[piece.token].kind
            if kind in ("define", "jump") or (kind in ("else", "end") and not depth):
                return False
            depth += (kind == "open") - (kind == "end")
            writes = writes or kind == "output" or (kind == "text" and not self._is_blank(piece))
        return writes and not depth and not self.text.startswith("---", line.start)

    def _begins_with_text(self, line: Line) -> bool:
        return _KEY.match(self.text, line.pieces[0].start, line.pieces[0].end) is not None

    def _end_of(self, index: int) -> int | None:
        """Where a mark after a line can stand."""
        pieces = [piece for piece in self.lines[index].pieces if not self._is_blank(piece)]
        last = pieces[-1]
        token = self.tokens[last.token]
        if not self._may_be_followed(index):
            return None
        if token.kind == "text":
            end = last.start + len(self.text[last.start : last.end].rstrip())
            return end if self._ends_at(last.token, end) else None
        return token.end if not token.trims_right and self._ends_after(last.token) else None

    def _may_be_followed(self, index: int) -> bool:
        """Whether a comment may stand at the end of a line, as far as the next one tells: not within a scalar."""
        line = self.lines[index]
        following = next((each for each in self.lines[index + 1 :] if not all(map(self._is_blank, each.pieces))), None)
        if following is None:
            return True
        first = next(piece for piece in following.pieces if not self._is_blank(piece))
        if self.tokens[first.token].kind != "text" or _NEW_ENTRY.match(self.text[first.start : first.end]):
            return True
        own = line.pieces[-1] if line.pieces else None
        return own is None or _BLOCK_SCALAR.search(self.text[own.start : own.end].rstrip()) is not None

    def _beginning_of(self, index: int) -> tuple[int, str] | None:
        """Where a mark before a line can stand, and how it is written there."""
        line = self.lines[index]
        first = next(piece for piece in line.pieces if not self._is_blank(piece))
        token = self.tokens[first.token]
        if token.trims_left:
            if first.token == 0 or (first.token == 1 and self._is_blank_token(0)):
                return first.start, '{{{{- "{}\\n" }}}}'
            return (first.start, '{{{{- "{}" }}}}') if self._begins_line(first.token) else None
        if line.start == 0:
            return 0, "{}\n"
        newline = line.start - 1
        within = bisect_right(self.tokens, newline, key=lambda each: each.start) - 1
        if self.tokens[within].kind != "text":
            return None
        before = self.text[self.tokens[within].start : newline].rstrip()
        if before:
            at = self.tokens[within].start + len(before)
            return (at, "{}") if self._may_be_followed(index - 1) or self.text.endswith("---", 0, at) else None
        if within and self.tokens[within - 1].trims_right:
            return None
        return self.tokens[within].start, "{}"

    def _is_blank_token(self, index: int) -> bool:
        token = self.tokens[index]
        return token.kind == "text" and not self.text[token.start : token.end].strip()

    def _ends_at(self, index: int, at: int) -> bool:
        """Whether an end of line follows a place in a text, in what is rendered."""
        rest = self.text[at : self.tokens[index].end]
        if rest.strip():
            return "\n" in rest[: len(rest) - len(rest.lstrip())]
        if index + 1 == len(self.tokens):
            return True
        if self.tokens[index + 1].trims_left or "\n" not in rest:
            return self._begins_line(index + 1)
        return True

    def _ends_after(self, index: int) -> bool:
        """Whether an end of line follows what an action writes."""
        if index + 1 == len(self.tokens):
            return True
        following = self.tokens[index + 1]
        if following.kind != "text":
            return self._begins_line(index + 1)
        if not self.tokens[index].trims_right:
            return self._ends_at(index + 1, following.start)
        return self._is_blank_token(index + 1) and (index + 2 == len(self.tokens) or self._begins_line(index + 2))

    def _begins_line(self, index: int) -> bool:
        """Whether what is written from an action on begins with an end of line, whichever way it goes."""
        if index not in self._flow:
            self._flow[index] = True  # for loops, which come back here
            self._flow[index] = all(self._ways(index))
        return self._flow[index]

    def _ways(self, index: int) -> Iterator[bool]:
        token = self.tokens[index]
        if token.kind == "output":
            included = _INCLUDES.fullmatch(token.content)
            yield _BREAKS_FIRST.search(token.content) is not None or (included is not None and included[1] in self._breaking)
        elif token.kind == "quiet":
            yield self._ends_after(index)
        elif token.kind == "jump":
            yield False
        else:
            block = self.blocks[index]
            if self.tokens[block.start].kind == "define":
                yield index == block.end or self._ends_after(block.end)
                return
            if token.kind != "else":
                yield self._ends_after(block.start) or (token.kind == "end" and not self.tokens[block.start].content.startswith("range"))
            if token.kind == "open":
                yield from map(self._ends_after, block.elses)
            yield self._ends_after(block.end)


def breaking(templates: Iterable[Template]) -> frozenset[str]:
    """Names of definitions that write an end of line first, wherever they are defined."""
    found: dict[str, bool] = {}
    for template in templates:
        for name, breaks in template.definitions.items():
            found[name] = found.get(name, True) and breaks
    return frozenset(name for name, breaks in found.items() if breaks)
