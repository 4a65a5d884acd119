"""Facts about servers whose workers each wait for one request at a time, as their command lines say."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from checker.calls.settings import arguments, environment
from checker.calls.types import Setting
from checker.facts.fields import Anchor, Field, Judged
from checker.facts.paths import Paths, short
from checker.findings import Subject
from checker.model.types import Container, Workload

BLOCKING_WORKERS_FIELDS = {
    "workers.workload": Field("string", "the workload that serves"),
    "workers.program": Field("string", "its server: gunicorn, uwsgi or puma"),
    "workers.at_once": Field("int", "requests that one pod works on at a time"),
    "workers.unbounded": Field("string", "the Services that it calls without any timeout, for people; empty if none"),
}


class _Server(NamedTuple):
    """Flags of a server. `given`: those without which it is not known how many requests it takes; `others`: who says something else."""

    processes: tuple[str, ...]
    threads: tuple[str, ...]
    given: tuple[str, ...]
    others: tuple[str, ...]


_SERVERS: Final[Mapping[str, _Server]] = {
    # https://docs.gunicorn.org/en/stable/settings.html#worker-processes
    "gunicorn": _Server(("-w", "--workers"), ("--threads",), ("-w", "--workers"), ("-c", "--config", "-k", "--worker-class")),
    # https://uwsgi-docs.readthedocs.io/en/latest/Options.html; harakiri ends a request that takes too long
    "uwsgi": _Server(
        ("-p", "--processes", "--workers"),
        ("--threads",),
        ("-p", "--processes", "--workers"),
        ("--ini", "--yaml", "--yml", "--json", "--xml", "--harakiri", "--gevent", "--async", "--asyncio"),
    ),
    # https://github.com/puma/puma#configuration
    "puma": _Server(("-w", "--workers"), ("-t", "--threads"), ("-t", "--threads"), ("-C", "--config")),
}
_VARIABLES = ("GUNICORN_CMD_ARGS", "UWSGI_HARAKIRI", "UWSGI_INI")
_ENDS = (";", "&", "|")
_BLOCKING_CLASSES = frozenset({"sync", "gthread"})


def judge_blocking_workers(paths: Paths, workload: Workload) -> Iterator[Judged]:
    """Each server of a workload whose command line says how many requests it takes at a time."""
    for container in workload.containers:
        if container.role != "main" or not _mentions_server(container):
            continue
        variables = environment(paths.model, workload, container)
        found = _command(arguments(workload, container, variables)) if variables.keys().isdisjoint(_VARIABLES) else None
        at_once = None if found is None else requests_at_once(*found[:2])
        if found is None or at_once is None:
            continue
        calls = dict.fromkeys(short(call) for call in paths.unbounded(workload))
        facts: dict[str, Any] = {
            "workers.workload": workload.name,
            "workers.program": found[0],
            "workers.at_once": at_once,
            "workers.unbounded": ", ".join(calls),
        }
        subject = Subject(workload.source.kind, workload.namespace, workload.name, container=container.name)
        yield Judged("blocking-workers", subject, {"workers": Anchor(found[2].source, found[2].path)}, facts)


def _mentions_server(container: Container) -> bool:
    given = f"{container.data.get('command')} {container.data.get('args')}"
    return any(name in given for name in _SERVERS)


def _command(given: Iterator[Setting]) -> tuple[str, Sequence[str], Setting] | None:
    """The server, the words after its name, and where the name stands; None where there is none or a shell decides."""
    server, place, words = "", None, list[str]()
    for setting in given:
        for word in _split(setting.value):
            if place is not None and word.startswith(_ENDS):
                return server, words, place
            if place is not None:
                words.append(word)
            elif word.rpartition("/")[2] in _SERVERS:
                server, place = word.rpartition("/")[2], setting
    return (server, words, place) if place is not None else None


def _split(text: str) -> Sequence[str]:
    if not any(each.isspace() for each in text.strip()):
        return (text,)
    try:
        return shlex.split(text)
    except ValueError:
        return ()


def requests_at_once(server: str, words: Sequence[str]) -> int | None:
    """Processes times threads; None where the command line leaves it open."""
    flags, known = _flags(words), _SERVERS[server]
    kind = next((flags[name] for name in ("-k", "--worker-class") if name in flags), "sync")
    config = [name for name in known.others if name in flags and name not in ("-k", "--worker-class")]
    if config or kind not in _BLOCKING_CLASSES or not any(name in flags for name in known.given):
        return None
    processes, threads = (_number(flags, names) for names in (known.processes, known.threads))
    return None if processes is None or threads is None else max(processes, 1) * max(threads, 1)


def _number(flags: Mapping[str, str], names: Sequence[str]) -> int | None:
    """One where the flag is not given; of `min:max` the second; None where a shell or a template fills it in."""
    said = next((flags[name] for name in names if name in flags), "1").rpartition(":")[2]
    return int(said) if said.isdigit() else None


def _flags(words: Sequence[str]) -> dict[str, str]:
    """`--workers 4`, `--workers=4`, `-w4`, `-w 4`."""
    flags: dict[str, str] = {}
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            flags[name] = value if sign else following
        elif word.startswith("-"):
            flags[word[:2]] = word[2:] or following
    return flags
