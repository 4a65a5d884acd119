"""What kustomize says when it refuses, in one sentence at the user's line: its innermost cause, not the way there."""

import os
import re
from collections.abc import Iterator, Mapping

from checker.documents import Document, locate, parse
from checker.errors import Problem, did_you_mean
from checker.location import Path
from checker.sources.files import Input, read
from checker.sources.kustomize.tree import Kustomization, Role, items, references
from checker.sources.process import Ended
from checker.sources.walk import reported

_LONGEST = 300  # characters of a message that is not ours
_SEE = "run kustomize build there to see all that it says"
_FIELDS = (
    "apiVersion", "bases", "buildMetadata", "commonAnnotations", "commonLabels", "components", "configMapGenerator", "configurations",
    "crds", "generatorOptions", "generators", "helmCharts", "helmGlobals", "images", "kind", "labels", "metadata", "namePrefix",
    "nameSuffix", "namespace", "openapi", "patches", "patchesJson6902", "patchesStrategicMerge", "replacements", "replicas", "resources",
    "secretGenerator", "sortOptions", "transformers", "validators", "vars",
)  # fmt: skip

_INTO = re.compile(r"(?:recursed accumulation of|couldn't make target for) path '([^']+)'")
_FROM = re.compile(r"(?:accumulating|merging) resources from '([^']+)'")
_KEPT = re.compile(r"may not add resource with an already registered id: (\S+?)'?(?::|$)")
_UNMATCHED = re.compile(r"no matches for Id (\S+?);")
_UNKNOWN_FIELD = re.compile(r'unknown field "([^"]+)"')
_WRONG_TYPE = re.compile(r"cannot unmarshal (\w+) into Go struct field \w+\.(\S+) of type (\S+)")
_CONFIGURED = re.compile(r"trouble configuring builtin (\w+) with config: `\n(.*?)`: (.*)", re.DOTALL)
_NOT_GENERATED = re.compile(r'Kind:"(\w+)".*?Name:"([^"]*)".*does not exist; cannot merge or replace')
_NOT_SELECTED = re.compile(r"nothing selected by ([^\s:]+)")
_ABSENT = re.compile(r"evalsymlink failure on ('[^']*') : lstat .*$", re.DOTALL)
_LITERAL = re.compile(r"literal sources \[.*?\]: (invalid literal source (.*?), expected key=value)")
_MISSING = re.compile(r"missing (?:Resource metadata|(\S+) in object)")
_GO_TYPES = {"object": "mapping", "array": "list", "bool": "boolean", "int": "number", "int64": "number"}
_ID = re.compile(r"(?P<kind>[^.]*)\.[^/]*/(?P<name>[^/]*)\.\[?(?P<namespace>[^\]]*)\]?$")


def failed(ended: Ended, root: Kustomization, members: Mapping[str, Kustomization]) -> Problem:
    """Why a build made nothing."""
    if ended.stopped:
        what = {"time": "took too long and was stopped", "output": "made more than can be read, and was stopped"}[ended.stopped]
        return Problem(
            root.file, None, None, f"the build of this kustomization {what}", "split it, or build it yourself and check its output"
        )
    if ended.status < 0:
        return Problem(root.file, None, None, f"kustomize was ended by signal {-ended.status}", _SEE)
    said = ended.errors.decode("utf-8", "replace")
    text = (
        "\n".join(line for line in said.split("\n") if not line.startswith("# Warning"))
        .strip()
        .removeprefix("error: ")
        .removeprefix("Error: ")
    )
    here = members.get(next(iter(reversed(_INTO.findall(text))), root.directory), root)
    for each in members.values():
        text = text.replace(each.directory, reported(each.spelled))
    for explain in _EXPLAINED:
        if problem := explain(text, here, members):
            return problem
    return _other(text, here)


def _unknown_field(text: str, here: Kustomization, _: Mapping[str, Kustomization]) -> Problem | None:
    found = _UNKNOWN_FIELD.search(text)
    if not found or "invalid Kustomization" not in text:
        return None
    field = found[1]
    path = next((path for path in _keys(here.document.data) if path[-1] == field), ())
    known = _FIELDS if len(path) <= 1 else ()
    return here.problem(
        path, f"`{field}` is no field of a kustomization", did_you_mean(field, known, "check its spelling and its indentation")
    )


