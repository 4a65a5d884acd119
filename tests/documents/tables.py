"""Texts and the values that Kubernetes reads in them, as test_reference.py makes sure."""

from typing import Any

SCALARS: list[tuple[str, Any]] = [
    ("yes", True), ("No", False), ("on", True), ("OFF", False), ("y", True), ("N", False), ("yEs", "yEs"), ("tRue", "tRue"),
    ("True", True), ("FALSE", False), ("null", None), ("~", None), ("Null", None), ("nUll", "nUll"), ('"yes"', "yes"), ("'1'", "1"),
    ("0", 0), ("-0", 0), ("+12", 12), ("0644", 420), ("0o644", 420), ("-0o17", -15), ("0800", 800), ("0b11", 3), ("-0b11", -3), ("0b-1", -1),
    ("0x1F", 31), ("-0xff", -255), ("1_000", 1000), ("0_8", 8), ("1_", 1), ("_1", "_1"), ("0x", "0x"), ("0b2", "0b2"), ("0o8", "0o8"),
    ("1e3", 1000), ("1E+3", 1000), ("1.5e3", 1500), ("1e-7", 1e-7), ("1.0", 1), ("1.", 1), (".5", 0.5), ("-.5", -0.5), ("1.5", 1.5), ("1e400", "1e400"),
    ("1:20", "1:20"), ("1.2.3", "1.2.3"), ("2024-05-01", "2024-05-01"), ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z"), ("64Mi", "64Mi"),
    ("9223372036854775807", 2**63 - 1), ("9223372036854775808", 2**63), ("-9223372036854775808", -(2**63)),
    ("18446744073709551616", 18446744073709551616.0), ("-9223372036854775809", -9223372036854775809.0), ("0xFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFF"),
    ("<<", "<<"), ("=", "="), (".", "."), ("...a", "...a"), ("8dc603ab", "8dc603ab"), ("1e5a", "1e5a"), ("10%", "10%"), ("-", [None]),
    ("!!str 1", "1"), ('!!int "12"', 12), ("!!float 1", 1), ("!!bool yes", True), ("!!binary aGk=", "hi"), ('! "12"', "12"), ("!!null ''", None),
    ("!!timestamp 2024-05-01", "2024-05-01"), ('"\\x41\\u00e9\\n"', "Aé\n"), ("'it''s'", "it's"), ("\"it\\'s\"", "it's"),
    ("[a, 1, yes]", ["a", 1, True]), ("{a: 1, b: }", {"a": 1, "b": None}), ("[a: 1]", [{"a": 1}]), ("", None),
]  # fmt: skip

DOCUMENTS: list[tuple[str, Any]] = [
    ("on: 1\n1: 2\n1.5: 3\n0x10: 4\n~x: 5\n", {"true": 1, "1": 2, "1.5": 3, "16": 4, "~x": 5}),
    ("1e6: a\n1e20: b\n0.00001: c\n", {"1e+06": "a", "1e+20": "b", "1e-05": "c"}),
    ("n: 1\n'n': 2\n", {"false": 1, "n": 2}),
    ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ("a: |\n  x", {"a": "x\n"}),
    ("a: |-\n  x\nb: >\n  y\n  z\n\n", {"a": "x", "b": "y z\n"}),
    ("a: |+\n  x\n\n", {"a": "x\n\n"}),
    ("- |\n", [""]),
    ("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n", {"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}),
    ("a: &x {k: 1}\nb:\n  k: 3\n  <<: *x\n", {"a": {"k": 1}, "b": {"k": 1}}),
    ("a: [&x {k: 1}, &y {k: 2, l: 2}]\nb:\n  <<: [*x, *y]\n", {"a": [{"k": 1}, {"k": 2, "l": 2}], "b": {"k": 1, "l": 2}}),
    ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
    ("a: 1\na: 2\n", {"a": 2}),
    ("a: b\n\t# c\nd: e\n", {"a": "b", "d": "e"}),
    ("a:\tb\n", {"a": "b"}),
    ("a: 'x\n\n y'\n", {"a": "x\ny"}),
    ("a: [b,c]#d\n", {"a": ["b", "c"]}),
    ("? a\n: b\n", {"a": "b"}),
    ("a: 1\n...\n", {"a": 1}),
    ("\ufeffa: 1\n", {"a": 1}),
    ("a: 1\r\nb: |\r\n  x\r\n", {"a": 1, "b": "x\n"}),
    ("!Ref a: !Sub b\n", {"a": "b"}),
    ('{"a": [1, "\\u00e9"]}', {"a": [1, "é"]}),
    ('{"a": 1,}', {"a": 1}),
    ("{a: b, c: [d]}\n", {"a": "b", "c": ["d"]}),
]


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types, where 1 and 1.0 are one number."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return isinstance(left, bool) == isinstance(right, bool) and float(left) == float(right)
    return type(left) is type(right) and left == right
