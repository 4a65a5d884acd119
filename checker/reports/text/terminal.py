"""What reaches the terminal: nothing raw from the input, lines that fit, colour only where it was asked for."""

import re
import textwrap
from collections.abc import Sequence
from typing import Literal

from checker.reports import Style

Tone = Literal["high", "medium", "low", "good", "strong", "faint"]

_SGR: dict[Tone, str] = {"high": "1;31", "medium": "1;33", "low": "1;36", "good": "32", "strong": "1", "faint": "2"}


def paint(text: str, tone: Tone, style: Style) -> str:
    """`text` in a tone of the palette; unchanged without colour. Paint after wrapping: the codes would be counted."""
    return f"\x1b[{_SGR[tone]}m{text}\x1b[0m" if style.color else text


def clean(text: str) -> str:
    r"""Text that shows as it is: control, bidi and other invisible characters as `\x1b`, `\u202e`.

    Names, file names and source lines come from whoever wrote the input: raw, they could move the cursor, recolour
    the screen, or make a line read otherwise than it is.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


_COMMAND_AT_START = re.compile(r"^((?: |\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE)
_COMMAND_ANYWHERE = re.compile(r"#(?=#(?:vso)?\[)")


def defuse(text: str) -> str:
    r"""The whole text without anything that a CI runner takes for a command: `\x3a:error::` for `::error::`.

    GitHub obeys `::name::` at the start of a line, GitHub and Azure `##[name]` and `##vso[name]` anywhere; a pull request
    chooses the names we print.
    """
    return _COMMAND_ANYWHERE.sub(r"\\x23", _COMMAND_AT_START.sub(r"\1\\x3a", text))


def prose(text: str) -> str:
    """A sentence on one line: line breaks of the source become blanks, the rest is as in `clean`."""
    return clean(" ".join(text.split()))


def wrap(text: str, style: Style, first: str = "", rest: str | None = None) -> list[str]:
    """Lines of at most `style.width` columns, unless one word alone is longer: names are never cut, so they can be copied.

    `first` opens the first line, there even if there is no text; `rest` each further one (default: blanks as wide).
    """
    hanging = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        text,
        max(style.width, len(first) + 20),
        initial_indent=first,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [first.rstrip()]


def shorten(text: str, width: int) -> str:
    """At most `width` characters, with an ellipsis where something is cut off."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 place`, `3 places`; `many` where the plural is not just an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listing(items: Sequence[str], limit: int) -> str:
    """`a, b, c and 4 more`."""
    shown = ", ".join(items[:limit])
    return f"{shown} and {len(items) - limit:,} more" if len(items) > limit else shown
