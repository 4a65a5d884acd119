"""Command lines → settings: the words that follow flags, and host and port as waiting scripts are given them."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.calls.types import Setting

_WORDS = re.compile(r"""(?:[^\s"'`;&|<>]+|"[^"]*"|'[^']*'|`[^`]*`)+|[;&|\n]""")
_FLAG = re.compile(r"(?P<flag>-{1,2}[A-Za-z][A-Za-z0-9_.-]*)(?:=(?P<value>.*))?", re.DOTALL)
_ASSIGNMENT = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)=(?P<value>.*)", re.DOTALL)
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_ENDS = frozenset({";", "&", "|", "\n"})
# Words after these are written out, not called; and images, branches and packages are fetched, not called.
_SAYING = frozenset(
    {"echo", "printf", "git", "docker", "crane", "skopeo", "helm", "npm", "pip", "apt-get", "apk", "yum", "go", "sed", "grep", "awk"}
)
_SHORT = {"-h": "--host", "-p": "--port", "-H": "--header", "-P": "--port", "-u": "--user"}


class Word(NamedTuple):
    """A word of a command line with the flag it belongs to (empty: none), and the word that follows, if it is of the same command."""

    setting: Setting
    following: str


def command_words(given: Iterable[Setting]) -> Iterator[Word]:
    """The values in the arguments of one container."""
    flag = ""
    for setting in given:
        if " " in setting.value.strip() or "\n" in setting.value:
            if flag and "://" not in setting.value:
                yield Word(setting._replace(key=flag), "")
            yield from _of_script(setting)
            flag = ""
            continue
        words, flag = _word(setting, setting.value, flag)
        yield from words


def _of_script(setting: Setting) -> Iterator[Word]:
    """The words of a shell command line, of each of its commands apart."""
    text = _COMMENT.sub("", setting.value) if "#" in setting.value else setting.value
    flag, first, silent = "", True, False
    words = _WORDS.findall(text)
    for index, word in enumerate(words):
        if word in _ENDS:
            flag, first = "", True
            continue
        silent = word in _SAYING if first else silent
        first = False
        if silent:
            continue
        plain = word.strip("\"'`")
        following = words[index + 1].strip("\"'`") if index + 1 < len(words) else ""
        if " " in plain:
            yield from (Word(setting._replace(value=part.strip("\"'`")), "") for part in plain.split() if "://" in part)
            continue
        found, flag = _word(setting, plain, flag)
        yield from (entry._replace(following=following) for entry in found)


def _word(setting: Setting, word: str, flag: str) -> tuple[list[Word], str]:
    """What a word says, and the flag that the next one belongs to."""
    if (found := _FLAG.fullmatch(word)) and not word.startswith("-D"):
        name = _SHORT.get(found["flag"], found["flag"])
        if found["value"] is None:
            return [], name
        return [Word(setting._replace(key=name, value=found["value"].strip("\"'")), "")], ""
    bare = word.removeprefix("-D")
    if (found := _ASSIGNMENT.fullmatch(bare)) and "://" not in found["key"]:
        return [Word(setting._replace(key=found["key"], value=found["value"].strip("\"'")), "")], ""
    return [Word(setting._replace(key=flag, value=word), "")], ""
