"""The test cases of other checkers, for the concepts that we cover: agreement, or a reason.

Their manifests lie beside the repository where it is developed; elsewhere these tests are skipped. A case agrees when we find
something exactly where the other tool expects a finding in that file, judged by the policy that covers its check.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.admission import shaped
from checker.engine import Settings, check
from checker.objects import join, objects
from tests.peers.completion import completed
from tests.peers.disagreements import DISAGREEMENTS
from tests.systems import NO_INPUTS, SHARED, catalogue

PEERS = SHARED / "corpus" / "peers"

# Check of the peer → the policies that cover it. `*` stands for a mistake that stops the object from being judged at all.
KUBE_LINTER = {
    "dangling-horizontalpodautoscaler": ["hpa-target-missing"],
    "dangling-ingress": ["route-to-nowhere"],
    "dangling-networkpolicy": ["selector-matches-nothing"],
    "dangling-service": ["selector-matches-nothing"],
    "dangling-servicemonitor": ["selector-matches-nothing"],
    "duplicate-env-var": ["duplicate-environment-variable"],
    "hpa-minimum-three-replicas": ["single-replica"],
    "invalid-target-ports": ["*"],
    "job-ttl-seconds-after-finished": ["finished-jobs-pile-up"],
    "latest-tag": ["image-not-pinned"],
    "liveness-port": ["probe-port-unknown"],
    "readiness-port": ["probe-port-unknown"],
    "startup-port": ["probe-port-unknown"],
    "minimum-three-replicas": ["single-replica"],
    "mismatching-selector": ["selector-does-not-match-template"],
    "no-anti-affinity": ["replicas-not-spread"],
    "no-extensions-v1beta": ["removed-api-version"],
    "no-liveness-probe": ["no-liveness-probe"],
    "no-readiness-probe": ["no-readiness-probe"],
    "no-rolling-update-strategy": ["recreate-behind-service"],
    "non-existent-service-account": ["service-account-missing"],
    "pdb-max-unavailable": ["disruption-budget-blocks-drain"],
    "pdb-min-available": ["disruption-budget-blocks-drain", "disruption-budget-vs-autoscaler"],
    "pdb-unhealthy-pod-eviction-policy": ["unhealthy-pods-block-drain"],
    "restart-policy": ["*"],
    "unset-cpu-requirements": ["no-resource-requests", "no-cpu-limit"],
    "unset-memory-requirements": ["no-memory-limit"],
}
POLARIS = {
    "cpuLimitsMissing": ["no-cpu-limit"],
    "cpuRequestsMissing": ["no-resource-requests"],
    "deploymentMissingReplicas": ["single-replica"],
    "hpaMaxAvailability": ["hpa-cannot-scale"],
    "hpaMinAvailability": ["single-replica"],
    "livenessProbeMissing": ["no-liveness-probe"],
    "memoryLimitsMissing": ["no-memory-limit"],
    "memoryRequestsMissing": ["no-resource-requests"],
    "missingPodDisruptionBudget": ["no-disruption-budget"],
    "nakedPod": ["bare-pod"],
    "pdbDisruptionsIsZero": ["disruption-budget-blocks-drain"],
    "pdbMinAvailableGreaterThanHPAMinReplicas": ["disruption-budget-vs-autoscaler", "disruption-budget-blocks-drain"],
    "readinessProbeMissing": ["no-readiness-probe"],
    "tagNotSpecified": ["image-not-pinned"],
    "topologySpreadConstraint": ["replicas-not-spread"],
}
DATREE = {
    1: ["image-not-pinned"],
    2: ["no-resource-requests"],
    3: ["no-resource-requests"],
    4: ["no-memory-limit"],
    5: ["no-cpu-limit"],
    8: ["cron-schedule-invalid", "*"],
    10: ["*"],
    11: ["no-liveness-probe"],
    12: ["no-readiness-probe"],
    14: ["*"],
    16: ["single-replica"],
    17: ["cronjob-without-deadline"],
    18: ["removed-api-version", "*"],
    24: ["cronjob-may-overlap"],
    25: ["bare-pod"],
    23: ["image-not-by-digest"],
    60: ["shutdown-drops-requests"],
    106: ["removed-api-version", "*"],
    107: ["removed-api-version", "*"],
    109: ["removed-api-version", "*"],
    110: ["removed-api-version", "*"],
}
REGOLIBRARY = {
    "configured-liveness-probe": ["no-liveness-probe"],
    "configured-readiness-probe": ["no-readiness-probe"],
    "dangling-ingress-backend": ["route-to-nowhere"],
    "naked-pods": ["bare-pod"],
    "resources-cpu-limits": ["no-cpu-limit"],
    "resources-memory-limits": ["no-memory-limit"],
}


class Case(NamedTuple):
    """One test case of a peer: which of our policies answer it, on what, and whether the peer finds something."""

    name: str
    policies: list[str]
    paths: tuple[Path, ...]
    finds: bool


def _cases() -> Iterator[Case]:
    if not PEERS.is_dir():
        return
    for entry in json.loads((PEERS / "kube-linter/expectations.json").read_text())["cases"]:
        if entry["check"] in KUBE_LINTER and entry["reports"] is not None:
            paths = (PEERS / "kube-linter" / entry["file"],)
            yield Case(f"kube-linter/{entry['check']}", KUBE_LINTER[entry["check"]], paths, entry["reports"] > 0)
    for entry in json.loads((PEERS / "polaris/expectations.json").read_text())["cases"]:
        if entry["check"] in POLARIS and entry["expect"] in ("pass", "fail"):
            path = PEERS / "polaris" / entry["file"]
            yield Case(f"polaris/{entry['check']}/{path.name}", POLARIS[entry["check"]], (path,), entry["expect"] == "fail")
    for entry in json.loads((PEERS / "datree/expectations.json").read_text())["cases"]:
        if entry["rule_id"] in DATREE:
            path = PEERS / "datree" / entry["file"]
            yield Case(f"datree/{entry['rule_id']}/{path.name}", DATREE[entry["rule_id"]], (path,), entry["expect"] == "fail")
    for expected in sorted((PEERS / "regolibrary/rules").glob("*/test/*/expected.json")):
        rule, case = expected.parts[-4], expected.parent
        paths = tuple(sorted(case.rglob("*.yaml")))
        if rule in REGOLIBRARY:
            yield Case(f"regolibrary/{rule}/{case.name}", REGOLIBRARY[rule], paths, bool(json.loads(expected.read_text())))


CASES = list(_cases())


@cache
def _found(paths: tuple[Path, ...]) -> frozenset[str]:
    """The policies that fail on the files; `*` for mistakes that an API server would refuse."""
    documents = [document for path in paths for document in completed(str(path), path.read_bytes())]
    found = join(objects(document) for document in documents)
    sound, mistakes = shaped(found.objects)
    everything = Settings(complete=True, enable=frozenset(catalogue().policies))
    report = check(sound, NO_INPUTS, catalogue(), everything)
    refused = {"*"} if mistakes else set()
    return frozenset({finding.policy for finding in report.findings if finding.outcome == "fail"} | refused)


@pytest.mark.skipif(not CASES, reason="the peers' test cases are not beside the repository")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_we_agree_or_say_why_not(case: Case) -> None:
    agree = (not _found(case.paths).isdisjoint(case.policies)) == case.finds
    reason = DISAGREEMENTS.get(case.name)
    assert agree == (reason is None), f"expected {'a finding' if case.finds else 'none'}; we find {sorted(_found(case.paths))}"


def test_every_reason_is_for_a_case() -> None:
    if CASES:
        assert set(DISAGREEMENTS) <= {case.name for case in CASES}
