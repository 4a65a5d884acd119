"""What applying files to a cluster would change."""

from collections import Counter
from collections.abc import Iterable, Sequence

from checker.findings import Finding
from checker.objects import ApiObject
from checker.objects.kinds import is_cluster_scoped

_Name = tuple[str, str, str, str]


def put_over(standing: Sequence[ApiObject], files: Sequence[ApiObject], namespace: str) -> list[ApiObject]:
    """The objects of a cluster once those of the files are applied; `namespace` is where those go that name none."""
    applied = [_placed(item, namespace) for item in files]
    replaced = {_name(item) for item in applied}
    return [*(item for item in standing if _name(item) not in replaced), *applied]


def _placed(item: ApiObject, namespace: str) -> ApiObject:
    if is_cluster_scoped(item.api_version, item.kind) or (item.data.get("metadata") or {}).get("namespace"):
        return item
    return item._replace(namespace=namespace)


def _name(item: ApiObject) -> _Name:
    """Without the version: an object is the same in all of them."""
    return item.api_version.rpartition("/")[0], item.kind, item.namespace, item.name


def compared(before: Iterable[Finding], now: Iterable[Finding]) -> list[Finding]:
    """The findings of both, each with what becomes of it. One is the same if it says the same of the same."""
    known = Counter(map(_identity, before := list(before)))
    found: list[Finding] = []
    for each in now:
        known[_identity(each)] -= 1
        found.append(each._replace(change="unchanged" if known[_identity(each)] >= 0 else "new"))
    gone = []
    for each in before:
        if known[_identity(each)] > 0:
            known[_identity(each)] -= 1
            gone.append(each._replace(change="gone"))
    return [*found, *gone]


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.fingerprint, finding.outcome, finding.message
