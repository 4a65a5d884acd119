"""The peers' manifests show one thing and leave out what an API server demands besides; we judge only what it would take."""

from typing import Any

from checker.documents import Document, parse


def completed(file: str, content: bytes) -> list[Document]:
    """The documents of a file, with what is missing filled in: names, selectors, images, path types."""
    return [
        document._replace(data=_object(document.data)) for document in parse(file, content).documents if isinstance(document.data, dict)
    ]


def _object(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("kind") == "List":
        return {**data, "items": [_object(item) for item in data.get("items") or ()]}
    spec = data.get("spec")
    whole = {**data, "metadata": {"name": "unnamed", **(data.get("metadata") or {})}}
    if data.get("kind") in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "ReplicationController"):
        whole["spec"] = _owner(data["kind"], spec or {})
    if data.get("kind") == "Ingress" and isinstance(spec, dict):
        whole["spec"] = {**spec, "rules": [_rule(rule) for rule in spec.get("rules") or ()]}
    return whole


def _owner(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    if kind == "Pod":
        return _pod(spec)
    if kind == "CronJob":
        return {"schedule": "0 0 * * *", **spec, "jobTemplate": {"spec": _owner("Job", (spec.get("jobTemplate") or {}).get("spec") or {})}}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or ({} if spec.get("selector") else {"unnamed": "unnamed"})
    metadata = {**(template.get("metadata") or {}), "labels": labels}
    pod = {**({"restartPolicy": "Never"} if kind == "Job" else {}), **_pod(template.get("spec") or {})}
    selector = (
        {}
        if kind == "Job"
        else {"selector": spec.get("selector") or (labels if kind == "ReplicationController" else {"matchLabels": labels})}
    )
    return {**spec, **selector, "template": {"metadata": metadata, "spec": pod}}


def _pod(spec: dict[str, Any]) -> dict[str, Any]:
    containers = spec.get("containers") or [{"ports": [{"containerPort": 8080}]}]
    named = [{"name": f"c{index}", "image": "registry.example.com/a:1.0.0", **container} for index, container in enumerate(containers)]
    init = [{"image": "registry.example.com/a:1.0.0", **container} for container in spec.get("initContainers") or ()]
    return {**spec, "initContainers": init, "containers": [{**container, "volumeMounts": []} for container in named]}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    paths = [{"pathType": "Prefix", "path": "/", **path} for path in (rule.get("http") or {}).get("paths") or ()]
    return {**rule, "http": {"paths": paths}} if paths else rule
