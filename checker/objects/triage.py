"""Which files that cannot be parsed were never manifests: another program's YAML is not the user's mistake."""

import re
from collections.abc import Sequence

from checker.errors import Problem, Skipped
from checker.objects import foreign, templates

_MANIFEST = re.compile(r"""(?:^|[{,])[ \t\-]*["']?(?:apiVersion|kind)["']?\s*:""", re.MULTILINE)
_OTHER_FORMATS = (
    (re.compile(r"^AWSTemplateFormatVersion\b|\bAWS::\w+::|!(?:Ref|Sub|GetAtt)\b", re.MULTILINE), "a CloudFormation template"),
    (re.compile(r"!reference\b"), "a GitLab CI pipeline"),
    (re.compile(r"!(?:vault|unsafe)\b"), "an Ansible file"),
    (re.compile(r"!(?:secret|include(?:_\w+)?)\b"), "a configuration with includes of its own"),
    (re.compile(r"!(?:reset|override)\b"), "a Compose file"),
    (re.compile(r"!!python/name:"), "a configuration of MkDocs"),
    (re.compile(r"\A\s*(?:/[/*]|\{[^{}]*^[ \t]*/[/*])", re.MULTILINE), "JSON with comments"),
)
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def triage(problems: Sequence[Problem], content: bytes, *, explicit: bool) -> tuple[list[Problem], list[Skipped]]:
    """The problems of one file's parsing that are the user's to mend, and the files that are not ours.

    `explicit`: the user named this very file, so it is ours unless it can be told to be something else. A template is one problem,
    whatever the parser stumbles over in it.
    """
    if not problems:
        return [], []
    text = _text(content)
    if text is None or foreign.is_kustomization_name(problems[0].file):
        return list(problems), []
    first = problems[0]
    if not _MANIFEST.search(text):
        other = next((what for pattern, what in _OTHER_FORMATS if pattern.search(text)), None)
        if other is not None:
            return [], [Skipped(first.file, first.line, f"not a Kubernetes object: {other}")]
        if not explicit:
            return [], [Skipped(first.file, first.line, f"not a Kubernetes object, and cannot be parsed: {first.message}")]
    template = templates.breaking(text, [problem.line for problem in problems if problem.line is not None])
    if template is not None:
        line, placeholder = template
        message = f"{templates.UNRENDERED}: it is not YAML until it is rendered"
        return [Problem(first.file, line, None, message, templates.how_to_render(placeholder))], []
    return list(problems), []


def text_of(content: bytes) -> str:
    """The text of a file, as much of it as can be decoded."""
    return _text(content) or content.decode("utf-8", "replace").replace("\0", "")


def _text(content: bytes) -> str | None:
    encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
