"""Facts about what a container does before its program runs."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.facts.fields import Field
from checker.model.types import Container

STARTUP_FIELDS = {
    "container.startup_sleep_seconds": Field("double", "seconds it sleeps before its program starts; else 0", ("command",)),
}
_SHELLS = re.compile(r"(?:^|/)(?:ba|da|a|z|k)?sh$")
_TIME = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_OPERATORS = ";&|()\n"
_OPENING, _CLOSING = frozenset({"while", "until", "for", "if", "case", "{"}), frozenset({"done", "fi", "esac", "}"})
# Words of the shell before a command.
_BEFORE = frozenset({"do", "then", "else", "elif", "!", "exec", "time", "nohup", *_OPENING, *_CLOSING})
# What a script does around a sleep that is all it is for: demonstrations touch files, others only keep the container alive.
_IDLE = frozenset({
    ":", "[", "[[", "break", "cat", "cd", "chmod", "chown", "continue", "date", "echo", "exit", "export", "false", "kill", "mkdir",
    "printf", "return", "rm", "set", "sleep", "tail", "test", "touch", "trap", "true", "unset", "wait",
})  # fmt: skip


class _Command(NamedTuple):
    """`nested`: within a loop, a condition or a group, so that it does not always run; `before`, `after`: the operators around it."""

    words: tuple[str, ...]
    nested: bool
    before: str
    after: str


def startup_facts(container: Container) -> Mapping[str, Any]:
    """Sleeps in loops wait for something, and do not count; nor does one after which no program runs, but in an init container."""
    words = [str(word) for key in ("command", "args") for word in container.data.get(key) or ()]
    return {"container.startup_sleep_seconds": _slept(words, container.role) if any("sleep" in word for word in words) else 0.0}


def _slept(words: Sequence[str], role: str) -> float:
    if words[0].rpartition("/")[2] == "sleep":
        return _seconds(words) if role == "init" else 0.0
    if not (_SHELLS.search(words[0]) and len(words) > 1):
        return 0.0
    commands = list(_commands(words[-1]))
    for place, command in enumerate(commands):
        if command.words[0] == "trap":
            return 0.0
        if (seconds := _seconds(command.words)) and not _may_be_skipped(commands, place) and command.after != "&":
            return seconds if role == "init" or any(_runs(each) for each in commands[place + 1 :]) else 0.0
    return 0.0


def _may_be_skipped(commands: Sequence[_Command], place: int) -> bool:
    command = commands[place]
    tested = command.before == "&&" and commands[place - 1].words[0] in ("[", "[[", "test")
    return command.nested or command.before == "||" or tested


def _seconds(words: Sequence[str]) -> float:
    """Those of `sleep 1m 30s`; 0 for another command, for ever, and for what a variable holds."""
    times = [_TIME.fullmatch(word) for word in words[1:]]
    if words[0].rpartition("/")[2] != "sleep":
        return 0.0
    return sum(float(found[1]) * _SECONDS[found[2]] for found in times if found) if all(times) else 0.0


def _runs(command: _Command) -> bool:
    return command.words[0].rpartition("/")[2] not in _IDLE


def _commands(script: str) -> Iterator[_Command]:
    """The commands of a script, as far as they can be told apart without a shell; none of a script that ends within quotes."""
    lexer = shlex.shlex(_COMMENT.sub("", script.replace("\\\n", " ")), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.commenters = " \t\r", ""
    lexer.wordchars += "$!%+,:@[]^{}#"
    try:
        tokens = [*lexer, ";"]
    except ValueError:
        return
    words: list[str] = []
    blocks, groups, before = 0, 0, ""
    for token in tokens:
        if not set(token) <= set(_OPERATORS):
            words.append(token)
            continue
        nested = blocks + groups > 0
        while words and words[0] in _BEFORE:
            blocks += (words[0] in _OPENING) - (words[0] in _CLOSING)
            nested = nested or blocks > 0
            del words[0]
        operator = token.strip("\n") or ";"
        if words:
            yield _Command(tuple(words), nested, before, operator)
        groups = max(0, groups + token.count("(") - token.count(")"))  # a pattern of `case` closes what nothing opened
        words, before = [], operator
