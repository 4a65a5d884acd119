"""Facts about versions of one workload that another one names: both must then be deployed together."""

import re
from collections.abc import Iterator, Mapping

from checker.facts.fields import Anchor, Field, Judged
from checker.facts.workload import workload_subject
from checker.model.build import Model
from checker.model.types import Container, Workload

PIN_FIELDS = {
    "pin.workload": Field("string", "name of the workload that names a version"),
    "pin.variable": Field("string", "the variable that names it", ("value",)),
    "pin.of": Field("string", "name of the other workload whose version it is"),
    "pin.version": Field("string", "the version that is named"),
    "pin.deployed": Field("string", "the version that the other one's image has"),
}
_VARIABLE = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*?)_(?:SERVICE_|SVC_|IMAGE_|APP_)?(?:VERSION|TAG)$")
_VERSION = re.compile(r"^v?\d+(?:\.\d+)+\S*$")


def judge_pins(model: Model) -> Iterator[Judged]:
    """Each variable that is called after the version of another workload of the namespace, and has one for a value.

    Not where that is the workload's own version too.
    """
    for workload in model.part.workloads:
        for container in workload.containers:
            for number, variable in enumerate(container.data.get("env") or ()):
                found = _VARIABLE.match(str(variable.get("name") or ""))
                if found and _VERSION.match(str(variable.get("value") or "")):
                    yield from _judged(model, workload, container, number, found["name"])


def _judged(model: Model, workload: Workload, container: Container, number: int, called: str) -> Iterator[Judged]:
    variable: Mapping[str, str] = container.data["env"][number]
    wanted = called.lower().replace("_", "-")
    if variable["value"] == _tag(workload):
        return  # what is released as a whole has one version for all its parts
    for other in model.in_namespace.get(workload.namespace, ()):
        if other is workload or other.name != wanted:
            continue
        facts = {
            "pin.workload": workload.name,
            "pin.variable": variable["name"],
            "pin.of": other.name,
            "pin.version": variable["value"],
            "pin.deployed": _tag(other),
        }
        anchors = {"pin": Anchor(workload.source, (*container.path, "env", number)), "rival": Anchor(other.source)}
        yield Judged("version-pin", workload_subject(workload)._replace(container=container.name), anchors, facts, part=variable["name"])


def _tag(workload: Workload) -> str:
    """The tag of its first image; empty without one."""
    image = next((str(each.data.get("image") or "") for each in workload.containers if each.role == "main"), "")
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]
