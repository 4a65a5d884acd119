"""Measure the rendering of a large chart: what we add to the time that helm itself takes, as a share of it.

python benchmarks/charts.py [CHART | TEMPLATES]      default 150 templates, of 40 objects each in five charts; with helm on the PATH

Each figure is the median of pairs that ran one after the other.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

from checker.sources.helm import HelmOptions, command, render_chart
from checker.sources.rendering import Rendering

RUNS = 9
TEMPLATE = """
{{- range $number := until 40 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $.Chart.Name }}-%d-{{ $number }}
  labels: {app.kubernetes.io/name: {{ $.Chart.Name }}, app.kubernetes.io/managed-by: {{ $.Release.Service }}}
spec:
  selector: {app: cart-{{ $number }}}
  ports:
  {{- range $.Values.ports }}
  - {name: {{ .name }}, port: {{ .port }}}
  {{- end }}
{{- end }}
"""
VALUES = "ports:\n- {name: http, port: 80}\n- {name: metrics, port: 9090}\n"


def make(folder, templates):
    """A chart with four others in it, which share the templates."""
    names = [".", *(f"charts/part-{number}" for number in range(4))]
    for index, name in enumerate(names):
        chart = folder / name
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {'large' if name == '.' else chart.name}\nversion: 1.0.0\n")
        (chart / "values.yaml").write_text(VALUES)
        for number in range(index, templates, len(names)):
            (chart / "templates" / f"{number}.yaml").write_text(TEMPLATE % number)


def ours(path):
    """Seconds of rendering by the checker."""
    started = time.perf_counter()
    done = render_chart(str(path), str(path), HelmOptions())
    took = time.perf_counter() - started
    assert isinstance(done, Rendering), done
    return took


def helms(helm, path):
    """Seconds of helm alone."""
    arguments = command.arguments(str(path), "release", HelmOptions())
    started = time.perf_counter()
    subprocess.run([helm, *arguments], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started


def report(label, helm, path, directory):
    """One line."""
    pairs = [(ours(path), helms(helm, directory)) for _ in range(RUNS)]
    times = statistics.median(one / other for one, other in pairs)
    one, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{label:40} {times:5.2f} x helm   ({one:.3f} s / {other:.3f} s)")


def main():
    """Print the ratios for a directory and for its archive."""
    helm = command.program() or sys.exit("there is no helm on the PATH")
    given = sys.argv[1] if len(sys.argv) > 1 else "150"
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "large")
        if given.isdigit():
            make(chart, int(given))
        else:
            chart = pathlib.Path(os.path.abspath(given))
        packed = pathlib.Path(folder, "large.tgz")
        with tarfile.open(packed, "w:gz") as archive:
            archive.add(chart, chart.name)
        report("a directory", helm, chart, chart)
        report("a packaged chart / helm on its directory", helm, packed, chart)


if __name__ == "__main__":
    main()
