"""Configuration files that a container has mounted from ConfigMaps → their settings."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from checker.calls.configuration import Entry, parsed
from checker.governors.tables import tables
from checker.model.build import Model
from checker.model.types import Container, Path, Workload
from checker.objects import ApiObject

# maxmemory 100mb; worker_connections 1024;
_WORDS = re.compile(r"""\s*(?P<key>[A-Za-z_-]+)\s+["']?(?P<value>[^\s;{}"']+)""")


class File(NamedTuple):
    """A file: its name where it is mounted, its text, and where that stands."""

    name: str
    text: str
    source: ApiObject
    path: Path


def mounted(model: Model, workload: Workload, container: Container) -> list[File]:
    """The files of a container whose names say that they may be read; those of Secrets are left alone."""
    mounts = container.data.get("volumeMounts")
    volumes = workload.spec.get("volumes")
    if not mounts or not volumes:
        return []
    held = {volume.get("name"): volume for volume in volumes if "configMap" in volume or "projected" in volume}
    if not held:
        return []
    found: list[File] = []
    for mount in mounts:
        volume = held.get(mount.get("name"))
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())) if volume else ():
            found.extend(_of_mount(model, workload, mount, source.get("configMap") or {}))
    return found


def _of_mount(model: Model, workload: Workload, mount: Any, reference: Any) -> Iterator[File]:
    item = model.find("ConfigMap", workload.namespace, reference.get("name"), workload.source) if reference.get("name") else None
    data = item.data.get("data") if item is not None else None
    if item is None or not isinstance(data, dict):
        return
    known = tables().files
    renamed = {entry.get("key"): entry.get("path") for entry in reference.get("items") or ()}
    for key, text in data.items():
        name = str(renamed.get(key) or key)
        if mount.get("subPath"):
            if mount["subPath"] != name:
                continue
            name = str(mount.get("mountPath") or name)
        elif renamed and key not in renamed:
            continue
        name = name.rpartition("/")[2]
        if isinstance(text, str) and known.fullmatch(name):
            yield File(name, text, item, ("data", key))


@lru_cache(maxsize=256)
def settings_in(name: str, text: str, *, words: bool) -> Sequence[Entry]:
    """Keys in full and values, of files of `key value` with `words`, else of any other form."""
    if not words:
        return parsed(name, text)
    return tuple(
        Entry(found["key"], found["value"])
        for line in text.split("\n")
        for part in line.partition("#")[0].replace("{", "\n").split("\n")
        if (found := _WORDS.match(part))
    )
