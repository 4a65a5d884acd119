"""What Helm says when it cannot render a chart, told with the place in the user's own files.

The forms are those of Helm 3.11 to 4.3: a fault in a template is one line in Helm 3 and several in Helm 4, which gives one place for
each template that includes another.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from checker.documents import parse
from checker.errors import Problem
from checker.sources import names
from checker.sources.helm.chart import Chart
from checker.sources.helm.command import PROGRAM, HelmOptions
from checker.sources.helm.comments import source_of
from checker.sources.helm.mistakes import in_schema, in_values_file

Rerender = Callable[[], str]  # the text with what is no YAML in it

_LONGEST_MESSAGE = 600
_MOST_CALLERS = 3
_ADVICE = "Use --debug flag to render out invalid YAML"
_GIVE = "give the value with --set or -f"
_NO_HELM = f"see that `helm version` works; where helm is the script of a version manager, name the program itself in {PROGRAM}"
_CORRECT = "correct the template"

_CALL = re.compile(
    r"(?:template: |^)(?P<file>[^\n:]+):(?P<line>\d{1,9}):(?P<column>\d{1,9})(?:: |\n\s*)"
    r"executing \"[^\"\n]*\" at <(?P<expression>.*?)>:\s+",
    re.MULTILINE,
)
_BY_AUTHOR = re.compile(r"execution error at \((?P<file>[^\n:]+):(?P<line>\d{1,9}):(?P<column>\d{1,9})\): (?P<message>.*)", re.DOTALL)
_SYNTAX = re.compile(r"parse error at \((?P<file>[^\n:]+):(?P<line>\d{1,9})\): (?P<message>.*)", re.DOTALL)
_NO_YAML = re.compile(r"YAML parse error on (?P<file>[^\n:]+): (?P<message>.*)", re.DOTALL)
_VALUES = re.compile(
    r"(?P<within>(?:error unpacking subchart \S+ in [^\n:]+: )*)cannot load (?P<file>\S+\.\w+): (?P<message>.*)", re.DOTALL
)
_GIVEN_VALUES = re.compile(r"failed to parse (?P<file>[^\n]+?): (?P<message>(?:cannot|error|yaml).*)", re.DOTALL)
_MISSING = re.compile(r"missing in charts/? directory: (?P<names>.*)", re.DOTALL)
_KUBERNETES = re.compile(r"chart requires kubeVersion: (?P<wanted>.*) which is incompatible with Kubernetes (?P<version>\S+)")
_SET = re.compile(r"failed parsing --set(?:-\w+)? data: (?P<message>.*)", re.DOTALL)
_RELEASE = re.compile(r"release name check failed: release name (?P<name>\".*?\"):")
_VERSION = re.compile(r"invalid kube version '(?P<version>.*?)'")
_SCHEMA = "values don't meet the specifications of the schema"
_NO_END = re.compile(r"nested reference name: (?P<name>\S+?):|exceeded maximum template depth")


def complaints(errors: str, chart: Chart, options: HelmOptions, rerender: Rerender) -> Sequence[Problem]:
    """What `errors`, the standard error of a failed `helm template`, comes to; at least one."""
    said = _said(errors).replace(chart.directory, chart.shown or ".")
    for form, told in _FORMS:
        if found := form.search(said):
            return [told(found, chart)]
    if found := _NO_YAML.search(said):
        return [_no_yaml(found, chart, rerender)]
    if found := _VALUES.match(said):
        steps = re.findall(r"subchart (\S+) in", found["within"])
        directory = "".join(f"charts/{step}/" for step in steps)
        return in_values_file(chart, directory + found["file"], _short(found["message"]))
    if found := _GIVEN_VALUES.match(said):
        return in_values_file(None, found["file"], _short(found["message"]))
    if _SCHEMA in said and (refused := in_schema(said, chart, options)):
        return refused
    calls = list(_CALL.finditer(said))
    if calls:
        return [_in_template(calls, said[calls[-1].end() :], chart)]
    message = _short(said) or "it failed and did not say why"
    fix = "correct the chart, or render it yourself and give the output" if "Error: " in errors else _NO_HELM
    return [Problem(chart.manifest, None, None, f"helm: {message}", fix)]


def _said(errors: str) -> str:
    """The error alone: warnings stand before it, advice after it."""
    at = errors.find("Error: ") if errors.startswith("Error: ") else errors.find("\nError: ") + 1
    lines = errors[at:].removeprefix("Error: ").replace(_ADVICE, "").strip().expandtabs(1).split("\n")
    return "\n".join(map(names.printable, lines))


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 2] + " …"


def _in_template(calls: Sequence[re.Match[str]], rest: str, chart: Chart) -> Problem:
    """At the innermost place in the chart whose template failed: what it includes of other charts is not the user's to correct."""
    message, fix = _reason(rest, calls[-1]["expression"])
    known = [(call, file) for call in calls if (file := chart.template(call["file"]))]
    own = [(call, file) for call, file in known if _chart_of(call["file"]) == _chart_of(known[0][0]["file"])]
    if not own:
        return Problem(chart.manifest, None, None, f"helm: {message}", fix)
    call, file = own[-1]
    others = dict.fromkeys(f"{other}:{each['line']}" for each, other in reversed(known) if each is not call)
    if others:
        message += f"; on the way: {', '.join(list(others)[:_MOST_CALLERS])}"
    return Problem(file, int(call["line"]), int(call["column"]) + 1, message, fix)


