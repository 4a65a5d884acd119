"""Source → the workloads that run it. Who says so is kept with each: a join is evidence, no certainty.

In this order: the annotation `k8s-stabcheck/source`; a file that says from which folder the image is built; a folder that is a
program of its own and is called as the image is.
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from checker.code.builds import last_segment, repository
from checker.code.types import Build, Code, Match
from checker.model.types import Container, Workload

ANNOTATION = "k8s-stabcheck/source"
_SHOWN = 3


class Running(NamedTuple):
    """A container that runs what a folder holds, and who says so."""

    workload: Workload
    container: Container
    by: str


class Joined:
    """Which containers run what lies in a folder. The innermost folder that anybody is known to run counts for what is below it."""

    def __init__(self, code: Code, workloads: Iterable[Workload]) -> None:
        self.code = code
        self._of_folder: dict[str, list[Running]] = defaultdict(list)
        by_image: dict[str, list[Build]] = defaultdict(list)
        for build in code.builds:
            by_image[last_segment(build.image)].append(build)
        programs = _by_name(code.programs)
        for workload in workloads:
            for container in workload.containers:
                for folder, by in _folders(workload, container, by_image, programs, code.roots):
                    self._of_folder[folder].append(Running(workload, container, by))

    def runners(self, file: str) -> Sequence[Running]:
        """The containers that run a file."""
        return self._of_folder.get(self.program(file), ())

    def program(self, file: str) -> str:
        """The folder of the program that a file belongs to; "" where none is known."""
        folder = posixpath.dirname(file)
        while folder and folder not in self._of_folder:
            parent = posixpath.dirname(folder)
            folder = "" if parent == folder else parent
        return folder

    def matches(self) -> Iterator[tuple[Match, Sequence[Running]]]:
        """What was found and is run by somebody, without what the same program makes up for."""
        made_up = {(self.program(file), rule) for file, rule in self.code.silencing}
        for match in self.code.matches:
            runners = self.runners(match.file)
            if runners and (self.program(match.file), match.rule) not in made_up:
                yield match, runners

    def accepted(self) -> Iterator[tuple[tuple[str, str, str, str], int, str]]:
        """What comments in source accept: (file, kind, namespace and name of who runs it), line, text."""
        for match in self.code.matches:
            if match.accepted:
                for each in self.runners(match.file):
                    yield (match.file, each.workload.kind, each.workload.namespace, each.workload.name), match.line, match.accepted

    def told(self) -> Iterator[str]:
        """What was looked at, who runs it and who says so, and what nobody is known to run; for people."""
        code = self.code
        aside = f", {code.aside} left out (tests, examples, vendored, generated or too big)" if code.aside else ""
        yield f"application source: {_counted(code.files, 'file')} looked at{aside}"
        folders = {
            folder: running for folder in {self.program(match.file) for match in code.matches} if (running := self._of_folder.get(folder))
        }
        if folders:
            yield "application source: " + "; ".join(_who(folder, running) for folder, running in sorted(folders.items()))
        lost = [match for match in code.matches if not self.runners(match.file)]
        if lost:
            where = sorted({posixpath.dirname(match.file) or "." for match in lost})
            more = f" and {len(where) - _SHOWN} more folders" if len(where) > _SHOWN else ""
            yield (
                f"application source: {_counted(len(lost), 'place')} not judged, no workload of the input is known to run "
                f"{', '.join(where[:_SHOWN])}{more}: say so with the annotation {ANNOTATION}: FOLDER on the workload"
            )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _who(folder: str, running: Sequence[Running]) -> str:
    names = sorted({each.workload.name for each in running})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{folder or '.'} runs in {', '.join(names[:_SHOWN])}{more} ({running[0].by})"


def _folders(
    workload: Workload,
    container: Container,
    by_image: Mapping[str, Sequence[Build]],
    programs: Mapping[str, Sequence[tuple[str, bool]]],
    roots: Sequence[str],
) -> Iterator[tuple[str, str]]:
    written = workload.annotations.get(ANNOTATION) or (workload.source.data.get("metadata") or {}).get("annotations", {}).get(ANNOTATION)
    if written:
        if container.role == "main":
            for folder in dict.fromkeys(posixpath.normpath(posixpath.join(root, str(written))) for root in ("", *roots)):
                yield "" if folder == "." else folder, f"annotation {ANNOTATION}"
        return
    image = str(container.data.get("image") or "")
    name = last_segment(image)
    if not name:
        return
    said = by_image.get(name, ())
    exact = [build for build in said if build.image == repository(image)]
    chosen = dict.fromkeys((build.folder, build.by) for build in exact or said)
    if len({folder for folder, _ in chosen}) == 1:
        yield next(iter(chosen))
    elif not chosen:
        named = [folder for folder, has_recipe in programs.get(name, ()) if has_recipe or "/" in repository(image)]
        if len(named) == 1:
            yield named[0], "the folder has the image's name"


def _by_name(programs: Mapping[str, bool]) -> dict[str, list[tuple[str, bool]]]:
    """Folders that are programs by their names; `src` is called as the folder around it."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for folder, has_recipe in programs.items():
        base = posixpath.basename(folder)
        whole = posixpath.dirname(folder) if base in ("src", "app") and posixpath.dirname(folder) else folder
        name = posixpath.basename(whole)
        found[name][whole] = has_recipe or found[name].get(whole, False)
    return {name: sorted(folders.items()) for name, folders in found.items()}
