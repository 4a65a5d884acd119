"""Metrics, traces and logs: calls for which no request waits, so that they bind no service to another."""

from collections.abc import Iterable

from checker.calls.keys import role
from checker.calls.protocols import image_words
from checker.model.types import Workload

_IMAGES = frozenset({
    "alertmanager", "blackbox", "datadog", "exporter", "filebeat", "fluent", "fluentbit", "fluentd", "grafana", "jaeger", "kiali",
    "locust", "logstash", "loki", "opentelemetry", "otel", "otelcol", "prometheus", "promtail", "pushgateway", "statsd", "tempo",
    "thanos", "victoria", "zipkin",
})  # fmt: skip


def observes(workload: Workload) -> bool:
    """Whether a workload is part of the monitoring: its images say so."""
    mains = [container for container in workload.containers if container.role == "main"]
    return bool(mains) and all(not _IMAGES.isdisjoint(image_words(str(container.data.get("image") or ""))) for container in mains)


def of_keys(keys: Iterable[str]) -> bool:
    """Whether everything that names a host calls it a receiver of telemetry."""
    found = [role(key).telemetry for key in keys]
    return bool(found) and all(found)
