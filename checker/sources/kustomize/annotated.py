"""Where objects come from that the simulation does not know, by the annotations that kustomize writes when asked to.

The user's files stay as they are: a kustomization of our own has theirs as its only resource. Its text is used for nothing else.
Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/
"""

import json
import os
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from checker.documents import Document, locate, parse
from checker.location import Location, Path, field_name
from checker.sources.files import Input, read
from checker.sources.kustomize.simulation.tracing import written
from checker.sources.kustomize.simulation.tracked import thing, tracked
from checker.sources.kustomize.tree import Kustomization, items
from checker.sources.process import Ended, private_directory
from checker.sources.rendering import Origin, Written
from checker.sources.walk import reported

_ORIGIN = "config.kubernetes.io/origin"
_CHART_GENERATOR = "HelmChartInflationGenerator"


def by_annotations(root: Kustomization, members: Mapping[str, Kustomization], text: bytes, build: Callable[[str], Ended]) -> Origin:
    """Answers for the text of the plain build; `build` runs the program on a directory."""
    documents = parse(root.file, text).documents
    starts = [document.line for document in documents]
    sources = _sources(root, build)

    def origin(line: int, path: Path) -> Written | None:
        index = bisect_right(starts, line) - 1
        source = sources.get(_identity(documents[index].data)) if index >= 0 else None
        return _written(documents[index], path, source, members) if source is not None else None

    return origin


def _sources(root: Kustomization, build: Callable[[str], Ended]) -> dict[str, dict[str, Any]]:
    """The origin of each object, with absolute paths."""
    with private_directory() as created:
        directory = os.path.realpath(created)
        content = {"resources": [os.path.relpath(root.directory, directory)], "buildMetadata": ["originAnnotations"]}
        with open(os.path.join(directory, "kustomization.yaml"), "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        ended = build(directory)
    found: dict[str, dict[str, Any]] = {}
    for document in parse("", ended.output).documents if ended.status == 0 else ():
        annotation = ((document.data.get("metadata") or {}).get("annotations") or {}).get(_ORIGIN)
        for each in parse("", str(annotation or "").encode()).documents:
            if isinstance(each.data, dict):
                paths = {
                    key: os.path.normpath(os.path.join(directory, each.data[key])) for key in ("path", "configuredIn") if key in each.data
                }
                found[_identity(document.data)] = {**each.data, **paths}
    return found


def _identity(data: Any) -> str:
    metadata = data.get("metadata") if isinstance(data, dict) else None
    named = (metadata.get("name"), metadata.get("namespace")) if isinstance(metadata, dict) else ()
    return str((data.get("apiVersion"), data.get("kind"), *named)) if named else ""


def _written(document: Document, path: Path, source: dict[str, Any], members: Mapping[str, Kustomization]) -> Written | None:
    if "repo" in source:
        return None
    if "path" in source:
        return _in_file(document, path, _spelled(source["path"], members))
    here = members.get(os.path.dirname(source.get("configuredIn", "")))
    if here is None:
        return None
    by = source.get("configuredBy")
    if isinstance(by, dict) and by.get("kind") == _CHART_GENERATOR and len(items(here.document.data, "helmCharts")) == 1:
        return Written(locate(here.document, ("helmCharts", 0))._replace(field=field_name(path)))
    return Written(Location(here.file, None, None, field_name(path)))


def _in_file(document: Document, path: Path, file: str) -> Written:
    """The object of that kind in the file whose name is a part of the name it got, if there is just one."""
    content = read(Input(file, reported(file)))
    name = str(document.data["metadata"].get("name"))
    found = [
        each
        for each in (parse(reported(file), content).documents if isinstance(content, bytes) else ())
        if isinstance(each.data, dict)
        and each.data.get("kind") == document.data.get("kind")
        and str((each.data.get("metadata") or {}).get("name")) in name
    ]
    if len(found) == 1:
        return written(thing(tracked(found[0].data, found[0])), document, path, frozenset())
    return Written(Location(reported(file), None, None, field_name(path)))


def _spelled(file: str, members: Mapping[str, Kustomization]) -> str:
    """A file as the user would write it."""
    directory = os.path.dirname(file)
    while directory not in members and directory != os.path.dirname(directory):
        directory = os.path.dirname(directory)
    return members[directory].target(os.path.relpath(file, directory)) if directory in members else file
