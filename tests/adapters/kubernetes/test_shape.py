"""What the API server refuses, and what it takes. The verdicts were compared with the validation code of Kubernetes 1.34."""

import copy
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.adapters.kubernetes.flaws import flaws
from checker.adapters.kubernetes.schemas import _FILES, _load, as_the_server_reads, pod_owner_rules, rules
from checker.adapters.kubernetes.shape import MOST_MISTAKES, check
from checker.location import field_name

POD = {"containers": [{"name": "web", "image": "web:1"}]}
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": POD}
WORKLOAD = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
JOB = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
SERVICE = {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http", "targetPort": "http"}]}
BACKEND = {"service": {"name": "web", "port": {"number": 80}}}
INGRESS = {"rules": [{"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}]}
OLD_BACKEND = {"serviceName": "web", "servicePort": 80}
OLD_INGRESS = {"rules": [{"http": {"paths": [{"path": "/", "backend": OLD_BACKEND}]}}]}

OBJECTS: dict[str, dict[str, Any]] = {
    "v1 Pod": {"spec": POD},
    "apps/v1 Deployment": {"spec": {**WORKLOAD, "replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}}},
    "apps/v1 StatefulSet": {"spec": {**WORKLOAD, "serviceName": "web", "updateStrategy": {"rollingUpdate": {"partition": 1}}}},
    "apps/v1 DaemonSet": {"spec": {**WORKLOAD, "updateStrategy": {"type": "OnDelete"}}},
    "apps/v1 ReplicaSet": {"spec": WORKLOAD},
    "v1 ReplicationController": {"spec": {"selector": {"app": "web"}, "template": TEMPLATE}},
    "batch/v1 Job": {"spec": {**JOB, "backoffLimit": 3}},
    "batch/v1 CronJob": {"spec": {"schedule": "@daily", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": JOB}}},
    "batch/v1beta1 CronJob": {"spec": {"schedule": "@daily", "jobTemplate": {"spec": JOB}}},
    "apps/v1beta1 Deployment": {"spec": {"template": TEMPLATE}},
    "apps/v1beta2 Deployment": {"spec": WORKLOAD},
    "extensions/v1beta1 Deployment": {"spec": {"template": TEMPLATE}},
    "extensions/v1beta1 DaemonSet": {"spec": {"template": TEMPLATE}},
    "apps.openshift.io/v1 DeploymentConfig": {"spec": {**WORKLOAD, "replicas": 2, "selector": {"app": "web"}}},
    "argoproj.io/v1alpha1 Rollout": {"spec": {**WORKLOAD, "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "1h"}}]}}}},
    "apps.kruise.io/v1alpha1 CloneSet": {"spec": WORKLOAD},
    "apps.kruise.io/v1beta1 StatefulSet": {"spec": WORKLOAD},
    "serving.knative.dev/v1 Service": {"spec": {"template": {"spec": {"containers": [{"image": "web:1"}]}}}},
    "example.com/v1 Unknown": {"spec": {"template": TEMPLATE}},
    "v1 Service": {"spec": SERVICE},
    "v1 Endpoints": {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]},
    "discovery.k8s.io/v1 EndpointSlice": {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]},
    "networking.k8s.io/v1 Ingress": {"spec": INGRESS},
    "networking.k8s.io/v1beta1 Ingress": {"spec": OLD_INGRESS},
    "extensions/v1beta1 Ingress": {"spec": {"backend": OLD_BACKEND}},
    "networking.k8s.io/v1 NetworkPolicy": {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 80}]}]}},
    "autoscaling/v1 HorizontalPodAutoscaler": {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 60}},
    "autoscaling/v2 HorizontalPodAutoscaler": {"spec": {"scaleTargetRef": TARGET, "minReplicas": 2, "maxReplicas": 3, "metrics": [CPU]}},
    "autoscaling/v2beta2 HorizontalPodAutoscaler": {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, "metrics": [CPU]}},
    "autoscaling/v2beta1 HorizontalPodAutoscaler": {"spec": {
        "scaleTargetRef": TARGET, "maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 60}}],
    }},
    "autoscaling.k8s.io/v1 VerticalPodAutoscaler": {"spec": {"targetRef": TARGET, "updatePolicy": {"updateMode": "Off"}}},
    "keda.sh/v1alpha1 ScaledObject": {"spec": {"scaleTargetRef": {"name": "web"}, "triggers": [{"type": "cpu", "metadata": {"value": "60"}}]}},
    "policy/v1 PodDisruptionBudget": {"spec": {"maxUnavailable": "50%", "selector": {"matchLabels": {"app": "web"}}}},
    "policy/v1beta1 PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}},
    "scheduling.k8s.io/v1 PriorityClass": {"value": 1000},
    "v1 LimitRange": {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": 0.5}}]}},
    "v1 ResourceQuota": {"spec": {"hard": {"requests.cpu": "10", "pods": 20}}},
    "v1 ConfigMap": {"data": {"port": "8080"}},
    "v1 Secret": {"data": {"password": "aHVudGVyMg=="}, "stringData": {"user": "shop"}},
    "v1 Namespace": {},
    "v1 ServiceAccount": {"automountServiceAccountToken": False},
    "monitoring.coreos.com/v1 ServiceMonitor": {"spec": {"selector": {"matchLabels": {"app": "web"}}, "endpoints": [{"port": "http"}]}},
    "monitoring.coreos.com/v1 PodMonitor": {"spec": {"selector": {}, "podMetricsEndpoints": [{"port": "http"}]}},
}  # fmt: skip

CONTAINER = "spec.template.spec.containers.0"
ABSENT = "(absent)"


def made(kind: str, path: str = "", value: Any = None) -> dict[str, Any]:
    """The sound object of a kind, with one value put in."""
    data = copy.deepcopy({"metadata": {"name": "web"}, **OBJECTS[kind]})
    steps = path.split(".")
    node: Any = data
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if value == ABSENT:
        del node[steps[-1]]
    elif isinstance(node, list):
        node[int(steps[-1])] = value
    elif path:
        node[steps[-1]] = value
    return data


def judged(kind: str, data: dict[str, Any]):
    return check(*kind.split(), data)


@pytest.mark.parametrize("kind", OBJECTS)
def test_sound_objects_pass_untouched(kind: str) -> None:
    data = made(kind)
    assert judged(kind, data) == (data, (), ())
    assert judged(kind, data).data is data


D = "apps/v1 Deployment"
REFUSED = [
    # kind, path, value, message, fix
    (D, "spec", ABSENT, "spec is missing; a specification with selector and template is required", "add spec"),
    (D, "spec.selector", ABSENT, "spec.selector is missing; a label selector", "spec.selector.matchLabels"),
    (D, "spec.selector", {}, "spec.selector is empty; at least one label is required", "spec.selector.matchLabels"),
    (D, "spec.selector", "app=web", "spec.selector is the text 'app=web'; a label selector", "lines of the form key: value"),
    (D, "spec.template", ABSENT, "spec.template is missing; a pod template is required", "add template"),
    (D, "spec.replicas", "three", "spec.replicas is the text 'three'; a whole number is required", "write a whole number"),
    (D, "spec.replicas", "3", "spec.replicas is the text '3'; a whole number is required", "remove the quotes: replicas: 3"),
    (D, "spec.replicas", -1, "spec.replicas is the number -1; a whole number of at least 0 is required", "at least 0"),
    (D, "spec.replicas", 99999999999999999999, "spec.replicas is a number beyond 64 bits; a whole number of at most 2147483647", "at most"),
    (D, "spec.replicas", 1.5, "spec.replicas is the number 1.5; a whole number is required", "write a whole number"),
    (D, "spec.strategy.type", "rollingUpdate", "spec.strategy.type is the text 'rollingUpdate'; RollingUpdate or Recreate", "write RollingUpdate"),
    (D, "spec.strategy.type", "Recreate", "spec.strategy has the type Recreate, which takes no rollingUpdate", "remove rollingUpdate"),
    (D, "spec.strategy.rollingUpdate", {"maxSurge": 0, "maxUnavailable": "0%"}, "allows neither a pod more", "to 1"),
    (D, "spec.strategy.rollingUpdate.maxSurge", "1", "a whole number or a percentage such as 25% is required", "remove the quotes: maxSurge: 1"),
    (D, "spec.strategy.rollingUpdate.maxUnavailable", "150%", "a percentage from 0% to 100%", "0% to 100%"),
    (D, "spec.progressDeadlineSeconds", 0, "spec.progressDeadlineSeconds is 0, which is not more than spec.minReadySeconds (0)", "raise"),
    (D, "metadata.labels", ["app", "web"], "metadata.labels is a list; a mapping is required", "instead of a list"),
    (D, "metadata.labels.version", 1.1, "metadata.labels.version is the number 1.1; text is required", "put the value in quotes"),
    (D, "metadata.labels.app", "a b", "metadata.labels.app is the text 'a b'; a text of at most 63 letters", "write a text"),
    (D, "metadata.annotations", {"example.com/on": True}, 'metadata.annotations["example.com/on"] is the boolean true; text', "in quotes"),
    (D, "spec.template.spec.containers", [], "spec.template.spec.containers is a list; a list with at least one container", "at least one"),
    (D, "spec.template.spec.containers", POD["containers"][0], "containers is a mapping; a list with at least one container", "with a dash"),
    (D, "spec.template.spec.containers", [None], "containers[0] is null; a mapping with name is required", "or remove its dash"),
    (D, "spec.template.spec.containers", POD["containers"] * 2, "containers[1].name is 'web', as spec.template.spec.containers[0].name is", "another"),
    (D, "spec.template.spec.initContainers", POD["containers"], "initContainers[0].name is 'web', as spec.template.spec.containers[0]", "another"),
    (D, f"{CONTAINER}.name", "Web", "name is the text 'Web'; a name of at most 63 lower-case letters", "write a name"),
    (D, f"{CONTAINER}.name", None, "name is null; a name", "give name a value"),
    (D, f"{CONTAINER}.image", ABSENT, "image is missing; the name of an image is required", "add image"),
    (D, f"{CONTAINER}.env", [{"name": "PORT", "value": 8080}], "env[0].value is the number 8080; text is required",
     'put the value in quotes, as in value: "8080"'),
    (D, f"{CONTAINER}.env", [{"name": "ON", "value": True}], "env[0].value is the boolean true; text is required", "put the value in quotes"),
    (D, f"{CONTAINER}.env", {"PORT": "8080"}, "env is a mapping; a list is required", "begin each item with a dash"),
    (D, f"{CONTAINER}.env", [{"name": "A", "value": "a", "valueFrom": {}}], "env[0] has both value and valueFrom", "keep one"),
    (D, f"{CONTAINER}.args", ["-p", 8080], "args[1] is the number 8080; text is required", 'put the value in quotes, as in - "8080"'),
    (D, f"{CONTAINER}.resources", {"limits": {"memory": "64 Mi"}}, "memory is the text '64 Mi'; a quantity such as 500m, 2 or 512Mi", "write 64Mi"),
    (D, f"{CONTAINER}.resources", {"limits": {"memory": "1GB"}}, "memory is the text '1GB'", "write 1Gi (in powers of 1024) or 1G"),
    (D, f"{CONTAINER}.resources", {"limits": {"memory": "512mb"}}, "memory is the text '512mb'", "write 512Mi (in powers of 1024) or 512M"),
    (D, f"{CONTAINER}.resources", {"requests": {"cpu": "1,5"}}, "cpu is the text '1,5'", "write 1.5"),
    (D, f"{CONTAINER}.resources", {"requests": {"cpu": "lots"}}, "cpu is the text 'lots'", "write a quantity such as"),
    (D, f"{CONTAINER}.resources", {"requests": {"cpu": "-1"}}, "cpu is the text '-1'; a quantity", "not a negative one"),
    (D, f"{CONTAINER}.resources", {"requests": {"cpu": True}}, "cpu is the boolean true; a quantity", "put the value in quotes"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 0}], "containerPort is the number 0; a port number from 1 to 65535", "write a port number"),
    (D, f"{CONTAINER}.ports", [{"containerPort": "80"}], "containerPort is the text '80'; a port number", "remove the quotes: containerPort: 80"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 70000}], "containerPort is the number 70000; a port number from 1 to 65535", "write"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 80, "name": "a-name-that-is-too-long"}], "a port name of at most 15 lower-case letters", "write"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 80, "name": "8080"}], "with at least one letter is required", "write"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 80, "protocol": "tcp"}], "protocol is the text 'tcp'; TCP, UDP or SCTP is required", "write TCP"),
    (D, f"{CONTAINER}.ports", [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}], "ports[1].name is 'a', as", "another"),
    (D, f"{CONTAINER}.imagePullPolicy", "always", "imagePullPolicy is the text 'always'; Always, IfNotPresent or Never", "write Always"),
    (D, f"{CONTAINER}.readinessProbe", {"periodSeconds": 5}, "readinessProbe needs exactly one of exec, httpGet, tcpSocket and grpc", "one way"),
    (D, f"{CONTAINER}.readinessProbe", {"exec": {}, "tcpSocket": {"port": 80}}, "readinessProbe needs exactly one of", "one way"),
    (D, f"{CONTAINER}.readinessProbe", {"tcpSocket": {"port": 80}, "periodSeconds": -1}, "periodSeconds is the number -1", "at least 0"),
    (D, f"{CONTAINER}.readinessProbe", {"httpGet": {"path": "/"}}, "httpGet.port is missing; a port number from 1 to 65535, or the name", "add port"),
    (D, f"{CONTAINER}.readinessProbe", {"httpGet": {"port": "8080"}}, "httpGet.port is the text '8080'", "remove the quotes: port: 8080"),
    (D, f"{CONTAINER}.livenessProbe", {"exec": {}, "successThreshold": 2}, "successThreshold is the number 2; 1 (one success is enough", "remove"),
    (D, f"{CONTAINER}.lifecycle", {"preStop": {}}, "lifecycle.preStop needs exactly one of exec", "say what to do"),
    (D, "spec.template.spec.initContainers", [{"name": "i", "image": "i", "readinessProbe": {"exec": {}}}],
     "initContainers[0] has probes or a lifecycle", "restartPolicy: Always"),
    (D, "spec.template.spec.terminationGracePeriodSeconds", "30", "terminationGracePeriodSeconds is the text '30'; a whole number", "remove the quotes"),
    (D, "spec.template.spec.restartPolicy", "Never", "restartPolicy is the text 'Never'; Always is required", "make the workload a Job"),
    (D, "spec.template.spec.hostNetwork", "true", "hostNetwork is the text 'true'; true or false is required", "remove the quotes: hostNetwork: true"),
    (D, "spec.template.spec.topologySpreadConstraints", [{"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}], "topologyKey is missing; the key of a node label", "add topologyKey"),
    (D, "spec.selector.matchExpressions", [{"key": "a", "operator": "In"}], "matchExpressions[0] has the operator In or NotIn, but no values", "list"),
    ("v1 Pod", "spec.restartPolicy", "Sometimes", "spec.restartPolicy is the text 'Sometimes'; Always, OnFailure or Never", "write Always"),
    ("batch/v1 Job", "spec.template.spec.restartPolicy", ABSENT, "restartPolicy is missing; Never or OnFailure is required", "add restartPolicy"),
    ("batch/v1 Job", "spec.template.spec.restartPolicy", "Always", "restartPolicy is the text 'Always'; Never or OnFailure", "restartPolicy: OnFailure"),
    ("batch/v1 Job", "spec.backoffLimit", -1, "spec.backoffLimit is the number -1", "at least 0"),
    ("batch/v1 CronJob", "spec.schedule", ABSENT, "spec.schedule is missing; a schedule such as", "add schedule"),
    ("batch/v1 CronJob", "spec.concurrencyPolicy", "forbid", "Allow, Forbid or Replace is required", "write Forbid"),
    ("apps/v1 StatefulSet", "spec.podManagementPolicy", "Serial", "OrderedReady or Parallel is required", "write OrderedReady or Parallel"),
    ("apps/v1 DaemonSet", "spec.updateStrategy.type", "Recreate", "RollingUpdate or OnDelete is required", "write RollingUpdate"),
    ("apps/v1beta2 Deployment", "spec.selector", ABSENT, "spec.selector is missing", "spec.selector.matchLabels"),
    ("v1 Service", "spec.ports", ABSENT, "spec has no ports", "add a list of ports"),
    ("v1 Service", "spec.ports", {"port": 80}, "spec.ports is a mapping; a list is required", "begin each item with a dash"),
    ("v1 Service", "spec.ports", [{"port": 80}, {"port": 81, "name": "b"}], "spec.ports[0].name is missing; each port of several needs a name", "add"),
    ("v1 Service", "spec.ports", [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}], "spec.ports[1].port is 80, as spec.ports[0].port is", "remove"),
    ("v1 Service", "spec.ports.0.targetPort", "8080", "targetPort is the text '8080'; a port number from 1 to 65535, or the name", "remove the quotes"),
    ("v1 Service", "spec.ports.0.port", 0, "spec.ports[0].port is the number 0", "write a port number"),
    ("v1 Service", "spec.type", "NodeIP", "spec.type is the text 'NodeIP'; ClusterIP, NodePort, LoadBalancer or ExternalName", "write ClusterIP"),
    ("v1 Service", "spec.type", "ExternalName", "spec has the type ExternalName, but no externalName", "add externalName"),
    ("v1 Service", "spec.selector", ["app"], "spec.selector is a list; a mapping is required", "instead of a list"),
    ("networking.k8s.io/v1 Ingress", "spec.rules.0.http.paths.0.pathType", ABSENT, "pathType is missing; Prefix, Exact or", "add pathType"),
    ("networking.k8s.io/v1 Ingress", "spec.rules.0.http.paths.0.backend", OLD_BACKEND, "backend needs exactly one of service and resource", "v1beta1"),
    ("networking.k8s.io/v1 Ingress", "spec.rules.0.http.paths.0.path", "shop", "path is the text 'shop'; a path that begins with /", "begins with /"),
    ("networking.k8s.io/v1 Ingress", "spec.rules.0.http.paths.0.path", ABSENT, "paths[0] has no path", "add path: /"),
    ("networking.k8s.io/v1 Ingress", "spec.rules", [], "spec has neither rules nor a defaultBackend", "add rules"),
    ("networking.k8s.io/v1beta1 Ingress", "spec.rules.0.http.paths.0.backend", BACKEND, "backend needs serviceName and servicePort", "or move"),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.maxReplicas", ABSENT, "spec.maxReplicas is missing", "add maxReplicas"),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.maxReplicas", 0, "spec.maxReplicas is the number 0; a whole number of at least 1", "at least 1"),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.maxReplicas", 1, "spec.maxReplicas is 1, which is less than spec.minReplicas (2)", "raise"),
    ("autoscaling/v1 HorizontalPodAutoscaler", "spec.minReplicas", 5, "spec.maxReplicas is 3, which is less than spec.minReplicas (5)", "raise"),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.metrics.0.resource", ABSENT, "metrics[0] has no block that belongs to its type", "resource"),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.metrics.0.type", "resource", "Resource, ContainerResource, Pods, Object or External", "write Resource"),
    ("keda.sh/v1alpha1 ScaledObject", "spec.triggers.0.metadata.value", 60, "metadata.value is the number 60; text is required", '"60"'),
    ("policy/v1 PodDisruptionBudget", "spec.minAvailable", 1, "spec has both minAvailable and maxUnavailable", "keep one"),
    ("policy/v1 PodDisruptionBudget", "spec.maxUnavailable", "1", "spec.maxUnavailable is the text '1'", "remove the quotes: maxUnavailable: 1"),
    ("scheduling.k8s.io/v1 PriorityClass", "value", "high", "value is the text 'high'; a whole number is required", "write a whole number"),
    ("v1 LimitRange", "spec.limits.0.default.cpu", "1 core", "default.cpu is the text '1 core'; a quantity", "quantity"),
    ("v1 ConfigMap", "data.port", 8080, "data.port is the number 8080; text is required", 'as in port: "8080"'),
    ("v1 ConfigMap", "data.nested", {"a": "b"}, "data.nested is a mapping; text is required", "write text"),
    ("serving.knative.dev/v1 Service", "spec.template.spec.containers.0.env", [{"name": "A", "value": 1}], "text is required, so the cluster", '"1"'),
    ("example.com/v1 Unknown", f"{CONTAINER}.env", [{"name": "A", "value": 1}], "env[0].value is the number 1; text is required", '"1"'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value", "message", "fix"), REFUSED)
def test_one_mistake_is_one_clear_message(kind: str, path: str, value: Any, message: str, fix: str) -> None:
    mistakes = judged(kind, made(kind, path, value)).mistakes
    assert len(mistakes) == 1
    assert message in mistakes[0].message
    assert fix in mistakes[0].fix
    assert mistakes[0].message.startswith(field_name(mistakes[0].path))
    assert "so the API server refuses this object" in mistakes[0].message or "so the cluster refuses" in mistakes[0].message


TAKEN = [
    (D, "spec.replicas", 0),
    (D, "spec.replicas", None),
    (D, "spec.replicas", 3.0),
    (D, "spec.strategy", {"type": ""}),
    (D, "spec.strategy.rollingUpdate", {"maxSurge": "200%"}),
    (D, "spec.unknownField", {"anything": [1, None]}),
    (D, "metadata.labels", None),
    (D, "metadata.labels.empty", ""),
    (D, f"{CONTAINER}.ports", [{"containerPort": 80, "hostPort": 0, "protocol": "", "name": ""}]),
    (D, f"{CONTAINER}.readinessProbe", {"httpGet": {"port": "http"}, "successThreshold": 3, "periodSeconds": 0}),
    (D, f"{CONTAINER}.livenessProbe", {"grpc": {"port": 80}, "successThreshold": 0}),
    (D, f"{CONTAINER}.resources", {"limits": {"cpu": 1.5, "memory": "1e3", "example.com/gpu": "2"}, "requests": {"memory": " 1Gi "}}),
    (D, f"{CONTAINER}.env", [{"name": "A"}, {"name": "B", "value": None}, {"name": "B", "value": "again"}]),
    (D, f"{CONTAINER}.env", [{"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
    (D, "spec.template.spec.initContainers", [{"name": "i", "image": "i", "restartPolicy": "Always", "readinessProbe": {"exec": {}}}]),
    ("v1 Pod", "spec.restartPolicy", "OnFailure"),
    ("v1 Service", "spec", {"type": "ExternalName", "externalName": "db.example"}),
    ("v1 Service", "spec", {"clusterIP": "None", "selector": {"app": "web"}}),
    ("v1 Service", "spec.ports.0.targetPort", 0),
    ("v1 ReplicationController", "spec.selector", ABSENT),
    ("extensions/v1beta1 Deployment", "spec.selector", None),
    ("autoscaling/v2 HorizontalPodAutoscaler", "spec.minReplicas", 0),
    ("argoproj.io/v1alpha1 Rollout", "spec", {"workloadRef": {"kind": "Deployment", "name": "web"}}),
    ("argoproj.io/v1alpha1 Rollout", f"{CONTAINER}.readinessProbe", {"periodSeconds": 5}),
    ("v1 ConfigMap", "data.empty", None),
    ("networking.k8s.io/v1 NetworkPolicy", "spec.ingress", [None]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value"), TAKEN)
def test_the_api_server_takes_these(kind: str, path: str, value: Any) -> None:
    assert judged(kind, made(kind, path, value)).mistakes == ()


@pytest.mark.parametrize(
    ("kind", "path", "value", "read"),
    [
        (D, "spec.replicas", None, ABSENT),
        (D, "metadata.labels", {"a": None}, {"a": ""}),
        (D, "metadata.labels", {8080: "x", True: "y"}, {"8080": "x", "true": "y"}),
        (D, f"{CONTAINER}.args", [None, "a"], ["", "a"]),
        (D, f"{CONTAINER}.resources", {"limits": {"cpu": None}, "requests": None}, {"limits": {}}),
        ("v1 ConfigMap", "data", {"a": None}, {"a": ""}),
        ("policy/v1 PodDisruptionBudget", "spec", None, {}),
        ("v1 LimitRange", "spec", ABSENT, {}),
        ("networking.k8s.io/v1 NetworkPolicy", "spec.ingress", [None], [{}]),
    ],
)
def test_data_is_what_the_api_server_reads(kind: str, path: str, value: Any, read: Any) -> None:
    given = made(kind, path, value)
    before = copy.deepcopy(given)
    assert judged(kind, given).data == made(kind, path, read)
    assert given == before


def test_a_null_spec_is_named_as_null() -> None:
    data = {"metadata": None, "spec": {"replicas": None, "selector": None, "template": {"metadata": None, "spec": {"containers": None}}}}
    assert [(mistake.path, mistake.message) for mistake in check("apps/v1", "Deployment", data).mistakes] == [
        (("spec", "selector"), "spec.selector is null; a label selector with matchLabels or matchExpressions is required, so the API server refuses this object"),
        (("spec", "template", "spec", "containers"), "spec.template.spec.containers is null; a list with at least one container is required, so the API server refuses this object"),
    ]  # fmt: skip


def test_an_api_version_that_never_was() -> None:
    (mistake,) = check("apps/v99", "Deployment", made(D)).mistakes
    assert mistake.path == ("apiVersion",)
    assert "apps/v1 is required" in mistake.message


def test_an_unknown_kind_has_no_mistakes() -> None:
    data = {"spec": {"template": "text", "anything": None}}
    assert check("example.com/v1", "Thing", data) == (data, (), ())


@pytest.mark.parametrize(
    "data", [{}, {"metadata": [], "spec": 5}, {"spec": {"template": []}}, {"spec": {"template": {"spec": {"containers": [[]]}}}}]
)
@pytest.mark.parametrize("kind", OBJECTS)
def test_nonsense_does_not_raise(kind: str, data: dict[str, Any]) -> None:
    judged(kind, data)


def test_values_of_secrets_are_not_shown() -> None:
    data = {"metadata": {}, "data": {"a": "not in base64!"}, "stringData": {"b": 123456}}
    mistakes = check("v1", "Secret", data).mistakes
    assert len(mistakes) == 2
    assert not any(secret in str(mistake) for mistake in mistakes for secret in ("not in base64!", "123456"))


def test_there_are_never_too_many() -> None:
    data = {"metadata": {}, "data": {f"key{number}": number for number in range(1000)}}
    assert len(check("v1", "ConfigMap", data).mistakes) == MOST_MISTAKES


def test_shared_values_are_not_unrolled() -> None:
    bomb: list[Any] = ["x"] * 9
    for _ in range(12):
        bomb = [bomb] * 9
    assert check("v1", "ConfigMap", {"metadata": {"labels": bomb}, "data": {"a": bomb}}).mistakes
    assert check("apps/v1", "Deployment", {"metadata": {}, "spec": {"selector": bomb, "template": {"spec": {"containers": bomb}}}}).mistakes


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "3", "25%", "1Gi", "Always", "http", "a b", "TCP"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "port", "type", "value", "spec"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_the_fast_validator_and_the_one_with_words_agree(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(OBJECTS)))
    found = rules(*kind.split()) or pod_owner_rules()
    given_object = made(kind)
    place = data.draw(st.sampled_from(places(given_object)))
    node: Any = given_object
    for step in place[:-1]:
        node = node[step]
    if place:
        node[place[-1]] = data.draw(VALUES)
    read = as_the_server_reads(found.definitions, (found.schema,), given_object)
    fast = jsonschema_rs.Draft202012Validator(found.standalone()).is_valid(read)
    assert fast == (next(flaws(found.definitions, found.schema, read), None) is None)
    first, second = judged(kind, given_object), judged(kind, copy.deepcopy(given_object))
    assert first == second
    assert first.mistakes or judged(kind, first.data).data is first.data


def nodes_of(schema: Any) -> list[dict[str, Any]]:
    """All schemas within a schema; names of properties are not taken for keywords."""
    if isinstance(schema, list):
        return [node for each in schema for node in nodes_of(each)]
    inner = [*schema.get("properties", {}).values(), *(schema[key] for key in ("items", "additionalProperties", "not") if key in schema)]
    parts = [part for key in ("oneOf", "anyOf", "allOf") for part in schema.get(key, [])]
    return [schema, *nodes_of(inner), *nodes_of(parts)]


WHOLE = {name: schema for file in _FILES for name, schema in _load(file)["$defs"].items()}
KEYWORDS = {
    "$ref", "type", "enum", "const", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
    "required", "properties", "items", "additionalProperties", "not", "oneOf", "anyOf", "allOf",
    "description", "fix", "refusal", "hidden", "default",
}  # fmt: skip


def test_no_definition_is_made_twice() -> None:
    assert len(WHOLE) == sum(len(_load(file)["$defs"]) for file in _FILES)


@pytest.mark.parametrize("name", WHOLE)
def test_the_schemas_are_sound(name: str) -> None:
    assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **WHOLE[name]})
    for node in nodes_of(WHOLE[name]):
        assert set(node) <= KEYWORDS
        assert node.get("$ref", "#/$defs/Pod").removeprefix("#/$defs/") in WHOLE
        assert "refusal" not in node or {"not", "oneOf", "anyOf"} & set(node)
        assert "refusal" not in node or "fix" in node
        assert "default" not in node or node["default"] == {}


def test_every_definition_is_of_use() -> None:
    kinds = _load("kinds")
    text = json.dumps([kinds, WHOLE])
    assert set(kinds["exact"].values()) | set(kinds["custom"].values()) <= set(WHOLE)
    assert [name for name in WHOLE if f'"{name}"' not in json.dumps(kinds) and f'"#/$defs/{name}"' not in text] == []


def test_every_kind_has_a_sound_example_here() -> None:
    kinds = _load("kinds")
    definitions = {(rules(*kind.split()) or pod_owner_rules()).name for kind in OBJECTS}
    untested = (set(kinds["exact"].values()) | set(kinds["custom"].values())) - definitions
    assert untested <= {"ReplicaSetWithoutSelector", "StatefulSetWithoutSelector"}
