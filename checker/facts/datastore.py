"""Facts about databases: who uses one and the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from checker.calls.graph import CallGraph
from checker.calls.types import Call, Evidence
from checker.facts.fields import Anchor, Field, Judged
from checker.findings import Subject
from checker.model.build import Model
from checker.model.types import Workload

DATASTORE_FIELDS = {
    "datastore.database": Field("string", "the database, as its users name it"),
    "datastore.host": Field("string", "the host it is on"),
    "datastore.owners": Field("int", "services that use it; workloads of one program count once, jobs and tools do not"),
    "datastore.users": Field("string", "who uses it, for people"),
    "datastore.owner": Field("string", "a workload of the input after which the host is named; empty if none"),
    "datastore.foreign": Field(
        "bool", "only one service is seen to use it, and that has nothing to do with the owner's name, nor with the database's"
    ),
    "datastore.batch_users": Field("string", "jobs that use it too, for people; empty if none"),
}
DATABASES = frozenset({"postgres", "mysql", "mongodb"})
_IN_URL = re.compile(r"://[^/\s?]+/([A-Za-z0-9_.-]+)")
_IN_PAIRS = re.compile(r"(?i)(?:^|[\s;])(?:dbname|database|initial catalog)\s*=\s*([A-Za-z0-9_.-]+)")
_NAMES = ("NAME", "DB", "DATABASE", "DBNAME")
# What a program's several workloads are called after, and programs that look after other people's databases.
_PARTS = frozenset({
    "admin", "api", "app", "backend", "beat", "celery", "consumer", "cron", "frontend", "job", "jobs", "listener", "migrate",
    "migration", "migrations", "processor", "producer", "reader", "scheduler", "server", "service", "sidekiq", "svc", "task", "tasks",
    "triggerer", "ui", "web", "webserver", "worker", "workers", "writer",
})  # fmt: skip
_TOOLS = re.compile(r"(?i)exporter|pgadmin|adminer|phpmyadmin|mongo-express|backup|pgbouncer|flyway|liquibase|barman|wal-g|debezium")
_DATABASE_WORDS = frozenset({
    "cluster", "database", "db", "headless", "mariadb", "master", "mongo", "mongodb", "mysql", "pg", "postgres", "postgresql", "primary",
    "replica", "ro", "rw", "sql",
})  # fmt: skip
_PART_OF = "app.kubernetes.io/part-of"
_INSTANCE = "app.kubernetes.io/instance"


def judge_datastores(model: Model, graph: CallGraph) -> Iterator[Judged]:
    """Each database that somebody is seen to use by name."""
    users: dict[tuple[str, int | None, str], list[Call]] = defaultdict(list)
    jobs: dict[tuple[str, int | None, str], dict[str, None]] = defaultdict(dict)
    for call in graph.calls:
        if call.protocol in DATABASES and call.workload is not None and (name := database_of(call)):
            if _counts(call.workload):
                users[call.callee.name, call.port, name].append(call)
            elif call.workload.kind in ("Job", "CronJob") and not is_tool(call.workload):
                jobs[call.callee.name, call.port, name][call.caller.name] = None
    for key, calls in users.items():
        yield _judged(key, calls, jobs[key], _named_after(model, graph, calls[0]))


def _judged(key: tuple[str, int | None, str], calls: Sequence[Call], jobs: Iterable[str], owner: Workload | None) -> Judged:
    host, _, name = key
    owners: dict[str, Call] = {}
    for call in calls:
        if call.workload is not None:
            owners.setdefault(_owner(call.workload, owners), call)
    first, *others = owners.values()
    facts: dict[str, Any] = {
        "datastore.database": name,
        "datastore.host": host.partition(".svc.")[0],
        "datastore.owners": len(owners),
        "datastore.users": ", ".join(call.caller.name for call in owners.values()),
        "datastore.owner": owner.name if owner else "",
        "datastore.foreign": owner is not None and len(owners) == 1 and not any(_is_at_home(call, name, owner) for call in calls),
        "datastore.batch_users": ", ".join(jobs),
    }
    anchors = {"datastore": _place(first.evidence[0])} | ({"rival": _place(others[0].evidence[0])} if others else {})
    item = first.caller
    return Judged("datastore", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{host}/{name}")


def _place(evidence: Evidence) -> Anchor:
    return Anchor(evidence.source, evidence.path)


def _is_at_home(call: Call, database: str, owner: Workload) -> bool:
    """Whether the caller is part of the owner, bears the name of the database, or is of the release that the host is named after."""
    caller = call.workload
    if caller is None or are_one(caller, owner):
        return True
    own = set(_stem(caller.name)) & set(database.lower().replace("_", "-").split("-"))
    return bool(own) or caller.labels.get(_INSTANCE) == "-".join(_stem(owner.name))


def _named_after(model: Model, graph: CallGraph, call: Call) -> Workload | None:
    """The workload of the host's namespace that bears the host's name without the words for databases: orders for orders-db.

    Not the database itself.
    """
    first, _, rest = call.callee.name.partition(".")
    words = tuple(word for word in first.split("-") if word not in _DATABASE_WORDS)
    if not rest.endswith(".svc.cluster.local") or not words or len(words) == len(first.split("-")):
        return None
    itself = graph.pods.get(call.callee.service, ()) if call.callee.service else ()
    there = model.in_namespace.get(rest.partition(".")[0], ())
    named = (each for each in there if each.name != first and _stem(each.name) == words)
    return next((each for each in named if each not in itself and _counts(each)), None)


def _counts(workload: Workload) -> bool:
    return not workload.runs_to_completion and not is_tool(workload)


def is_tool(workload: Workload) -> bool:
    """Whether it looks after the data of others: exports measurements, makes backups, migrates."""
    return any(_TOOLS.search(image) for image in _images(workload))


def _images(workload: Workload) -> list[str]:
    return [_repository(str(container.data.get("image") or "")) for container in workload.containers if container.role == "main"]


def _repository(image: str) -> str:
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _owner(workload: Workload, known: Mapping[str, Call]) -> str:
    """Workloads of one application, one image, or one name but for the part they play are one service."""
    for owner, call in known.items():
        if call.workload is not None and are_one(workload, call.workload):
            return owner
    return f"{workload.namespace}/{workload.name}"


def are_one(one: Workload, other: Workload) -> bool:
    """Whether they are parts of one program: of one application, of one image, or of one name but for the part they play."""
    if one.labels.get(_PART_OF) and one.labels.get(_PART_OF) == other.labels.get(_PART_OF):
        return True
    return _stem(one.name) == _stem(other.name) or not set(_images(one)).isdisjoint(_images(other))


def _stem(name: str) -> tuple[str, ...]:
    words = [word for word in name.split("-") if word not in _PARTS and not word.isdigit()]
    return tuple(words or name.split("-"))


def database_of(call: Call) -> str:
    """The database that a variable names, in its value or in a variable beside it (DB_HOST, DB_NAME); empty where none does."""
    for evidence in call.evidence:
        if evidence.kind == "env" and (name := _named(evidence)):
            return name
    return ""


def _named(evidence: Evidence) -> str:
    entries: Any = evidence.source.data
    *above, index = evidence.path
    for step in above:
        entries = entries[step]
    value = str(entries[index].get("value") or "")
    found = _IN_URL.search(value) or _IN_PAIRS.search(value)
    if found:
        return found[1]
    stem = evidence.key.upper().rpartition("_")[0]
    beside = (entry for entry in entries if stem and str(entry.get("name") or "").upper() in {f"{stem}_{word}" for word in _NAMES})
    return next((str(entry["value"]) for entry in beside if entry.get("value")), "")
