"""Measure the reading of a large dump of an Envoy: memory and time as multiples of `json.load` of the same file.

python benchmarks/dump.py [CLUSTERS]      default 20000, which is 54 MB
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

_ADMIN = "type.googleapis.com/envoy.admin.v3"
_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def dump(count):
    """What /config_dump of a sidecar says in a mesh of so many services."""
    names = [f"outbound|80||service-{number}.shop.svc.cluster.local" for number in range(count)]
    limits = {"thresholds": [dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), 4294967295)]}
    clusters = [
        {"name": name, "type": "EDS", "connect_timeout": "10s", "circuit_breakers": limits, "alt_stat_name": "x" * 1500} for name in names
    ]
    hosts = [{"name": name, "domains": [name], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": name}}]} for name in names]
    manager = {"@type": _MANAGER, "stat_prefix": "out", "rds": {"route_config_name": "80"}}
    listener = {"name": "80", "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
    return {
        "configs": [
            {"@type": f"{_ADMIN}.ClustersConfigDump", "dynamic_active_clusters": [{"cluster": cluster} for cluster in clusters]},
            {"@type": f"{_ADMIN}.ListenersConfigDump", "dynamic_listeners": [{"active_state": {"listener": listener}}]},
            {"@type": f"{_ADMIN}.RoutesConfigDump", "dynamic_route_configs": [{"route_config": {"name": "80", "virtual_hosts": hosts}}]},
        ]
    }


def measured(*command):
    """Peak memory in kB, and seconds."""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", _PEAK, *command], check=True, capture_output=True, text=True)
    return int(done.stdout), time.monotonic() - started


def main():
    """Print one line for each command."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "dump.json"
        file.write_text(json.dumps(dump(count), indent=1))
        size = file.stat().st_size / 2**20
        floor = measured(sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", str(file))
        for command in (["edges", str(file), "--format", "json"], ["check", str(file), "--format", "json", "--fail-on", "none"]):
            memory, seconds = measured(sys.executable, "-m", "checker", *command)
            share, times = memory / 1024 / size, memory / floor[0]
            took = f"{share:.1f} x its size, {times:.1f} x what json.load takes; {seconds / floor[1]:.0f} x its time"
            print(f"{command[0]}: {size:.0f} MB takes {took}")


if __name__ == "__main__":
    main()
