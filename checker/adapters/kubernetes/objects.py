"""Objects as the API server takes them, and what it would refuse."""

from collections.abc import Iterable

from checker.adapters.kubernetes.shape import check
from checker.documents import locate
from checker.errors import Problem
from checker.findings import Subject
from checker.objects import ApiObject


def is_sound(item: ApiObject) -> bool:
    """Whether an API server would take the object exactly as it is written."""
    shape = check(item.api_version, item.kind, item.data)
    return not shape.mistakes and not shape.dropped and shape.data is item.data


def shaped(items: Iterable[ApiObject]) -> tuple[list[ApiObject], list[Problem]]:
    """The objects an API server would take, in the shape it reads them, and what is wrong.

    An object with a field that does not exist is taken without it: it has a problem, and is there all the same.
    """
    sound: list[ApiObject] = []
    mistakes: list[Problem] = []
    for item in items:
        shape = check(item.api_version, item.kind, item.data)
        if not shape.mistakes:
            sound.append(item if shape.data is item.data else item._replace(data=shape.data))
        subject = Subject(item.kind, item.namespace, item.name)
        for mistake in (*shape.mistakes, *shape.dropped):
            place = locate(item.document, (*item.base, *mistake.path))
            mistakes.append(Problem(place.file, place.line, place.column, f"{subject}: {mistake.message}", mistake.fix))
    return sound, mistakes
