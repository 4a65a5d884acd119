"""From a document to the Kubernetes objects in it."""

import re
from collections.abc import Iterator
from functools import cache
from posixpath import basename, splitext
from typing import Any, NamedTuple

from checker.documents import Document, locate
from checker.errors import Problem, Skipped
from checker.location import Path, field_name
from checker.objects import foreign, templates
from checker.objects.identity import Flaw, identify
from checker.objects.types import ENVOY, LIMITS, ApiObject, Objects
from checker.objects.words import in_words

# What a CustomResourceDefinition may name a kind: a DNS-1035 label once in lower case.
_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_API_VERSION = re.compile(r"[-a-z0-9.]+(/[-a-z0-9.]+)?")


class _Item(NamedTuple):
    """A value that should be an object, at its place in the document."""

    base: Path
    value: Any


def objects(document: Document) -> Objects:
    """The Kubernetes objects in `document`, lists unpacked, with what is wrong about the rest."""
    found = Objects([], [], [])
    if document.data is None:
        return found
    if foreign.is_envoy(document.data):
        found.objects.append(_proxy(document, (), document.data))
        return found
    if foreign.printed_bootstrap(document.data):
        found.objects.append(_proxy(document, ("bootstrap",), document.data["bootstrap"]))
        return found
    if foreign.is_rate_limits(document.data):
        found.objects.append(ApiObject(document, (), *LIMITS, "", document.data["domain"], document.data))
        return found
    reason = _no_manifest(document)
    if reason is not None:
        found.skipped.append(Skipped(document.file, document.line, reason))
        return found
    templated = templates.may_hold(document.text)
    for item in _items(_Item((), document.data), found, document):
        _take(item, document, found, templated=templated)
    return found


def _proxy(document: Document, base: Path, data: Any) -> ApiObject:
    """An Envoy's configuration: it goes by the name of its node, else of its file."""
    node = data.get("node") if isinstance(data, dict) else None
    named = (node.get("cluster") or node.get("id")) if isinstance(node, dict) else None
    name = str(named or splitext(basename(document.file))[0])
    return ApiObject(document, base, *ENVOY, "", name, data)


def _no_manifest(document: Document) -> str | None:
    """Why a document holds no object; None where it may."""
    data = document.data
    if not isinstance(data, dict):
        return f"not a Kubernetes object: {in_words(data)}"
    if foreign.is_kustomization(document.file, data):
        return "a kustomization, not an object: to check what it makes, kustomize build DIR | k8s-stabcheck -"
    if "kind" in data and not data.keys().isdisjoint(("apiVersion", "metadata", "spec", "items")):
        return None
    what = foreign.of_another_format(document.file, data)
    if what is None:
        missing = " and ".join(f"no {key}" for key in ("apiVersion", "kind") if key not in data)
        present = "".join(f"{key} and " for key in ("apiVersion", "kind") if key in data)
        what = f"it has {present}{missing}"
    return f"not a Kubernetes object: {what}"


def _items(whole: _Item, found: Objects, document: Document) -> Iterator[_Item]:
    """The value itself, or what the list it is holds, however deep lists lie in lists."""
    pending = [whole]
    while pending:
        item = pending.pop()
        found.problems.extend(_problem(document, item.base, flaw) for flaw in _flaws_of_list(item.value))
        if not isinstance(item.value, dict):
            continue
        if not _is_list(item.value):
            yield item
        elif isinstance(items := item.value.get("items"), list):
            inside = [_Item((*item.base, "items", index), typed_like_its_list(item.value, value)) for index, value in enumerate(items)]
            pending.extend(reversed(inside))


def _flaws_of_list(value: Any) -> Iterator[Flaw]:
    """What is wrong about an item as an item, and about a list as a list."""
    if not isinstance(value, dict):
        yield Flaw((), f"an item of a list is {in_words(value)}, not an object", "remove it")
    elif _is_list(value):
        if value.get("apiVersion") in (None, ""):
            yield Flaw(("kind",), f"{value['kind']} has no apiVersion", "add the apiVersion of the list (apiVersion: v1)")
        if not isinstance(value.get("items"), (list, type(None))):
            yield Flaw(("items",), f"the items of a {value['kind']} are {in_words(value['items'])}, not a list", "write a list")


def _is_list(value: dict[str, Any]) -> bool:
    kind = value.get("kind")
    return kind == "List" or (isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list))


def typed_like_its_list(whole: dict[str, Any], item: Any) -> Any:
    """An item of a `DeploymentList` is a Deployment without saying so."""
    kind = whole["kind"].removesuffix("List")
    if not kind or not isinstance(item, dict) or ("kind" in item and "apiVersion" in item):
        return item
    return {"apiVersion": whole.get("apiVersion", ""), "kind": kind} | item


def _take(item: _Item, document: Document, found: Objects, *, templated: bool) -> None:
    """Add the object at `item`, or why it is none."""
    api_version, kind = item.value.get("apiVersion"), item.value.get("kind")
    what = foreign.of_a_program(api_version, kind, item.value)
    if what is not None:
        found.skipped.append(Skipped(document.file, _line(document, item.base), f"not an object of a cluster: {what}"))
        return
    flaw = (_flaw_of_template(item.value) if templated else None) or _flaw_of_type(api_version, kind) or _flaw_of_openshift(item.value)
    if flaw is not None:
        found.problems.append(_problem(document, item.base, flaw))
        return
    namespace, name, flaws = identify(api_version, kind, item.value.get("metadata"))
    found.problems.extend(_problem(document, item.base, flaw) for flaw in flaws)
    if namespace is not None and name is not None:
        found.objects.append(ApiObject(document, item.base, api_version, kind, namespace, name, item.value))


def _flaw_of_template(data: dict[str, Any]) -> Flaw | None:
    placeholder = templates.placeholder(data)
    if placeholder is None:
        return None
    message = f"{templates.UNRENDERED}: {field_name(placeholder.path)} is {in_words(placeholder.text)}"
    return Flaw(placeholder.path, message, placeholder.fix)


def _flaw_of_type(api_version: object, kind: object) -> Flaw | None:
    """What is wrong about apiVersion and kind."""
    if isinstance(api_version, str) and isinstance(kind, str) and _is_type(api_version, kind):
        return None
    if kind in (None, ""):
        return Flaw(("kind",), "an object without a kind", "give it a kind")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        return Flaw(("kind",), f"kind is {in_words(kind)}, which cannot be the name of a kind", "write the kind of the object")
    if api_version in (None, ""):
        return Flaw(("apiVersion",), f"{kind} has no apiVersion", "add the apiVersion (kubectl api-resources lists them)")
    return Flaw(("apiVersion",), f"apiVersion is {in_words(api_version)}, not GROUP/VERSION or v1", "write the apiVersion of the kind")


@cache
def _is_type(api_version: str, kind: str) -> bool:
    return _API_VERSION.fullmatch(api_version) is not None and _KIND.fullmatch(kind) is not None


def _flaw_of_openshift(data: dict[str, Any]) -> Flaw | None:
    """A Template is an object, and holds others with parameters in them."""
    if data["kind"] == "Template" and "objects" in data:
        return Flaw(("objects",), f"{templates.UNRENDERED} of OpenShift", "render it: oc process --local -f FILE | k8s-stabcheck -")
    return None


def _problem(document: Document, base: Path, flaw: Flaw) -> Problem:
    place = locate(document, base + flaw.path)
    return Problem(place.file, place.line, place.column, flaw.message, flaw.fix)


def _line(document: Document, base: Path) -> int | None:
    return locate(document, base).line if base else document.line
