"""Objects that are defined more than once: which definition is in force, and which are meant to be chosen from."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from checker.objects import ApiObject

Name = tuple[str, str, str]  # kind, namespace, name
Files = Mapping[str, frozenset[Name]]  # the objects of each file


def replaced(same: Sequence[ApiObject], in_file: Files) -> Iterator[ApiObject]:
    """Of all definitions under one name those that another one replaces: in one folder the one that is applied last counts.

    Those in other folders, and in files that are alternatives to each other, are taken for variants of the system: none replaces another.
    """
    if len(same) == 1 or same[0].name.endswith("*"):
        return
    for together in _side_by_side(same).values():
        for number, item in enumerate(together):
            if any(not _alternatives(in_file, item, later) for later in reversed(together[number + 1 :])):
                yield item


def rivals(same: Sequence[ApiObject], item: ApiObject, in_file: Files) -> list[ApiObject]:
    """What is defined otherwise beside the first definition of a folder; nothing for all others."""
    if len(same) == 1 or item.name.endswith("*"):
        return []
    beside = _side_by_side(same)[_place(item)]
    if beside[0] is not item:
        return []
    return [other for other in beside[1:] if other.data != item.data and not _alternatives(in_file, item, other)]


def _side_by_side(same: Sequence[ApiObject]) -> dict[tuple[str, str], list[ApiObject]]:
    by_place: dict[tuple[str, str], list[ApiObject]] = defaultdict(list)
    for item in same:
        by_place[_place(item)].append(item)
    return by_place


def _place(item: ApiObject) -> tuple[str, str]:
    """Folder and API group."""
    return item.document.file.rpartition("/")[0], item.api_version.split("/")[0]


def _alternatives(in_file: Files, one: ApiObject, other: ApiObject) -> bool:
    """Whether the files of two definitions are meant to be chosen from: each object of one file is in the other file too."""
    files = one.document.file, other.document.file
    if files[0] == files[1]:
        return False
    here, there = (in_file[file] for file in files)
    return here <= there or there <= here
