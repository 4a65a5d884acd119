"""How many replicas there are, who says so, and who stands beside a workload."""

import pytest

from checker.facts.fields import NO_AUTOSCALERS, NO_BUDGETS, Unknown
from tests.facts.small import autoscaler, budget, deployment, facts, model, scaled_object, service


@pytest.mark.parametrize(
    ("texts", "complete", "floor", "by"),
    [
        ([deployment(spec="replicas: 3")], True, 3, "spec.replicas"),
        ([deployment()], True, 1, "default"),
        ([deployment(spec="replicas: 3")], False, NO_AUTOSCALERS, ""),
        ([deployment()], False, NO_AUTOSCALERS, ""),
        ([deployment(spec="replicas: 1")], False, 1, "spec.replicas"),
        ([deployment(spec="replicas: 0")], False, 0, "spec.replicas"),
        ([deployment(), autoscaler()], False, 2, "HorizontalPodAutoscaler web"),
        ([deployment(), autoscaler(spec="maxReplicas: 8")], False, 1, "HorizontalPodAutoscaler web"),
        ([deployment(), scaled_object()], False, 0, "ScaledObject web"),
        ([deployment(spec="replicas: 0"), autoscaler()], False, 0, "spec.replicas"),
        ([deployment(spec="replicas: 4"), autoscaler(target="other")], False, 4, "spec.replicas"),
        ([deployment(), autoscaler(target="web-deployment", spec="minReplicas: 3, maxReplicas: 8")], False, 1, "default"),
        ([deployment(kind="DaemonSet")], True, None, ""),
    ],
)
def test_the_fewest_replicas(texts, complete, floor, by):
    found = facts("workload", *texts, complete=complete)
    assert (found["workload.replicas_floor"], found["workload.replicas_by"]) == (floor, by)


@pytest.mark.parametrize(
    ("texts", "replicated"),
    [
        ([deployment(spec="replicas: 2")], True),
        ([deployment()], NO_AUTOSCALERS),
        ([deployment(spec="replicas: 1")], False),
        ([deployment(), autoscaler()], True),
        ([deployment(), scaled_object()], False),
        ([deployment(kind="DaemonSet")], False),
    ],
)
def test_a_written_count_of_two_is_replicated_even_without_autoscalers_in_the_input(texts, replicated):
    assert facts("workload", *texts)["workload.replicated"] == replicated


VERSIONS = [deployment("v1", labels="app: web, version: v1"), deployment("v2", labels="app: web, version: v2")]


@pytest.mark.parametrize(
    ("texts", "peers"),
    [
        ([*VERSIONS, service()], True),
        ([*VERSIONS, service(), service("v1", selector="version: v1")], False),
        ([*VERSIONS], False),
        ([VERSIONS[0], deployment("v2", labels="app: web, version: v2", spec="replicas: 0"), service()], False),
        ([deployment("v1", labels="app: web"), deployment("v1", labels="app: web", spec="replicas: 2"), service()], False),
    ],
)
def test_peers_are_other_workloads_behind_each_service(texts, peers):
    assert facts("workload", *texts, name="v1")["workload.peers"] is peers


@pytest.mark.parametrize(
    ("name", "selector", "astray"),
    [
        ("web", "matchLabels: {app: payments}", True),
        ("web-pdb", "matchLabels: {app: payments}", True),
        ("front", "matchLabels: {app: wep}", True),
        ("web-api-pdb", "matchLabels: {app: payments}", False),
        ("website", "matchLabels: {app: payments}", False),
        ("web", "matchLabels: {app: web}", False),
    ],
)
def test_a_budget_that_selects_nothing_is_astray_for_the_workload_it_is_meant_for(name, selector, astray):
    texts = [deployment(), deployment("web-api"), budget("maxUnavailable: 1", name=name, selector=selector)]
    assert facts("workload", *texts, name="web")["workload.budget_astray"] is astray


def test_budgets_are_counted_where_there_are_any():
    assert facts("workload", deployment())["workload.budgets"] == NO_BUDGETS
    assert facts("workload", deployment(), complete=True)["workload.budgets"] == 0
    assert facts("workload", deployment(), budget("maxUnavailable: 1"), budget("minAvailable: 1", name="b"))["workload.budgets"] == 2
    assert facts("workload", deployment(), budget("maxUnavailable: 1", selector="matchLabels: {app: cart}"))["workload.budgets"] == 0


@pytest.mark.parametrize(
    ("annotation", "hook"),
    [("helm.sh/hook: test", True), ("argocd.argoproj.io/hook: PreSync", True), ("argocd.argoproj.io/sync-wave: '1'", False)],
)
def test_hooks_are_not_part_of_the_running_system(annotation, hook):
    text = deployment().replace("namespace: shop}", f"namespace: shop, annotations: {{{annotation}}}}}")
    assert facts("workload", text)["workload.is_hook"] is hook


OWNED = "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop, ownerReferences: [{{kind: {kind}, name: web, controller: true}}]}}\nspec: {{containers: [{{name: a, image: 'a:1'}}]}}\n"


def test_what_a_controller_in_the_input_has_made_is_not_judged_again():
    assert [workload.kind for workload in model(deployment(), OWNED.format(kind="Deployment")).part.workloads] == ["Deployment"]
    assert facts("workload", OWNED.format(kind="ReplicaSet"))["workload.owned"] is True


def test_unknown_facts_say_what_is_missing():
    assert isinstance(facts("workload", deployment())["workload.autoscaled"], Unknown)
