"""Where we do not agree with a peer's own test case, and why."""

_REFUSED = "the manifest is none that an API server takes ({}); that is reported, and the object is not judged"
_SERVES_NOBODY = "no port is declared and no Service selects the pod: nobody is known to send it requests"
_NOT_REPLICATED = "one replica: a budget could only block drains, and there is nothing to spread; single-replica says so"
_ONE_CAUSE = "the budget selects nothing, which selector-matches-nothing says; the workload has one replica besides"
_VERSION = _REFUSED.format("v1 has no PodDisruptionBudget")
_POLARIS_BUDGET = "polaris/missingPodDisruptionBudget/failure"
_POLARIS_HPA = "polaris/pdbMinAvailableGreaterThanHPAMinReplicas"

DISAGREEMENTS: dict[str, str] = {
    "kube-linter/hpa-minimum-three-replicas": "two replicas survive the loss of one; three is a matter of taste",
    "kube-linter/minimum-three-replicas": "two replicas survive the loss of one; three is a matter of taste",
    "kube-linter/no-anti-affinity": _SERVES_NOBODY,
    "kube-linter/no-liveness-probe": _SERVES_NOBODY,
    "kube-linter/no-readiness-probe": _SERVES_NOBODY,
    "kube-linter/no-rolling-update-strategy": _REFUSED.format("strategy type Other"),
    "polaris/deploymentMissingReplicas/failure.yaml": _REFUSED.format("v1 has no Deployment"),
    "polaris/hpaMinAvailability/failure.yaml": "the target is not there, which hpa-target-missing says",
    "polaris/livenessProbeMissing/failure.yaml": _SERVES_NOBODY,
    "polaris/memoryRequestsMissing/success.yaml": "memory is requested, CPU is not: one policy judges both",
    f"{_POLARIS_BUDGET}-bad-ns.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.bad-name.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.empty-labels.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.no-labels.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.no-metadata.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.wrong-place.yaml": _ONE_CAUSE,
    f"{_POLARIS_BUDGET}.yaml": _NOT_REPLICATED,
    "polaris/nakedPod/success.yaml": "a Pod with nothing that owns it; Polaris passes it because it cannot look its owner up",
    "polaris/pdbDisruptionsIsZero/failure.either.yaml": _VERSION,
    "polaris/pdbDisruptionsIsZero/failure.max.yaml": _VERSION,
    "polaris/pdbDisruptionsIsZero/failure.min.yaml": _VERSION,
    f"{_POLARIS_HPA}/failure-gt-percent.yaml": _REFUSED.format("minAvailable above 100%"),
    f"{_POLARIS_HPA}/success.equals.yaml": "a minAvailable equal to the minimum blocks every drain at the minimum",
    f"{_POLARIS_HPA}/success.hpa-no-match.yaml": "without its autoscaler the workload has fewer replicas than the budget wants",
    f"{_POLARIS_HPA}/success.no-hpa.yaml": "the workload has fewer replicas than the budget wants",
    f"{_POLARIS_HPA}/success.no-min-replicas.yaml": "without minReplicas the minimum is 1, which the budget wants to keep",
    "polaris/readinessProbeMissing/failure.yaml": _SERVES_NOBODY,
    "polaris/topologySpreadConstraint/failure.empty.yaml": _NOT_REPLICATED,
    "polaris/topologySpreadConstraint/failure.nospreadconstraint.yaml": _NOT_REPLICATED,
    "datree/3/3-pass.yaml": "CPU is requested, memory is not: one policy judges both",
    "datree/3/3-fail.yaml": "the CPU limit counts as the request: the API server copies it",
    "datree/16/16-fail.yaml": _REFUSED.format("restartPolicy Never in a Deployment"),
    "datree/60/60-fail.yaml": _REFUSED.format("an upper-case name"),
}
