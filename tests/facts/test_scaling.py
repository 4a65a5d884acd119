"""Autoscalers and budgets, against what their controllers do."""

import pytest

from checker.facts.fields import Unknown
from checker.facts.likeness import alike, renamed
from tests.facts.small import autoscaler, budget, deployment, facts, scaled_object

CPU = "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]"
REQUEST = "resources: {requests: {cpu: 100m}}"


@pytest.mark.parametrize(
    ("texts", "floor", "ceiling"),
    [
        ([deployment(spec="replicas: 3"), budget("maxUnavailable: 1")], 1, 1),
        ([deployment(spec="replicas: 3"), budget("maxUnavailable: 34%")], 2, 2),
        ([deployment(spec="replicas: 3"), budget("minAvailable: 67%")], 0, 0),
        ([deployment(spec="replicas: 3"), budget("minAvailable: 66%")], 1, 1),
        ([deployment(spec="replicas: 2"), budget("minAvailable: 5")], 0, 0),
        ([deployment(spec="replicas: 0"), budget("minAvailable: 1")], None, None),
        ([deployment(), autoscaler(), budget("minAvailable: 2")], 0, 6),
        ([deployment(), scaled_object(), budget("minAvailable: 1")], None, 99),
        ([deployment("a", labels="tier: x", spec="replicas: 1"), deployment("b", labels="tier: x", spec="replicas: 2"), budget("minAvailable: 2", selector="matchLabels: {tier: x}")], 1, 1),
        ([deployment(kind="DaemonSet"), budget("minAvailable: 1")], None, None),
        ([deployment(spec="replicas: 3"), budget("")], None, None),
        ([deployment(spec="replicas: 3"), budget("maxUnavailable: 0", selector="matchLabels: {app: x}")], None, None),
    ],
)
def test_evictions_at_the_fewest_and_the_most_replicas(texts, floor, ceiling):
    found = facts("budget", *texts, complete=True)
    assert (found["budget.evictions_floor"], found["budget.evictions_ceiling"]) == (floor, ceiling)


@pytest.mark.parametrize("limit", ["maxUnavailable: 0", "maxUnavailable: 0%", "minAvailable: 100%"])
def test_some_limits_need_no_pods_to_be_told(limit):
    assert facts("budget", budget(limit))["budget.evictions_ceiling"] == 0


def test_without_autoscalers_in_the_input_no_count_is_the_highest():
    assert isinstance(facts("budget", deployment(spec="replicas: 2"), budget("minAvailable: 2"))["budget.evictions_ceiling"], Unknown)


def test_a_percentage_is_told_with_what_it_comes_to():
    found = facts("budget", deployment(spec="replicas: 3"), budget("minAvailable: 67%"), complete=True)
    assert (found["limit.written"], found["limit.in_force"]) == ("minAvailable: 67%", "minAvailable: 67% of 3 pods is 3, which")


def test_the_second_of_two_budgets_names_the_first():
    texts = [deployment(), budget("maxUnavailable: 1", name="a"), budget("maxUnavailable: 1", name="b")]
    assert [facts("budget", *texts, name=name)["budget.rival"] for name in "ab"] == ["", "a"]


@pytest.mark.parametrize(
    ("spec", "container", "missing", "others"),
    [
        (CPU, "", ("cpu (container app)",), False),
        (CPU, REQUEST, (), True),
        (CPU, "resources: {limits: {cpu: '1'}}", (), True),
        ("maxReplicas: 9", "", ("cpu (container app)",), False),
        ("metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}]", "", (), True),
        ("metrics: [{type: External, external: {metric: {name: q}, target: {type: Value, value: '1'}}}]", "", (), True),
        ("metrics: [{type: ContainerResource, containerResource: {name: memory, container: app, target: {type: Utilization, averageUtilization: 70}}}]", REQUEST, ("memory (container app)",), False),
        ("metrics: [{type: ContainerResource, containerResource: {name: cpu, container: log, target: {type: Utilization, averageUtilization: 70}}}]", "", (), True),
    ],
)
def test_utilisation_needs_requests(spec, container, missing, others):
    found = facts("autoscaler", deployment(container=container), autoscaler(spec=f"maxReplicas: 8, {spec}" if "maxReplicas" not in spec else spec))
    assert (found["autoscaler.missing_requests"], found["autoscaler.other_metrics"]) == (missing, others)


@pytest.mark.parametrize(
    ("rules", "unlimited"),
    [
        ("stabilizationWindowSeconds: 0", True),
        ("stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 100, periodSeconds: 15}]", True),
        ("stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 1, periodSeconds: 60}]", True),
        ("stabilizationWindowSeconds: 0, selectPolicy: Min, policies: [{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 1, periodSeconds: 60}]", False),
        ("stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 10, periodSeconds: 60}]", False),
        ("stabilizationWindowSeconds: 0, selectPolicy: Disabled", False),
        ("stabilizationWindowSeconds: 60", False),
        ("selectPolicy: Max", False),
    ],
)
def test_scale_down_without_bounds(rules, unlimited):
    within = f"behavior: {{scaleDown: {{{rules}}}}}"
    assert facts("autoscaler", autoscaler(spec=f"maxReplicas: 8, {within}"))["autoscaler.scale_down_unlimited"] is unlimited
    keda = scaled_object(spec=f"triggers: [], advanced: {{horizontalPodAutoscalerConfig: {{{within}}}}}")
    assert facts("autoscaler", keda)["autoscaler.scale_down_unlimited"] is unlimited


def test_the_autoscaler_that_keda_made_is_no_rival():
    texts = [deployment(), scaled_object(), autoscaler("keda-hpa-web")]
    assert [facts("autoscaler", *texts, name=name)["autoscaler.rival"] for name in ("web", "keda-hpa-web")] == ["", ""]
    texts = [deployment(), autoscaler("a"), autoscaler("b")]
    assert [facts("autoscaler", *texts, name=name)["autoscaler.rival"] for name in "ab"] == ["", "HorizontalPodAutoscaler a"]


@pytest.mark.parametrize(
    ("target", "kind", "complete", "found", "nearest"),
    [
        ("web", "Deployment", False, True, ""),
        ("web-deployment", "Deployment", False, False, "web"),
        ("wep", "Deployment", False, False, "web"),
        ("web", "StatefulSet", False, False, "web"),
        ("payments", "Deployment", False, None, ""),
        ("payments", "Deployment", True, False, ""),
        ("db", "PostgresCluster", True, None, ""),
    ],
)
def test_a_missing_target_is_certain_where_something_like_it_is_there(target, kind, complete, found, nearest):
    told = facts("autoscaler", deployment(), autoscaler("x", target=target, kind=kind), complete=complete)
    known = told["autoscaler.target_found"]
    assert (None if isinstance(known, Unknown) else known, told["autoscaler.nearest"]) == (found, nearest)


@pytest.mark.parametrize(
    ("left", "right", "like", "same"),
    [
        ("web", "wep", True, True),
        ("web", "wbe", True, True),
        ("web", "webs", True, True),
        ("web", "web-svc", True, True),
        ("web", "shop-web-v2", True, False),
        ("web", "webapp", False, False),
        ("web", "linkerd-web", True, False),
        ("payments", "payment-service", True, True),
        ("cart", "checkout", False, False),
        ("svc", "web-svc", False, False),
    ],
)
def test_names_that_are_slips_of_each_other(left, right, like, same):
    assert (alike(left, right), alike(right, left)) == (like, like)
    assert (renamed(left, right), renamed(right, left)) == (same, same)
