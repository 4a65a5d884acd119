"""Placeholders of a template that nobody rendered, in places where an API server takes none.

`{{ … }}` and `${…}` are at home in many values: alerts and dashboards in ConfigMaps, shell commands, log formats, the steps of a workflow.
So only places are looked at where Kubernetes itself wants a name, a number, a host or an image; `$(NAME)` is Kubernetes' own.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checker.location import Path
from checker.objects.kinds import group_of

# {{ go template, jinja, mustache }}, {% jinja %}, ${shell}, $SHELL, <%= erb %>
_PLACEHOLDER = re.compile(r"\{\{|\{%|\$\{[A-Za-z_]|\$[A-Za-z_]\w*|<%")
# What only a template holds: a block on a line of its own, or one of Helm's own objects. Alerts hold {{ $labels.pod }} as well.
_TEMPLATE_ONLY = re.compile(
    r"^[ \t]*(?:-[ \t]+)?\{\{-?[ \t]*(?:/\*|(?:if|else|with|range|end|define|block|include|template|tpl|toYaml)\b)"
    r"|\{\{[^}\n]*\.(?:Values|Release|Chart|Capabilities)\b"
    r"|^[ \t]*\{%-?[ \t]*\w+",
    re.MULTILINE,
)
_ACTION = re.compile(r"\{\{|\{%|(?<=[:\[{,])\s*\$\{[A-Za-z_]")
UNRENDERED = "an unrendered template"  # how a problem with one begins

_METADATA: tuple[Path, ...] = (("metadata", "name"), ("metadata", "generateName"), ("metadata", "namespace"))
_EVERY_OBJECT: tuple[Path, ...] = (("apiVersion",), ("kind",), *_METADATA)
_POD: Path = ("spec", "template", "spec")
_ANY = "*"  # every item of a list
_OF_A_POD: tuple[Path, ...] = (
    ("containers", _ANY, "image"),
    ("containers", _ANY, "ports", _ANY, "containerPort"),
    ("initContainers", _ANY, "image"),
    ("containers",),
)
_OF_A_SPEC: tuple[Path, ...] = tuple(("spec", *path) for path in (
    ("replicas",), ("minReplicas",), ("maxReplicas",), ("maxUnavailable",), ("minAvailable",), ("parallelism",), ("completions",),
    ("schedule",), ("scaleTargetRef", "name"), ("type",),
    ("ports", _ANY, "port"), ("ports", _ANY, "targetPort"), ("ports", _ANY, "nodePort"),
    ("host",), ("hosts", _ANY), ("hostnames", _ANY), ("gateways", _ANY), ("rules", _ANY, "host"), ("virtualhost", "fqdn"),
    ("parentRefs", _ANY, "name"), ("rules", _ANY, "backendRefs", _ANY, "name"), ("http", _ANY, "route", _ANY, "destination", "host"),
))  # fmt: skip
_PLACES: tuple[Path, ...] = (
    *_OF_A_SPEC,
    *(("spec", *path) for path in _OF_A_POD),
    *((*_POD, *path) for path in _OF_A_POD),
    *(("spec", "jobTemplate", *_POD, *path) for path in _OF_A_POD),
)

# Groups whose objects Kubernetes or a proxy reads as they stand. Others (workflows, pipelines) have languages of their own.
_PLAIN_GROUPS = frozenset({"", "apps", "extensions", "batch", "autoscaling", "policy"})
_PLAIN_GROUP_ENDINGS = (
    ".k8s.io", ".istio.io", "linkerd.io", "projectcontour.io", "traefik.io", "traefik.containo.us", "konghq.com",
    "cilium.io",
)  # fmt: skip


class Placeholder(NamedTuple):
    """A placeholder, and the place where it is."""

    path: Path
    text: str
    fix: str


def may_hold(text: str) -> bool:
    """Whether a text could hold a placeholder at all; a few nanoseconds a kilobyte."""
    return "$" in text or "{{" in text or "{%" in text or "<%" in text


def placeholder(data: dict[str, Any]) -> Placeholder | None:
    """The first placeholder in `data` at a place where none can be meant."""
    api_version = data.get("apiVersion")
    places = _EVERY_OBJECT + _PLACES if isinstance(api_version, str) and _is_plain(group_of(api_version)) else _EVERY_OBJECT
    for place in places:
        for path, value in _values(data, place):
            if isinstance(value, str) and (found := _PLACEHOLDER.search(value)):
                return Placeholder(path, value, how_to_render(found[0]))
    return None


def breaking(text: str, broken_lines: Iterable[int]) -> tuple[int, str] | None:
    """The line that shows a text to be a template, and the placeholder there; None where it is none.

    `broken_lines` are where a parser stumbled: over a placeholder, it was the placeholder that broke the YAML.
    """
    if only := _TEMPLATE_ONLY.search(text):
        return text.count("\n", 0, only.end()) + 1, only[0].strip()
    lines = text.split("\n")
    for broken in broken_lines:
        for number in (broken, broken - 1):
            if 0 < number <= len(lines) and (action := _ACTION.search(lines[number - 1])):
                return number, action[0].strip()
    return None


def how_to_render(text: str) -> str:
    """What to do about a template that uses placeholders as in `text`."""
    if text.startswith("$"):
        return "render it first and check the output (for example: envsubst < FILE | k8s-stabcheck -)"
    return "render it first and check the output (for a Helm chart: helm template NAME DIR | k8s-stabcheck -)"


def _is_plain(group: str) -> bool:
    return group in _PLAIN_GROUPS or group.endswith(_PLAIN_GROUP_ENDINGS)


def _values(value: Any, place: Path) -> Iterator[tuple[Path, Any]]:
    """The values at `place`, with their paths; `*` stands for every item of a list."""
    if not place:
        yield (), value
    elif place[0] == _ANY:
        for index, item in enumerate(value) if isinstance(value, list) else ():
            for path, found in _values(item, place[1:]):
                yield (index, *path), found
    elif isinstance(value, dict) and place[0] in value:
        for path, found in _values(value[place[0]], place[1:]):
            yield (place[0], *path), found
