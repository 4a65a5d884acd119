"""From bytes to text, and the characters that no YAML document may hold."""

import codecs
import re

from checker.documents.nodes import Broken

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_BYTES = frozenset(mark[:1] for mark, _ in _MARKS)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_ESCAPED_BYTE = 0xDC00  # a byte that is not UTF-8 is decoded to this and itself
_FIX = "save the file as UTF-8"


def decode(content: bytes) -> str:
    r"""The text, line ends made "\n". What is not UTF-8 stays in it as a character that `check_characters` finds.

    Raises UnicodeDecodeError for UTF-16 and UTF-32 that is not.
    """
    mark, encoding = b"", "utf-8"
    if content[:1] in _FIRST_BYTES:
        mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (mark, encoding))
    text = content[len(mark) :].decode(encoding, "surrogateescape" if encoding == "utf-8" else "strict")
    return text.replace("\r\n", "\n") if "\r" in text else text


def holds_bad_bytes(text: str) -> bool:
    """Whether something in the text was not valid UTF-8."""
    return not text.isascii() and _BAD_BYTE.search(text) is not None


def check_characters(text: str) -> None:
    """Raise Broken where a character is that YAML does not allow."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return
    code = ord(found[0])
    if _ESCAPED_BYTE <= code < _ESCAPED_BYTE + 0x100:
        raise Broken(found.start(), f"the byte 0x{code - _ESCAPED_BYTE:02X} is not valid UTF-8", _FIX)
    if code == 0:
        raise Broken(found.start(), "a NUL character (0x00): the file is binary, or its encoding is not UTF-8", _FIX)
    message = f"the control character 0x{code:02X} is not allowed in YAML"
    raise Broken(found.start(), message, "remove it, or write it as an escape in double quotes")
