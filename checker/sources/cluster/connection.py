"""Asking an API server: patiently, but not without end, and what is said when it cannot be reached."""

import json
import re
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from checker.errors import Problem, UsageError
from checker.sources.cluster.kubeconfig import Wanted, configure
from checker.sources.names import printable

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 30.0
_REQUEST_SECONDS = 60.0  # for all of an answer
_SILENCE_SECONDS = 90.0  # without any answer at all
_PAGE_LIMIT_BYTES = 256 * 1024**2
_CHUNK_BYTES = 1 << 18
_TRIES, _TRIES_WITHOUT_ANSWER = 3, 2
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 10.0
_PASSING = frozenset({429, 500, 502, 503, 504})
_OK, _UNAUTHORIZED = 200, 401
_REDIRECTS = range(300, 400)
_MESSAGE_LENGTH = 300
# What the layers below put before the cause: names of classes and objects, numbers of errors.
_NOISE = re.compile(
    r"^\w*Error\s+|^HTTPS?Connection(?:Pool)?\([^)]*\): (?=Read timed out)|^.*: (?=Failed to resolve)"
    r"|^.*Failed to establish a new connection: |\[Errno -?\d+\] |\s*\(_ssl\.c:\d+\)",
    re.DOTALL,
)


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
        from kubernetes import client
    except ImportError:
        raise UsageError(
            "--cluster needs the Kubernetes client, which is not installed", fix="pip install 'k8s-stabcheck[cluster]'"
        ) from None
    configuration = client.Configuration()
    context = configure(configuration, wanted)
    if not configuration.verify_ssl:
        _without_warnings()
    configuration.retries = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is missing, which is told below
            api = client.ApiClient(configuration)
    except ImportError:
        message = f"--cluster: the proxy of the context {context.name!r} is {configuration.proxy}, for which a library is missing"
        raise UsageError(message, fix="pip install PySocks") from None
    api.user_agent = "k8s-stabcheck"
    return Connection(context.name, configuration.host, context.namespace, _getter(api), api.close)


def _without_warnings() -> None:
    """The kubeconfig says not to verify the server: whoever wrote that knows."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _getter(api: Any) -> Callable[[str, Mapping[str, str], str], Answer]:
    """Once the server has been silent for long, nothing more is asked of it."""
    heard = time.monotonic()

    def ask(path: str, query: Mapping[str, str], accept: str) -> tuple[Answer, float | None]:
        nonlocal heard
        if time.monotonic() - heard > _SILENCE_SECONDS:
            return Answer(0, None, f"it has not answered for {_SILENCE_SECONDS:.0f} seconds"), 0.0
        answer, pause = _ask(api, path, query, accept)
        if answer.status:
            heard = time.monotonic()
        return answer, pause

    def get(path: str, query: Mapping[str, str], accept: str) -> Answer:
        return _patiently(lambda: ask(path, query, accept))

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
        content = _content(response.response)
    except (HTTPError, ApiException, OSError) as error:
        return Answer(0, None, _plainly(error)), None
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if response.status != _OK:
        return Answer(response.status, body, _reason(response.status, body)), _seconds(response.headers.get("Retry-After"))
    return (Answer(_OK, body) if isinstance(body, dict) else Answer(0, None, "it does not answer in JSON")), None


def _content(response: Any) -> bytes:
    """All of an answer, as fast as it comes. Raises OSError where it comes too slowly, or there is no end to it."""
    until = time.monotonic() + _REQUEST_SECONDS
    parts: list[bytes] = []
    size = 0
    while part := response.read1(_CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > _PAGE_LIMIT_BYTES:
            response.close()
            raise OSError(f"an answer is bigger than {_PAGE_LIMIT_BYTES // 1024**2} MiB")
        if time.monotonic() > until:
            response.close()
            raise OSError(f"an answer took longer than {_REQUEST_SECONDS:.0f} seconds")
    response.release_conn()
    return b"".join(parts)


def _seconds(written: str | None) -> float | None:
    try:
        seconds = float(written) if written else -1.0
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _reason(status: int, body: Any) -> str:
    said = body.get("message") if isinstance(body, dict) else None
    refuses = "it sends elsewhere, as a page to log in does" if status in _REDIRECTS else "the server refuses"
    return f"{_first_line(said) if isinstance(said, str) else refuses} ({status})"


def _plainly(error: Exception) -> str:
    """The innermost cause, in one line."""
    cause: Any = error
    while isinstance(inner := _within(cause), Exception):
        cause = inner
    text = cause.reason if isinstance(getattr(cause, "reason", None), str) and cause.reason else str(cause) or type(cause).__name__
    return _first_line(_NOISE.sub("", text)).removesuffix('"))')


def _within(error: Any) -> Any:
    found = (getattr(error, "reason", None), getattr(error, "original_error", None), *getattr(error, "args", ())[-1:])
    return next((each for each in found if isinstance(each, Exception)), None)


def _first_line(error: object) -> str:
    return printable(" ".join(str(error).split()))[:_MESSAGE_LENGTH]


def unreachable(connection: Connection, answer: Answer) -> Unreachable:
    """What a user reads when nothing can be asked at all."""
    place = f"cluster {connection.name}"
    if answer.status == _UNAUTHORIZED:
        message = f"the API server {connection.server} does not accept the credentials of the context"
        return Unreachable(Problem(place, None, None, message, "log in again, and try: kubectl auth whoami"))
    message = f"the API server {connection.server} cannot be read: {answer.why}"
    return Unreachable(Problem(place, None, None, message, "check the address, the network and the context: kubectl cluster-info"))
