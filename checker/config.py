"""The configuration file, `.k8s-stabcheck.yaml`: what to judge and how strictly."""

import datetime
from collections.abc import Mapping
from typing import NamedTuple, cast

from checker.documents import parse
from checker.entries import Entry
from checker.errors import ConfigError
from checker.findings import SEVERITIES, Severity
from checker.location import Location
from checker.waivers import Acceptance

FILE_NAME = ".k8s-stabcheck.yaml"
FAIL_ON = (*SEVERITIES, "none")
_FIELDS = ("fail_on", "complete", "only", "skip", "enable", "policies", "params", "severities", "accept")
_ACCEPT_FIELDS = ("policy", "reason", "until", "kind", "namespace", "name", "path")
Parameter = bool | int | float | str


class Config(NamedTuple):
    """What the file says; every field has the default of an empty file."""

    fail_on: str = "high"
    complete: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    params: Mapping[str, Mapping[str, Parameter]] = {}
    severities: Mapping[str, Severity] = {}
    accept: tuple[Acceptance, ...] = ()


def load_config(name: str, content: bytes) -> Config:
    """The configuration in a file. Raises ConfigError with file and line."""
    parsed = parse(name, content)
    for problem in parsed.problems:
        raise ConfigError(problem.message, at=Location(name, problem.line, problem.column), fix=problem.fix)
    documents = [document for document in parsed.documents if document.data is not None]
    if not documents:
        return Config()
    if len(documents) > 1:
        raise ConfigError("a configuration file holds one document", at=Location(name, documents[1].line), fix="remove the `---`")
    entry = Entry(documents[0], ConfigError)
    entry.only(_FIELDS)
    return Config(
        fail_on=entry.choice("fail_on", FAIL_ON) if "fail_on" in entry.data else "high",
        complete=entry.flag("complete", default=False),
        only=entry.texts("only", default=()),
        skip=entry.texts("skip", default=()),
        enable=entry.texts("enable", default=()),
        policies=entry.texts("policies", default=()),
        params=_params(entry),
        severities=_severities(entry),
        accept=tuple(_acceptance(item) for item in entry.mappings("accept")),
    )


def _params(entry: Entry) -> dict[str, dict[str, Parameter]]:
    given = entry.mapping("params")
    params: dict[str, dict[str, Parameter]] = {}
    for policy in given.data if given else ():
        values = Entry(entry.document, ConfigError, ("params", policy))
        for name, value in values.data.items():
            if not isinstance(value, (bool, int, float, str)):
                values.refuse((name,), f"`{name}` must be a number, a text, or true or false")
        params[policy] = values.data
    return params


def _severities(entry: Entry) -> dict[str, Severity]:
    given = entry.mapping("severities")
    return {policy: cast("Severity", given.choice(policy, SEVERITIES)) for policy in given.data} if given else {}


def _acceptance(entry: Entry) -> Acceptance:
    entry.only(_ACCEPT_FIELDS)
    fields = {key: entry.text(key, default="") for key in ("kind", "namespace", "name", "path")}
    if not (reason := entry.text("reason")):
        entry.refuse(("reason",), "an accepted finding needs a reason", "say why it is accepted")
    return Acceptance(entry.text("policy"), reason, _until(entry), **fields)


def _until(entry: Entry) -> datetime.date | None:
    text = entry.text("until", default="")
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        entry.refuse(("until",), f"`{text}` is no date", "write YYYY-MM-DD")
