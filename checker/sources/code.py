"""Application source: the files that are read, and what says which image they become."""

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from checker.code.builds import builds, renamed
from checker.code.languages import begins_program, is_aside, is_recipe, is_source
from checker.code.rules import lacking, load_rules
from checker.code.scan import Scanner, silenced
from checker.code.types import Build, Code, Lacking, Match, Rule
from checker.errors import Problem, Skipped
from checker.sources.files import Input, read
from checker.sources.walk import Place
from checker.workers import begin, share_out

RULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "code", "rules")
_LARGEST_BYTES = 1 << 20  # of what people write; more is data, or was made by a program
_HIDDEN = (".gitlab-ci.yml", ".github/workflows")
_MISSING = "application source, not looked at: pip install 'k8s-stabcheck[source]' to have calls without timeouts and the like found in it"


class Source(NamedTuple):
    """The application source of an input, and what was left out of it."""

    code: Code
    skipped: Sequence[Skipped] = ()


class _Files(NamedTuple):
    """What a walk found, sorted out. `aside` counts what does not run in production."""

    scanned: list[Place]
    telling: list[Place]
    aside: int


def can_scan() -> bool:
    """Whether the extra that reads source is installed."""
    return find_spec("ast_grep_py") is not None


def rule_files(folder: str = RULES) -> list[tuple[str, bytes]]:
    """(name, content) of the rules that come with the program."""
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(path, "rb") as stream:
            found.append((path, stream.read()))
    return found


def source_reader() -> Callable[[Mapping[str, str]], Code] | None:
    """A function from texts by file name to the application source that they are; None without the extra that reads source."""
    if not can_scan():
        return None
    rules = load_rules(rule_files(), samples=False)
    scanner = Scanner(rules)

    def read_texts(texts: Mapping[str, str]) -> Code:
        source = {name: text.encode() for name, text in texts.items() if is_source(name)}
        matches = [match for name, content in source.items() for match in scanner.scan(name, content)]
        made_up = [(name, rule) for name, content in source.items() for rule in silenced(name, content, rules)]
        told = [build for name, text in texts.items() if name not in source for build in builds(name, text.encode())]
        return Code(matches, _lacking(matches, rules), made_up, told, _programs(texts), files=len(source))

    return read_texts


def begin_scan(places: Sequence[Place], roots: Sequence[Place], jobs: int) -> Callable[[], Source]:
    """Source files among what was found below `roots`. Other processes begin to scan now; the result is there when it is called."""
    files = _sorted_out(places, roots)
    if not files.scanned:
        return lambda: Source(Code())
    if not can_scan():
        return lambda: Source(Code(), [Skipped(place.name, None, _MISSING) for place in files.scanned])
    rules = load_rules(rule_files(), samples=False)
    finish = begin(lambda part: _scan(part, rules), files.scanned, jobs)
    return lambda: _source(files, roots, rules, finish(), jobs)


def _sorted_out(places: Iterable[Place], roots: Sequence[Place]) -> _Files:
    prefixes = sorted({f"{root.name}/" if root.name else "" for root in roots}, key=len, reverse=True)
    files = _Files([], [], 0)
    aside = 0
    for place in sorted(places, key=lambda each: each.name):
        prefix = next((prefix for prefix in prefixes if place.name.startswith(prefix)), "")
        if is_aside(place.name[len(prefix) :]):
            aside += is_source(place.name)
        else:
            (files.scanned if is_source(place.name) else files.telling).append(place)
    return files._replace(aside=aside)


class _Part(NamedTuple):
    """What some files tell; (file, why) of those that cannot be read; how many are too big."""

    matches: list[Match]
    unread: list[tuple[str, str]]
    big: int


def _scan(places: Sequence[Place], rules: Sequence[Rule]) -> _Part:
    """Runs in any process."""
    scanner = Scanner(rules)
    part = _Part([], [], 0)
    big = 0
    for place in places:
        content = read(Input(place.path, place.name, explicit=False))
        if isinstance(content, Problem):
            part.unread.append((place.name, content.message))
        elif len(content) > _LARGEST_BYTES:
            big += 1
        else:
            part.matches.extend(scanner.scan(place.name, content))
    return part._replace(big=big)


def _source(files: _Files, roots: Sequence[Place], rules: Sequence[Rule], parts: Sequence[_Part], jobs: int) -> Source:
    matches = [match for part in parts for match in part.matches]
    big = sum(part.big for part in parts)
    skipped = [Skipped(name, None, f"application source: {why}") for part in parts for name, why in part.unread]
    code = Code(
        matches=matches,
        rules=_lacking(matches, rules),
        silencing=_made_up(files.scanned, matches, rules, jobs),
        builds=_builds([*files.telling, *_hidden(roots)]) if matches else (),
        programs=_programs(place.name for place in files.telling) if matches else {},
        roots=[root.name for root in roots],
        files=len(files.scanned) - big,
        aside=files.aside + big,
    )
    return Source(code, skipped)


def _made_up(places: Sequence[Place], matches: Iterable[Match], rules: Iterable[Rule], jobs: int) -> list[tuple[str, str]]:
    """(file, rule) of what makes up for a lack anywhere in a program; looked for only where something is lacking."""
    found = {match.rule for match in matches}
    asked = [rule for rule in rules if rule.id in found and rule.anywhere_unless]

    def look(part: Sequence[Place]) -> list[tuple[str, str]]:
        texts = ((place.name, read(Input(place.path, place.name, explicit=False))) for place in part)
        return [(name, rule) for name, content in texts if isinstance(content, bytes) for rule in silenced(name, content, asked)]

    return [each for part in share_out(look, places, jobs) for each in part] if asked else []


def _lacking(matches: Iterable[Match], rules: Iterable[Rule]) -> dict[str, Lacking]:
    found = {match.rule for match in matches}
    return {rule.id: lacking(rule) for rule in rules if rule.id in found}


def _builds(places: Iterable[Place]) -> list[Build]:
    texts = []
    for place in places:
        content = read(Input(place.path, place.name, explicit=False)) if not is_recipe(posixpath.basename(place.name)) else b""
        if isinstance(content, bytes) and content:
            texts.append((place.name, content))
    found = [build for name, content in texts for build in builds(name, content)]
    for name, content in texts:
        if posixpath.basename(name).lower().startswith("kustomization"):
            found += renamed(name, content, found)
    return found


def _programs(files: Iterable[str]) -> dict[str, bool]:
    """Folders that are programs of their own, and whether an image's recipe lies in them."""
    found: dict[str, bool] = {}
    for name in files:
        base = posixpath.basename(name)
        if begins_program(base):
            folder = posixpath.dirname(name)
            found[folder] = found.get(folder, False) or is_recipe(base)
    return found


def _hidden(roots: Sequence[Place]) -> Iterable[Place]:
    """CI files, which lie where nobody else looks."""
    for root in roots:
        for name in _HIDDEN:
            path = os.path.join(root.path, name)
            inside = sorted(os.listdir(path)) if os.path.isdir(path) else [""] if os.path.isfile(path) else []
            for each in inside:
                whole = os.path.join(path, each) if each else path
                yield Place(whole, os.path.realpath(whole), posixpath.join(root.name, name, each).rstrip("/"))
