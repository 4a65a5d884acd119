"""Answers that a real API server gives only at bad times, from a small one on the loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from checker.cli import main
from checker.sources.cluster import Unreachable, Wanted, connect, read_cluster
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
            body = json.dumps({"message": f"because of {answer}"} if isinstance(answer, int) else answer).encode()
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

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
