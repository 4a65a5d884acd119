"""From files to objects: read, parsed, checked for shape, in as many processes as asked for."""

import marshal
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from checker.admission import is_sound, shaped
from checker.documents import parse
from checker.errors import Problem, Skipped
from checker.findings import Inputs
from checker.location import Path
from checker.objects import ApiObject, Objects, join, kustomize, objects
from checker.objects.foreign import is_kustomization
from checker.objects.pack import pack, unpack
from checker.objects.triage import text_of, triage
from checker.objects.unseen import ANY, Place, Unseen, places, unseen
from checker.sources.charts import chart_texts
from checker.sources.files import Found, Input, find, read
from checker.workers import Parcel, begin

_Place = tuple[str, int, Path]


class Reading(NamedTuple):
    """The objects of an input, and what is to be said of the rest.

    `complete`: the source itself tells what there is, but for what is unseen; then `notes` say how much that is.
    `aside`: namespaces that are not judged.
    """

    objects: list[ApiObject]
    inputs: Inputs
    unseen: Unseen = Unseen()
    complete: bool = False
    notes: Sequence[str] = ()
    aside: frozenset[str] = frozenset()


class _Part(NamedTuple):
    """What was read of some files: `unread` could not be parsed, `doubtful` are objects whose shape is not right at first sight.

    `unseen`: by file, what may be in the parts of it of which no object came.
    """

    found: Objects
    unread: list[Problem]
    kustomizations: dict[str, Any]
    doubtful: set[_Place]
    documents: int
    unseen: dict[str, set[Place]]


def begin_reading(paths: Sequence[str], jobs: int) -> Callable[[], Reading]:
    """Everything below the given paths. Other processes begin to read now; the result is there when the function is called."""
    found = find(paths)
    if jobs <= 1:
        return lambda: _whole(found, [_read(found.inputs)])
    first = _read(found.inputs[:1])  # what it takes to read one is imported before the processes part
    finish = begin(_read, found.inputs[1:], jobs, Parcel(_packed, _unpacked))
    return lambda: _whole(found, [first, *finish()])


def _whole(found: Found, parts: Sequence[_Part]) -> Reading:
    kustomizations = {file: data for part in parts for file, data in part.kustomizations.items()}
    settled = kustomize.settle(join(part.found for part in parts), kustomizations, [source.name for source in found.inputs])
    doubtful = {place for part in parts for place in part.doubtful}
    sound, mistakes = shaped(item for item in settled.objects if _place_of(item) in doubtful)
    unread = [problem for part in parts for problem in part.unread]
    taken = {_place_of(item) for item in sound}
    refused = [item for item in settled.objects if _place_of(item) in doubtful and _place_of(item) not in taken]
    errors = sorted((*found.problems, *unread, *settled.problems, *mistakes), key=_place)
    return Reading(
        [item for item in settled.objects if _place_of(item) not in doubtful] + sound if doubtful else settled.objects,
        Inputs(
            files=len(found.inputs),
            documents=sum(part.documents for part in parts),
            objects=len(settled.objects),
            skipped=sorted((*found.skipped, *settled.skipped), key=_place),
            errors=errors,
        ),
        _unseen(found, parts, {problem.file for problem in errors}, refused),
    )


def _unseen(found: Found, parts: Sequence[_Part], unreadable: set[str], refused: Sequence[ApiObject]) -> Unseen:
    """By the files that errors are about; a file that is no manifest after all hides nothing."""
    hidden = {file: set(held) for part in parts for file, held in part.unseen.items() if file in unreadable}
    for item in refused:
        hidden.setdefault(item.document.file, set()).add((item.kind, item.namespace))
    charts = {chart.file: chart.path for chart in found.charts}
    for problem in found.problems:
        texts = chart_texts(charts[problem.file]) if problem.file in charts else ()
        hidden[problem.file] = {place for text in texts for place in places(text)} if texts else {(ANY, ANY)}
    return unseen(hidden)


def _place(entry: Problem | Skipped) -> tuple[str, int, str]:
    return entry.file, entry.line or 0, str(entry)


def _place_of(item: ApiObject) -> _Place:
    return item.document.file, item.document.index, item.base


def _read(sources: Sequence[Input]) -> _Part:
    """Read and parse; runs in any process."""
    part = _Part(Objects([], [], []), [], {}, set(), 0, {})
    found: list[Objects] = []
    documents = 0
    for source in sources:
        content = read(source)
        if isinstance(content, Problem):
            part.unread.append(content)
            part.unseen[source.name] = {(ANY, ANY)}
            continue
        parsed = parse(source.name, content)
        documents += len(parsed.documents)
        problems, skipped = triage(parsed.problems, content, explicit=source.explicit)
        part.unread.extend(problems)
        part.found.skipped.extend(skipped)
        if problems:
            part.unseen[source.name] = places(text_of(content), {document.line for document in parsed.documents})
        for document in parsed.documents:
            if is_kustomization(document.file, document.data):
                part.kustomizations[document.file] = document.data
            held = objects(document)
            if held.problems:
                part.unseen.setdefault(source.name, set()).update(places(document.text))
            found.append(held)
    whole = join((part.found, *found))
    doubtful = {_place_of(item) for item in whole.objects if not is_sound(item)}
    return part._replace(found=whole, doubtful=doubtful, documents=documents)


def _packed(part: _Part) -> bytes:
    """The form that crosses process borders fastest: marshal reads and writes plain values alone."""
    entries = [[tuple(entry) for entry in group] for group in (part.found.skipped, part.found.problems, part.unread)]
    return marshal.dumps((pack(part.found.objects), entries, part.kustomizations, part.doubtful, part.documents, part.unseen))


def _unpacked(data: bytes) -> _Part:
    packed, (skipped, problems, unread), kustomizations, doubtful, documents, hidden = marshal.loads(data)
    found = Objects(unpack(packed), [Skipped(*entry) for entry in skipped], [Problem(*entry) for entry in problems])
    return _Part(found, [Problem(*entry) for entry in unread], kustomizations, doubtful, documents, hidden)
