"""Facts about containers: image, resources, environment, shutdown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from checker.facts.fields import Anchor, Field
from checker.facts.image import tag_of
from checker.facts.reach import Reach
from checker.facts.resources import RESOURCE_FIELDS, resource_facts
from checker.facts.startup import STARTUP_FIELDS, startup_facts
from checker.governors import Governor
from checker.model.build import Model
from checker.model.types import Container, Workload

_SLEEP = re.compile(r"\bsleep\s+(\d+(?:\.\d+)?)([smh]?)\b")
# pilot-agent drains for 5 s, or terminationDrainDuration (istio.io/latest/docs/reference/config/istio.mesh.v1alpha1).
_PROXY, _PROXY_IMAGE = "istio-proxy", re.compile(r"(?:^|/)proxyv2(?:[:@]|$)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}

CONTAINER_FIELDS = {
    "container.name": Field("string", "name of the container", ("name",)),
    "container.role": Field("string", "main, init, or sidecar (an init container that is always restarted)"),
    "container.serves": Field("bool", "it answers requests of callers", ("ports",)),
    "container.image": Field("string", "image as written", ("image",)),
    "container.image_tag": Field("string", "the image's tag; empty if it names none", ("image",)),
    "container.image_digest": Field("bool", "the image is pinned by digest", ("image",)),
    "container.image_pull_policy": Field(
        "string", "imagePullPolicy in force: Always for `latest` or no tag, else IfNotPresent", ("imagePullPolicy",)
    ),
    "container.repeated_variables": Field("list(string)", "environment variables given more than once with different values", ("env",)),
    "container.pre_stop": Field("bool", "something runs before the container is told to stop", ("lifecycle", "preStop")),
    "container.drains": Field("bool", "its program is known to go on serving for some seconds when it is told to stop: Istio's proxy"),
    "container.pre_stop_sleep_seconds": Field("double", "seconds the preStop hook sleeps; 0 if it does not", ("lifecycle", "preStop")),
    "container.has_readiness_probe": Field("bool", "readinessProbe is set", ("readinessProbe",)),
    "container.has_liveness_probe": Field("bool", "livenessProbe is set", ("livenessProbe",)),
    "container.has_startup_probe": Field("bool", "startupProbe is set", ("startupProbe",)),
    "container.heap_bytes": Field(
        "int", "largest heap or store of data that its program is told to use (-Xmx, GOMEMLIMIT, maxmemory)", ("resources",), optional=True
    ),
    "container.heap_key": Field("string", "the setting that says so; empty if none", ("resources",)),
    **RESOURCE_FIELDS,
    **STARTUP_FIELDS,
}


def container_facts(model: Model, workload: Workload, container: Container, reached: Reach, found: Sequence[Governor]) -> dict[str, Any]:
    """Every fact of a container, by name; `found` are its governors."""
    data = container.data
    heap, key = max(((each.amount, each.key) for each in found if each.row.governs == "heap" and each.amount), default=(None, ""))
    image = data.get("image") or ""
    tag, digest = tag_of(image)
    pre_stop = (data.get("lifecycle") or {}).get("preStop") or {}
    return {
        "container.name": container.name,
        "container.role": container.role,
        "container.serves": container.name in reached.serving or (False if reached.certain or container.role == "init" else reached.serves),
        "container.image": image,
        "container.image_tag": tag,
        "container.image_digest": digest,
        "container.image_pull_policy": data.get("imagePullPolicy")
        or ("Always" if not digest and tag in ("", "latest") else "IfNotPresent"),
        "container.repeated_variables": _repeated(data.get("env") or ()),
        "container.drains": container.name == _PROXY or _PROXY_IMAGE.search(image) is not None,
        "container.pre_stop": bool(pre_stop),
        "container.pre_stop_sleep_seconds": sleep_seconds(pre_stop),
        "container.has_readiness_probe": data.get("readinessProbe") is not None,
        "container.has_liveness_probe": data.get("livenessProbe") is not None,
        "container.has_startup_probe": data.get("startupProbe") is not None,
        "container.heap_bytes": None if heap is None else int(heap),
        "container.heap_key": key,
        **resource_facts(model, workload, container),
        **startup_facts(container),
    }


def container_anchor(workload: Workload, container: Container) -> Anchor:
    """Where the container is written."""
    return Anchor(workload.source, container.path)


def sleep_seconds(hook: Mapping[str, Any]) -> float:
    """How long a lifecycle hook sleeps: the sleep action, or the `sleep N` of its shell command added up."""
    if hook.get("sleep"):
        return float(hook["sleep"].get("seconds") or 0)
    command = " ".join((hook.get("exec") or {}).get("command") or ())
    return sum(float(number) * _SECONDS[unit] for number, unit in _SLEEP.findall(command))


def _repeated(variables: Any) -> tuple[str, ...]:
    """The last one wins; the same value twice is harmless."""
    first: dict[str, Any] = {}
    return tuple(dict.fromkeys(entry["name"] for entry in variables if first.setdefault(entry["name"], entry) != entry))
