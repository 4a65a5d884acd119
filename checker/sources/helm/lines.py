"""From a text rendered of marked templates to the text without marks, and the line of a template behind each of its lines."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from checker.documents.split import split
from checker.sources.helm.comments import source_of
from checker.sources.helm.marks import FIRST, MARK, Place, Template

Chain = tuple[Place, ...]  # from the line that includes another to the one that wrote the text; empty where that is not known


class Part(NamedTuple):
    """A document as helm wrote it. `number`: of its first line; `chains`: one for each line."""

    source: str
    number: int
    lines: tuple[str, ...]
    chains: tuple[Chain, ...]


class _Open(NamedTuple):
    """A line that has begun to write: the lines of the rendered text that are its own, `doubtful` if others' may be among them."""

    place: Place
    own: list[int]
    doubtful: list[bool]


def parts(text: str, templates: Mapping[int, Template]) -> tuple[str, list[Part]]:
    """A rendered text without its marks, and its documents."""
    marked = text.split("\n")
    chains = _chains(marked, templates) if FIRST in text else [()] * len(marked)
    plain = MARK.sub("", text) if FIRST in text else text
    lines = plain.split("\n")
    found = []
    for chunk in split(plain):
        source = source_of(plain, chunk.line)
        first, count = chunk.line - 1, chunk.text.count("\n")
        own = tuple(line.rstrip() for line in lines[first : first + count])
        if source and any(line and not line.lstrip().startswith("#") for line in own):
            found.append(Part(source, chunk.line, own, tuple(chains[first : first + count])))
    return plain, found


def traced(plain: Sequence[Part], marked: Sequence[Part]) -> dict[int, Chain]:
    """Line of the plain text (from 1) → what wrote it, for all lines of which the marked one shows that."""
    found: dict[int, Chain] = {}
    for part, other in _paired(plain, marked):
        here, there = _filled(part), _filled(other)
        for index, origin in _aligned(part, here, other, there):
            if chain := other.chains[origin]:
                found[part.number + index] = chain
    return found


def _paired(plain: Sequence[Part], marked: Sequence[Part]) -> list[tuple[Part, Part]]:
    """Documents of the same template with the same text, and the others of it in their order if none is missing."""
    pairs: list[tuple[Part, Part]] = []
    theirs = _by_source(marked)
    for source, ours in _by_source(plain).items():
        same: dict[tuple[str, ...], list[Part]] = {}
        for part in theirs.get(source, ()):
            same.setdefault(_text(part), []).append(part)
        left = []
        for part in ours:
            if twins := same.get(_text(part)):
                pairs.append((part, twins.pop(0)))
            else:
                left.append(part)
        unlike = sorted((part for parts in same.values() for part in parts), key=lambda part: part.number)
        if len(left) == len(unlike):
            pairs += zip(left, unlike, strict=True)
    return pairs


def _by_source(found: Sequence[Part]) -> dict[str, list[Part]]:
    by_source: dict[str, list[Part]] = {}
    for part in found:
        by_source.setdefault(part.source, []).append(part)
    return by_source


def _text(part: Part) -> tuple[str, ...]:
    return tuple(filter(None, part.lines))


def _filled(part: Part) -> list[int]:
    return [index for index, line in enumerate(part.lines) if line]


def _aligned(part: Part, here: list[int], other: Part, there: list[int]) -> list[tuple[int, int]]:
    """Lines that are the same in both. Where some differ, as sums of texts with marks do, those as far as no line is missing."""
    if len(here) == len(there):
        return [(a, b) for a, b in zip(here, there, strict=True) if _key(part.lines[a]) == _key(other.lines[b])]
    pairs = []
    for a, b in zip(here, there, strict=False):
        if part.lines[a] != other.lines[b]:
            break
        pairs.append((a, b))
    return pairs


def _key(line: str) -> str:
    key, colon, _ = line.partition(":")
    return key if colon else line


def _chains(marked: Sequence[str], templates: Mapping[int, Template]) -> list[Chain]:
    chains: list[Chain] = [()] * len(marked)
    opened: list[_Open] = []
    for number, line in enumerate(marked):
        if line.startswith("---"):
            _give_up(opened, 0, chains)
        pieces = MARK.split(line)  # text, which, file, line, text, …
        begun = False
        for at in range(0, len(pieces), 4):
            if not begun and pieces[at].strip():
                begun = True
                following = _place(pieces, at + 4) if at + 4 < len(pieces) else None
                ends = following is not None and pieces[at + 1] == "e"
                if following and ends and following not in [entry.place for entry in opened]:
                    template = templates[following.file]
                    if following.line in template.half_marked and template.fits(following.line, pieces[at], whole=True):
                        chains[number] = (*(entry.place for entry in opened), following)
                elif opened:
                    top = opened[-1]
                    if top.own or templates[top.place.file].fits(top.place.line, pieces[at], whole=False):
                        chains[number] = tuple(entry.place for entry in opened)
                        top.own.append(number)
                    else:
                        top.doubtful.append(True)
            if at + 4 < len(pieces):
                _step(pieces[at + 1], _place(pieces, at + 4), opened, chains, templates)
    _give_up(opened, 0, chains)
    return chains


def _place(pieces: Sequence[str], at: int) -> Place:
    return Place(int(pieces[at - 2]), int(pieces[at - 1]))


def _step(which: str, place: Place, opened: list[_Open], chains: list[Chain], templates: Mapping[int, Template]) -> None:
    """A mark that was met."""
    template = templates[place.file]
    body = template.body_of(place.line)
    if body in template.incomplete:
        for entry in opened:
            if entry.place.file != place.file or template.body_of(entry.place.line) != body:
                entry.doubtful.append(True)
    if which == "b":
        opened.append(_Open(place, [], []))
        return
    for index in range(len(opened) - 1, -1, -1):
        if opened[index].place == place:
            _give_up(opened, index + 1, chains)
            closed = opened.pop()
            if closed.doubtful:
                _forget(closed, chains)
            return


def _give_up(opened: list[_Open], start: int, chains: list[Chain]) -> None:
    """Forget what began and did not end: its end was cut off, so it is not known what belongs to it."""
    for entry in opened[start:]:
        _forget(entry, chains)
    del opened[start:]


def _forget(entry: _Open, chains: list[Chain]) -> None:
    for number in entry.own:
        chains[number] = ()
