"""Command lines → the words that follow the name of a program, and the flags among them."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from checker.calls.types import Setting

_ENDS = (";", "&", "|")
# Words that are followed by a program: shells with -c, `python -m`, `exec`, supervisors, environments, agents of telemetry.
_STARTERS = frozenset({
    "--", "-c", "-ec", "-lc", "-m", "chpst", "ddtrace-run", "do", "docker-entrypoint", "dumb-init", "exec", "gosu", "ionice", "nice",
    "nohup", "opentelemetry-instrument", "run", "run-program", "stdbuf", "then", "time", "tini",
})  # fmt: skip


class Command(NamedTuple):
    """A program that is started: its name, the words after it, each with the argument it stands in."""

    program: str
    place: Setting
    words: list[tuple[str, Setting]]


def programs_in(data: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Quick, for every container: whether its command line names a program that is known, be it started or not."""
    for field in ("command", "args"):
        given = data.get(field)
        for text in given if isinstance(given, list) else ():
            if not isinstance(text, str):
                continue
            for word in text.split() if " " in text or "\n" in text else (text,):
                if (word.rpartition("/")[2] if "/" in word else word) in known:
                    return True
    return False


def commands(given: Iterable[Setting], known: Mapping[str, Any]) -> list[Command]:
    """Each of the known programs that is started: where a command begins, or after a word that starts another program."""
    found: list[Command] = []
    before, current = "", None
    for setting in given:
        for word in split(setting.value):
            name = word.rpartition("/")[2]
            if word.startswith(_ENDS):
                current = None
            elif name in known and current is None and _begins(before):
                current = Command(name, setting, [])
                found.append(current)
            elif current is not None:
                current.words.append((word.rstrip(";"), setting))
            if word.endswith(_ENDS):
                current = None
            before = word
    return found


def _begins(before: str) -> bool:
    """Whether a word after this one is the name of a program."""
    return not before or before.endswith(_ENDS) or before.rpartition("/")[2] in _STARTERS or before.endswith(".sh") or "=" in before


def split(text: str) -> Sequence[str]:
    """The words of an argument; an argument without spaces is one."""
    if not any(each.isspace() for each in text.strip()):
        return (text,)
    try:
        return shlex.split(text, comments="\n" in text)
    except ValueError:
        return text.split()


def flags_of(words: Sequence[tuple[str, Setting]]) -> dict[str, tuple[str, Setting]]:
    """`--workers 4`, `--workers=4`, `-w4`, `-w 4`, `-c max_connections=200`, `--maxmemory 1gb`: the last of each wins.

    Of `-c name=value`, as PostgreSQL has it, `-c name` is the flag.
    """
    flags: dict[str, tuple[str, Setting]] = {}
    for (word, place), (following, _) in zip(words, (*words[1:], ("", None)), strict=True):
        if word.startswith(("--", "-X")):
            name, sign, value = word.partition("=")
            flags[name] = (value if sign else following, place)
        elif word.startswith("-") and len(word) > 1:
            flags[word[:2]] = (word[2:] or following, place)
            name, sign, value = (word[2:] or following).partition("=")
            if sign:
                flags[f"{word[:2]} {name}"] = (value, place)
    return flags
