"""Objects and policies → a report. No reading, no printing: every front door calls `check`."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import __version__, answers, waivers
from checker.adapters import kubernetes
from checker.adapters.istio.mesh import mesh_of
from checker.adapters.istio.traffic import traffic_of
from checker.code.types import Code
from checker.errors import Problem
from checker.facts.fields import Judged
from checker.facts.subjects import Judge, judges
from checker.findings import Finding, Inputs, PolicyText, Report, Severity, Tally, in_order
from checker.location import Path
from checker.model.build import Model, build
from checker.model.traffic import Gateways
from checker.objects import ApiObject
from checker.objects.unseen import Unseen
from checker.policy.checklist import rows
from checker.policy.evaluate import Rule, evaluate, rules
from checker.policy.types import ChecklistItem, Policy
from checker.workers import share_out

if TYPE_CHECKING:
    from checker.code.join import Joined


class Catalogue(NamedTuple):
    """What to judge by: all policies by id, and the checklist they serve."""

    policies: Mapping[str, Policy]
    checklist: Sequence[ChecklistItem]


class Settings(NamedTuple):
    """How to judge. `only` and `skip` are policy ids; an empty `only` means every policy that is on by default.

    `unseen`: what the input may hold beside the objects. `notes`: what its source says of how much it tells.
    `aside`: namespaces whose objects are there to be referred to, and are not judged.
    `mesh`: the body of a MeshConfig that no manifest carries; `mesh_version`: Istio's minor version,
    None where the input is to show it. `envoy_gateway`: the user says that Gateways are Envoy Gateway's.
    `code`: the application source that was looked at.
    """

    complete: bool = False
    unseen: Unseen = Unseen()
    notes: Sequence[str] = ()
    aside: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    enable: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = {}
    accepted: Sequence["waivers.Acceptance"] = ()
    answers: Sequence["answers.Answer"] = ()
    mesh: Mapping[str, Any] | None = None
    mesh_version: tuple[int, int] | None = None
    envoy_gateway: bool = False
    code: Code = Code()
    jobs: int = 1
    today: datetime.date = datetime.date.min


def check(items: Sequence[ApiObject], inputs: Inputs, catalogue: Catalogue, settings: Settings) -> Report:
    """Judge a system. The order of `items` changes nothing. Raises PolicyError."""
    policies = selected(catalogue, settings)
    model = build(kubernetes.read(sorted(items, key=_place)), complete=settings.complete, unseen=settings.unseen)
    run = _run(settings.code, model)
    granted = waivers.collect(model.part.objects, catalogue.policies, run.accepted() if run else ())
    traffic = traffic_of(model, mesh_of(model, settings.mesh, settings.mesh_version))
    gateways = _gateways(model, settings)
    findings, tallies = _evaluate(judges(model, traffic, gateways, run), rules(policies), settings)
    findings = _once(findings)
    findings = answers.apply(findings, settings.answers, settings.today)
    findings = waivers.apply(findings, granted, settings.accepted, settings.today)
    tallies = _settled(tallies, findings, catalogue.policies)
    return Report(
        version=__version__,
        inputs=inputs._replace(errors=_merged(inputs.errors, granted.problems)),
        assumptions=[
            *_assumptions(settings, findings),
            *(taken for each in (traffic, *gateways) if each for taken in each.assumptions()),
        ],
        findings=in_order(findings),
        checklist=rows(catalogue.checklist, catalogue.policies.values(), tallies, findings),
        tallies=tallies,
        policies={policy.id: PolicyText(policy.title, policy.why) for policy in policies},
    )


def _run(code: Code, model: Model) -> "Joined | None":
    """The source that workloads run; what joins it is read in only where there is any."""
    if not code.files:
        return None
    from checker.code.join import Joined

    return Joined(code, model.part.workloads)


def _gateways(model: Model, settings: Settings) -> list[Gateways]:
    """Proxies beside a mesh; what knows them is read in only where there are any."""
    found: list[Gateways | None] = []
    if "Gateway" in model.kinds:
        from checker.adapters.envoy_gateway.detect import envoy_gateway_of

        found.append(envoy_gateway_of(model, asked=settings.envoy_gateway))
    if model.part.proxies or "ConfigMap" in model.kinds:
        from checker.adapters.envoy.detect import envoys_of

        found.append(envoys_of(model))
    if model.part.ingresses:
        from checker.adapters.ingress_nginx.limits import nginx_of

        found.append(nginx_of(model))
    return [each for each in found if each is not None]


def selected(catalogue: Catalogue, settings: Settings) -> list[Policy]:
    """The policies to run, with the severities the user chose."""
    chosen = [
        policy
        for policy in catalogue.policies.values()
        if policy.id not in settings.skip
        and (policy.id in settings.only if settings.only else policy.enabled or policy.id in settings.enable)
    ]
    return [policy._replace(severity=settings.severities.get(policy.id, policy.severity)) for policy in chosen]


def _evaluate(work: Sequence[Judge], by_kind: Mapping[str, list[Rule]], settings: Settings) -> tuple[list[Finding], dict[str, Tally]]:
    def run(part: Sequence[Judge]) -> tuple[list[Finding], dict[str, Tally]]:
        judged = (each for judge in part for each in judge())
        return evaluate((each for each in judged if not _is_aside(each, settings.aside)) if settings.aside else judged, by_kind)

    findings: list[Finding] = []
    tallies: dict[str, Tally] = {}
    for some, counts in share_out(run, work, settings.jobs):
        findings += some
        for identifier, tally in counts.items():
            tallies[identifier] = tallies.get(identifier, Tally()) + tally
    return findings, tallies


def _is_aside(judged: Judged, namespaces: frozenset[str]) -> bool:
    """Whether all that is judged stands in such namespaces, or is one of them."""
    if judged.subject.namespace not in namespaces and judged.subject.name not in namespaces:
        return False
    sources = (anchor.source for anchor in judged.anchors.values())
    return all((item.name if item.kind == "Namespace" else item.namespace) in namespaces for item in sources)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One line that several subjects share, such as the subsets of a route, is reported once if there is one thing to say of it."""
    said = {(each.policy, each.outcome, each.message, each.location): each for each in reversed([*findings])}
    return list(reversed(said.values()))


def _settled(tallies: Mapping[str, Tally], findings: Iterable[Finding], policies: Mapping[str, Policy]) -> dict[str, Tally]:
    """The tallies after what people said: faults that are waived, questions that are answered."""
    counted = dict(tallies)
    for finding in findings:
        said = _COUNTED.get(finding.outcome)
        before = "asked" if policies[finding.policy].asks else "failed"
        if said and said != before:
            tally = counted[finding.policy]
            counted[finding.policy] = tally._replace(**{before: getattr(tally, before) - 1, said: getattr(tally, said) + 1})
    return counted


_COUNTED = {"fail": "failed", "waived": "waived", "attested": "attested"}


def _merged(errors: Iterable[Problem], more: Iterable[Problem]) -> list[Problem]:
    return sorted((*errors, *more), key=lambda problem: (problem.file, problem.line or 0, str(problem)))


def _assumptions(settings: Settings, findings: Iterable[Finding]) -> list[str]:
    said = ["the input is the whole system: what is not in it does not exist"] if settings.complete else []
    whole = [*(settings.notes or said)]
    doubtful = settings.unseen.files and any(finding.outcome == "unknown" for finding in findings)
    return [*whole, str(settings.unseen)] if doubtful else whole


def _place(item: ApiObject) -> tuple[str, int, Path]:
    return item.document.file, item.document.index, item.base
