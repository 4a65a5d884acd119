"""What says which folder an image is built from: Skaffold, Compose, Tilt, CI files, Makefiles, kustomizations that rename images."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.code.types import Build
from checker.documents import parse

_TILT = re.compile(r"""\b(?:docker_build|custom_build)\(\s*(?:ref\s*=\s*)?["']([^"'\n]+)["']\s*,\s*(?:context\s*=\s*)?["']([^"'\n]+)["']""")
# docker build -t registry/cart:1 ./services/cart, with continued lines put together
_COMMAND = re.compile(r"\b(?:docker|podman|buildah|nerdctl)\s+(?:buildx\s+|image\s+)?(?:build|bud)\b([^\n;&|]*)")
_TAG = re.compile(r"(?:^|\s)(?:-t|--tag)[ =]\s*[\"']?([^\s\"']+)")
_RECIPE = re.compile(r"(?:^|\s)(?:-f|--file)[ =]\s*[\"']?([^\s\"']+)")
_MOST_NESTED = 12


def builds(file: str, content: bytes) -> list[Build]:
    """What one file says. Folders are relative to where the file is, or to the repository's root for what lies in hidden folders."""
    base = posixpath.basename(file).lower()
    text = content.decode(errors="replace")
    if base == "tiltfile":
        return [_build(file, image, folder) for image, folder in _TILT.findall(text)]
    found = list(_commands(file, text))
    if base.endswith((".yaml", ".yml")):
        for document in parse(file, content).documents:
            if isinstance(document.data, dict):
                found += _of_document(file, base, document.data)
    return found


def repository(image: str) -> str:
    """An image without tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def last_segment(image: str) -> str:
    """`cart` of `registry.example.com/shop/cart:1.4.2`."""
    return repository(image).rpartition("/")[2]


def _of_document(file: str, base: str, data: Mapping[str, Any]) -> Iterator[Build]:
    if base.startswith("skaffold"):
        yield from _skaffold(file, data)
    elif "compose" in base:
        yield from _compose(file, data)
    elif not base.startswith("kustomization"):
        yield from _actions(file, data, 0)


def renamed(file: str, content: bytes, known: Iterable[Build]) -> list[Build]:
    """Images that a kustomization puts in the place of those whose builds are known."""
    by_name = {repository(build.image): build for build in known}
    found = []
    for document in parse(file, content).documents:
        for entry in _entries(document.data, "images"):
            old, new = entry.get("name"), entry.get("newName")
            if isinstance(old, str) and isinstance(new, str) and old in by_name:
                build = by_name[old]
                found.append(Build(new, build.folder, f"{build.by}, renamed by {file}"))
    return found


def _skaffold(file: str, data: Mapping[str, Any]) -> Iterator[Build]:
    for artifact in _entries(data.get("build"), "artifacts"):
        if isinstance(artifact.get("image"), str):
            docker = artifact.get("docker")
            recipe = docker.get("dockerfile") if isinstance(docker, dict) else None
            yield _build(file, artifact["image"], artifact.get("context") or ".", recipe)


def _compose(file: str, data: Mapping[str, Any]) -> Iterator[Build]:
    services = data.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        build = service.get("build") if isinstance(service, dict) else None
        image = service.get("image") if isinstance(service, dict) else None
        if isinstance(build, str):
            yield _build(file, image or str(name), build)
        elif isinstance(build, dict):
            yield _build(file, image or str(name), build.get("context") or ".", build.get("dockerfile"))


def _actions(file: str, data: Any, depth: int) -> Iterator[Build]:
    """Steps of GitHub's docker/build-push-action, wherever they are."""
    if depth > _MOST_NESTED:
        return
    if isinstance(data, list):
        for item in data:
            yield from _actions(file, item, depth + 1)
    elif isinstance(data, dict):
        given = data.get("with")
        if isinstance(given, dict) and str(data.get("uses") or "").startswith("docker/build-push-action"):
            for tag in re.split(r"[\s,]+", str(given.get("tags") or "").strip()):
                if tag:
                    yield _build(file, tag, str(given.get("context") or "."), given.get("file"))
        for value in data.values():
            yield from _actions(file, value, depth + 1)


def _commands(file: str, text: str) -> Iterator[Build]:
    for command in _COMMAND.findall(text.replace("\\\n", " ")):
        words = command.split()
        context = words[-1].strip("\"'") if words and not words[-1].startswith("-") else "."
        recipe = _RECIPE.search(command)
        for tag in _TAG.findall(command):
            yield _build(file, tag, context, recipe[1] if recipe else None)


def _build(file: str, image: object, context: object, recipe: object = None) -> Build:
    """The folder of the recipe, where that lies within the context: what is beside it becomes the image."""
    base = _base(file)
    folder = posixpath.normpath(posixpath.join(base, str(context)))
    if isinstance(recipe, str) and posixpath.dirname(recipe):
        # Skaffold and Compose count from the context, commands and actions from where they run.
        beside = [posixpath.normpath(posixpath.join(start, posixpath.dirname(recipe))) for start in (folder, base)]
        folder = next((each for each in beside if each != folder and (folder == "." or each.startswith(folder + "/"))), folder)
    return Build(repository(str(image)), "" if folder == "." else folder, file)


def _base(file: str) -> str:
    folder = posixpath.dirname(file)
    steps = folder.split("/") if folder else []
    hidden = next((number for number, step in enumerate(steps) if step.startswith(".") and step.strip(".")), None)
    return "/".join(steps[:hidden]) if hidden is not None else folder


def _entries(data: Any, key: str) -> list[Mapping[str, Any]]:
    entries = data.get(key) if isinstance(data, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
