"""What Argo CD and Flux deploy of an input: which chart or directory, with which values, into which namespace and cluster.

Shapes after Argo CD's Application (https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/), Flux's
HelmRelease (https://fluxcd.io/flux/components/helm/helmreleases/) and Flux's Kustomization
(https://fluxcd.io/flux/components/kustomize/kustomizations/).
"""

import json
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.documents import Document, locate
from checker.errors import Skipped

_MARKS = (b"argoproj.io/", b"toolkit.fluxcd.io/")
_HERE = frozenset({"", "in-cluster", "https://kubernetes.default.svc"})
_FLUX_CHANGES = ("patches", "patchesStrategicMerge", "patchesJson6902", "images", "components", "namePrefix", "nameSuffix", "postBuild")
_ARGO_CHANGES = (
    "images", "namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "replicas", "patches", "components", "labelWithoutSelector",
)  # fmt: skip


class Deployed(NamedTuple):
    """A directory of the input as a controller deploys it; `path` and `values` are names of the input.

    `inline` are values written in the object itself (YAML, which JSON is), `sets` are `key=value`; both beat the files, the later
    the earlier. `cluster` is "" for the one the controller runs in. `left_out` says what of it is not taken into account.
    """

    who: str
    file: str
    line: int
    path: str
    release: str = ""
    namespace: str = ""
    cluster: str = ""
    values: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


Known = Callable[[str], bool]  # whether the input has a directory or file of this name


def is_deploying(api_version: str) -> bool:
    """Whether an object is one of these controllers'."""
    return api_version.startswith(("argoproj.io/", "helm.toolkit.fluxcd.io/", "kustomize.toolkit.fluxcd.io/"))


def may_deploy(content: bytes) -> bool:
    """Whether a file can hold objects of these controllers."""
    return any(mark in content for mark in _MARKS)


def deployments(documents: Iterable[Document], known: Known) -> tuple[list[Deployed], list[Skipped]]:
    """What is deployed of the input, and what is deployed that the input does not have."""
    found: list[Deployed] = []
    missing: list[Skipped] = []
    for document in documents:
        for each in _deployed(document, known):
            if isinstance(each, Deployed):
                found.append(each)
            else:
                missing.append(each)
    return found, missing


def namespaces(deployed: Iterable[Deployed]) -> dict[str, str]:
    """By directory, the namespace that its plain files are deployed into, where that is the only one."""
    found: dict[str, set[str]] = {}
    for each in deployed:
        found.setdefault(each.path, set()).add(each.namespace)
    return {path: namespace for path, (namespace, *others) in found.items() if namespace and not others}


def _deployed(document: Document, known: Known) -> Iterator[Deployed | Skipped]:
    data = document.data if isinstance(document.data, dict) else {}
    group, kind = str(data.get("apiVersion", "")).partition("/")[0], data.get("kind")
    spec = _at(data, "spec")
    if (group, kind) == ("argoproj.io", "Application"):
        sources = [spec["source"]] if _at(spec, "source") else _list(spec, "sources")
        for source in sources:
            yield from _argo(document, _at(data, "metadata"), spec, source, known)
    elif (group, kind) == ("argoproj.io", "ApplicationSet"):
        yield _not_followed(
            document, "its Applications are made by generators that are not followed; render them, or name their values with -f"
        )
    elif (group, kind) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        yield _helm_release(document, _at(data, "metadata"), spec, known)
    elif (group, kind) == ("kustomize.toolkit.fluxcd.io", "Kustomization"):
        yield _flux_kustomization(document, spec, known)


def _argo(
    document: Document, metadata: Mapping[str, Any], spec: Mapping[str, Any], source: Any, known: Known
) -> Iterator[Deployed | Skipped]:
    path, destination = _text(source, "path"), _at(spec, "destination")
    if not path:
        if _text(source, "chart"):
            yield _not_followed(document, f"it deploys the chart {source['chart']} of {_text(source, 'repoURL')}: not in the input")
        return
    place = _found(document.file, path, known)
    if place is None:
        yield _not_followed(document, f"it deploys {path} of {_text(source, 'repoURL')}: not in the input")
        return
    helm, kustomize = _at(source, "helm"), _at(source, "kustomize")
    files = [_values_file(document.file, place, name, known) for name in _texts(helm, "valueFiles")]
    yield Deployed(
        _who(document),
        document.file,
        document.line,
        place,
        release=_text(helm, "releaseName") or _text(metadata, "name"),
        namespace=_text(destination, "namespace"),
        cluster=_cluster(_text(destination, "name") or _text(destination, "server")),
        values=tuple(name for name in files if name),
        inline=_inline(helm.get("values"), helm.get("valuesObject")),
        sets=tuple(f"{_text(each, 'name')}={_escaped(each.get('value'))}" for each in _list(helm, "parameters") if _text(each, "name")),
        left_out=(
            *(f"helm.{key}" for key in ("fileParameters",) if helm.get(key)),
            *(f"kustomize.{key}" for key in _ARGO_CHANGES if kustomize.get(key)),
            *(f"the values file {name}" for name, known_as in zip(_texts(helm, "valueFiles"), files, strict=True) if not known_as),
        ),
    )


