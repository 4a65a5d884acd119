"""Check what findings in rendered Helm charts are traced to, by changing the claimed place and rendering again.

    python benchmarks/helm_origins.py HELM CHART...

A claimed line of a template is changed in a copy of the chart: exactly the lines that were traced to it must change. Each value is
changed by itself: of the entries that findings are at, those that follow it come from it, so that must be what is claimed. A value
that would set what is missing is set. `unproven`: Helm refuses the chart so changed.
"""

import collections
import copy
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

from checker.sources.helm import values
from checker.sources.helm.chart import Chart
from checker.sources.helm.trace import origin_of

_STEP = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|\.?([^.\[]+)')
_CLAIM = re.compile(r"`(.*)`")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")


class Subject:
    """A chart, what it renders, and renderings of changed copies."""

    def __init__(self, helm, directory):
        self.helm = helm
        self.directory = directory
        self.renders = 0
        self.text = self.render(directory, ())

    def render(self, chart, files):
        self.renders += 1
        more = [argument for file in files for argument in ("-f", str(file))]
        command = [self.helm, "template", "release", str(chart), "--skip-schema-validation", *more]
        ended = subprocess.run(command, capture_output=True, check=False)
        return ended.stdout.decode() if ended.returncode == 0 else None

    def with_values(self, extra):
        with tempfile.TemporaryDirectory() as private:
            file = pathlib.Path(private, "values.json")
            file.write_text(json.dumps(extra))
            return self.render(self.directory, [file])

    def with_line(self, file, line, change):
        """Rendered with another line in a template; None where that cannot be."""
        with tempfile.TemporaryDirectory() as private:
            changed = pathlib.Path(private, "chart")
            shutil.copytree(self.directory, changed)
            target = changed / file
            lines = target.read_bytes().decode().split("\n")
            new = change(lines[line - 1])
            if new is None:
                return None
            lines[line - 1] = new
            target.write_bytes("\n".join(lines).encode())
            return self.render(changed, ())


def path_of(field):
    """`spec.containers[0]["a/b"]` → its steps."""
    return tuple(int(step[2]) if step[2] else step[1] or step[3] for step in _STEP.finditer(field))


def findings(text):
    """(line, path) of all that is reported on a text."""
    with tempfile.TemporaryDirectory() as private:
        file = pathlib.Path(private, "rendered.yaml")
        file.write_text(text)
        command = [sys.executable, "-m", "checker", "check", str(file), "--complete", "--format", "json"]
        report = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    return [(each["location"]["line"], path_of(each["location"]["field"]), each["policy"]) for each in report["findings"]]


def changed_line(line):
    """A line whose first word of its own is another, or which writes nothing but a comment."""
    text = re.sub(r"\{\{.*?\}\}", lambda action: " " * len(action[0]), line)
    if "{{" in text or "}}" in text:
        return None
    if name := _NAME.search(text):
        return f"{line[: name.start()]}ZQ{line[name.start() :]}"
    return '{{- "\\n#ZQ" }}'


def by_source(text):
    """Template → its lines that say something."""
    found = collections.defaultdict(list)
    source = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("# Source: "):
            source = line
        elif line.strip() and line != "---":
            found[source].append((number, line.rstrip()))
    return found


def line_is_right(chart, file, line, traced, unstable):
    """Whether a changed line changes just the lines that were traced to it; None where Helm refuses the change."""
    changed = chart.with_line(file, line, changed_line)
    if changed is None:
        return None
    before, after = by_source(chart.text), by_source(changed)
    for source in before.keys() | after.keys():
        ours, theirs = before[source], [text for _, text in after[source]]
        ours = [(number, text) for number, text in ours if not unstable(text)]
        theirs = [text for text in theirs if not unstable(text)]
        if any(text.strip() == "#ZQ" for text in theirs):
            left = [text for number, text in ours if number not in traced]
            if sorted(left) != sorted(text for text in theirs if text.strip() != "#ZQ"):
                return False
            continue
        plain = [text.replace("ZQ", "", 1) for text in theirs]
        hit = [text for text in theirs if "ZQ" in text]
        mine = [text for number, text in ours if number in traced]
        if plain == [text for _, text in ours]:
            marked = {number for (number, _), text in zip(ours, theirs, strict=True) if "ZQ" in text}
            if not marked <= traced or (mine and not marked):
                return False
        elif sorted(plain) != sorted(text for _, text in ours) or not collections.Counter(
            text.replace("ZQ", "", 1) for text in hit
        ) <= collections.Counter(mine):
            return False
    return True


def objects(text):
    """(source, kind, number) → object; names may be random."""
    found = {}
    seen = collections.Counter()
    for part in re.split(r"^---\s*$", text, flags=re.MULTILINE):
        source = re.search(r"^# Source: (.*)$", part, re.MULTILINE)
        try:
            data = yaml.load(part, Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            continue
        if isinstance(data, dict) and source:
            key = source[1], data.get("kind")
            found[*key, seen[key]] = data
            seen[key] += 1
    return found


def at(data, path):
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def leaves(data, path=()):
    if isinstance(data, dict) and data:
        for key, item in data.items():
            yield from leaves(item, (*path, key))
    elif isinstance(data, list) and data:
        for index, item in enumerate(data):
            yield from leaves(item, (*path, index))
    else:
        yield path, data


def other(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10 or 1), value, count=1) if re.match(r"\d", value) else value + "zq"
    return None


def setting(merged, path, value):
    """Values that set one entry, lists whole."""
    tree = copy.deepcopy(merged) if any(isinstance(step, int) for step in path) else {}
    here = tree
    for step in path[:-1]:
        if isinstance(here, dict) and not isinstance(here.get(step), dict | list):
            here[step] = {}
        here = here[step]
    here[path[-1]] = value
    return tree


def object_at(text, line):
    """Which object a line is in."""
    lines = text.split("\n")
    end = next((index for index in range(line, len(lines)) if lines[index].startswith("---")), len(lines))
    return list(objects("\n".join(lines[:end])))[-1]


def main(helm, *directories):
    total = collections.Counter()
    for directory in directories:
        chart = Subject(helm, directory)
        if chart.text is None:
            print(f"{directory}: not rendered")
            continue
        chart.renders = 0
        origin = origin_of(directory, "", chart.text, chart.render)
        reported = findings(chart.text)
        places = {(line, path): origin(line, path) for line, path, _ in reported}
        experiments = chart.renders
        count = judge(chart, reported, places, origin)
        print(f"{directory}: {dict(count)}, {experiments} renders")
        total.update(count)
    print(dict(total))


def judge(chart, reported, places, origin):
    count = collections.Counter(findings=len(reported))
    lines = chart.text.split("\n")
    random = {
        before[: next(index for index, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])]
        for before, after in zip(lines, chart.render(chart.directory, ()).split("\n"), strict=True)
        if before != after
    }

    def unstable(text):
        return "checksum" in text or any(text.startswith(start) for start in random)

    traced = collections.defaultdict(set)
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith(("#", "---")) and (written := origin(number, ())) and written.location.line:
            traced[written.location.file, written.location.line].add(number)
    verdicts = {}
    merged = values.load(Chart(chart.directory, "")).merged
    plain = objects(chart.text)
    ways = collections.defaultdict(set)
    wanted = {(object_at(chart.text, line), path) for line, path, _ in reported}
    for key, value in leaves(merged):
        if (
            isinstance(value, bool)
            or value == ""
            or (new := other(value)) is None
            or (text := chart.with_values(setting(merged, key, new))) is None
        ):
            continue
        after = objects(text)
        for name, path in wanted:
            if name in after and path and at(plain[name], path) is not None and at(after[name], path) not in (None, at(plain[name], path)):
                ways[name, path].add(key)
    for line, path, policy in reported:
        written, name = places[line, path], object_at(chart.text, line)
        place = written.location if written else None
        if place is None or place.line is None:
            count["no line"] += 1
            print("  no line:", policy, line, lines[line - 1].strip())
        else:
            key = place.file, place.line
            if key not in verdicts:
                verdicts[key] = line_is_right(chart, *key, traced[key], unstable)
            count[{True: "line right", False: "LINE WRONG", None: "line unproven"}[verdicts[key]]] += 1
            if verdicts[key] is not True:
                print("  line", verdicts[key], key, lines[line - 1].strip(), "<-", written.excerpt.strip())
        comes = ways.get((name, path), set())
        count["from values"] += bool(comes)
        claims = list(written.related) if written else []
        if comes and not claims:
            print("  not claimed:", policy, path, comes)
        for claim in claims:
            value = path_of(_CLAIM.search(claim.note)[1])
            if not claim.note.endswith("would set it"):
                right = any(key[: len(value)] == value for key in comes)
                count["value right" if right else "VALUE WRONG"] += 1
                if not right:
                    print("  value?", policy, path, value, comes, at(plain[name], path))
            else:
                new = "5Mi" if value[-1] == "memory" else 5
                text = chart.with_values(setting(merged, value, new))
                after = objects(text).get(name) if text else None
                verdict = None if after is None else at(after, path) is not None and at(after, path) != at(plain[name], path)
                count[{True: "missing value right", False: "MISSING VALUE WRONG", None: "missing value unproven"}[verdict]] += 1
                if verdict is not True:
                    print("  missing?", policy, path, value, verdict)
            count["claimed of those from values"] += bool(comes)
    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