def _wrong_type(text: str, here: Kustomization, _: Mapping[str, Kustomization]) -> Problem | None:
    found = _WRONG_TYPE.search(text)
    if not found:
        return None
    got, field, wanted = found.groups()
    path: Path = tuple(field.split("."))
    listed = items(here.document.data, field)
    wrong = [index for index, each in enumerate(listed) if isinstance(each, str)] if got == "string" and "[]" not in wanted else []
    expected = (
        "list" if wanted.startswith("[]") else "mapping" if "." in wanted or wanted.startswith("map[") else _GO_TYPES.get(wanted, wanted)
    )
    where: Path = (*path, wrong[0]) if wrong else path
    fix = f"write `- path: {listed[wrong[0]]}`" if wrong and field == "patches" else "write it as kustomize's reference says"
    return here.problem(where, f"`{field}` holds a {_GO_TYPES.get(got, got)} where a {expected} is expected", fix)


def _twice(text: str, here: Kustomization, _: Mapping[str, Kustomization]) -> Problem | None:
    found = _KEPT.search(text)
    if not found:
        return None
    entry = next(iter(reversed(_FROM.findall(text))), "")
    path = next((each.path for each in references(here) if each.text == entry), ())
    again = f"{entry!r} adds" if entry else "there are two of"
    return here.problem(path, f"{again} {_thing(found[1])}, which is there already", "remove one of them, or change it with a patch")


def _no_target(text: str, _: Kustomization, members: Mapping[str, Kustomization]) -> Problem | None:
    found = _UNMATCHED.search(text)
    identity = _ID.match(found[1]) if found else None
    if not found or not identity:
        return None
    thing = _thing(found[1])
    fix = "check the kind, name and namespace of the patch, or remove it"
    for kustomization in members.values():
        for document in _patches(kustomization):
            metadata = document.data.get("metadata") if isinstance(document.data, dict) else None
            if isinstance(metadata, dict) and (document.data.get("kind"), metadata.get("name")) == (identity["kind"], identity["name"]):
                at = locate(document, ("metadata", "name"))
                return Problem(at.file, at.line, at.column, f"this patch is for {thing}, which is not among the resources", fix)
    return None


def _configuration(text: str, here: Kustomization, members: Mapping[str, Kustomization]) -> Problem | None:
    """Kustomize repeats the entry it could not use; the first that it can be is named."""
    found = _CONFIGURED.search(text)
    if not found:
        return None
    kind, config, reason = found.groups()
    message = _plain(reason)
    if message.startswith("unable to parse SM or JSON patch"):
        message = "is neither a patch of an object nor a list of JSON patch operations"
    wanted = next(iter(parse("", config.encode()).documents), None)
    key = "patchesJson6902" if "6902" in kind else "patches"
    for kustomization in (here, *members.values()):
        for index, each in enumerate(items(kustomization.document.data, key)):
            if wanted is not None and each == wanted.data:
                return kustomization.problem((key, index), message if message.startswith("is ") else f"cannot be used: {message}", _SEE)
    return here.problem((), message, _SEE)


def _not_generated(text: str, _: Kustomization, members: Mapping[str, Kustomization]) -> Problem | None:
    found = _NOT_GENERATED.search(text)
    for kustomization in members.values() if found else ():
        for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, entry in enumerate(items(kustomization.document.data, field)):
                behaviour = entry.get("behavior") if isinstance(entry, dict) else None
                if found and (kind, entry.get("name")) == found.groups() and behaviour in ("merge", "replace"):
                    message = f"the {kind} {entry.get('name')!r} is to be changed (behavior: {behaviour}), and no base generates it"
                    return kustomization.problem((field, index), message, "check its name, or let it be made: behavior: create")
    return None


