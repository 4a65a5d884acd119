"""One fixed report that holds a case of everything a format has to show."""

from checker.errors import Problem, Skipped
from checker.findings import (
    ChecklistRow,
    Finding,
    Inputs,
    Outcome,
    PolicyText,
    Related,
    Report,
    Severity,
    Subject,
    Tally,
    Verdict,
    fingerprint,
)
from checker.location import Location

HOSTILE = "evil\x1b[2J\r\n\u202etxt.exe\x07\x7f\x9b<img src=x onerror=alert(1)> & | `x` ::error::"


def _finding(
    policy: str,
    item: str,
    severity: Severity,
    subject: Subject,
    location: Location,
    *,
    message: str,
    fix: str,
    excerpt: str = "",
    outcome: Outcome = "fail",
    related: tuple[Related, ...] = (),
    waiver: str = "",
) -> Finding:
    identity = fingerprint(policy, subject, location.field)
    return Finding(policy, (item,), severity, outcome, subject, message, fix, location, related, identity, excerpt, waiver)


def _without_memory_limit(number: int, name: str) -> Finding:
    return _finding(
        "no-memory-limit",
        "GV-4",
        "high",
        Subject("Deployment", "shop", name, "app"),
        Location(f"shop/{name}.yaml", 20 + number, 9, "spec.template.spec.containers[0]"),
        message="container app has no memory limit",
        fix="Set resources.limits.memory to what the container needs at its peak.",
        excerpt="        - name: app",
    )


def _timeout_above_callers(name: str, line: int, seconds: int) -> Finding:
    return _finding(
        "timeout-does-not-cascade",
        "TO-3",
        "high",
        Subject("VirtualService", "shop", name),
        Location("shop/mesh.yaml", line, 7, "spec.http[0].timeout"),
        message=f"web may wait {seconds}s for {name}, but its own caller gives up after 2s",
        fix=f"Lower the timeout of {name} below 2s, or raise the caller's.",
        excerpt=f"      timeout: {seconds}s",
        related=(Related("the caller's own limit", Location("shop/gateway.yaml", 42, 7, "spec.http[0].timeout")),),
    )


def _breaker_unknown(name: str) -> Finding:
    return _finding(
        "edge-without-circuit-breaker",
        "CB-1",
        "high",
        Subject("Service", "shop", name),
        Location(f"shop/{name}.yaml", 60, 1),
        message="no DestinationRule is in the input, so the breaker in force is not known",
        fix="Pass the mesh resources too, or say --complete.",
        outcome="unknown",
    )


