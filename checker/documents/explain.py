"""A YAML parser's complaint in plain words: what is wrong at this place, and what to do."""

import re

from checker.documents.nodes import Broken

_TAB = ("a tab where YAML wants spaces", "indent with spaces")
_UNCLOSED_QUOTE = ("a quote is opened here and never closed", "close the quote")
_HEADER = ("nothing may follow | or > on its line but + or -, one digit and a comment", "begin the text on the next line")
_ESCAPE = (
    "a backslash inside double quotes begins an escape, and this is none",
    r"write \\ for a backslash, or use single quotes",
)
_TAGGED = ('"!" begins a tag, and this is none', "put a text that begins with ! in quotes")
_DIRECTIVE = ('a line that begins with "%" is a directive, and this is none', "remove the line, or put the text in quotes")
_ANCHORED = ('"&" begins the name of an anchor and "*" that of an alias, and here no name follows', "put the text in quotes")

_WORDS = {
    "mapping values are not allowed in this context": (
        '":" cannot stand here: is a line indented wrongly, a space missing after the colon above, or ": " in a text without quotes?',
        "correct the indentation or the colon, or put the text in quotes",
    ),
    "could not find expected ':'": (
        'expected "key: value"; is a colon or a space after it missing?',
        'write "key: value", or indent the line if it belongs to the one above',
    ),
    "did not find expected key": (
        "the indentation does not fit: a key of the mapping above was expected here",
        "indent the line like its siblings",
    ),
    "did not find expected '-' indicator": (
        'the indentation does not fit: an item ("- …") of the list above was expected here',
        "indent the line like its siblings",
    ),
    "block sequence entries are not allowed in this context": ('a list item ("- …") cannot stand here', "begin the list on its own line"),
    "mapping keys are not allowed in this context": ('a key that begins with "?" cannot stand here', "begin it on its own line"),
    "block collections are not allowed in this context": ("a list or a mapping cannot begin here", "begin it on its own line"),
    "did not find expected node content": ("a value is missing here", "write a value, or put the text in quotes"),
    "did not find expected <document start>": ("something follows the end of the document", "separate documents by a line ---"),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character where an indentation space is expected in a block scalar": _TAB,
    "found unknown escape character": _ESCAPE,
    "did not find expected hexdecimal number": _ESCAPE,
    "found invalid Unicode character escape code": _ESCAPE,
    "did not find expected comment or line break": _HEADER,
    "found an indentation indicator equal to 0": _HEADER,
    "did not find expected whitespace or line break": _TAGGED,
    "did not find expected tag URI": _TAGGED,
    "did not find expected '!'": _TAGGED,
    "found undefined tag handle": _TAGGED,
    "did not find expected alphabetic or numeric character": _ANCHORED,
    "found unknown directive name": _DIRECTIVE,
    "could not find expected directive name": _DIRECTIVE,
    "found incompatible YAML document": ("this version of YAML is not known", "remove the line %YAML"),
    "found unexpected ':'": ('":" inside [ ] or { } needs a space after it', 'write "key: value", or put the text in quotes'),
}
_KEY_WITHOUT_SPACE = re.compile(r"[ ]*(?:- +)?([A-Za-z][\w.-]*:[^\s:/][^:\n]*)")
_BRACKETS = {"did not find expected ',' or ']'": ("[", "]"), "did not find expected ',' or '}'": ("{", "}")}


def in_plain_words(text: str, problem: str, at: int, context: str, opened: int | None) -> Broken:
    """`at` and `opened` are where the parser gave up, and where what it was reading begins."""
    begin = at if opened is None else opened
    if problem in ("found unexpected end of stream", "found unexpected document indicator"):
        return Broken(begin, *_UNCLOSED_QUOTE)
    if problem == "mapping values are not allowed in this context" and (colon := _colon_without_space(text, at)):
        return Broken(colon, 'expected "key: value"; the space after the colon is missing', "write a space after the colon")
    if problem in _BRACKETS:
        left, right = _BRACKETS[problem]
        line = text.count("\n", begin, at)
        where = "" if line == 0 else f" {line} line{'s' * (line > 1)} further up"
        message = f'expected a comma or the "{right}" that closes the "{left}"{where}'
        return Broken(at, message, f'write the comma or the "{right}", or put the text in quotes')
    if problem == "found character that cannot start any token":
        return Broken(at, *_cannot_begin(text[at : at + 1]))
    if problem == "could not find expected ':'" and context == "while scanning a simple key":
        at = begin
    if problem in _WORDS:
        return Broken(at, *_WORDS[problem])
    return Broken(at, f"not YAML: {problem or 'the text cannot be read'}", "correct the line")


def _colon_without_space(text: str, at: int) -> int | None:
    """Where the line above has one: it reads as text that goes on in this line."""
    end = text.rfind("\n", 0, at)
    found = _KEY_WITHOUT_SPACE.fullmatch(text, text.rfind("\n", 0, max(end, 0)) + 1, max(end, 0))
    return found.start(1) if found else None


def _cannot_begin(character: str) -> tuple[str, str]:
    if character == "\t":
        return _TAB
    return f'a value cannot begin with "{character}"', "put the text in quotes"
