"""Small systems, drawn at random: a few names, so that things refer to each other by chance."""

import json
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["web", "cart", "web-pdb"])
SPACES = st.sampled_from(["shop", "default"])
LABELS = st.fixed_dictionaries({"app": st.sampled_from(["web", "cart"])})
PROBE = st.fixed_dictionaries(
    {"httpGet": st.fixed_dictionaries({"port": st.sampled_from([8080, 9090, "http"]), "path": st.sampled_from(["/", "/ready"])})},
    optional={"periodSeconds": st.integers(1, 20), "timeoutSeconds": st.integers(1, 20)},
)
RESOURCES = st.fixed_dictionaries(
    {},
    optional={"requests": st.just({"cpu": "100m", "memory": "64Mi"}), "limits": st.sampled_from([{"memory": "64Mi"}, {"memory": "32Mi"}])},
)
CONTAINER = st.fixed_dictionaries(
    {"name": st.just("app"), "image": st.sampled_from(["a/b:1", "a/b", "a/b:latest"])},
    optional={
        "ports": st.sampled_from([[{"containerPort": 8080}], [{"name": "http", "containerPort": 8080}], [{"name": "metrics", "containerPort": 9090}]]),
        "readinessProbe": PROBE, "livenessProbe": PROBE, "resources": RESOURCES,
        "lifecycle": st.just({"preStop": {"sleep": {"seconds": 40}}}),
        "envFrom": st.just([{"configMapRef": {"name": "settings"}}]),
    },
)  # fmt: skip


def _object(api_version: str, kind: str, spec: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "apiVersion": st.just(api_version),
            "kind": st.just(kind),
            "metadata": st.fixed_dictionaries({"name": NAMES, "namespace": SPACES}),
            "spec": spec,
        }
    )


def _pod(labels: Any) -> st.SearchStrategy[dict[str, Any]]:
    spec = st.fixed_dictionaries(
        {"containers": CONTAINER.map(lambda container: [container])}, optional={"priorityClassName": st.just("urgent")}
    )
    return st.fixed_dictionaries({"metadata": st.just({"labels": labels}), "spec": spec})


DEPLOYMENT = LABELS.flatmap(
    lambda labels: _object(
        "apps/v1", "Deployment",
        st.fixed_dictionaries({"selector": st.just({"matchLabels": labels}), "template": _pod(labels)},
            optional={"replicas": st.integers(0, 4), "strategy": st.sampled_from([{"type": "Recreate"}, {"rollingUpdate": {"maxUnavailable": "100%"}}])}),
    )
)  # fmt: skip
SERVICE = _object("v1", "Service", LABELS.flatmap(lambda labels: st.fixed_dictionaries(
    {"selector": st.just(labels), "ports": st.sampled_from([[{"port": 80, "targetPort": 8080}], [{"port": 80, "targetPort": "http"}]])},
    optional={"clusterIP": st.just("None")})))  # fmt: skip
AUTOSCALER = _object("autoscaling/v2", "HorizontalPodAutoscaler", st.tuples(NAMES, st.integers(1, 3), st.integers(0, 3)).map(lambda drawn: {
    "scaleTargetRef": {"kind": "Deployment", "name": drawn[0]}, "minReplicas": drawn[1], "maxReplicas": drawn[1] + drawn[2],
    "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]}))  # fmt: skip
BUDGET = _object(
    "policy/v1",
    "PodDisruptionBudget",
    st.tuples(LABELS, st.sampled_from([{"minAvailable": 1}, {"minAvailable": 2}, {"maxUnavailable": 0}, {"maxUnavailable": "50%"}])).map(
        lambda drawn: {"selector": {"matchLabels": drawn[0]}} | drawn[1]
    ),
)
SYSTEMS = st.lists(
    st.one_of(DEPLOYMENT, DEPLOYMENT, SERVICE, AUTOSCALER, BUDGET),
    min_size=1, max_size=7, unique_by=lambda item: (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]),
)  # fmt: skip


def files_of(system: list[dict[str, Any]]) -> dict[str, str]:
    """One file per object, in folders of their own so that no name is defined twice in one place."""
    return {f"{number}/{item['kind'].lower()}.json": json.dumps(item, indent=1) for number, item in enumerate(system)}