def _helm_release(document: Document, metadata: Mapping[str, Any], spec: Mapping[str, Any], known: Known) -> Deployed | Skipped:
    chart = _at(_at(spec, "chart"), "spec")
    name, origin = _text(chart, "chart"), _text(_at(chart, "sourceRef"), "kind")
    place = _found(document.file, name, known) if name and origin in ("GitRepository", "Bucket") else None
    if place is None:
        what = (
            f"the chart {name}" if name else f"the chart of {_text(_at(spec, 'chartRef'), 'kind')} {_text(_at(spec, 'chartRef'), 'name')}"
        )
        return _not_followed(document, f"it deploys {what}: not in the input")
    namespace = _text(spec, "targetNamespace") or _text(metadata, "namespace")
    release = _text(spec, "releaseName") or "-".join(filter(None, (_text(spec, "targetNamespace"), _text(metadata, "name"))))
    files = [_values_file(document.file, place, each, known) for each in _texts(chart, "valuesFiles")]
    return Deployed(
        _who(document),
        document.file,
        document.line,
        place,
        release=release,
        namespace=namespace,
        values=tuple(each for each in files if each),
        inline=_inline(None, spec.get("values")),
        left_out=tuple(f"valuesFrom {_text(each, 'kind')} {_text(each, 'name')}" for each in _list(spec, "valuesFrom"))
        + (("postRenderers",) if spec.get("postRenderers") else ()),
    )


def _flux_kustomization(document: Document, spec: Mapping[str, Any], known: Known) -> Deployed | Skipped:
    path = _text(spec, "path") or "."
    place = _found(document.file, path, known)
    if place is None or _text(_at(spec, "sourceRef"), "kind") == "OCIRepository":
        return _not_followed(document, f"it deploys {path}: not in the input")
    changes = tuple(key for key in _FLUX_CHANGES if spec.get(key))
    return Deployed(_who(document), document.file, document.line, place, namespace=_text(spec, "targetNamespace"), left_out=changes)


def _found(declared_in: str, path: str, known: Known) -> str | None:
    """`path` below the repository's root, which is the outermost directory above the object that has it."""
    steps = posixpath.dirname(declared_in).split("/") if posixpath.dirname(declared_in) else []
    wanted = path.lstrip("/")
    for depth in range(len(steps) + 1):
        name = posixpath.normpath(posixpath.join(*steps[:depth], wanted) if depth else wanted)
        if not name.startswith("..") and known(name):
            return name
    return None


def _values_file(declared_in: str, chart: str, name: str, known: Known) -> str | None:
    """Relative to the chart, or to the repository of another source: `$values/prod.yaml`."""
    if name.startswith("$"):
        return _found(declared_in, name.partition("/")[2], known)
    if name.startswith("/"):
        return _found(declared_in, name, known)
    place = posixpath.normpath(posixpath.join(chart, name))
    return place if known(place) else _found(declared_in, name, known)


def _inline(*values: Any) -> tuple[str, ...]:
    """The last that is there counts: `valuesObject` is taken before `values`."""
    said = [each if isinstance(each, str) else json.dumps(each) for each in values if each]
    return tuple(said[-1:])


def _escaped(value: Any) -> str:
    """As `--set` reads it: a comma would begin another value."""
    return str(value if value is not None else "").replace("\\", "\\\\").replace(",", "\\,")


def _cluster(name: str) -> str:
    return "" if name in _HERE else name


def _not_followed(document: Document, why: str) -> Skipped:
    return Skipped(document.file, locate(document, ("kind",)).line, f"{_who(document)}: {why}")


def _who(document: Document) -> str:
    metadata = _at(document.data, "metadata")
    return f"{document.data.get('kind')} {'/'.join(filter(None, (_text(metadata, 'namespace'), _text(metadata, 'name'))))}"


def _at(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = value.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _texts(value: Mapping[str, Any], key: str) -> list[str]:
    found = value.get(key)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
