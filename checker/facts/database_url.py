"""Facts about connection strings of databases: whether they bound how long a driver waits."""

import re
from collections.abc import Iterator
from typing import Any, Final

from checker.calls.graph import CallGraph
from checker.calls.types import Call, Evidence
from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.types import Workload

DATABASE_URL_FIELDS = {
    "databaseurl.caller": Field("string", "the workload that connects"),
    "databaseurl.host": Field("string", "the host as it is written"),
    "databaseurl.evidence": Field("string", "where the connection string stands, for people"),
    "databaseurl.parameter": Field("string", "the parameter by which the driver is told how long to wait for an answer"),
    "databaseurl.bounded": Field("bool", "it has a parameter for a timeout"),
}
# Drivers that wait for an answer without end unless they are told otherwise, and the parameter that tells them. Clients of Redis and of
# RabbitMQ are not among them: most have timeouts or heartbeats of their own.
_PARAMETERS: Final = {
    "jdbc:postgresql": "socketTimeout",  # https://jdbc.postgresql.org/documentation/use/#connection-parameters
    "jdbc:mysql": "socketTimeout",  # https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-networking.html
    "jdbc:mariadb": "socketTimeout",  # https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j
    "jdbc:sqlserver": "socketTimeout",  # https://learn.microsoft.com/sql/connect/jdbc/setting-the-connection-properties
    "postgres": "connect_timeout",  # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT
    "postgresql": "connect_timeout",
    "mongodb": "socketTimeoutMS",  # https://www.mongodb.com/docs/manual/reference/connection-string-options/
    "mongodb+srv": "socketTimeoutMS",
}
_URL = re.compile(r"((?:jdbc:)?[a-z]+(?:\+srv)?)://[^/?;\s]*(\S*)")
_SIGN = "timeout"


def judge_database_urls(graph: CallGraph) -> Iterator[Judged]:
    """Each place with the connection string of a database; what other workloads read there is told once."""
    seen: set[tuple[int, Any]] = set()
    for call in graph.calls:
        if call.workload is None or call.workload.runs_to_completion or call.protocol not in ("postgres", "mysql", "mongodb", "tcp"):
            continue
        for evidence in call.evidence:
            place = id(evidence.source), evidence.path
            found = _URL.search(_text(evidence)) if evidence.role == "main" and place not in seen else None
            if found and found[1] in _PARAMETERS:
                seen.add(place)
                yield _judged(call, call.workload, evidence, _PARAMETERS[found[1]], found[2])


def _judged(call: Call, workload: Workload, evidence: Evidence, parameter: str, rest: str) -> Judged:
    facts = {
        "databaseurl.caller": workload.name,
        "databaseurl.host": call.host,
        "databaseurl.evidence": evidence.key or "an argument",
        "databaseurl.parameter": parameter,
        "databaseurl.bounded": _bounded(workload, rest),
    }
    subject = Subject(workload.source.kind, workload.namespace, workload.name)
    return Judged(
        "database-url", subject, {"databaseurl": Anchor(evidence.source, evidence.path)}, facts, part=f"{call.host} {evidence.key}"
    )


def _bounded(workload: Workload, rest: str) -> bool | Unknown:
    """A placeholder may hold parameters; and a variable of the program for a timeout may be that of its database."""
    if _SIGN in rest.lower():
        return True
    if "$" in rest or "{{" in rest:
        return Unknown("what the connection string's placeholders stand for")
    names = (str(entry.get("name") or "") for container in workload.containers for entry in container.data.get("env") or ())
    told = next((name for name in names if _SIGN in name.lower()), None)
    return Unknown("", f"variable {told} may be for the database") if told else False


def _text(evidence: Evidence) -> str:
    """The value where it stands by itself; files of configuration have other keys for timeouts, and are not judged."""
    value: Any = evidence.source.data
    try:
        for step in evidence.path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return ""
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) and "\n" not in value else ""
