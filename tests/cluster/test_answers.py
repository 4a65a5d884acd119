"""Answers that a real API server gives only at bad times, from a small one on the loopback."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from kubernetes.config import kube_config

from checker.cli import main
from checker.sources.cluster import Unreachable, Wanted, connect, kubeconfig, read_cluster
from checker.sources.cluster import connection as connecting
from checker.sources.cluster.kinds import kinds

_CORE = {"kind": "APIVersions", "versions": ["v1"]}
_GROUPS = {"kind": "APIGroupList", "groups": [{"name": "apps", "versions": [{"version": "v1"}]}]}
_V1 = {"resources": [{"name": "services", "kind": "Service", "namespaced": True, "verbs": ["list"]}]}
_APPS = {"resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list"]}]}
_DISCOVERY = {"/api": _CORE, "/apis": _GROUPS, "/api/v1": _V1, "/apis/apps/v1": _APPS}


def _named(*names: str, rest: str = "") -> dict:
    return {"metadata": {"continue": rest}, "items": [{"metadata": {"namespace": "shop", "name": name}} for name in names]}


class Script:
    """What is answered: by path and `continue`, one answer after the other, the last again and again; an int is a status."""

    def __init__(self) -> None:
        self.answers: dict[str, list] = {path: [body] for path, body in _DISCOVERY.items()}
        self.answers |= {"/api/v1/services": [_named("a")], "/apis/apps/v1/deployments": [_named()]}
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.drips: set[str] = set()

    def take(self, url: str) -> object:
        place = urlsplit(url)
        rest = dict(parse_qsl(place.query)).get("continue", "")
        key = f"{place.path}+{rest}" if rest else place.path
        self.asked.append(key)
        answers = self.answers.get(key, [404])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def script(tmp_path, monkeypatch) -> Iterator[Script]:
    told = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = told.take(self.path)
            if urlsplit(self.path).path in told.drips:
                self.drip()
                return
            body = json.dumps({"message": f"because of {answer}"} if isinstance(answer, int) else answer).encode()
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(connecting, "_FIRST_PAUSE_SECONDS", 0.001)
    told.kubeconfig = _kubeconfig(tmp_path, f"http://127.0.0.1:{server.server_port}")
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def _kubeconfig(folder, url: str) -> str:
    file = folder / "kubeconfig"
    file.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
        f'clusters: [{{name: c, cluster: {{server: "{url}"}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n'
        "contexts: [{name: here, context: {cluster: c, user: u}}]\n"
    )
    return str(file)


def _read(script: Script, *namespaces: str):
    connection = connect(Wanted(script.kubeconfig))
    try:
        return read_cluster(connection, namespaces)
    finally:
        connection.close()


def _names(cluster) -> list[str]:
    return [item.name for item in cluster.objects]


def test_pages_are_followed(script):
    script.answers |= {"/api/v1/services": [_named("a", rest="x")], "/api/v1/services+x": [_named("b", rest="y")], "/api/v1/services+y": [_named("c")]}
    assert _names(_read(script)) == ["a", "b", "c"]


def test_a_list_that_expires_is_begun_anew_and_nothing_is_there_twice(script):
    script.answers |= {"/api/v1/services": [_named("a", rest="x"), _named("a", rest="y")], "/api/v1/services+x": [410], "/api/v1/services+y": [_named("b")]}
    cluster = _read(script)
    assert _names(cluster) == ["a", "b"]
    assert not cluster.unseen.may_hold(("Service",))


def test_a_list_that_expires_twice_is_not_whole(script):
    script.answers |= {"/api/v1/services": [_named("a", rest="x")], "/api/v1/services+x": [410]}
    cluster = _read(script)
    assert script.asked.count("/api/v1/services") == 2
    assert cluster.unseen.may_hold(("Service",))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_asked_for_again(script, status):
    script.answers["/api/v1/services"] = [status, _named("a")]
    cluster = _read(script)
    assert _names(cluster) == ["a"]
    assert not cluster.unseen.may_hold(("Service",))


@pytest.mark.parametrize(("status", "asked"), [(503, 3), (403, 1), (404, 1)])
def test_what_cannot_be_listed_is_unknown_and_said(script, status, asked):
    script.answers["/api/v1/services"] = [status]
    cluster = _read(script)
    assert script.asked.count("/api/v1/services") == asked
    assert cluster.unseen.may_hold(("Service",))
    assert not cluster.unseen.may_hold(("Deployment",))
    assert [note for note in cluster.notes if "Service" in note and str(status) in note]


def test_a_page_that_fails_makes_the_kind_unknown_and_keeps_what_was_read(script):
    script.answers |= {"/api/v1/services": [_named("a", rest="x")], "/api/v1/services+x": [500]}
    cluster = _read(script)
    assert _names(cluster) == ["a"]
    assert cluster.unseen.may_hold(("Service",))


def test_a_kind_that_is_not_served_does_not_exist(script):
    assert not _read(script).unseen.may_hold(("VirtualService", "HorizontalPodAutoscaler"))


def test_a_kind_that_is_never_read_may_exist(script):
    assert _read(script).unseen.may_hold(("Secret",))


def test_a_group_of_which_the_server_does_not_answer_is_unknown(script):
    script.answers["/apis/apps/v1"] = [503]
    cluster = _read(script)
    assert cluster.unseen.may_hold(("Deployment",))
    assert not cluster.unseen.may_hold(("Service",))


def test_a_group_that_is_stale_is_unknown(script):
    stale = {"metadata": {"name": "keda.sh"}, "versions": [{"version": "v1alpha1", "freshness": "Stale"}]}
    script.answers["/apis"] = [{"kind": "APIGroupDiscoveryList", "items": [stale]}]
    assert _read(script).unseen.may_hold(("ScaledObject",))


def test_of_several_versions_the_one_that_is_read_best_is_listed(script):
    resources = [{"resource": "horizontalpodautoscalers", "responseKind": {"kind": "HorizontalPodAutoscaler"}, "scope": "Namespaced", "verbs": ["list"]}]
    group = {"metadata": {"name": "autoscaling"}, "versions": [{"version": version, "resources": resources} for version in ("v1", "v2")]}
    script.answers |= {"/apis": [{"kind": "APIGroupDiscoveryList", "items": [group]}], "/apis/autoscaling/v2/horizontalpodautoscalers": [_named("a")]}
    [found] = [item for item in _read(script).objects if item.kind == "HorizontalPodAutoscaler"]
    assert (found.api_version, found.data["apiVersion"]) == ("autoscaling/v2", "autoscaling/v2")


def test_with_namespaces_only_these_are_asked_for_and_known(script):
    script.answers |= {"/api/v1/namespaces/shop/services": [_named("a")], "/apis/apps/v1/namespaces/shop/deployments": [403]}
    cluster = _read(script, "shop")
    assert not [path for path in script.asked if path in ("/api/v1/services", "/apis/apps/v1/deployments")]
    assert not cluster.unseen.may_hold(("Service",), "shop")
    assert cluster.unseen.may_hold(("Service",), "other")
    assert cluster.unseen.may_hold(("Service",))
    assert cluster.unseen.may_hold(("Deployment",), "shop")


def test_what_a_controller_made_of_what_is_read_is_left_out(script):
    def owned(name, api_version, kind):
        reference = {"apiVersion": api_version, "kind": kind, "name": "o", "controller": True}
        return {"metadata": {"namespace": "shop", "name": name, "ownerReferences": [reference]}}

    items = [owned("made", "apps/v1", "Deployment"), owned("operated", "core.strimzi.io/v1", "StrimziPodSet")]
    script.answers["/api/v1/services"] = [{"items": items}]
    assert _names(_read(script)) == ["operated"]


def test_credentials_that_expire_midway_end_the_run(script):
    script.answers["/apis/apps/v1/deployments"] = [401]
    with pytest.raises(Unreachable) as raised:
        _read(script)
    assert "does not accept the credentials" in raised.value.problem.message


def test_where_nothing_may_be_listed_the_run_fails_and_says_so(script, capsys):
    script.answers |= {"/api/v1/services": [403], "/apis/apps/v1/deployments": [403]}
    status = main(["check", "--cluster", "--kubeconfig", script.kubeconfig, "--format", "json"])
    [error] = json.loads(capsys.readouterr().out)["inputs"]["errors"]
    assert status == 3
    assert "nothing can be listed" in error["message"]
    assert "--namespace" in error["fix"]


def test_a_server_that_does_not_say_what_it_serves(script, capsys):
    script.answers["/api"] = [403]
    status = main(["check", "--cluster", "--kubeconfig", script.kubeconfig, "--format", "json"])
    [error] = json.loads(capsys.readouterr().out)["inputs"]["errors"]
    assert status == 3
    assert "does not say what it serves: because of 403" in error["message"]


def test_a_server_that_is_not_there(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(connecting, "_FIRST_PAUSE_SECONDS", 0.001)
    status = main(["check", "--cluster", "--kubeconfig", _kubeconfig(tmp_path, "http://127.0.0.1:9"), "--format", "json"])
    [error] = json.loads(capsys.readouterr().out)["inputs"]["errors"]
    assert status == 3
    assert "http://127.0.0.1:9" in error["message"]
    assert "refused" in error["message"]
    assert error["file"] == "cluster here"


@pytest.mark.parametrize("items", ["abc", ["x"], [None], [{"metadata": {"name": 5}}], [{"metadata": []}, 7], [{"metadata": {"name": "a"}, "spec": []}]])
def test_a_list_of_what_is_no_object_is_unknown(script, items):
    script.answers["/api/v1/services"] = [{"items": items}]
    cluster = _read(script)
    assert cluster.unseen.may_hold(("Service",))
    assert not cluster.unseen.may_hold(("Deployment",))
    assert [note for note in cluster.notes if "Service: the list holds what is no object" in note]


def test_pages_that_lead_to_one_another_come_to_an_end(script):
    script.answers |= {"/api/v1/services": [_named("a", rest="x")], "/api/v1/services+x": [_named("a", rest="x")]}
    cluster = _read(script)
    assert script.asked.count("/api/v1/services+x") == 1
    assert [note for note in cluster.notes if "without end" in note]


@pytest.mark.parametrize(
    "answers",
    [
        {"/apis": [{"kind": "APIGroupList", "groups": None}]},
        {"/apis": [{"kind": "APIGroupList", "groups": [{"name": "apps"}, "x"]}]},
        {"/apis": [{"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "apps"}, "versions": [{"resources": [{}]}]}]}]},
    ],
)
def test_a_server_that_cannot_be_understood_is_no_mishap(script, answers):
    script.answers |= answers
    cluster = _read(script)
    assert "cannot be understood" in cluster.refusal


def test_one_group_that_cannot_be_understood_leaves_the_others(script):
    script.answers["/apis/apps/v1"] = [{"resources": [None]}]
    cluster = _read(script)
    assert _names(cluster) == ["a"]
    assert cluster.unseen.may_hold(("Deployment",))


@pytest.mark.parametrize("pause", ["-5", "nan", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_what_a_server_says_of_waiting_may_be_nonsense(script, pause):
    script.headers["Retry-After"] = pause
    script.answers["/api/v1/services"] = [429, _named("a")]
    assert _names(_read(script)) == ["a"]


def test_an_answer_that_drips_is_not_waited_for_without_end(script, monkeypatch):
    monkeypatch.setattr(connecting, "_REQUEST_SECONDS", 0.3)
    script.drips.add("/api/v1/services")
    assert [note for note in _read(script).notes if "Service: an answer took longer than" in note]


def test_an_answer_without_end_is_not_kept(script, monkeypatch):
    monkeypatch.setattr(connecting, "_PAGE_LIMIT_BYTES", 1000)
    script.answers["/api/v1/services"] = [_named(*map(str, range(1000)))]
    assert [note for note in _read(script).notes if "Service: an answer is bigger than" in note]


def test_a_server_that_falls_silent_is_not_asked_any_further(script, monkeypatch):
    monkeypatch.setattr(connecting, "_SILENCE_SECONDS", -1.0)
    with pytest.raises(Unreachable) as raised:
        _read(script)
    assert script.asked == []
    assert "has not answered for" in raised.value.problem.message


_PLUGIN = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, '%s'], interactiveMode: Never}}"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("echo the session is over >&2; exit 3", "ended with status 3: the session is over"),
        ("echo hello", "gave none that can be used: failed to decode"),
        ("sleep 60", "gave none in 0 seconds and was stopped"),
    ],
)
def test_a_program_that_gives_no_credentials_ends_the_run(script, capfd, tmp_path, monkeypatch, program, why):
    """The client would go on as anybody."""
    monkeypatch.setattr(kubeconfig, "_PROGRAM_SECONDS", 0.4)
    file = tmp_path / "kubeconfig"
    file.write_text(file.read_text().replace("{token: t}", _PLUGIN % program))
    assert main(["check", "--cluster", "--kubeconfig", str(file)]) == 2
    said = capfd.readouterr().err
    assert f"the program 'sh', which gives the credentials of the context 'here', {why}" in said
    assert "ERROR" not in said
    assert script.asked == []


def test_of_several_kubeconfigs_the_first_that_says_something_wins(script, tmp_path, monkeypatch, capsys):
    other = tmp_path / "other"
    other.write_text((tmp_path / "kubeconfig").read_text().replace("here", "there").replace("127.0.0.1", "127.0.0.2"))
    places = f"{tmp_path / 'none'}{os.pathsep}{tmp_path / 'kubeconfig'}{os.pathsep}{other}"
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", places)
    assert connect(Wanted()).name == "here"
    assert connect(Wanted(context="there")).server.startswith("http://127.0.0.1:")  # of the cluster `c`, which is in both


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("user: u}", "user: z}", "of the user 'z', which the kubeconfig does not have"),
        ("cluster: c,", "cluster: z,", "of the cluster 'z', which the kubeconfig does not have"),
        ("current-context: here", "current-context: z", "has no context 'z'"),
        ("current-context: here\n", "", "says no current-context"),
        ('server: "http://', 'server: "', "is no address"),
        ("users: [", "users: [7, ", "is no kubeconfig"),
        ("{token: t}", "{tokenFile: /does/not/exist}", "No such file"),
        ('{server: "', '{proxy-url: "socks5://127.0.0.1:9", server: "', "for which a library is missing"),
    ],
)
def test_kubeconfigs_that_cannot_be_used(script, capsys, monkeypatch, before, after, said):
    monkeypatch.setitem(__import__("sys").modules, "socks", None)
    file = Path(script.kubeconfig)
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))
    assert main(["check", "--cluster", "--kubeconfig", str(file)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cluster", "--context", "elsewhere"], "--context takes one of: here"),
        (["--cluster", "--kubeconfig", "/does/not/exist"], "--kubeconfig"),
        (["--context", "here"], "add --cluster"),
        ([], "nothing to read"),
    ],
)
def test_wrong_usage(tmp_path, capsys, arguments, said):
    given = arguments if "--kubeconfig" in arguments or "--cluster" not in arguments else [*arguments, "--kubeconfig", _kubeconfig(tmp_path, "http://127.0.0.1:9")]
    assert main(["check", *given]) == 2
    assert said in capsys.readouterr().err


def test_without_the_client_the_user_is_told_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "kubernetes", None)
    assert main(["check", "--cluster"]) == 2
    assert "pip install 'k8s-stabcheck[cluster]'" in capsys.readouterr().err


def test_no_kind_is_in_the_table_twice():
    table = [(kind.group, kind.name) for kind in kinds()]
    assert len(table) == len(set(table))
    assert "Secret" not in {name for _, name in table}
