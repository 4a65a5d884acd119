"""What decides which value a line of a template writes: conditions in it, in what it includes, and in how its variables are set.

An experiment changes all values at once. Where a condition looks into some of them, another value may be shown than the one that is
rendered now, with the same text; what cannot be told apart is not told at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from checker.location import Path
from checker.sources.helm.actions import Token
from checker.sources.helm.marks import Place, Template

_TEXT = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`")
_WORD = re.compile(r"(?<![\w.$])[A-Za-z]\w*")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_FIELDS = re.compile(r"(?<!\w)((?:\.\w+)+)")
_DOT = re.compile(r"(?<![\w)\"$.])\.(?![\w.])")
_VARIABLE = re.compile(r"\$\w+")
_SET = re.compile(r"(\$\w+)\s*(?:,\s*(\$\w+)\s*)?:?=")
_INCLUDES = re.compile(r"(?:include|template)\s+\"([^\"]+)\"")
_DEFINES = re.compile(r"(?:define|block)\s+\"([^\"]+)\"")
_ROOTS = frozenset({"Values", "Release", "Chart", "Capabilities", "Files", "Template", "Subcharts"})

_CHOOSING = frozenset({"if", "else", "with", "ternary", "default", "coalesce", "or", "and", "not"})
_EITHER = frozenset({"default", "coalesce", "or"})  # of several values any will do
_EACH = frozenset({"and", "not", "ternary"})
_EQUAL = frozenset({"eq", "ne"})
_LEAVING_OUT = frozenset({"omit", "unset", "pick"})
# What comes of these is empty with marks just where it is without them, and of the same type.
_ALIKE = frozenset({
    "range", "end", "define", "block", "template", "include", "empty", "quote", "squote", "toString", "toYaml", "toJson", "kindIs",
    "typeIs", "hasKey", "dict", "list", "nindent", "indent", "tpl", "printf", "print", "index", "get", "dig", "required", "trunc", "trim",
    "trimSuffix", "trimPrefix", "lower", "upper", "title", "replace", "b64enc", "sha256sum", "fromYaml", "fromJson", "merge",
    "mergeOverwrite", "mustMerge", "deepCopy", "concat", "append", "join", "omit", "set", "true", "false", "nil",
})  # fmt: skip


class Action(NamedTuple):
    """What an action is made of. `tails`: ends of the paths of values that it takes; `loose` ones begin at a dot that may be anything."""

    words: frozenset[str]
    constants: frozenset[str]
    tails: frozenset[Path]
    loose: frozenset[Path]
    indirect: bool  # it takes a variable, or whatever the dot stands for


class Known(NamedTuple):
    """Values, each with its text; by each step of their paths, with the paths to that step."""

    by_name: Mapping[str, Sequence[tuple[Path, Path, str]]]

    @classmethod
    def of(cls, values: Iterable[tuple[Path, str]]) -> "Known":
        """From paths and texts."""
        found: dict[str, list[tuple[Path, Path, str]]] = {}
        for path, text in values:
            for length, step in enumerate(path, 1):
                found.setdefault(str(step), []).append((path[:length], path, text))
        return cls(found)

    def taken(self, action: Action) -> dict[Path, str]:
        """Those that an action takes, by themselves or within a mapping."""
        return {path: text for tail in action.tails for path, text in self._ending(tail)}

    def is_indirect(self, action: Action) -> bool:
        """Whether an action takes what is known under another name, as far as can be told."""
        return action.indirect or any(not any(self._ending(tail)) for tail in action.loose)

    def _ending(self, tail: Path) -> Iterator[tuple[Path, str]]:
        for above, path, text in self.by_name.get(str(tail[-1]), ()):
            if above[-len(tail) :] == tail:
                yield path, text


class Deciding:
    """What the actions of all templates of a chart have to do with one another."""

    def __init__(self, templates: Mapping[int, Template]) -> None:
        self._templates = templates
        self._behind: dict[Place, tuple[Action, ...]] = {}
        self._definitions: dict[str, list[tuple[int, list[Token]]]] = {}
        for file, template in templates.items():
            for index, block in template.blocks.items():
                named = _DEFINES.match(template.tokens[index].content) if index == block.start else None
                if named:
                    self._definitions.setdefault(named[1], []).append((file, template.tokens[block.start + 1 : block.end]))

    def may_be_another(self, places: Sequence[Place], _: Path, changed: Known) -> bool:
        """Whether lines may have written a value only because it or others were changed; `changed` has texts as they were before."""
        actions = self._all(places)
        if not any(action.words & _CHOOSING for action in actions):
            return False
        return any(_turns(action, changed) for action in actions)

    def needs_another(self, places: Sequence[Place], value: Path, filled: Known) -> bool:
        """Whether lines may have written a value that was empty only because others were filled as well."""
        actions = self._all(places)
        hidden = any(action.words & (_CHOOSING - _EITHER) and filled.is_indirect(action) for action in actions)
        for action in actions:
            taken = filled.taken(action).keys()
            of_others = hidden or (value not in taken and action.words & (_CHOOSING - _EITHER))
            if taken - {value} and (of_others or action.words & _EACH or action.words - _ALIKE - _CHOOSING):
                return True
        return False

    def leaves_out(self, places: Sequence[Place], key: str | int) -> bool:
        """Whether lines may pass on a mapping without one of its entries."""
        return any(action.words & _LEAVING_OUT and str(key) in action.constants for action in self._all(places))

    def _all(self, places: Sequence[Place]) -> list[Action]:
        """Of the last place with what it includes; where that is itself the included one, the others say with what."""
        for place in places:
            if place not in self._behind:
                self._behind[place] = tuple(_read(content) for content in self._contents(place))
        own = [_read(content) for place in places[:-1] for content in _on_line(self._templates[place.file], place.line)]
        return [*own, *(self._behind[places[-1]] if places else ())]

    def _contents(self, place: Place) -> Iterator[str]:
        pending = [(place.file, content) for content in _on_line(self._templates[place.file], place.line)]
        seen = set(pending)
        while pending:
            file, content = pending.pop()
            yield content
            for more in (*self._included(content), *self._set(file, content)):
                if more not in seen:
                    seen.add(more)
                    pending.append(more)

    def _included(self, content: str) -> Iterator[tuple[int, str]]:
        for name in _INCLUDES.findall(content):
            for file, body in self._definitions.get(name, ()):
                yield from ((file, token.content) for token in body if token.content)

    def _set(self, file: int, content: str) -> Iterator[tuple[int, str]]:
        """Where the variables of an action get what they hold, and what opens the blocks around that."""
        template = self._templates[file]
        for name in set(_VARIABLE.findall(content)):
            for index, token in enumerate(template.tokens):
                if any(name in found for found in _SET.findall(token.content)):
                    yield file, token.content
                    yield from ((file, around) for around in _around(template, index))


@lru_cache(maxsize=1 << 14)
def _read(content: str) -> Action:
    texts = frozenset(double or raw for double, raw in _TEXT.findall(content))
    plain = _TEXT.sub('""', content)
    fields = [tuple(found[1:].split(".")) for found in _FIELDS.findall(plain)]
    own = [steps[1:] for steps in fields if steps[0] == "Values" and len(steps) > 1]
    loose = frozenset(steps for steps in fields if steps[0] not in _ROOTS)
    return Action(
        frozenset(_WORD.findall(plain)),
        texts | frozenset(_NUMBER.findall(plain)),
        frozenset([*own, *loose, *((text,) for text in texts)]),
        loose,
        bool(_DOT.search(plain) or _VARIABLE.search(plain)),
    )


def _turns(action: Action, changed: Known) -> bool:
    """Whether what an action comes to may be something else now, beyond the marks."""
    odd = action.words - _ALIKE - _CHOOSING
    taken = changed.taken(action)
    if not odd:
        return False
    if odd <= _EQUAL and action.constants and not changed.is_indirect(action):
        return any(text in action.constants for text in taken.values())
    return bool(taken) or (changed.is_indirect(action) and bool(action.words & _CHOOSING))


def _on_line(template: Template, number: int) -> Iterator[str]:
    """The actions of a line, and of the loops and the like around it, which say what the dot is there."""
    for piece in template.by_number[number].pieces:
        if content := template.tokens[piece.token].content:
            yield content
    for condition in template.conditions(number):
        if condition.content.startswith(("with", "range")):
            yield condition.content


def _around(template: Template, index: int) -> Iterator[str]:
    for start, block in template.blocks.items():
        if start == block.start and block.start < index < block.end and template.tokens[start].kind == "open":
            for first, last in pairwise((block.start, *block.elses, block.end)):
                yield template.tokens[first].content
                if first < index < last:
                    break
