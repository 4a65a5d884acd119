"""A client that is seen made: every place of the file that gives its name a value makes it as a rule says.

The name alone tells nothing: what comes from a parameter, another file or a second assignment may be configured in any way.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Config = dict[str, Any]
_NOTHING = "^(?:None|null|nil|undefined)$"


class _Names(NamedTuple):
    """How a language gives names to values. `bindings`: (kind, field of the name, field of the value).

    `parameters`: their fields; `own`: how a method begins to name what is its object's; `lists`: the kind of lists of names and
    values; `with_as`: whether a block may name what it opens.
    """

    root: str
    bindings: tuple[tuple[str, str, str], ...]
    functions: tuple[str, ...]
    parameters: tuple[str, ...] = ("parameters",)
    classes: tuple[str, ...] = ()
    own: str = ""
    lists: str = ""
    with_as: bool = False


_SCRIPT = _Names(
    "program",
    (("variable_declarator", "name", "value"), ("assignment_expression", "left", "right")),
    ("function_declaration", "method_definition", "arrow_function", "function_expression", "generator_function_declaration"),
    parameters=("parameters", "parameter"),
    classes=("class_declaration", "class"),
    own=r"^this\.",
)
_NAMES: Mapping[str, _Names] = {
    "python": _Names(
        "module",
        (("assignment", "left", "right"),),
        ("function_definition", "lambda"),
        classes=("class_definition",),
        own=r"^self\.",
        with_as=True,
    ),
    "go": _Names(
        "source_file",
        (("short_var_declaration", "left", "right"), ("assignment_statement", "left", "right"), ("var_spec", "name", "value")),
        ("function_declaration", "method_declaration", "func_literal"),
        lists="expression_list",
    ),
    "java": _Names(
        "program",
        (("variable_declarator", "name", "value"), ("assignment_expression", "left", "right"), ("resource", "name", "value")),
        ("method_declaration", "constructor_declaration", "lambda_expression"),
    ),
    "javascript": _SCRIPT,
}


def made_in_sight(language: str) -> list[Config]:
    """Conditions on a node in which `$CLIENT` is bound: the utility rule `maker` is what makes each value that the file gives it."""
    names = _NAMES[language]
    made = _bound(names, {"matches": "maker"})
    otherwise = _bound(names, {"not": {"any": [{"matches": "maker"}, {"regex": _NOTHING}]}})
    conditions = [_anywhere(names, made), {"not": _anywhere(names, otherwise)}, {"not": _parameter(names)}]
    if names.own:
        in_class = {"inside": {**_kinds(names.classes), "stopBy": "end", "has": {**made, "stopBy": "end"}}}
        is_own = {"has": {"stopBy": "end", "pattern": "$CLIENT", "regex": names.own}}
        conditions.append({"any": [in_class, {"not": is_own}]})
    return conditions


def _anywhere(names: _Names, bound: Config) -> Config:
    return {"inside": {"kind": names.root, "stopBy": "end", "has": {**bound, "stopBy": "end"}}}


def _bound(names: _Names, value: Config) -> Config:
    """A place that gives `$CLIENT` such a value."""
    ways: list[Config] = [
        {
            "kind": kind,
            "all": [{"has": {"field": name, **_first(names, {"pattern": "$CLIENT"})}}, {"has": {"field": given, **_first(names, value)}}],
        }
        for kind, name, given in names.bindings
    ]
    if names.with_as:
        target = {"kind": "as_pattern_target", "has": {"pattern": "$CLIENT"}}
        ways.append({"kind": "as_pattern", "all": [{"has": {"nthChild": 1, **value}}, {"has": target}]})
    return {"any": ways}


def _first(names: _Names, such: Config) -> Config:
    """The first of a list, where names and values come in lists: `conn, err := grpc.NewClient(…)`."""
    if not names.lists:
        return such
    return {"any": [{"kind": names.lists, "has": {"nthChild": 1, **such}}, {"all": [{"not": {"kind": names.lists}}, such]}]}


def _parameter(names: _Names) -> Config:
    taken = [{"has": {"field": field, "has": {"pattern": "$CLIENT", "stopBy": "end"}}} for field in names.parameters]
    return {"inside": {"all": [_kinds(names.functions), {"any": taken}], "stopBy": "end"}}


def _kinds(kinds: tuple[str, ...]) -> Config:
    return {"any": [{"kind": kind} for kind in kinds]}
