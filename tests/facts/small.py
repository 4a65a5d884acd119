"""One small object per line of a test, and the facts about it."""

from collections.abc import Mapping
from typing import Any

from checker.adapters import kubernetes
from checker.facts.subjects import judges
from checker.model.build import Model, build
from tests.systems import read


def deployment(
    name: str = "web", *, kind: str = "Deployment", spec: str = "", pod: str = "", container: str = "", labels: str = "", space: str = "shop"
) -> str:
    labels = labels or f"app: {name}"
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {space}}}\n"
        f"spec: {{selector: {{matchLabels: {{{labels}}}}}, {spec + ', ' if spec else ''}template: {{metadata: {{labels: {{{labels}}}}}, "
        f"spec: {{{pod + ', ' if pod else ''}containers: [{{name: app, image: 'a:1'{', ' + container if container else ''}}}]}}}}}}\n"
    )


def service(name: str = "web", *, selector: str = "app: web", ports: str = "[{port: 80, targetPort: 8080}]", spec: str = "", space: str = "shop", labels: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {space}, labels: {{{labels}}}}}\n"
        f"spec: {{selector: {{{selector}}}, ports: {ports}{', ' + spec if spec else ''}}}\n"
    )


def autoscaler(name: str = "web", *, target: str = "web", kind: str = "Deployment", spec: str = "minReplicas: 2, maxReplicas: 8", meta: str = "") -> str:
    return (
        f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}, namespace: shop{', ' + meta if meta else ''}}}\n"
        f"spec: {{scaleTargetRef: {{kind: {kind}, name: {target}}}, {spec}}}\n"
    )


def scaled_object(name: str = "web", *, target: str = "web", spec: str = "triggers: []") -> str:
    return f"apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{scaleTargetRef: {{name: {target}}}, {spec}}}\n"


def budget(limit: str, *, name: str = "web", selector: str = "matchLabels: {app: web}") -> str:
    return (
        f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{selector: {{{selector}}}{', ' + limit if limit else ''}}}\n"
    )


def cron_job(schedule: str = "0 3 * * *", *, spec: str = "", job: str = "", pod: str = "") -> str:
    return (
        f"apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: report, namespace: shop}}\nspec: {{schedule: '{schedule}', {spec + ', ' if spec else ''}"
        f"jobTemplate: {{spec: {{{job + ', ' if job else ''}template: {{spec: {{{pod + ', ' if pod else ''}restartPolicy: Never, containers: [{{name: a, image: 'a:1'}}]}}}}}}}}}}\n"
    )


def model(*texts: str, complete: bool = False) -> Model:
    return build(kubernetes.read(read({f"{number}.yaml": text for number, text in enumerate(texts)})), complete=complete)


def facts(kind: str, *texts: str, name: str = "", complete: bool = False) -> Mapping[str, Any]:
    """The facts of the first subject of a kind, and of that name where one is given."""
    built = model(*texts, complete=complete)
    return next(
        judged.facts for judge in judges(built) for judged in judge() if judged.kind == kind and name in ("", judged.subject.name)
    )
