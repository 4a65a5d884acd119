"""What selectors find, and what they were probably meant to find."""

import pytest

from checker.facts.fields import Unknown
from tests.facts.small import budget, deployment, facts, service

MONITOR = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {{name: m, namespace: {space}}}\nspec: {{selector: {{matchLabels: {{app: web}}}}{more}}}\n"


@pytest.mark.parametrize(
    ("selector", "found", "nearest", "difference"),
    [
        ("app: web", True, "", ""),
        ("app: wep", False, "Deployment web", "app=wep, it has app=web"),
        ("app: web, tier: front", False, "Deployment web", "tier=front, it has no label tier"),
        ("app.kubernetes.io/name: web", False, "Deployment web", "app.kubernetes.io/name=web, it has no label app.kubernetes.io/name"),
        ("app: payments", None, "", ""),
        ("release: web-v2", None, "", ""),
    ],
)
def test_a_selector_in_an_incomplete_input(selector, found, nearest, difference):
    told = facts("selector", deployment(), service("s", selector=selector))
    known = told["selector.found"]
    assert (None if isinstance(known, Unknown) else known, told["selector.nearest"], told["selector.difference"]) == (found, nearest, difference)


def test_in_a_whole_system_nothing_found_is_nothing_there():
    assert facts("selector", deployment(), service("s", selector="app: payments"), complete=True)["selector.found"] is False


def test_pods_of_a_namespace_that_is_not_in_the_input_are_unknown():
    assert isinstance(facts("selector", deployment(), service("s", space="other"))["selector.found"], Unknown)


@pytest.mark.parametrize("text", [service(selector=""), service(spec="type: ExternalName, externalName: a.example.com"), budget("minAvailable: 1", selector="")])
def test_an_empty_selector_or_another_name_in_dns_is_not_judged(text):
    with pytest.raises(StopIteration):
        facts("selector", deployment(), text)


@pytest.mark.parametrize(
    ("space", "more", "found"),
    [("shop", "", True), ("monitoring", "", None), ("monitoring", ", namespaceSelector: {any: true}", True), ("monitoring", ", namespaceSelector: {matchNames: [shop]}", True)],
)
def test_monitors_look_for_services_where_they_are_told_to(space, more, found):
    told = facts("selector", deployment(), service(labels="app: web"), MONITOR.format(space=space, more=more), name="m")
    known = told["selector.found"]
    assert (None if isinstance(known, Unknown) else known) == found