FINDINGS = (
    *(_without_memory_limit(number, name) for number, name in enumerate(("ads", "cart", "email", "pay", "ship", "tax", "web"))),
    _timeout_above_callers("cart", 14, 10),
    _timeout_above_callers("pay", 1034, 30),
    _finding(
        "database-url-without-timeout",
        "TO-1",
        "medium",
        Subject("ConfigMap", "shop", "pay"),
        Location("shop/pay.yaml", 71, 3, "data.DATABASE_URL"),
        message="the connection string says nothing of a timeout",
        fix="Add connect_timeout to the connection string.",
        excerpt="  DATABASE_URL: postgres://pay:hunter2@db.shop.svc:5432/pay",
    ),
    _finding(
        "hpa-target-missing",
        "GV-4",
        "low",
        Subject(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        Location(HOSTILE, 3, 1, HOSTILE),
        message=f"scales {HOSTILE}, which is not in the input",
        fix=f"Name what exists, not {HOSTILE}.",
        excerpt=HOSTILE,
        related=(Related(HOSTILE, Location(HOSTILE)),),
    ),
    _finding(
        "hpa-target-missing",
        "GV-4",
        "low",
        Subject("ClusterThing", "", "größe-café"),
        Location("charts/größe/templates/name-with-\udcff-byte.yaml"),
        message="scales Deployment größe, which is not in the input",
        fix="Name what exists.",
    ),
    _breaker_unknown("cart"),
    _breaker_unknown("pay"),
    _finding(
        "workers-exceed-cpu",
        "GV-2",
        "medium",
        Subject("Deployment", "shop", "ads", "app"),
        Location("shop/ads.yaml", 44, 13, "spec.template.spec.containers[0].env[2]"),
        message="WORKERS comes from Secret shop/ads, which is not in the input",
        fix="",
        outcome="unknown",
    ),
    _finding(
        "no-memory-limit",
        "GV-4",
        "high",
        Subject("CronJob", "shop", "report", "job"),
        Location("shop/report.yaml", 12, 13, "spec.jobTemplate.spec.template.spec.containers[0]"),
        message="container job has no memory limit",
        fix="Set resources.limits.memory to what the container needs at its peak.",
        outcome="waived",
        waiver="runs alone on its node\nuntil the move to the new cluster",
    ),
)


def _row(item: str, title: str, group: str, verdict: Verdict, tally: Tally, note: str = "") -> ChecklistRow:
    asks = ("Who may change the contract, and who has to agree?",) if verdict == "ask" else ()
    return ChecklistRow(item, title, group, verdict, tally, asks, note)


_STABILITY, _CONTRACTS = "Stability patterns", "API contracts and communication"

REPORT = Report(
    version="1.2.3",
    inputs=Inputs(
        files=12,
        documents=43,
        objects=40,
        skipped=(
            *(Skipped(f"shop/values-{name}.yaml", None, "Helm values, no Kubernetes object") for name in ("a", "b", "c", "d")),
            Skipped(".github/workflows/ci.yaml", 1, "a GitHub workflow"),
        ),
        errors=(
            Problem("shop/broken.yaml", 17, 3, "mapping values are not allowed here", "Indent `image` as far as `name`."),
            Problem(HOSTILE, None, None, f"cannot be read: {HOSTILE}", ""),
        ),
    ),
    assumptions=("istio 1.30 (from image tag)", "the input is not the whole system (say --complete if it is)"),
    findings=FINDINGS,
    checklist=(
        _row("CB-1", "A breaker on every external call?", _STABILITY, "unknown", Tally(unknown=2), "no mesh resources in the input"),
        _row("TO-1", "An explicit timeout on every outbound call?", _STABILITY, "violated", Tally(passed=4, failed=1)),
        _row("TO-3", "Inner timeouts shorter than outer ones on every path?", _STABILITY, "violated", Tally(passed=1, failed=2)),
        _row("GV-2", "Thread pools bounded?", _STABILITY, "unknown", Tally(passed=3, unknown=1)),
        _row("GV-4", "Memory limits set?", _STABILITY, "violated", Tally(passed=31, failed=9, waived=1)),
        _row("FF-2", "Is traffic refused while not ready?", _STABILITY, "met", Tally(passed=14)),
        _row("CD-1", "A formal contract?", _CONTRACTS, "ask", Tally()),
        _row("BC-3", "A versioning strategy?", _CONTRACTS, "not applicable", Tally(not_applicable=2)),
    ),
    tallies={
        "no-memory-limit": Tally(passed=31, failed=7, waived=1),
        "timeout-does-not-cascade": Tally(passed=1, failed=2),
        "database-url-without-timeout": Tally(passed=4, failed=1),
        "hpa-target-missing": Tally(failed=2),
        "edge-without-circuit-breaker": Tally(unknown=2),
        "workers-exceed-cpu": Tally(passed=3, unknown=1),
        "no-readiness-probe": Tally(passed=14),
    },
    policies={
        "no-memory-limit": PolicyText(
            "Every container has a memory limit",
            "Without a limit one leaking process takes the memory of the whole node, and the kernel then kills whatever is largest.",
        ),
        "timeout-does-not-cascade": PolicyText(
            "A call never waits longer than its caller does",
            "A callee that outlives its caller keeps threads and connections busy for nobody.",
        ),
    },
)
