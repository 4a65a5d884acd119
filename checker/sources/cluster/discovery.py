"""What a cluster serves: of each kind that is read, the version and the path to list it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from checker.sources.cluster.connection import Answer, Connection, unreachable
from checker.sources.cluster.kinds import Kind, kinds

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_ACCEPT = f"{_AGGREGATED},application/json"
_OK, _UNAUTHORIZED, _UNKNOWN = 200, 401, 404
_CURRENT = "Current"


class Served(NamedTuple):
    """A kind in the version in which it is listed."""

    kind: Kind
    version: str
    resource: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        """`apps/v1`; `v1` for the core group."""
        return f"{self.kind.group}/{self.version}" if self.kind.group else self.version

    def path(self, namespace: str = "") -> str:
        """Where the kind is listed: in one namespace, or in all of them."""
        root = f"/apis/{self.api_version}" if self.kind.group else f"/api/{self.version}"
        return f"{root}/namespaces/{namespace}/{self.resource}" if namespace else f"{root}/{self.resource}"


class Offer(NamedTuple):
    """What can be listed, and of which kinds the server could not tell, with the reason. All others do not exist there."""

    served: list[Served]
    unclear: dict[Kind, str]


class _Version(NamedTuple):
    name: str
    resources: Mapping[str, tuple[str, bool]]  # kind: name of the resource, whether it is namespaced
    fresh: bool


def discover(connection: Connection) -> Offer:
    """What is served of the kinds that are read. Raises Unreachable."""
    offer = Offer([], {})
    groups: dict[str, list[_Version] | str] = {}
    for root in ("/api", "/apis"):
        answer = connection.get(root, {}, _ACCEPT)
        if answer.status in (0, _UNAUTHORIZED):
            raise unreachable(connection, answer)
        if answer.status != _OK:
            return Offer([], dict.fromkeys(kinds(), f"the server does not say what it serves: {answer.why}"))
        try:
            groups |= _groups(connection, root, answer)
        except (TypeError, AttributeError, KeyError):
            return Offer([], dict.fromkeys(kinds(), "the server does not say what it serves: its answer cannot be understood"))
    for kind in kinds():
        versions = groups.get(kind.group, [])
        if isinstance(versions, str):
            offer.unclear[kind] = versions
            continue
        chosen = _best(kind, versions)
        if chosen is not None:
            offer.served.append(chosen)
        elif not all(version.fresh for version in versions):
            offer.unclear[kind] = "the server of its group does not answer"
    return offer


def _best(kind: Kind, versions: Iterable[_Version]) -> Served | None:
    serving = {version.name: version.resources[kind.name] for version in versions if kind.name in version.resources}
    for name in (*kind.versions, *serving):
        if name in serving:
            return Served(kind, name, *serving[name])
    return None


def _groups(connection: Connection, root: str, answer: Answer) -> dict[str, list[_Version] | str]:
    """By group: its versions, those the server prefers first, or why they cannot be told."""
    if answer.body.get("kind") == "APIGroupDiscoveryList":
        return {_group_name(each): [_aggregated(version) for version in each.get("versions", ())] for each in answer.body.get("items", ())}
    if root == "/api":
        return {"": _one_by_one(connection, "/api", [*answer.body.get("versions", ())])}
    wanted = {kind.group for kind in kinds()}
    return {
        group["name"]: _one_by_one(connection, f"/apis/{group['name']}", [each["version"] for each in group["versions"]])
        for group in answer.body.get("groups", ())
        if group["name"] in wanted
    }


def _group_name(group: Mapping[str, Any]) -> str:
    return (group.get("metadata") or {}).get("name") or ""


def _aggregated(version: Mapping[str, Any]) -> _Version:
    resources = {
        (each.get("responseKind") or {}).get("kind", ""): (each["resource"], each.get("scope") == "Namespaced")
        for each in version.get("resources", ())
        if "list" in each.get("verbs", ())
    }
    return _Version(version["version"], resources, version.get("freshness", _CURRENT) == _CURRENT)


def _one_by_one(connection: Connection, root: str, versions: Iterable[str]) -> list[_Version] | str:
    """As servers before 1.30 tell it."""
    found: list[_Version] = []
    for name in versions:
        answer = connection.get(f"{root}/{name}", {}, "application/json")
        if answer.status == _UNKNOWN:
            continue
        if answer.status != _OK:
            return answer.why
        try:
            resources = {
                each["kind"]: (each["name"], bool(each["namespaced"]))
                for each in answer.body.get("resources", ())
                if "/" not in each["name"] and "list" in each.get("verbs", ())
            }
        except (TypeError, AttributeError, KeyError):
            return f"{root}/{name} does not say what it serves in a way that can be understood"
        found.append(_Version(name, resources, fresh=True))
    return found
