"""From files to objects: read, parsed, checked for shape, in as many processes as asked for."""

import marshal
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.admission import is_sound, shaped
from checker.code.types import Code
from checker.documents import parse
from checker.errors import Problem, Skipped
from checker.findings import Inputs
from checker.location import Path
from checker.objects import ApiObject, Objects, join, kustomize, objects
from checker.objects.foreign import is_kustomization
from checker.objects.pack import pack, unpack
from checker.objects.triage import text_of, triage
from checker.objects.unseen import ANY, Place, Unseen, places, unseen
from checker.sources.files import Found, Input, Made, find, read
from checker.sources.gitops import deployments, is_deploying, namespaces
from checker.sources.rendering import Rendering
from checker.workers import Parcel, begin

if TYPE_CHECKING:
    from checker.sources.code import Source
    from checker.sources.making import Options

_BEGINNING = 400  # of a document, where Helm writes its comment
_Place = tuple[str, int, Path]


class Reading(NamedTuple):
    """The objects of an input, and what is to be said of the rest.

    `complete`: the source itself tells what there is, but for what is unseen; then `notes` say how much that is.
    `aside`: namespaces that are not judged. `variants` are labels of worlds by file; `renderings`, by name, are texts that
    programs made. `code` is the application source.
    """

    objects: list[ApiObject]
    inputs: Inputs
    unseen: Unseen = Unseen()
    complete: bool = False
    notes: Sequence[str] = ()
    aside: frozenset[str] = frozenset()
    variants: Mapping[str, str] = {}
    renderings: Mapping[str, Rendering] = {}
    code: Code = Code()


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


def begin_reading(
    paths: Sequence[str], jobs: int, making: "Callable[[], Options] | None" = None, sources: Sequence[str] | None = None
) -> Callable[[], Reading]:
    """Everything below the given paths. Other processes begin to read now; the result is there when the function is called.

    `sources` are directories of application source, which is looked for below the paths too; None where none is wanted at all.
    """
    found = find(paths, sources or ())
    if sources is None or not found.code:
        return _begin(found, jobs, making)
    from checker.sources.code import begin_scan

    scan = begin_scan(found.code, found.code_roots, jobs)
    finish = _begin(found, jobs, making)
    return lambda: _with_code(finish(), scan())


def _with_code(reading: Reading, source: "Source") -> Reading:
    skipped = sorted((*reading.inputs.skipped, *source.skipped), key=_place)
    return reading._replace(code=source.code, inputs=reading.inputs._replace(skipped=skipped))


def _begin(found: Found, jobs: int, making: "Callable[[], Options] | None") -> Callable[[], Reading]:
    made = _made(found, making)
    if jobs <= 1:
        return lambda: _whole(found, made, [_read(made.inputs)])
    first = _read(made.inputs[:1])  # what it takes to read one is imported before the processes part
    finish = begin(_read, made.inputs[1:], jobs, Parcel(_packed, _unpacked))
    return lambda: _whole(found, made, [first, *finish()])


def _made(found: Found, making: "Callable[[], Options] | None") -> Made:
    """Renders only where there is something to render: what that takes is imported then."""
    if not found.charts and not found.kustomizations:
        return Made(found.inputs)
    from checker.sources.making import Options, make

    return make(found, making() if making else Options())


def _whole(found: Found, made: Made, parts: Sequence[_Part]) -> Reading:
    kustomizations = {file: data for part in parts for file, data in part.kustomizations.items()}
    settled = kustomize.settle(join(part.found for part in parts), kustomizations, [source.name for source in found.inputs])
    doubtful = {place for part in parts for place in part.doubtful}
    sound, mistakes = shaped(item for item in settled.objects if _place_of(item) in doubtful)
    unread = [problem for part in parts for problem in part.unread]
    taken = {_place_of(item) for item in sound}
    refused = [item for item in settled.objects if _place_of(item) in doubtful and _place_of(item) not in taken]
    settled = settled._replace(objects=_deployed(settled.objects, made.inputs))
    errors = sorted((*found.problems, *made.problems, *unread, *settled.problems, *mistakes), key=_place)
    return Reading(
        [item for item in settled.objects if _place_of(item) not in doubtful] + sound if doubtful else settled.objects,
        Inputs(
            files=len(made.inputs),
            documents=sum(part.documents for part in parts),
            objects=len(settled.objects),
            skipped=sorted((*found.skipped, *made.skipped, *settled.skipped), key=_place),
            errors=errors,
        ),
        _unseen(found, made, parts, {problem.file for problem in errors}, refused),
        variants=made.variants,
        renderings={**_printed(settled.objects), **made.renderings},
    )


def _printed(items: Iterable[ApiObject]) -> Mapping[str, Rendering]:
    documents = [item.document for item in items if "# Source: " in item.document.text[:_BEGINNING]]
    if not documents:
        return {}
    from checker.sources.helm.printed import printed

    return printed(documents)


def _unseen(found: Found, made: Made, parts: Sequence[_Part], unreadable: set[str], refused: Sequence[ApiObject]) -> Unseen:
    """By the files that errors are about; a file that is no manifest after all hides nothing."""
    hidden = {file: set(held) for part in parts for file, held in part.unseen.items() if file in unreadable}
    for item in refused:
        hidden.setdefault(item.document.file, set()).add((item.kind, item.namespace))
    for problem in found.problems:
        hidden[problem.file] = {(ANY, ANY)}
    for file, texts in made.lost.items():
        hidden[file] = {place for text in texts for place in places(text)}
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
            held = _put_into(source.namespace, objects(document))
            if held.problems:
                part.unseen.setdefault(source.name, set()).update(places(document.text))
            found.append(held)
    whole = join((part.found, *found))
    doubtful = {_place_of(item) for item in whole.objects if not is_sound(item)}
    return part._replace(found=whole, doubtful=doubtful, documents=documents)


def _deployed(items: list[ApiObject], inputs: Sequence[Input]) -> list[ApiObject]:
    """With plain files in the namespace into which a controller of the input deploys them."""
    deploying = [item.document for item in items if is_deploying(item.api_version) and not item.base]
    if not deploying:
        return items
    folders = {posixpath.dirname(source.name) or "." for source in inputs if source.content is None}
    spaces = namespaces(deployments(deploying, folders.__contains__)[0])
    return [_put(item, spaces.get(posixpath.dirname(item.document.file) or ".", "")) for item in items]


def _put_into(namespace: str, held: Objects) -> Objects:
    """As `helm install --namespace` and `kubectl apply --namespace` put objects that name no namespace."""
    return held._replace(objects=[_put(item, namespace) for item in held.objects]) if namespace else held


def _put(item: ApiObject, namespace: str) -> ApiObject:
    names_none = namespace and item.namespace == "default" and not (item.data.get("metadata") or {}).get("namespace")
    return item._replace(namespace=namespace) if names_none else item


def _packed(part: _Part) -> bytes:
    """The form that crosses process borders fastest: marshal reads and writes plain values alone."""
    entries = [[tuple(entry) for entry in group] for group in (part.found.skipped, part.found.problems, part.unread)]
    return marshal.dumps((pack(part.found.objects), entries, part.kustomizations, part.doubtful, part.documents, part.unseen))


def _unpacked(data: bytes) -> _Part:
    packed, (skipped, problems, unread), kustomizations, doubtful, documents, hidden = marshal.loads(data)
    found = Objects(unpack(packed), [Skipped(*entry) for entry in skipped], [Problem(*entry) for entry in problems])
    return _Part(found, [Problem(*entry) for entry in unread], kustomizations, doubtful, documents, hidden)