def _chart_of(source: str) -> str:
    return source.partition("/templates/")[0]


def _reason(rest: str, expression: str) -> tuple[str, str]:
    if without_end := _NO_END.search(rest):
        name = without_end["name"]
        return f"the template{f' {name!r}' if name else ''} includes itself without end", _CORRECT
    message = _short(rest).removeprefix("error calling include: ").removeprefix("template: ")
    if missing := re.match(r"no template \"([^\"]*)\"", message):
        return (
            f"no chart here defines the template {missing[1]!r}",
            "correct the name, or add the library chart that defines it: helm dependency build",
        )
    if "Values" in expression and (key := re.fullmatch(r"nil pointer evaluating (?:interface \{\}|map\S*)\.(.+)", message)):
        return f"`{_short(expression)}`: there is nothing to take `.{key[1]}` from: no such value is given", _GIVE
    return f"`{_short(expression)}`: {message}", _CORRECT


def _at_template(found: re.Match[str], chart: Chart, message: str, fix: str) -> Problem:
    file = chart.template(found["file"]) or chart.manifest
    column = found.groupdict().get("column")
    line = int(found["line"]) if file != chart.manifest else None
    return Problem(file, line, int(column) + 1 if column and line else None, message, fix)


def _by_author(found: re.Match[str], chart: Chart) -> Problem:
    return _at_template(found, chart, _short(found["message"]), _GIVE)


def _syntax(found: re.Match[str], chart: Chart) -> Problem:
    return _at_template(found, chart, f"is no template that Helm can read: {_short(found['message'])}", _CORRECT)


def _no_yaml(found: re.Match[str], chart: Chart, rerender: Rerender) -> Problem:
    file = chart.template(found["file"]) or chart.manifest
    text = rerender()
    for problem in _our_own(text, found["file"]):
        line = text.split("\n")[(problem.line or 1) - 1].strip()
        shown = f" in `{_short(line)}`" if line else ""
        return Problem(file, None, None, f"what it renders is no YAML: {problem.message}{shown}", problem.fix)
    return Problem(file, None, None, f"what it renders is no manifest: {_short(found['message'])}", _CORRECT)


def _our_own(text: str, source: str) -> Iterator[Problem]:
    for problem in parse("", text.encode()).problems:
        if source_of(text, problem.line or 1) == source:
            yield problem


def _missing(found: re.Match[str], chart: Chart) -> Problem:
    wanted = list(dict.fromkeys(name.strip() for name in _short(found["names"]).split(",")))
    known = {each.name: each for each in chart.dependencies}
    told = ", ".join(str(known.get(name, name)) for name in wanted)
    first = known.get(wanted[0])
    file, line = (first.file, first.line) if first else (chart.manifest, None)
    are = "a chart that is" if len(wanted) == 1 else "charts that are"
    message = f"depends on {are} not in charts/: {told}"
    if any(name in known and known[name].can_be_off for name in wanted):
        message += "; Helm wants them even where a condition or tag switches them off"
    return Problem(file, line, None, message, f"helm dependency build {chart.shown or '.'}")


def _kubernetes(found: re.Match[str], chart: Chart) -> Problem:
    message = f"the chart is for Kubernetes {found['wanted']}, and was rendered for {found['version']}"
    return Problem(chart.manifest, chart.line("kubeVersion"), None, message, "name your cluster's version with --kube-version")


def _set(found: re.Match[str], chart: Chart) -> Problem:
    return Problem(chart.manifest, None, None, f"--set: {_short(found['message'])}", "write --set name.of.value=value")


def _release(found: re.Match[str], chart: Chart) -> Problem:
    message = f"{_short(found['name'])} cannot be the name of a release"
    return Problem(
        chart.manifest, None, None, message, "take letters, digits and '-', 53 at most: --release NAME, or releaseName in what deploys it"
    )


def _version(found: re.Match[str], chart: Chart) -> Problem:
    return Problem(chart.manifest, None, None, f"{_short(found['version'])!r} is no version of Kubernetes", "write --kube-version 1.32")


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], Chart], Problem]]] = (
    (_BY_AUTHOR, _by_author),
    (_SYNTAX, _syntax),
    (_MISSING, _missing),
    (_KUBERNETES, _kubernetes),
    (_SET, _set),
    (_RELEASE, _release),
    (_VERSION, _version),
)
