"""A container → its governors: what is set, and the defaults of products that are known to run there."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from checker.calls.protocols import image_words
from checker.calls.settings import arguments, environment
from checker.calls.types import Setting
from checker.governors.files import File, mounted, settings_in
from checker.governors.tables import Row, Stack, Tables, normal, tables
from checker.governors.values import amount, is_unbounded
from checker.governors.words import Command, commands, flags_of, programs_in, split
from checker.model.build import Model
from checker.model.types import Container, Workload

State = Literal["set", "default", "unbounded", "unknown"]
_SHOWN = 40  # characters
_FILE, _VARIABLE, _ARGUMENT = 1, 2, 3  # what wins over what


class Governor(NamedTuple):
    """What bounds a program.

    `amount` is in the unit of what it governs, None where there is no bound or no number; `text` is as written.
    `setting` is None for a default; `key` is the name under which it is, or would be, written.
    """

    row: Row
    state: State
    amount: float | None
    text: str
    key: str
    setting: Setting | None

    @property
    def written(self) -> str:
        """For people: `max_connections=50`, `the default of PostgreSQL 17, 100`. What a Secret holds is not shown."""
        if self.setting is None:
            return f"the default of {self.row.product}, {self.text} ({self.key})" if self.text else self.key
        return f"{self.key}={self.text}" if self.setting.kind != "secret" and len(self.text) < _SHOWN else self.key


class _Written(NamedTuple):
    rank: int
    key: str
    setting: Setting


class Governors:
    """The governors of the containers of a model, each looked for once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._tables = tables()
        self._found: dict[tuple[Workload, str], tuple[Governor, ...]] = {}

    def of(self, workload: Workload, container: Container) -> tuple[Governor, ...]:
        """All that is known, in the order of the tables."""
        key = workload, container.name
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._look(workload, container))
        return found

    def _look(self, workload: Workload, container: Container) -> Iterable[Governor]:
        known, data = self._tables, container.data
        files = mounted(self._model, workload, container) if "volumeMounts" in data else []
        if not (files or image_name(data) in known.images or _may_be_set(known, data) or programs_in(data, known.programs)):
            return ()
        variables = environment(self._model, workload, container)
        given = list(arguments(workload, container, variables))
        started = commands(given, known.programs)
        if not started and given and "command" not in data:
            started = _of_image(known, data, given)
        proven = {stack.name: stack for stack in _proven(known, container, {each.program for each in started})}
        written: dict[Row, _Written] = {}
        for row, each in _all_written(known, proven, variables, given, started, files):
            if (row.alone or row.stack in proven) and (row not in written or each.rank >= written[row].rank):
                written[row] = each
        read = {row.stack for row, each in written.items() if each.rank == _FILE}
        hidden = {name for name, stack in proven.items() if name not in read and _elsewhere(stack, variables, started)}
        return _judged(known, written, proven, hidden)


def image_name(data: Mapping[str, Any]) -> str:
    """`docker.io/bitnami/redis:7` → redis."""
    return "-".join(image_words(str(data.get("image") or "")))


def _of_image(known: Tables, data: Mapping[str, Any], given: Sequence[Setting]) -> list[Command]:
    """Arguments alone are for the program that the image starts."""
    words = [(word, setting) for setting in given for word in split(setting.value)]
    return [Command(min(stack.programs), given[0], words) for stack in known.images.get(image_name(data), ()) if stack.programs]


def _may_be_set(known: Tables, data: Mapping[str, Any]) -> bool:
    """Whether anything in a container's own lines can be a setting that a table has; asked of every container, so it must be quick."""
    for entry in data.get("env") or ():
        if entry.get("name") in known.variables:
            return True
        value = entry.get("value")
        if isinstance(value, str) and ("-X" in value or "--max" in value):
            return True
    if data.get("envFrom"):
        return True
    return any(isinstance(text, str) and _has_options(text) for text in _lines(data))


def _has_options(text: str) -> bool:
    return "-X" in text or "--max" in text or "-D" in text or (text.startswith("--") and "." in text)


def _lines(data: Mapping[str, Any]) -> Iterator[Any]:
    for field in ("command", "args"):
        given = data.get(field)
        yield from given if isinstance(given, list) else ()


def _proven(known: Tables, container: Container, programs: Iterable[str]) -> Iterator[Stack]:
    yield from known.images.get(image_name(container.data), ())
    for program in programs:
        for stack in known.programs[program]:
            if not stack.word or any(stack.word in str(text).split() for text in _lines(container.data)):
                yield stack


