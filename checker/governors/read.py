"""The governors of a container."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from checker.calls.settings import arguments, environment, texts
from checker.calls.types import Setting
from checker.governors.tables import Index, Product, Rule, index, plain, product_of
from checker.governors.texts import settings_in
from checker.governors.values import amount
from checker.model.build import Model
from checker.model.types import Container, Path, Workload
from checker.objects import ApiObject

_PARAMETER = re.compile(r"(?:^|[?&;\s])([A-Za-z_][A-Za-z0-9_ ]*?)\s*=\s*([^&;\s'\"]+)")
_PROPERTY = re.compile(r"^(?:-D|--)([A-Za-z][\w.-]*\.[\w.-]+)=(.*)$")
_SHOWN = 40
_ANY = "*"  # in the place of a value: that the setting is there is all that counts


class Governor(NamedTuple):
    """A setting that bounds something.

    `number` is in base units (None: not told), `written` how people find it: name and value, or that it is the product's default.
    """

    rule: Rule
    number: float | None
    unbounded: bool
    written: str
    source: ApiObject
    path: Path


_Found = tuple[Setting, Rule, str]


def governors(model: Model, workload: Workload, container: Container) -> list[Governor]:
    """All of a container, those by default too. What is written last wins: files, then variables, then the command line."""
    tables = index()
    if not _may_govern(tables, container):
        return []
    found: dict[str, Governor] = {}
    assumed: list[Governor] = []
    for setting, rule, value in _settings(tables, model, workload, container):
        if value == _ANY:
            assumed.append(_by_default(rule, setting.source, setting.path))
            continue
        number, unbounded = amount(value, rule)
        shown = f"{setting.key}={value.strip()}" if len(value) < _SHOWN else setting.key
        found[_name(rule)] = Governor(rule, number, unbounded, shown, setting.source, setting.path)
    product = program_of(container)
    assumed += [_by_default(rule, workload.source, container.path) for rule in product.rules if rule.default is not None] if product else []
    return [*found.values(), *(each for each in assumed if _name(each.rule) not in found)]


def program_of(container: Container) -> Product | None:
    """The product that a container runs, after its command or its image."""
    words = [str(word) for key in ("command", "args") for word in _list(container.data.get(key))]
    programs = index().programs
    named = next((programs[name] for word in words for part in _words(word) if (name := part.rpartition("/")[2]) in programs), None)
    return named or product_of(str(container.data.get("image") or ""))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _name(rule: Rule) -> str:
    return f"{rule.product} {rule.governs} {rule.keys} {rule.env} {rule.flags}"


def _by_default(rule: Rule, source: ApiObject, path: Path) -> Governor:
    written = f"the default of {rule.title}, {rule.default}"
    return Governor(rule, None if rule.default is None else float(rule.default), unbounded=False, written=written, source=source, path=path)


def _may_govern(tables: Index, container: Container) -> bool:
    """Cheap: whether it is worth reading what the container is configured with."""
    data = container.data
    if data.get("envFrom") or data.get("volumeMounts") or data.get("command") or data.get("args"):
        return True
    if any(_is_telling(tables, entry) for entry in data.get("env") or ()):
        return True
    return product_of(str(data.get("image") or "")) is not None


def _is_telling(tables: Index, entry: Mapping[str, object]) -> bool:
    name = entry.get("name")
    return name in tables.env or name in tables.assumed or "=" in str(entry.get("value"))


def _settings(tables: Index, model: Model, workload: Workload, container: Container) -> Iterator[_Found]:
    mounted = {mount.get("name") for mount in container.data.get("volumeMounts") or ()}
    if mounted:
        for setting, name, text in texts(model, workload):
            yield from _of_file(tables, setting, name, text)
    variables = environment(model, workload, container)
    for name, setting in variables.items():
        if rule := tables.env.get(name):
            yield setting, rule, setting.value
        elif rule := tables.assumed.get(name):
            yield setting, rule, _ANY
        if "=" in setting.value:
            yield from _parameters(tables, setting)
    yield from _command_line(tables, workload, container, variables)


def _of_file(tables: Index, setting: Setting, name: str, text: str) -> Iterator[_Found]:
    letters = plain(text)
    if any(part in letters for part in tables.keys):
        for entry in settings_in(name, text):
            if rule := _by_key(tables, entry.key):
                yield setting._replace(key=entry.key), rule, entry.value
            elif rule := tables.assumed.get(entry.key):
                yield setting._replace(key=entry.key), rule, _ANY


def _by_key(tables: Index, key: str) -> Rule | None:
    candidates = tables.keys.get(plain(key.rpartition(".")[2]), ())
    whole = ".".join(plain(part) for part in key.split(".")) if candidates else ""
    return next((rule for pattern, rule in candidates if pattern.fullmatch(whole)), None)


def _parameters(tables: Index, setting: Setting) -> Iterator[_Found]:
    """Of a connection string: in its query, or as pairs."""
    for name, value in _PARAMETER.findall(setting.value):
        if rule := tables.dsn.get(name.strip().lower()):
            yield setting._replace(key=f"{setting.key}: {name.strip()}"), rule, value


def _command_line(tables: Index, workload: Workload, container: Container, variables: Mapping[str, Setting]) -> Iterator[_Found]:
    words = [(word, setting) for setting in arguments(workload, container, variables) for word in _words(setting.value)]
    product = program_of(container)
    for number, (word, setting) in enumerate(words):
        if not word.startswith("-"):
            continue
        if own := _PROPERTY.match(word):
            if rule := _by_key(tables, own[1]):
                yield setting._replace(key=own[1]), rule, own[2]
        elif product:
            following = words[number + 1][0] if number + 1 < len(words) else ""
            yield from _flag(tables, min(product.programs), word, following, setting)


def _flag(tables: Index, program: str, word: str, following: str, setting: Setting) -> Iterator[_Found]:
    """`--workers 4`, `--workers=4`, `-w 4`, `-w4`, and `-c max_connections=200`."""
    name, sign, value = word.partition("=")
    key, assigned, said = following.partition("=")
    if word == "-c" and assigned and (rule := tables.flags.get((program, f"-c {key}"))):
        yield setting._replace(key=key), rule, said
    elif rule := tables.flags.get((program, name)):
        yield setting._replace(key=name), rule, value if sign else following
    elif not word.startswith("--") and word[2:].isdigit() and (rule := tables.flags.get((program, word[:2]))):
        yield setting._replace(key=word[:2]), rule, word[2:]


def _words(text: str) -> Sequence[str]:
    if not any(each.isspace() for each in text.strip()):
        return (text,)
    try:
        return shlex.split(text)
    except ValueError:
        return ()
