"""Application source: the files that are read, and what says which image they become."""

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from checker.code.builds import builds, renamed
from checker.code.languages import begins_program, is_aside, is_recipe, is_source
from checker.code.rules import lacking, load_rules
from checker.code.scan import Scanner
from checker.code.types import Build, Code, Rule, Scanned
from checker.errors import Problem, Skipped
from checker.sources.files import Input, read
from checker.sources.walk import Place
from checker.workers import begin

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
        scanned = [scanner.scan(name, text.encode()) for name, text in texts.items() if is_source(name)]
        told = [build for name, text in texts.items() if not is_source(name) for build in builds(name, text.encode())]
        return _code(scanned, rules, told, _programs(texts))._replace(files=len(texts))

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
    return lambda: _source(files, roots, rules, finish())


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


def _scan(places: Sequence[Place], rules: Sequence[Rule]) -> tuple[list[Scanned], list[tuple[str, str]], int]:
    """What files tell, (file, why) of those that cannot be read, and how many are too big. Runs in any process."""
    scanner = Scanner(rules)
    found: list[Scanned] = []
    unread: list[tuple[str, str]] = []
    big = 0
    for place in places:
        content = read(Input(place.path, place.name, explicit=False))
        if isinstance(content, Problem):
            unread.append((place.name, content.message))
        elif len(content) > _LARGEST_BYTES:
            big += 1
        else:
            one = scanner.scan(place.name, content)
            if one.matches or one.silencing:
                found.append(one)
    return found, unread, big


def _source(
    files: _Files, roots: Sequence[Place], rules: Sequence[Rule], parts: Sequence[tuple[list[Scanned], list[tuple[str, str]], int]]
) -> Source:
    scanned = [one for found, _, _ in parts for one in found]
    big = sum(count for _, _, count in parts)
    anything = any(one.matches for one in scanned)
    told = _builds([*files.telling, *_hidden(roots)]) if anything else []
    programs = _programs(place.name for place in files.telling) if anything else {}
    code = _code(scanned, rules, told, programs)._replace(
        roots=[root.name for root in roots], files=len(files.scanned) - big, aside=files.aside + big
    )
    unread = [(name, why) for _, some, _ in parts for name, why in some]
    return Source(code, [Skipped(name, None, f"application source: {why}") for name, why in unread])


def _code(scanned: Sequence[Scanned], rules: Sequence[Rule], told: Sequence[Build], programs: Mapping[str, bool]) -> Code:
    matches = [match for one in scanned for match in one.matches]
    used = {match.rule for match in matches}
    return Code(
        matches=matches,
        rules={rule.id: lacking(rule) for rule in rules if rule.id in used},
        silencing=[each for one in scanned for each in one.silencing],
        builds=told,
        programs=programs,
    )


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
