"""Values of a document as one would call them to a person, safe to print: escaped, and never long."""

_SHOWN_LENGTH = 80
_SHOWN_TEXTS = 3
WIDEST_PRINTED_BITS = 64


def quoted(text: str) -> str:
    """A text in quotes."""
    return repr(text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…")


def in_words(value: object) -> str:
    """A YAML value as one would call it to a person."""
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "the boolean true" if value else "the boolean false"
    if isinstance(value, int) and value.bit_length() > WIDEST_PRINTED_BITS:
        return "a number beyond 64 bits"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    return "a mapping" if isinstance(value, dict) else "a list"


def listed(texts: list[str]) -> str:
    """A few texts in quotes, and how many more there are."""
    shown = ", ".join(quoted(text) for text in texts[:_SHOWN_TEXTS])
    return shown if len(texts) <= _SHOWN_TEXTS else f"{shown} and {len(texts) - _SHOWN_TEXTS} more"
