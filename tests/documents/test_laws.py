"""What holds for every text: the fast parser is used only where it agrees, nothing crashes, places exist."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.documents import Document, comments, locate, parse
from checker.documents.agreement import certain
from checker.documents.decode import Remarks, decode_node
from checker.documents.encoding import check_characters
from checker.documents.nodes import Broken
from checker.documents.parsers import compose, fast
from checker.documents.split import split
from checker.location import Path

SCALARS = (  # noqa: SIM905  (a table)
    "a b name x-y kind /p y no null true True 1 -1 0 -0 01 1.5 1.50 1. .5 1e3 1E+5 1e5a 100m 64Mi 1h30m 1.2.3 1.2.3e5 10.0.0.0/8 8dc603 "
    "0x1 0xfg 0o7 0b12 1_0 1:20 1:2a 2024-01-01 2024-01-01T00:00:00Z 12e03 +1 .inf -.inf On \"q\" 's' \"\" \"#x\" [] {} [a] [a,b] "
    "{a:~1} &x *x &x~1 | > |- >- |+ >+ foo:bar a#b a~#c # http://x:80/a?b=c x:y: a, a] {x [x ]x a}b -a --a=b -- - ? ?a :a @a `a %a !a !!str~1 "
    "~~ ... $(A) ${A} << 'a~b' \"a:~b\" 'a \"a é \"é\" a{b a&b a*b a|b a>b 10% 5%% [1m,2.3.4] [-1] [1e3] {a:~1m} 1a -y --no -null 5- 08a 10E 1/2"
).split(" ")
KEYS = 'a b name c.d/e "q" \'s\' on y 1 true null - k1 k2 k3 k4 k5'.split(" ")  # noqa: SIM905  (a table)
scalars = st.sampled_from(SCALARS).map(lambda text: text.replace("~", " ")) | st.text("0123456789eEaAxob._+-:/%inftrue", min_size=1, max_size=8)
keys = st.sampled_from(KEYS)
ends = st.sampled_from(["", "", "", "", " ", " # c", "  #"])
odd_lines = st.sampled_from(["", "", "  ", "# c", "  # c: d", "    # c", "---", "..."])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """One line of a block, whether it fits or not."""
    indent = " " * draw(st.sampled_from([0, 0, 1, 2, 2, 4, 6]))
    dash = draw(st.sampled_from(["", "", "- ", "-  ", "- - "]))
    key = draw(st.sampled_from(["", "", "key"])) and draw(keys) + ":"
    value = draw(st.just("") | scalars)
    return indent + dash + key + (" " if key and value else "") + value + draw(ends)


@st.composite
def blocks(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> list[str]:
    """Lines that fit more often than not."""
    found: list[str] = []
    is_list = draw(st.booleans())
    for number in range(draw(st.integers(1, 3))):
        lead = " " * indent + ("-" if is_list else f"k{number}:" if draw(st.integers(0, 3)) else draw(keys) + ":")
        value = draw(st.sampled_from(["", "", "|", ">-", "&x"]) | scalars | scalars)
        found.append(lead + (" " + value if value else "") + draw(ends))
        if depth < 3 and value in ("", "|", ">-", "&x"):
            found += draw(blocks(indent + draw(st.sampled_from([0, 1, 2, 2, 2])), depth + 1))
        if draw(st.integers(0, 9)) == 0:
            found.append(draw(odd_lines))
    return found


texts = (st.lists(lines() | odd_lines, min_size=1, max_size=6) | blocks()).map("\n".join)


def exact(text: str) -> Any:
    """The exact reader's value; a text it has something to say about has none."""
    check_characters(text)
    composed = compose(text)
    remarks = Remarks([], [])
    value = None if composed.root is None else decode_node(composed.root, remarks)
    if composed.rest is not None or remarks.duplicates or remarks.tags:
        raise Broken(0, "remarkable", "")
    return value


@settings(max_examples=3000, deadline=None)
@given(texts)
def test_the_fast_parser_agrees_wherever_it_is_used(text: str) -> None:
    for chunk in split(text):
        if chunk.trailing or not certain(chunk.text):
            continue
        try:
            value = fast(chunk.text)
        except ValueError:
            continue
        assert repr(value) == repr(exact(chunk.text))


def paths(value: Any) -> Iterator[Path]:
    """Of everything in a document."""
    yield ()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in items:
        for path in paths(child):
            yield (step, *path)


def check_places(document: Document, text: str) -> None:
    file_lines = text.replace("\r\n", "\n").split("\n")
    for path in paths(document.data):
        place = locate(document, path)
        assert place.line is not None
        assert place.column is not None
        assert document.line <= place.line <= len(file_lines)
        assert 1 <= place.column <= len(file_lines[place.line - 1]) + 1


@settings(max_examples=600, deadline=None)
@given(texts)
def test_every_place_is_in_the_file(text: str) -> None:
    parsed = parse("f.yaml", text.encode())
    for document in parsed.documents:
        check_places(document, text)
    for problem in parsed.problems:
        assert problem.message
        assert problem.fix
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=5), JSON, max_size=3), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_comes_back_as_it_went_in(value: dict[str, Any], ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    (document,) = parse("f.json", text.encode()).documents
    assert document.data == value
    check_places(document, text)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.text("a:- \n\t\r\"'#&*!|>[]{}?,%@`\\.1~<", max_size=40).map(str.encode))
def test_nothing_crashes(content: bytes) -> None:
    for document in parse("f.yaml", content).documents:
        locate(document, ("a", 0))
        comments(document._replace(text=document.text + "# k8s-stabcheck"))
