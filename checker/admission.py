"""What a cluster takes of the objects of an input: the API server's rules for its kinds, Istio's for Istio's."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from checker.adapters.kubernetes import objects as kubernetes
from checker.documents import locate
from checker.errors import Problem
from checker.findings import Subject
from checker.objects import ApiObject, is_proxy

if TYPE_CHECKING:
    from checker.adapters.istio.validation import Flaw, Verdict


def is_sound(item: ApiObject) -> bool:
    """Whether a cluster would take the object exactly as it is written, or an Envoy its configuration."""
    if is_proxy(item):
        return next(_of_envoy(item), None) is None
    found = _by_istio(item)
    if found is None:
        return kubernetes.is_sound(item) and next(_embedded(item), None) is None
    return not found.refusals and not found.unknown_fields and found.data is item.data


def shaped(items: Iterable[ApiObject]) -> tuple[list[ApiObject], list[Problem]]:
    """The objects a cluster would take, in the shape it reads them, and what is wrong.

    An object with a field that does not exist is taken without it: it has a problem, and is there all the same.
    """
    others: list[ApiObject] = []
    sound: list[ApiObject] = []
    problems: list[Problem] = []
    for item in items:
        if is_proxy(item):
            problems.extend(_of_envoy(item))
            sound.append(item)
            continue
        found = _by_istio(item)
        if found is None:
            problems.extend(_embedded(item))
            others.append(item)
            continue
        problems.extend(_problems(item, (*found.refusals, *found.unknown_fields)))
        if not found.refusals:
            sound.append(item if found.data is item.data else item._replace(data=found.data))
    taken, mistakes = kubernetes.shaped(others)
    return [*taken, *sound], [*mistakes, *problems]


def standing(items: Iterable[ApiObject]) -> tuple[list[ApiObject], list[Problem]]:
    """Objects that a cluster holds: its API server took them, and istiod may refuse its own all the same."""
    taken: list[ApiObject] = []
    problems: list[Problem] = []
    for item in items:
        found = _by_istio(item)
        problems.extend(_problems(item, found.refusals if found else ()))
        if found is None or not found.refusals:
            taken.append(item._replace(data=found.data) if found else item)
    return taken, problems


def _of_envoy(item: ApiObject) -> Iterator[Problem]:
    """What an Envoy would not take; it is judged by the rest all the same."""
    from checker.adapters.envoy.mistakes import mistakes

    for mistake in mistakes(item):
        place = locate(item.document, (*item.base, *mistake.path))
        yield Problem(place.file, place.line, place.column, mistake.message, mistake.fix)


def _embedded(item: ApiObject) -> Iterator[Problem]:
    """What an Envoy would not take of the configurations in a ConfigMap."""
    if item.kind != "ConfigMap" or "esources" not in item.document.text:
        return
    from checker.adapters.envoy.embedded import configurations, is_filled

    for found in configurations(item):
        if isinstance(found, Problem):
            yield found
        elif is_filled(found):
            yield from _of_envoy(found)


def _by_istio(item: ApiObject) -> "Verdict | None":
    """Nothing for a kind that is not Istio's; its rules are read in when the first such object comes."""
    if ".istio.io/" not in item.api_version:
        return None
    from checker.adapters.istio.validation import verdict

    return verdict(item)


def _problems(item: ApiObject, flaws: Iterable["Flaw"]) -> Iterator[Problem]:
    subject = Subject(item.kind, item.namespace, item.name)
    for flaw in flaws:
        place = locate(item.document, (*item.base, *flaw.path))
        yield Problem(place.file, place.line, place.column, f"{subject}: {flaw.message}", flaw.fix)
