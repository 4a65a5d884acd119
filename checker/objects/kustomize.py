"""Files that only make sense to kustomize: what a kustomization uses as a patch or as data is no object of its own."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from checker.errors import Skipped
from checker.objects.types import Objects
from checker.objects.words import listed

_PATCH = "a patch that kustomize applies; build the overlay and check its output"
_SETTINGS = "a file of settings for kustomize"
_GENERATED = "data from which kustomize makes a ConfigMap or Secret"
_VALUES = "values for a Helm chart that kustomize renders"

# Keys of a kustomization that change what its resources say.
_CHANGES = (
    "namespace", "namePrefix", "nameSuffix", "images", "replicas", "patches", "patchesStrategicMerge", "patchesJson6902", "replacements",
    "vars", "transformers", "components", "configMapGenerator", "secretGenerator", "generators", "helmCharts",
    "helmChartInflationGenerator", "labels", "commonLabels", "commonAnnotations",
)  # fmt: skip
_REMOTE_MARKS = ("://", "?ref=", "git@", "git::", "github.com/", "//")


def settle(found: Objects, kustomizations: Mapping[str, Any], files: Collection[str]) -> Objects:
    """`found` without what belongs to `kustomizations` (file → content), which are listed with what they would have changed.

    `found` is what `objects` made of all documents (problems of parsing stay with the caller); `files` are the names of all inputs,
    against which it is told which resources of a kustomization are missing.
    """
    if not kustomizations:
        return found
    names = frozenset(files)
    places = names | _directories(names)
    parts = _parts(kustomizations, names, places)
    settled = frozenset(parts) | frozenset(kustomizations)
    skipped = [entry for entry in found.skipped if entry.file not in settled]
    skipped += [Skipped(file, None, reason) for file, reason in parts.items()]
    skipped += [Skipped(file, 1, _account(file, content, places)) for file, content in kustomizations.items()]
    return Objects(
        [item for item in found.objects if item.document.file not in settled],
        sorted(skipped, key=lambda entry: (entry.file, entry.line or 0, entry.reason)),
        [problem for problem in found.problems if problem.file not in parts],
    )


def _directories(files: Collection[str]) -> frozenset[str]:
    """Every directory above a file, as a kustomization would name it."""
    found = {"."}
    for file in files:
        while (file := posixpath.dirname(file)) not in found and file:
            found.add(file)
            if file == "/":
                break
    return frozenset(found)


def _parts(kustomizations: Mapping[str, Any], files: frozenset[str], places: frozenset[str]) -> dict[str, str]:
    """Files of the input that some kustomization uses as something else than a resource, each with what it is."""
    resources = {name for file, content in kustomizations.items() for name in _paths(file, _resources(content))}
    parts: dict[str, str] = {}
    for kustomization in sorted(kustomizations):
        for entry, what in _uses(kustomizations[kustomization]):
            for used in _paths(kustomization, [entry]):
                below = [] if used in files or used not in places else sorted(name for name in files if name.startswith(used + "/"))
                for file in [used] if used in files else below:
                    if file not in resources and file not in kustomizations:
                        parts.setdefault(file, what)
    return parts


def _uses(content: Any) -> Iterator[tuple[str, str]]:
    """Paths that a kustomization names for other ends than to add resources, each with what they are to it."""
    for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        for patch in _list(content, key):
            yield from ((path, _PATCH) for path in _strings([patch if isinstance(patch, str) else _at(patch, "path")]))
    for key in ("configurations", "transformers", "generators", "validators", "crds"):
        yield from ((path, _SETTINGS) for path in _strings(_list(content, key)))
    yield from ((path, _SETTINGS) for path in _strings(_at(replacement, "path") for replacement in _list(content, "replacements")))
    yield from ((path, _SETTINGS) for path in _strings([_at(_at(content, "openapi"), "path")]))
    for key in ("configMapGenerator", "secretGenerator"):
        for generator in _list(content, key):
            # `name=path` or `path`
            yield from ((entry.rpartition("=")[2], _GENERATED) for entry in _strings(_list(generator, "files")))
    for chart in _list(content, "helmCharts"):
        values = [_at(chart, "valuesFile"), *_list(chart, "additionalValuesFiles")]
        yield from ((path, _VALUES) for path in _strings(values))


def _account(file: str, content: Any, places: frozenset[str]) -> str:
    """What of a kustomization was not applied, and what it names that is not here."""
    changes = [key for key in _CHANGES if _at(content, key)]
    missing = [entry for entry in _resources(content) if not set(_paths(file, [entry])) <= places]
    remote = [entry for entry in missing if any(mark in entry for mark in _REMOTE_MARKS)]
    local = [entry for entry in missing if entry not in remote]
    if not changes and not missing:
        return "a kustomization; it changes nothing about its resources, which are read"
    parts = ["a kustomization"]
    if changes:
        parts.append(f"its resources are read as they stand, without its {', '.join(changes)}")
    if local:
        parts.append(f"it names {listed(local)}: not in the input")
    if remote:
        parts.append(f"it names {listed(remote)}: remote, not fetched")
    return "; ".join([*parts, "to check what it makes: kustomize build DIR | k8s-stabcheck -"])


def _resources(content: Any) -> list[str]:
    return [entry for key in ("resources", "bases", "components") for entry in _strings(_list(content, key))]


def _paths(kustomization: str, entries: list[str]) -> list[str]:
    """Entries of a kustomization as names of inputs. Several lines are a patch written in place, not a path."""
    directory = posixpath.dirname(kustomization)
    return [posixpath.normpath(posixpath.join(directory, entry)) for entry in entries if "\n" not in entry]


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _list(value: Any, key: str) -> list[Any]:
    found = _at(value, key)
    return found if isinstance(found, list) else []


def _strings(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str) and value]
