"""What an input holds and nobody could read: its kinds and namespaces, as far as raw text tells them."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from checker.documents.split import split

ANY = "*"
_MANIFEST = re.compile(r"""(?:^|[{,])[ \t\-]*["']?(?:apiVersion|kind)["']?\s*:""", re.MULTILINE)
_KIND = re.compile(r"""(?:^|[{,])[ \t\-]*["']?kind["']?[ \t]*:[ \t]*["']?([^\s"',}]*)""", re.MULTILINE)
_OUTERMOST_KIND = re.compile(r"""^kind[ \t]*:[ \t]*["']?([^\s"',}]*)""", re.MULTILINE)
_NAMESPACE = re.compile(
    r"""^metadata[ \t]*:[ \t]*\n(?:[ \t].*\n)*?[ \t]+namespace[ \t]*:[ \t]*["']?([-a-z0-9]+)["']?[ \t]*(?:#.*)?$""", re.MULTILINE
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")

Place = tuple[str, str]  # kind and namespace; ANY where the text does not tell


class Unseen(NamedTuple):
    """Objects that may be there although none was read. `files`: how many files hold them.

    `listed`, of a cluster: by kind the namespaces, or ANY for all, of which every object was read. What it does not name may be there.
    """

    places: frozenset[Place] = frozenset()
    files: int = 0
    listed: Mapping[str, frozenset[str]] | None = None

    def may_hold(self, kinds: Iterable[str], namespace: str = ANY) -> bool:
        """Whether an object of one of the kinds may be in the namespace; ANY asks for all namespaces."""
        if self.listed is not None and not all(self.listed.get(kind, frozenset()) & {ANY, namespace} for kind in kinds):
            return True
        if not self.places:
            return False
        wanted = {ANY, *kinds}
        return any(kind in wanted and (namespace == ANY or space in (ANY, namespace)) for kind, space in self.places)

    def __str__(self) -> str:
        """For people."""
        kinds = sorted({kind for kind, _ in self.places})
        what = "anything" if ANY in kinds else ", ".join(kinds)
        return f"{self.files} {'file' if self.files == 1 else 'files'} could not be read: absence of {what} is not a fact"


def unseen(found: Mapping[str, Collection[Place]]) -> Unseen:
    """All of what single files may hold; `found` is by file."""
    held = [places for places in found.values() if places]
    return Unseen(frozenset(place for places in held for place in places), len(held))


def places(text: str, read_at: Collection[int] = ()) -> set[Place]:
    """What the documents of a text may hold, but for those at the lines `read_at`, which could be read."""
    return {place for chunk in split(text) if chunk.line not in read_at for place in _places(chunk.text)}


def _places(text: str) -> set[Place]:
    if not _MANIFEST.search(text):
        return set()
    outermost = _OUTERMOST_KIND.findall(text)
    single = len(outermost) == 1 and not outermost[0].endswith(("List", "Template"))
    kinds = outermost if single else _KIND.findall(text)
    namespace = _NAMESPACE.search(text) if single else None
    space = namespace.group(1) if namespace else ANY
    return {(kind if _WORD.fullmatch(kind) else ANY, space) for kind in kinds or [ANY]}
