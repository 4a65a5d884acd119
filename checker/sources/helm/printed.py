"""What `helm template` or `helm get manifest` printed, and somebody handed over: each document says of which template it is."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from checker.documents import Document
from checker.findings import Related
from checker.location import Location, Path, field_name
from checker.sources.helm.comments import source_of
from checker.sources.rendering import Origin, Rendering, Written

_MARK = "# Source: "
_BEGINNING = 400


def printed(documents: Iterable[Document]) -> dict[str, Rendering]:
    """By file, where documents are of templates. The places stay as they are: nobody knows the lines of the templates."""
    files: dict[str, dict[int, str]] = defaultdict(dict)
    for document in documents:
        if _MARK in document.text[:_BEGINNING] and (template := source_of(document.text, 1)):
            files[document.file][document.line] = template
    return {file: Rendering(file, "", b"", _origin(file, sorted(found.items()))) for file, found in files.items()}


def _origin(file: str, templates: Sequence[tuple[int, str]]) -> Origin:
    def origin(line: int, path: Path) -> Written | None:
        index = bisect_right(templates, line, key=lambda entry: entry[0]) - 1
        related = (Related("rendered from it", Location(templates[index][1])),) if index >= 0 else ()
        return Written(Location(file, line, None, field_name(path)), related=related)

    return origin
