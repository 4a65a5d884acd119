"""The table of what is read from a cluster, against what the code asks for."""

import ast
import os
import re

import yaml

from checker.sources.cluster.kinds import kinds

_CHECKER = os.path.join(os.path.dirname(__file__), "..", "..", "checker")
_DOCUMENTATION = os.path.join(_CHECKER, "..", "docs", "cluster.md")
_ASKING = {"covers", "covers_in", "complete_in", "find", "get"}
_UNREAD = {"Secret"}  # on purpose: what depends on one stays unknown


def _asked():
    for place, _, names in os.walk(_CHECKER):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(place, name), encoding="utf-8") as stream:
                    yield from _kinds_of(ast.parse(stream.read()))


def _kinds_of(tree):
    """Names of kinds in questions to a model: `model.covers("Service")`, `model.kinds.get("Service", ())`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING:
            asked = ast.unparse(node.func.value)
            if asked.endswith(("model", "model.kinds")):
                for each in node.args:
                    if isinstance(each, ast.Constant) and re.fullmatch(r"[A-Z]\w+", str(each.value)):
                        yield each.value


def test_the_role_in_the_documentation_has_every_kind():
    with open(_DOCUMENTATION, encoding="utf-8") as stream:
        [text] = re.findall(r"```yaml\n(.*?)```", stream.read(), re.DOTALL)
    core, others = yaml.safe_load(text)["rules"]
    assert sorted(core["resources"]) == sorted(kind.name.lower() + "s" for kind in kinds() if not kind.group)
    assert set(others["apiGroups"]) == {kind.group for kind in kinds() if kind.group}


def test_every_kind_that_is_asked_for_is_read():
    asked = set(_asked())
    assert len(asked) > 25
    assert asked - {kind.name for kind in kinds()} == _UNREAD
