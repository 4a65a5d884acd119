"""A real Envoy on loopback: started with a configuration, asked by its admin interface, and ended."""

import contextlib
import json
import shutil
import subprocess
import sysconfig
import time
import urllib.request
from pathlib import Path

import yaml

_START_SECONDS = 20.0
_PROGRAM = Path(sysconfig.get_path("scripts")) / "envoy"
PROGRAM = str(_PROGRAM) if _PROGRAM.exists() else shutil.which("envoy")


class Envoy:
    """A running proxy."""

    def __init__(self, admin):
        self._admin = admin

    def text(self, path):
        """An answer of the admin interface."""
        with urllib.request.urlopen(f"http://{self._admin}{path}", timeout=5) as answer:
            return answer.read().decode()

    def json(self, path):
        """The same, as JSON."""
        return json.loads(self.text(path))

    def port(self, listener):
        """The port that a listener got."""
        states = self.json("/listeners?format=json")["listener_statuses"]
        (address,) = [state["local_address"] for state in states if state["name"] == listener]
        return address["socket_address"]["port_value"]

    def stat(self, name):
        """One counter or gauge; 0 where nothing has been counted."""
        found = [line.rpartition(": ")[2] for line in self.text(f"/stats?filter=^{name}$").splitlines() if line.startswith(f"{name}: ")]
        return int(found[0]) if found else 0


@contextlib.contextmanager
def running(config, folder):
    """An Envoy with a configuration; ends with the block. Raises AssertionError with its words where it does not start."""
    file, admin, log = folder / "envoy.yaml", folder / "admin", folder / "log"
    admin.unlink(missing_ok=True)
    given = {**config, "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}}
    file.write_text(yaml.safe_dump(given))
    command = [PROGRAM, "-c", file, "--concurrency", "1", "--disable-hot-restart", "--admin-address-path", admin, "-l", "warning"]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        yield _ready(process, admin, log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _ready(process, admin, log):
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(OSError):
            if admin.exists() and admin.read_text() and Envoy(admin.read_text()).text("/ready").strip() == "LIVE":
                return Envoy(admin.read_text())
        time.sleep(0.02)
    raise AssertionError(log.read_text()[-2000:])
