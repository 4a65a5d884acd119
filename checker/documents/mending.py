"""What the parser refuses and a reader of Kubernetes manifests should not: mended in the text, then parsed again."""

import re

_MEANINGLESS_TABS = ("found a tab character that violates indentation", "found character that cannot start any token")
_TO_COMMENT = re.compile(r"[ \t]*(?=#|\n|\Z)")


def mended(text: str, problem: str, at: int) -> str | None:
    r"""The text without the flaw at `at` of which the parser complains; None where it is no flaw of the parser's.

    A tab before a comment or at the end of a line means nothing (YAML 1.2). Inside double quotes go-yaml knows the escape \\'.
    """
    if problem in _MEANINGLESS_TABS and text[at : at + 1] == "\t" and (blank := _TO_COMMENT.match(text, at)):
        return text[:at] + " " * len(blank[0]) + text[blank.end() :]
    if problem == "found unknown escape character" and text[at : at + 2] == "\\'":
        return f"{text[:at]}\\x27{text[at + 2 :]}"
    return None
