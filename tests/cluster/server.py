"""A real kube-apiserver with its etcd on the loopback: no controllers, no nodes, nothing that runs."""

import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.binaries import kubectl

_SOURCE = Path(__file__).parent / "apiserver"
_START_SECONDS = 90
_USERS = ("admin", "reader", "shopkeeper", "nobody")
_RIGHTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: lister}
rules:
- {apiGroups: ["", apps, batch, policy, networking.k8s.io], resources: ["*"], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: lister}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: reader}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: shopkeeper, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: lister}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: shopkeeper}]
"""


class Server(NamedTuple):
    """A server that runs: its kubeconfig has a context for each of the users."""

    url: str
    kubeconfig: str
    certificate: str

    def kubectl(self, *arguments: str, given: str = "", context: str = "admin") -> str:
        """What kubectl prints."""
        return _run([kubectl(), "--kubeconfig", self.kubeconfig, "--context", context, *arguments], given)


def binary() -> str:
    """The kube-apiserver to run; skips where there is none, but in CI."""
    named = os.environ.get("K8S_STABCHECK_KUBE_APISERVER")
    path = Path(named) if named else cached()
    if not path.exists() or not shutil.which("etcd"):
        missing = "etcd (apt-get install etcd-server)" if path.exists() else f"{path} (make cluster-tests builds it)"
        if os.environ.get("CI"):
            pytest.fail(f"no {missing}")
        pytest.skip(f"no {missing}")
    return str(path)


def cached() -> Path:
    """Where it is built: once for each set of pinned modules."""
    pinned = hashlib.sha256((_SOURCE / "go.sum").read_bytes()).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home, "k8s-stabcheck", pinned, "kube-apiserver")


def build() -> None:
    """Build it, unless it is there; takes some minutes."""
    target = cached()
    if target.exists() or os.environ.get("K8S_STABCHECK_KUBE_APISERVER"):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(f".{os.getpid()}")
    subprocess.run(["go", "build", "-o", str(half), "k8s.io/kubernetes/cmd/kube-apiserver"], cwd=_SOURCE, check=True)
    half.replace(target)


class Running:
    """The two processes, from start to end."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> Server:
        program = binary()
        clients, peers, port = _free_ports(3)
        store = f"http://127.0.0.1:{clients}"
        _run(["openssl", "genrsa", "-out", f"{self.home}/sa.key", "2048"])
        groups = {"admin": "system:masters"}
        lines = [f"{user}-token,{user},{user},{groups.get(user, user)}" for user in _USERS]
        (self.home / "tokens.csv").write_text("\n".join(lines) + "\n")
        self._spawn(
            "etcd", "--data-dir", f"{self.home}/etcd", "--listen-client-urls", store, "--advertise-client-urls", store,
            "--listen-peer-urls", f"http://127.0.0.1:{peers}",
        )  # fmt: skip
        self._spawn(
            program, f"--etcd-servers={store}", f"--secure-port={port}", "--bind-address=127.0.0.1", f"--cert-dir={self.home}/certs",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={self.home}/sa.key",
            f"--service-account-signing-key-file={self.home}/sa.key", f"--token-auth-file={self.home}/tokens.csv",
            "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/16", "--disable-admission-plugins=ServiceAccount",
        )  # fmt: skip
        server = Server(f"https://127.0.0.1:{port}", str(self.home / "kubeconfig"), f"{self.home}/certs/apiserver.crt")
        (self.home / "kubeconfig").write_text(_kubeconfig(server.url, server.certificate))
        self._wait(server.url)
        server.kubectl("apply", "-f", "-", given=_RIGHTS)
        return server

    def end(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, *command: str) -> None:
        with (self.home / f"{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))

    def _wait(self, url: str) -> None:
        """Until it is ready, and says so to whoever asks without a certificate of ours."""
        until = time.monotonic() + _START_SECONDS
        blind = ssl.create_default_context()
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        request = urllib.request.Request(f"{url}/readyz", headers={"Authorization": "Bearer admin-token"})
        while time.monotonic() < until:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                with urllib.request.urlopen(request, timeout=5, context=blind):
                    return
            except OSError:
                time.sleep(0.3)
        logs = "\n".join((self.home / f"{number}.log").read_text(errors="replace")[-2000:] for number in range(len(self.processes)))
        pytest.fail(f"the server did not start\n{logs}")


def _kubeconfig(url: str, certificate: str) -> str:
    users = "\n".join(f"- {{name: {user}, user: {{token: {user}-token}}}}" for user in (*_USERS, "stranger"))
    contexts = "\n".join(f"- {{name: {user}, context: {{cluster: test, user: {user}}}}}" for user in (*_USERS, "stranger"))
    return f"""\
apiVersion: v1
kind: Config
current-context: admin
clusters:
- {{name: test, cluster: {{server: "{url}", certificate-authority: {certificate}}}}}
users:
{users}
contexts:
{contexts}
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _run(command: list[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


if __name__ == "__main__":
    sys.exit(build())
