"""Reading a mapping of one of our own files, key by key, with errors that know their place."""

from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from checker.documents import Document, locate
from checker.errors import StabcheckError, did_you_mean

Path = tuple[str | int, ...]


class Entry:
    """A mapping of a document, at a key path. Every reader raises `error` with file and line."""

    def __init__(self, document: Document, error: type[StabcheckError], path: Path = ()) -> None:
        self.document = document
        self.error = error
        self.path = path
        data = document.data
        for step in path:
            data = data[step]
        if not isinstance(data, dict):
            self.refuse((), f"expected a mapping, found {_kind(data)}")
        self.data: dict[str, Any] = data

    def refuse(self, path: Path, what: str, fix: str = "") -> NoReturn:
        """Raise the error at a path below this mapping."""
        raise self.error(what, at=locate(self.document, (*self.path, *path)), fix=fix)

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that are not known, with a proposal where one is close."""
        for key in self.data:
            if key not in known:
                self.refuse((key,), f"`{key}` is not a field here", did_you_mean(str(key), known, f"known fields: {', '.join(known)}"))

    def text(self, key: str, default: str | None = None) -> str:
        """A text; surrounding white space is dropped."""
        value = self._value(key, default)
        if not isinstance(value, str):
            self.refuse((key,), f"`{key}` must be a text, found {_kind(value)}")
        return value.strip()

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            self.refuse((key,), f"`{key}` must be true or false, found {_kind(value)}")
        return value

    def choice(self, key: str, known: Collection[str]) -> str:
        """One of a few words."""
        value = self.text(key)
        if value not in known:
            self.refuse((key,), f"`{value}` is no {key}", did_you_mean(value, known, f"one of: {', '.join(known)}"))
        return value

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        value = self._value(key, default)
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, (list, tuple)) or not all(isinstance(entry, str) for entry in entries):
            self.refuse((key,), f"`{key}` must be a list of texts")
        return tuple(entries)

    def mappings(self, key: str) -> tuple["Entry", ...]:
        """A list of mappings; none where the key is absent."""
        entries = () if self.data.get(key) is None else self.data[key]
        if not isinstance(entries, (list, tuple)):
            self.refuse((key,), f"`{key}` must be a list, found {_kind(entries)}")
        return tuple(Entry(self.document, self.error, (*self.path, key, index)) for index in range(len(entries)))

    def mapping(self, key: str) -> "Entry | None":
        """A mapping; None where the key is absent or empty."""
        return Entry(self.document, self.error, (*self.path, key)) if self.data.get(key) is not None else None

    def _value(self, key: str, default: Any) -> Any:
        if key in self.data:
            return self.data[key]
        if default is None:
            self.refuse((), f"`{key}` is missing", f"add `{key}:`")
        return default


def _kind(value: object) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
