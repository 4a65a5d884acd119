"""Which API server is asked, and as whom: as kubectl reads kubeconfigs, or as the pod this runs in.

Of several files the first that says something wins.
Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

from checker.errors import UsageError

_PROGRAM_SECONDS = 120.0  # people may have to log in meanwhile
_ADDRESS = re.compile(r"https?://[^/\s]+")
_ENDED = re.compile(r"exec: process returned (-?\d+)(?:\. (.*))?", re.DOTALL)
_NAME_ONE = "name one with --kubeconfig FILE, or set KUBECONFIG"
_ODD = (TypeError, AttributeError, KeyError, ValueError)


class Wanted(NamedTuple):
    """Which cluster, and which of its namespaces; without namespaces all of them."""

    kubeconfig: str | None = None
    context: str | None = None
    namespaces: tuple[str, ...] = ()


class Context(NamedTuple):
    """The name of what was chosen, and the namespace it prefers."""

    name: str
    namespace: str


def configure(configuration: Any, wanted: Wanted) -> Context:
    """Fill in the client's configuration. Raises UsageError."""
    from kubernetes import config
    from kubernetes.config import kube_config

    place = wanted.kubeconfig or kube_config.KUBE_CONFIG_DEFAULT_LOCATION
    try:
        files: Any = kube_config.KubeConfigMerger(place)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise _unusable(error) from None
    except Exception as error:  # noqa: BLE001  (of YAML, of the system)
        raise _unusable(error if isinstance(error, OSError) or not isinstance(error, _ODD) else "a file is no kubeconfig") from None
    if files.config is None:
        return _in_cluster(config, configuration, wanted)
    try:
        context, entry, user = _chosen(files, wanted)
    except _ODD:
        raise _unusable("a file is no kubeconfig") from None
    with _complaints() as said:
        try:
            _bound_programs()
            load: Any = config.load_kube_config
            load(place, context=context.name, client_configuration=configuration, persist_config=False)
        except Exception as error:  # noqa: BLE001  (of files it names, of what it holds)
            odd = isinstance(error, _ODD) and not isinstance(error, UnicodeError)
            raise _unusable(f"the entries of the context {context.name!r} are incomplete" if odd else error) from None
    if said:
        raise _no_credentials(context.name, user, said[0])
    if not _ADDRESS.match(str(entry.get("server", ""))):
        message = f"--cluster: the server of the context {context.name!r} is no address: {entry.get('server', '')!r}"
        raise UsageError(message, fix="write https://HOST:PORT in the kubeconfig")
    return context


def _in_cluster(config: Any, configuration: Any, wanted: Wanted) -> Context:
    name = "--cluster: there is no kubeconfig"
    if wanted.kubeconfig is not None or wanted.context is not None:
        raise UsageError(" ".join(filter(None, (name, wanted.kubeconfig))), fix=_NAME_ONE)
    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException:
        raise UsageError(f"{name}, and this is not a pod of a cluster", fix=_NAME_ONE) from None
    return Context("cluster", "default")


def _chosen(files: Any, wanted: Wanted) -> tuple[Context, Mapping[str, Any], Mapping[str, Any]]:
    """The context with its cluster and its user."""
    contexts, clusters, users = (_by_name(files, kind) for kind in ("contexts", "clusters", "users"))
    current = next((str(each["current-context"]) for each in files.config_files.values() if each.get("current-context")), "")
    name = wanted.context if wanted.context is not None else current
    takes = f"--context takes one of: {', '.join(contexts) or 'none, for the kubeconfig has no contexts'}"
    if not name:
        raise UsageError("--cluster: the kubeconfig says no current-context", fix=takes)
    if name not in contexts:
        raise UsageError(f"--cluster: the kubeconfig has no context {name!r}", fix=takes)
    context = contexts[name].get("context") or {}
    found = []
    for key, known in (("cluster", clusters), ("user", users)):
        asked = context.get(key)
        if asked not in known and (key == "cluster" or asked):
            message = f"--cluster: the context {name!r} is of the {key} {asked!r}, which the kubeconfig does not have"
            raise UsageError(message, fix=takes)
        found.append((known[asked].get(key) or {}) if asked else {})
    return Context(name, str(context.get("namespace") or "default")), found[0], found[1]


def _by_name(files: Any, kind: str) -> dict[str, Any]:
    entries = (getattr(each, "value", each) for each in files.config.value.get(kind) or ())
    return {str(each["name"]): each for each in entries}


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the client writes into the log of the process, and goes on without credentials."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield said
    finally:
        logging.getLogger().removeHandler(handler)


class _Bounded(subprocess.Popen):  # type: ignore[type-arg]
    """A program that gives credentials, which the client would wait for without end."""

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002  (as it is called there)
        try:
            return super().communicate(input, timeout or _PROGRAM_SECONDS)
        except BaseException:
            self.kill()
            self.wait()
            for stream in filter(None, (self.stdout, self.stderr)):
                stream.close()
            raise


def _bound_programs() -> None:
    from kubernetes.config import exec_provider

    exec_provider.__dict__["subprocess"] = SimpleNamespace(Popen=_Bounded, PIPE=subprocess.PIPE)


def _no_credentials(context: str, user: Mapping[str, Any], said: str) -> UsageError:
    asked = user.get("exec")
    if not isinstance(asked, Mapping):
        message = f"--cluster: the credentials of the context {context!r} cannot be used: {_line(said)}"
        return UsageError(message, fix="log in again, and try: kubectl auth whoami")
    command = str(asked.get("command", ""))
    if ended := _ENDED.fullmatch(said):
        why = f"ended with status {ended[1]}" + (f": {_line(ended[2])}" if ended[2] else "")
    elif "No such file" in said:
        why = "is not installed"
    elif "timed out after" in said:
        why = f"gave none in {_PROGRAM_SECONDS:.0f} seconds and was stopped"
    elif sys.stdout.isatty() and "NoneType" in said:
        why = "failed"  # and has told why itself
    else:
        why = f"gave none that can be used: {_line(said.removeprefix('exec: '))}"
    message = f"--cluster: the program {command!r}, which gives the credentials of the context {context!r}, {why}"
    return UsageError(message, fix=f"run it yourself: {' '.join(map(str, (command, *(asked.get('args') or ()))))}")


def _unusable(error: object) -> UsageError:
    return UsageError(f"--cluster: the kubeconfig cannot be used: {_line(error)}", fix="check it: kubectl config view")


def _line(error: object) -> str:
    from checker.sources.names import printable

    return printable(" ".join(str(error).split()))[:300]
