"""`k8s-stabcheck review`: the checklist as a document for a review."""

import argparse
import os
from collections.abc import Callable, Mapping

from checker.answers import FILE_NAME, load_answers
from checker.cli import FINE, UNREADABLE
from checker.cli.output import outputs, style, write
from checker.cli.running import judged
from checker.errors import ConfigError, UsageError
from checker.reports import Style
from checker.review import as_json, markdown, text
from checker.review.answers_file import with_questions
from checker.review.document import Material, Review, review
from checker.review.owners import Owners

FORMATS: Mapping[str, Callable[[Review, Style], str]] = {
    "text": text.render,
    "markdown": lambda made, _: markdown.render(made),
    "json": lambda made, _: as_json.render(made),
}


def run(arguments: argparse.Namespace) -> int:
    """Judge the input and print it row by row; the exit status."""
    wanted = outputs(arguments.format, FORMATS)
    made = judged(arguments)
    policies, checklist = made.how.policies
    answers = tuple(made.how.settings.answers)
    document = review(made.report, Material(checklist, policies, Owners(made.read.objects), answers))
    for name, file in wanted:
        write(FORMATS[name](document, style(arguments.color, file)), file)
    if arguments.ask:
        _ask(arguments.answers or FILE_NAME, document, frozenset(item.id for item in checklist))
    return UNREADABLE if made.report.inputs.errors or not made.report.inputs.objects else FINE


def _ask(path: str, document: Review, rows: frozenset[str]) -> None:
    """Open questions into the file of answers; what stands there already stays."""
    try:
        content = _text(path)
        answers = load_answers(path, content.encode(), rows) if content else ()
        text, added = with_questions(content, answers, document)
        load_answers(path, text.encode(), rows)
        if added:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--ask: {path}: {error}", fix="name another file with --answers") from None
    except ConfigError as error:
        raise UsageError(
            f"--ask: nothing was added to {path}: {error}", fix="mend the file, with entries as `- row: …` below `answers:`"
        ) from None


def _text(path: str) -> str:
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as stream:
        return stream.read()
