"""Measure `check --cluster` on a real API server that is filled first: seconds, and memory at its peak.

    python benchmarks/cluster.py [OBJECTS]      default 10000

Needs what `make cluster-tests` needs; filling takes longer than measuring.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import urllib3
import yaml
from fleet import make

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from tests.cluster.server import Running, Server

PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MB at the peak of one process:", done.stdout.splitlines()[-1])
"""
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Service": "/api/v1/namespaces/{}/services",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
}
PER_SERVICE = 4


def manifests(services: int) -> Iterator[dict]:
    """The fleet's objects."""
    with tempfile.TemporaryDirectory() as folder:
        make(pathlib.Path(folder), services)
        for file in sorted(pathlib.Path(folder).rglob("*.yaml")):
            yield from yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader)


def fill(server: Server, services: int) -> None:
    """Create them all, a few at once."""
    urllib3.disable_warnings()
    headers = {"Authorization": "Bearer admin-token", "Content-Type": "application/json"}

    with urllib3.PoolManager(maxsize=8, cert_reqs="CERT_NONE", headers=headers) as pool, ThreadPoolExecutor(8) as threads:

        def create(item: dict) -> None:
            path = PATHS[item["kind"]].format(item["metadata"].get("namespace"))
            answer = pool.request("POST", server.url + path, body=json.dumps(item))
            if answer.status not in (201, 409):
                raise SystemExit(answer.data.decode())

        items = list(manifests(services))
        spaces = dict.fromkeys(item["metadata"]["namespace"] for item in items)
        list(threads.map(create, ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}} for space in spaces)))
        list(threads.map(create, items))


def main() -> None:
    """Fill and measure."""
    objects = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        running = Running(pathlib.Path(folder))
        try:
            server = running.start()
            started = time.perf_counter()
            fill(server, objects // PER_SERVICE)
            print(f"filled in {time.perf_counter() - started:.0f} s")
            command = [sys.executable, "-m", "checker", "check", "--cluster", "--kubeconfig", server.kubeconfig, "--fail-on", "none"]
            for _ in range(3):
                started = time.perf_counter()
                peak = subprocess.run([sys.executable, "-c", PEAK, *command], check=True, stdout=subprocess.PIPE, text=True).stdout
                print(f"{time.perf_counter() - started:.1f} s, {peak}", end="")
        finally:
            running.end()


if __name__ == "__main__":
    main()
