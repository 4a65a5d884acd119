"""Reaching an API server: which one, as whom, and what is said when it cannot be reached."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from checker.errors import Problem, UsageError

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 30.0
_TRIES, _TRIES_WITHOUT_ANSWER = 3, 2
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 10.0
_PASSING = frozenset({429, 500, 502, 503, 504})
_OK, _UNAUTHORIZED = 200, 401
_MESSAGE_LENGTH = 300
# What the layers below put before the cause: names of classes and objects, numbers of errors.
_NOISE = re.compile(
    r"^\w*Error\s+|^.*: (?=Failed to resolve)|^.*Failed to establish a new connection: |\[Errno -?\d+\] |\s*\(_ssl\.c:\d+\)", re.DOTALL
)


class Wanted(NamedTuple):
    """Which cluster, and which of its namespaces; without namespaces all of them."""

    kubeconfig: str | None = None
    context: str | None = None
    namespaces: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What the server said. `status` 0: nothing; then, and for all but 200, `why` says what went wrong."""

    status: int
    body: Any = None
    why: str = ""


class Connection(NamedTuple):
    """A way to ask one API server: path, query, and what is accepted. `name` is that of the context, `namespace` the one it prefers."""

    name: str
    server: str
    namespace: str
    get: Callable[[str, Mapping[str, str], str], Answer]
    close: Callable[[], None]


class Unreachable(Exception):  # noqa: N818  (it is the server that is)
    """The server does not answer, or does not know who asks."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def connect(wanted: Wanted) -> Connection:
    """By the kubeconfig, or as the pod this runs in. Raises UsageError; nothing is asked of the server yet."""
    try:
        from kubernetes import client, config
        from kubernetes.config.config_exception import ConfigException
    except ImportError:
        raise UsageError(
            "--cluster needs the Kubernetes client, which is not installed", fix="pip install 'k8s-stabcheck[cluster]'"
        ) from None
    configuration = client.Configuration()
    try:
        name, namespace = _configure(config, configuration, wanted)
    except ConfigException as error:
        raise UsageError(f"--cluster: {_first_line(error)}", fix=_which(config, wanted)) from None
    except Exception as error:  # noqa: BLE001  (of YAML, of files it names, of the program that gives the token)
        raise UsageError(f"--cluster: the kubeconfig cannot be used: {_first_line(error)}", fix="check it: kubectl config view") from None
    if not configuration.verify_ssl:
        _without_warnings()
    configuration.retries = False
    api = client.ApiClient(configuration)
    api.user_agent = "k8s-stabcheck"
    return Connection(name, configuration.host, namespace, _getter(api), api.close)


def _configure(config: Any, configuration: Any, wanted: Wanted) -> tuple[str, str]:
    """Name of the context and its namespace."""
    try:
        contexts, active = config.list_kube_config_contexts(wanted.kubeconfig)
    except config.ConfigException:
        if wanted.kubeconfig is not None or wanted.context is not None:
            raise
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException:
            raise config.ConfigException("there is no kubeconfig, and this is not a pod of a cluster") from None
        return "cluster", "default"
    config.load_kube_config(wanted.kubeconfig, context=wanted.context, client_configuration=configuration)
    chosen = next((each for each in contexts if each["name"] == wanted.context), active)
    return str(chosen["name"]), str(chosen["context"].get("namespace") or "default")


def _without_warnings() -> None:
    """The kubeconfig says not to verify the server: whoever wrote that knows."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _which(config: Any, wanted: Wanted) -> str:
    try:
        contexts, _ = config.list_kube_config_contexts(wanted.kubeconfig)
    except Exception:  # noqa: BLE001  (only to help)
        return "name one with --kubeconfig FILE, or set KUBECONFIG"
    return f"--context takes one of: {', '.join(str(each['name']) for each in contexts)}"


def _getter(api: Any) -> Callable[[str, Mapping[str, str], str], Answer]:
    def get(path: str, query: Mapping[str, str], accept: str) -> Answer:
        return _patiently(lambda: _ask(api, path, query, accept))

    return get


def _patiently(ask: Callable[[], tuple[Answer, float | None]]) -> Answer:
    """What passes is asked for again, a few times, as late as the server says."""
    for attempt in range(1, _TRIES + 1):
        answer, pause = ask()
        tries = _TRIES if answer.status in _PASSING else 1 if answer.status else _TRIES_WITHOUT_ANSWER
        if attempt >= tries:
            break
        time.sleep(min(pause if pause is not None else _FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS))
    return answer


def _ask(api: Any, path: str, query: Mapping[str, str], accept: str) -> tuple[Answer, float | None]:
    """One request: the answer, and how long the server asks to wait."""
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    headers = {"Accept": accept, "Accept-Encoding": "gzip"}
    request = api.param_serialize("GET", path, query_params=list(query.items()), header_params=headers, auth_settings=["BearerToken"])
    try:
        response = api.call_api(*request, _request_timeout=(_CONNECT_SECONDS, _READ_SECONDS))
        content = response.read()
    except (HTTPError, ApiException, OSError) as error:
        return Answer(0, None, _plainly(error)), None
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if response.status != _OK:
        return Answer(response.status, body, _reason(response.status, body)), _seconds(response.headers.get("Retry-After"))
    return (Answer(_OK, body) if isinstance(body, dict) else Answer(0, None, "it does not answer in JSON")), None


def _seconds(written: str | None) -> float | None:
    try:
        return float(written) if written else None
    except ValueError:
        return None


def _reason(status: int, body: Any) -> str:
    said = body.get("message") if isinstance(body, dict) else None
    return f"{said if isinstance(said, str) else 'the server refuses'} ({status})"[:_MESSAGE_LENGTH]


def _plainly(error: Exception) -> str:
    """The innermost cause, in one line."""
    cause: Any = error
    while isinstance(inner := getattr(cause, "reason", None), Exception):
        cause = inner
    text = inner if isinstance(inner, str) and inner else str(cause) or type(cause).__name__
    return _first_line(_NOISE.sub("", text))


def _first_line(error: object) -> str:
    text = " ".join(str(error).split())
    return text[:_MESSAGE_LENGTH]


def unreachable(connection: Connection, answer: Answer) -> Unreachable:
    """What a user reads when nothing can be asked at all."""
    place = f"cluster {connection.name}"
    if answer.status == _UNAUTHORIZED:
        message = f"the API server {connection.server} does not accept the credentials of the context"
        return Unreachable(Problem(place, None, None, message, "log in again, and try: kubectl auth whoami"))
    message = f"the API server {connection.server} cannot be read: {answer.why}"
    return Unreachable(Problem(place, None, None, message, "check the address, the network and the context: kubectl cluster-info"))
