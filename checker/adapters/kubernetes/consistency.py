"""Rules that no schema can state: names that must differ, numbers that must be in order. For objects of the right shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.location import Path, field_name

_Data = Mapping[str, Any]


class Contradiction(NamedTuple):
    """Two places of an object that do not go together: the one to point at, what is wrong, how to mend it."""

    path: Path
    message: str
    fix: str


def contradictions(definition: str, data: _Data) -> Iterator[Contradiction]:
    """By the name of the definition that the object was compared with."""
    template = _POD_TEMPLATES.get(definition)
    if template is not None:
        yield from _pods(_at(data, template), template)
    if judge := _OF_KINDS.get(definition):
        yield from judge(data["spec"])


def _at(data: _Data, path: Path) -> _Data:
    for step in path:
        data = data[step]  # type: ignore[index]
    return data


def _pods(spec: _Data, path: Path) -> Iterator[Contradiction]:
    seen: dict[str, Path] = {}
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            place = (*path, key, index)
            yield from _new(seen, container["name"], (*place, "name"))
            if len(ports := container.get("ports") or ()) > 1:
                yield from _differing_names(ports, (*place, "ports"))


def _differing_names(ports: Sequence[_Data], path: Path) -> Iterator[Contradiction]:
    seen: dict[str, Path] = {}
    for index, port in enumerate(ports):
        if name := port.get("name"):
            yield from _new(seen, name, (*path, index, "name"))


def _new(seen: dict[str, Path], name: str, path: Path) -> Iterator[Contradiction]:
    if name in seen:
        yield Contradiction(
            path, f"{field_name(path)} is {name!r}, as {field_name(seen[name])} is; names must differ", "choose another name"
        )
    seen.setdefault(name, path)


def _service(spec: _Data) -> Iterator[Contradiction]:
    ports = spec.get("ports") or ()
    if len(ports) < 2:  # noqa: PLR2004
        return
    path: Path = ("spec", "ports")
    seen: dict[tuple[int, str], int] = {}
    for index, port in enumerate(ports):
        if not port.get("name"):
            place = (*path, index, "name")
            yield Contradiction(place, f"{field_name(place)} is missing; each port of several needs a name", "add a name")
        number = (port["port"], port.get("protocol") or "TCP")
        first = seen.setdefault(number, index)
        if first != index:
            place = (*path, index, "port")
            what = f"{field_name(place)} is {number[0]}, as {field_name((*path, first, 'port'))} is, both over {number[1]}"
            yield Contradiction(place, what, "remove one of the two, or choose another port")
    yield from _differing_names(ports, path)


def _autoscaler(spec: _Data) -> Iterator[Contradiction]:
    low, high = spec.get("minReplicas"), spec["maxReplicas"]
    if low is not None and high < low:
        what = f"spec.maxReplicas is {high}, which is less than spec.minReplicas ({low})"
        yield Contradiction(("spec", "maxReplicas"), what, f"raise maxReplicas to {low} or more, or lower minReplicas")


def _deployment(spec: _Data) -> Iterator[Contradiction]:
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds") or 0
    if deadline is not None and deadline <= ready:
        what = f"spec.progressDeadlineSeconds is {deadline}, which is not more than spec.minReadySeconds ({ready})"
        yield Contradiction(("spec", "progressDeadlineSeconds"), what, "raise progressDeadlineSeconds, or lower minReadySeconds")


_TEMPLATE: Path = ("spec", "template", "spec")
_POD_TEMPLATES: dict[str, Path] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
    **dict.fromkeys(
        (
            "Deployment", "DeploymentWithoutSelector", "StatefulSet", "StatefulSetWithoutSelector", "DaemonSet", "DaemonSetWithoutSelector",
            "ReplicaSet", "ReplicaSetWithoutSelector", "ReplicationController", "Job",
        ),
        _TEMPLATE,
    ),
}  # fmt: skip
_OF_KINDS: dict[str, Callable[[_Data], Iterator[Contradiction]]] = {
    "Service": _service,
    "Deployment": _deployment,
    **dict.fromkeys(("Autoscaler", "AutoscalerV1", "AutoscalerV2beta1"), _autoscaler),
}
