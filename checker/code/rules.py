"""Rule files → rules, each checked so that a mistake is an error here and not silence later."""

import re
from collections.abc import Iterable
from typing import Any, NoReturn, cast

from checker.code.scopes import made_in_sight
from checker.code.types import LACKS, Lack, Lacking, Protocol, Rule, Sample
from checker.documents import parse
from checker.entries import Entry
from checker.errors import PolicyError
from checker.location import Location

LANGUAGES = ("python", "go", "java", "javascript", "typescript", "tsx")
_SCRIPTS = ("javascript", "typescript", "tsx")
_FIELDS = (
    "id", "library", "lacks", "mentions", "imports", "unless", "anywhere_unless", "environment", "protocol",
    "rule", "client", "says", "fix", "source", "samples",
)  # fmt: skip
_SAMPLES = re.compile(rb"(?m)^  samples:\n(?:(?!- ).*\n)*")


def load_rules(files: Iterable[tuple[str, bytes]], *, samples: bool = True) -> list[Rule]:
    """The rules of some files. Raises PolicyError for the first mistake. A check has no use for samples."""
    found = []
    for name, content in files:
        parsed = parse(name, content if samples else _SAMPLES.sub(b"", content))
        for problem in parsed.problems:
            raise PolicyError(problem.message, at=Location(name, problem.line, problem.column), fix=problem.fix)
        for document in parsed.documents:
            root = Entry(document, PolicyError)
            root.only(("language", "utils", "rules"))
            utils = root.data.get("utils") or {}
            found += [_rule(entry, root.choice("language", LANGUAGES), utils, samples=samples) for entry in root.mappings("rules")]
    return found


def languages_of(rule: Rule) -> tuple[str, ...]:
    """The grammars it is run with: what is written for JavaScript holds for TypeScript too."""
    return _SCRIPTS if rule.language == "javascript" else (rule.language,)


def lacking(rule: Rule) -> Lacking:
    """What it says of its matches."""
    return Lacking(rule.language, rule.library, rule.lacks, rule.says, rule.fix, rule.environment, rule.protocol)


def _rule(entry: Entry, language: str, utils: dict[str, Any], *, samples: bool) -> Rule:
    entry.only(_FIELDS)
    imports = _pattern(entry, "imports")
    return Rule(
        id=entry.text("id"),
        language=language,
        library=entry.text("library"),
        lacks=cast("Lack", entry.choice("lacks", LACKS)),
        mentions=tuple(word.encode() for word in entry.texts("mentions")),
        imports=imports or re.compile(b""),
        unless=_pattern(entry, "unless"),
        anywhere_unless=_pattern(entry, "anywhere_unless"),
        environment=entry.texts("environment", default=()),
        protocol=cast("Protocol", entry.choice("protocol", ("http", "grpc", "other")) if "protocol" in entry.data else "other"),
        config=_config(entry, language, utils),
        says=entry.text("says"),
        fix=" ".join(entry.text("fix").split()),
        source=entry.text("source"),
        samples=[Sample(sample.text("name"), sample.text("code") + "\n") for sample in entry.mappings("samples")] if samples else (),
        document=entry.document,
        path=entry.path,
    )


def _config(entry: Entry, language: str, utils: dict[str, Any]) -> dict[str, Any]:
    """As ast-grep has it; `client` says how what `$CLIENT` names is made."""
    rule, client = entry.data.get("rule") or _without_rule(entry), entry.data.get("client")
    if client:
        rule, utils = {"all": [rule, *made_in_sight(language)]}, {**utils, "maker": client}
    return {"rule": rule, "utils": utils}


def _without_rule(entry: Entry) -> NoReturn:
    entry.refuse((), "`rule` is missing", "add `rule:`, as ast-grep has it")


def _pattern(entry: Entry, key: str) -> re.Pattern[bytes] | None:
    text = entry.text(key, default="")
    try:
        return re.compile(text.encode(), re.MULTILINE) if text else None
    except re.error as error:
        entry.refuse((key,), f"`{key}` is no regular expression: {error}")
