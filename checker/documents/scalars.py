"""The value of a scalar as Kubernetes reads it: go-yaml v2, and the way through JSON.

Unlike other readers of YAML 1.1 it takes `1e3`, `0o17` and `0b11` for numbers, `1:20` and dates for text.
Source: resolve.go of go.yaml.in/yaml/v2 and yaml.go of sigs.k8s.io/yaml.
"""

import base64
import binascii
import math
import re
import struct

from checker.documents.nodes import Broken, Scalar, tag_as_written

Plain = str | int | float | bool | None

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
# Only a text that begins so can be anything but text.
_HINTS = frozenset("+-0123456789.yYnNtTfFoO~")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_SIGNED_BINARY = re.compile(r"0b([-+][01]+)")  # a curiosity of go-yaml: the sign may stand after the prefix
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?")
_MOST_DIGITS = 400  # of a number; a longer one is beyond the largest float

_TAG = "tag:yaml.org,2002:"
_STR, _INT, _FLOAT_TAG, _BOOL, _NULL, _TIMESTAMP, _BINARY = (
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "binary")
)
_RESOLVED = frozenset({_STR, _INT, _FLOAT_TAG, _BOOL, _NULL, _TIMESTAMP})
_RENDERED_AS_INTEGER = 2.0**63  # JSON writes 1e3 as 1000; beyond 64 bit a reader of JSON makes a float of it again
_FLOAT32_DIGITS = 9
_WITHOUT_EXPONENT = range(-4, 6)


def value_of(node: Scalar) -> Plain:
    """The value; raises Broken where Kubernetes refuses it."""
    found = _resolve(node)
    if isinstance(found, float):
        if not math.isfinite(found):
            raise Broken(
                node.at,
                f"{node.value} is not a number that Kubernetes can read: JSON has no infinity and no NaN",
                "write a number, or put the value in quotes",
            )
        if found.is_integer() and abs(found) < _RENDERED_AS_INTEGER:
            return int(found)
    return found


def key_of(node: Scalar) -> str:
    """The key of a JSON object that a key becomes: `on` is "true"; raises Broken where Kubernetes refuses it."""
    if node.tag is None and (not node.plain or node.value[:1] not in _HINTS) and node.value:
        return node.value
    found = _resolve(node)
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None or (isinstance(found, int) and found >= 2**63):
        what = f"the key {node.value}" if node.value else "an empty key"
        raise Broken(node.at, f"{what} cannot be a key: Kubernetes reads no text in it", "put the key in quotes")
    return str(found) if isinstance(found, int) else _float_key(found)


def _resolve(node: Scalar) -> Plain:
    if node.tag is None:
        return _untagged(node.value) if node.plain and (node.value[:1] in _HINTS or node.value in _WORDS) else node.value
    if node.tag == _BINARY:
        return _binary(node)
    if node.tag not in _RESOLVED or node.tag == _STR:
        return node.value
    found = _untagged(node.value)
    if node.tag == _TIMESTAMP and isinstance(found, str) and _DATE.fullmatch(found):
        return found
    if _tag_of(found) == node.tag:
        return found
    if node.tag == _FLOAT_TAG and isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    raise Broken(node.at, f'"{node.value[:40]}" is not what its tag {tag_as_written(node.tag)} says', "remove the tag or correct the value")


def _tag_of(value: Plain) -> str:
    kinds = ((bool, _BOOL), (int, _INT), (float, _FLOAT_TAG), (str, _STR))
    return next((tag for kind, tag in kinds if isinstance(value, kind)), _NULL)


def _untagged(text: str) -> Plain:
    if text in _WORDS:
        return _WORDS[text]
    if text[:1] == ".":
        return _float(text)
    if text[:1] not in "+-0123456789":
        return text
    plain = text.replace("_", "")
    if len(plain) > _MOST_DIGITS:
        return text
    number = _integer(plain)
    if number is not None:
        return number
    found = _float(plain)
    return text if isinstance(found, str) else found


def _integer(text: str) -> int | None:
    """An integer of 64 bit; one that is larger may still be a float."""
    if found := _SIGNED_BINARY.fullmatch(text):
        return _within(int(found[1], 2), signed=True)
    if not (found := _INTEGER.fullmatch(text)):
        return None
    base, digits = next((base, digits) for base, digits in zip(_BASES, found.groups()[1:], strict=True) if digits is not None)
    return _within(int(found[1] + digits, base), signed=bool(found[1]))


def _within(number: int, *, signed: bool) -> int | None:
    return number if -(2**63) <= number < (2**63 if signed else 2**64) else None


def _float(text: str) -> float | str:
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    return text if math.isinf(number) else number


def _binary(node: Scalar) -> str:
    try:
        return base64.b64decode(node.value.replace("\n", "").replace("\r", ""), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise Broken(node.at, "the value tagged !!binary is not base64", "encode it with base64") from None


def _float_key(number: float) -> str:
    """As Go's strconv.FormatFloat(number, 'g', -1, 32) writes it."""
    if math.isnan(number):
        return ".nan"
    try:
        (single,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        single = math.copysign(math.inf, number)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    for digits in range(1, _FLOAT32_DIGITS + 1):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            break
    mantissa, _, exponent = f"{single:.{digits - 1}e}".partition("e")
    if single and int(exponent) not in _WITHOUT_EXPONENT:
        return f"{mantissa}e{int(exponent):+03d}"
    return f"{single:.{max(digits - 1 - int(exponent), 0)}f}"