def _elsewhere(stack: Stack, variables: Mapping[str, Setting], started: Sequence[Command]) -> bool:
    """Whether a file that is not read says the rest."""
    if not stack.elsewhere.isdisjoint(variables):
        return True
    for each in started:
        if each.program in stack.programs and not stack.elsewhere.isdisjoint(flags_of(each.words)):
            return True
        if each.program in stack.programs and any(word.endswith((".conf", ".cnf", ".ini")) for word, _ in each.words):
            return True
    return False


def _all_written(
    known: Tables,
    proven: Mapping[str, Stack],
    variables: Mapping[str, Setting],
    given: Sequence[Setting],
    started: Sequence[Command],
    files: Sequence[File],
) -> Iterator[tuple[Row, _Written]]:
    for file in files:
        yield from _in_file(known, proven, file)
    for name, setting in variables.items():
        for row in known.variables.get(name, ()):
            yield row, _Written(_VARIABLE, name, setting)
        if name in known.options:
            yield from _in_words(known, [(word, setting) for word in split(setting.value)], _VARIABLE, known.options[name])
        elif "-X" in setting.value or "--max" in setting.value:
            yield from _joined(known, ((word, setting) for word in split(setting.value)), _VARIABLE)
    yield from _joined(known, ((word, setting) for setting in given for word in split(setting.value)), _ARGUMENT)
    for command in started:
        yield from _in_words(known, command.words, _ARGUMENT, {stack.name for stack in known.programs[command.program]})


def _in_file(known: Tables, proven: Mapping[str, Stack], file: File) -> Iterator[tuple[Row, _Written]]:
    readers = [stack for stack in known.stacks.values() if stack.files is not None and stack.files.fullmatch(file.name)]
    words = any(stack.words for stack in readers if stack.name in proven)
    names = {stack.name for stack in readers}
    # What follows in a file of several documents holds for some profiles only.
    for key, value in settings_in(file.name, file.text.partition("\n---")[0], words=words):
        plain = normal(key)
        rows = [*known.settings.get(plain, ()), *(row for pattern, row in known.patterns if pattern.fullmatch(plain))]
        for row in rows:
            if row.stack in names:
                yield row, _Written(_FILE, key, Setting("config-map", file.source, file.path, key, value))


def _joined(known: Tables, words: Iterable[tuple[str, Setting]], rank: int) -> Iterator[tuple[Row, _Written]]:
    """Flags of runtimes, and settings that a command line gives by their full names (`-Dserver.tomcat.threads.max=50`)."""
    given = list(words)
    for index, (word, setting) in enumerate(given):
        if word.startswith(known.joined):
            flag = next(flag for flag in known.joined if word.startswith(flag))
            value = word[len(flag) :].removeprefix("=") or (given[index + 1][0] if index + 1 < len(given) else "")
            for row in known.flags[flag]:
                yield row, _Written(rank, flag, setting._replace(value=value))
        elif word.startswith(("-D", "--")) and "=" in word:
            name, _, value = word[2:].partition("=")
            for row in known.settings.get(normal(name), ()) if "." in name or "-" in name else ():
                yield row, _Written(rank, name, setting._replace(value=value))


def _in_words(known: Tables, words: Sequence[tuple[str, Setting]], rank: int, stacks: Collection[str]) -> Iterator[tuple[Row, _Written]]:
    for flag, (value, place) in flags_of(words).items():
        for row in known.flags.get(flag, ()):
            if flag not in known.joined and row.stack in stacks:
                yield row, _Written(rank, flag, place._replace(value=value))


def _judged(known: Tables, written: Mapping[Row, _Written], proven: Mapping[str, Stack], hidden: set[str]) -> Iterator[Governor]:
    """What is written, and the defaults of the rest of a product of which anything is written, or which is proven."""
    present = {row.stack for row in written} | set(proven)
    for name in known.stacks if len(present) > 1 else present:
        for row in known.stacks[name].rows if name in present else ():
            if row in written:
                yield governor_of(row, written[row].key, written[row].setting)
            elif row.default and name not in hidden:
                yield _default(row)


def governor_of(row: Row, key: str, setting: Setting) -> Governor:
    """What a setting comes to."""
    value = setting.value
    if value in row.node or value in row.chosen or row.governs in ("mode", "eviction"):
        return Governor(row, "set", None, value, key, setting)
    if is_unbounded(row, value):
        return Governor(row, "unbounded", None, value, key, setting)
    number = amount(row, value)
    return Governor(row, "unknown" if number is None else "set", number, value, key, setting)


def _default(row: Row) -> Governor:
    if is_unbounded(row, row.default):
        return Governor(row, "unbounded", None, row.default, row.name, None)
    return Governor(row, "default", amount(row, row.default), row.default, row.name, None)