def _not_selected(text: str, _: Kustomization, members: Mapping[str, Kustomization]) -> Problem | None:
    found = _NOT_SELECTED.search(text)
    identity = _ID.match(found[1]) if found else None
    for kustomization in members.values() if identity else ():
        for index, entry in enumerate(items(kustomization.document.data, "replacements")):
            source = entry.get("source") if isinstance(entry, dict) else None
            if (
                identity
                and isinstance(source, dict)
                and (source.get("kind", "[noKind]"), source.get("name", "[noName]")) == identity.group("kind", "name")
            ):
                message = f"the source of this replacement, {_thing(identity[0])}, is not among the resources"
                return kustomization.problem(("replacements", index), message, "check its kind, name and namespace")
    return None


def _literal(text: str, here: Kustomization, _: Mapping[str, Kustomization]) -> Problem | None:
    found = _LITERAL.search(text)
    for field in ("configMapGenerator", "secretGenerator") if found else ():
        for index, entry in enumerate(items(here.document.data, field)):
            if found and found[2] in (literals := items(entry, "literals")):
                return here.problem((field, index, "literals", literals.index(found[2])), found[1], "write it as KEY=VALUE")
    return None


def _other(text: str, here: Kustomization) -> Problem:
    entry = next(iter(reversed(_FROM.findall(text))), "")
    target = here.target(entry) if entry else ""
    message = _plain(text)
    if entry and os.path.isfile(target) and os.path.realpath(target).startswith(os.path.join(here.directory, "")):
        if missing := _MISSING.search(text):
            what = missing[1] or "apiVersion, kind and metadata"
            return Problem(
                reported(target), None, None, f"an object of this file has no {what}", "complete it, or do not list it as a resource"
            )
        return Problem(reported(target), None, None, message, _SEE)
    quoted = [each for each in references(here) if f"'{each.text}'" in text or f"[{each.text}]" in text]
    return here.problem(quoted[-1].path if quoted else (), message, _SEE)


def _unreadable(text: str, _: Kustomization, members: Mapping[str, Kustomization]) -> Problem | None:
    """A file that is no YAML, in the words and at the line of the reader of all other files."""
    for kustomization in members.values() if "yaml: " in text.lower() else ():
        for reference in references(kustomization):
            target = kustomization.target(reference.text)
            content = read(Input(target, reported(target))) if reference.role in _YAML and os.path.isfile(target) else b""
            problems = parse(reported(target), content).problems if isinstance(content, bytes) else [content]
            if problems:
                return problems[0]
    return None


_YAML = (Role.RESOURCE, Role.PATCH, Role.PLUGIN, Role.SETTINGS)
_EXPLAINED = (_unreadable, _unknown_field, _wrong_type, _twice, _no_target, _not_generated, _not_selected, _literal, _configuration)


def _plain(text: str) -> str:
    """The last link of a chain of errors, on one line."""
    inner = text
    for mark in ("recursed accumulation of path", "accumulation err='"):
        inner = inner[inner.rfind(mark) :] if mark in inner else inner
    inner = re.sub(r"^(?:recursed accumulation of path '[^']*': |accumulation err='|accumulating \w+(?: from '[^']*')?: )+", "", inner)
    inner = re.sub(r"^'[^']*' must resolve to a file': ", "", inner.split("': must build at directory")[0])
    line = " ".join(_ABSENT.sub(r"\1 does not exist", inner).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _thing(identity: str) -> str:
    """`Deployment.v1.apps/web.[noNs]` → `Deployment web`."""
    found = _ID.match(identity)
    if not found:
        return identity
    namespace = found["namespace"]
    return f"{found['kind']} {found['name']!r}" + (f" of namespace {namespace!r}" if namespace and namespace != "noNs" else "")


def _patches(kustomization: Kustomization) -> Iterator[Document]:
    from checker.sources.kustomize.simulation.patches import patch_documents

    for key in ("patches", "patchesStrategicMerge"):
        for index, each in enumerate(items(kustomization.document.data, key)):
            yield from patch_documents(kustomization, (key, index), each)


def _keys(data: object, above: Path = ()) -> Iterator[Path]:
    """Paths of all entries of mappings, the outer ones first."""
    entries = list(data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ())
    yield from ((*above, key) for key, _ in entries if isinstance(key, str))
    for key, value in entries:
        yield from _keys(value, (*above, key))
