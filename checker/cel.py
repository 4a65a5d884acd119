"""The one module that knows the expression language's engine (Common Expression Language, cel-expr-python)."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from cel_expr_python import cel

_STRING = re.compile(r"""r?("([^"\\]|\\.)*"|'([^'\\]|\\.)*')""")
_NAME = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)+")
_POSITION = re.compile(r"<input>:(\d+):(\d+): (.*)")
_ABSENT = "Key not found in map"
_TYPES = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "list(string)": cel.Type.List(cel.Type.STRING),
}


class ExpressionError(Exception):
    """An expression that does not compile: line and column (1-based, within the expression) and why."""

    def __init__(self, line: int, column: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.column = column
        self.why = why


class Failure(NamedTuple):
    """An evaluation that came to no value."""

    why: str


class Program:
    """An expression, compiled when it is first needed, and the variables it reads.

    `variables` maps dotted names to bool, int, double, string or list(string); the value has the type `returns`.
    """

    def __init__(self, text: str, variables: Mapping[str, str], returns: str) -> None:
        self._text = text
        self._returns = returns
        self._variables = variables
        self.reads = _names(text, variables)

    @cached_property
    def environment(self) -> Any:
        """What the names stand for; programs over the same names share it."""
        return _environment(tuple(sorted(self._variables.items())))

    @cached_property
    def expression(self) -> Any:
        """The compiled expression. Raises ExpressionError for a name that is not among the variables, or another type."""
        try:
            expression = self.environment.compile(self._text)
        except RuntimeError as error:
            raise _explained(str(error)) from None
        if expression.return_type() != _TYPES[self._returns]:
            raise ExpressionError(1, 1, f"it gives {expression.return_type().name().lower()}, not {self._returns}")
        return expression


def compile_expression(text: str, variables: Mapping[str, str], returns: str) -> Program:
    """A program that is known to compile. Raises ExpressionError."""
    program = Program(text, variables, returns)
    _ = program.expression
    return program


def run(program: Program, values: Mapping[str, Any]) -> Any:
    """The value, or a Failure. A variable may be missing from `values` as long as the outcome does not hang on it."""
    outcome = program.expression.eval(program.environment.Activation(dict(values)))
    if outcome.type() == cel.Type.ERROR:
        return Failure(str(outcome.value()))
    return outcome.plain_value()


def rule(text: str) -> Callable[[Any], bool | None]:
    """A rule of a custom resource on the value `self`: whether it holds; None where this engine cannot tell.

    As for the API server, a rule does not hold either if it reads a field that is not there.
    """
    try:
        expression = _of_rules().compile(text)
    except RuntimeError:
        return lambda _: None

    def holds(value: Any) -> bool | None:
        try:
            outcome = expression.eval(_of_rules().Activation({"self": value}))
        except (RuntimeError, TypeError, ValueError, OverflowError):  # a value that the engine does not have
            return None
        if outcome.type() == cel.Type.ERROR:
            return False if _ABSENT in str(outcome.value()) else None
        return outcome.plain_value() if outcome.type() == cel.Type.BOOL else None

    return holds


@cache
def _of_rules() -> Any:
    """The functions that the API server adds to the language, as far as rules that we know use them."""
    from cel_expr_python.ext import ext_strings

    is_ip = cel.Overload("is_ip_string", cel.Type.BOOL, [cel.Type.STRING], impl=_is_ip)
    return cel.NewEnv(
        variables={"self": cel.Type.DYN}, extensions=[ext_strings.ExtStrings()], functions=[cel.FunctionDecl("isIP", [is_ip])]
    )


def _is_ip(text: str) -> bool:
    from ipaddress import ip_address

    try:
        return "%" not in text and bool(ip_address(text))
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _environment(variables: Sequence[tuple[str, str]]) -> Any:
    from cel_expr_python.ext import ext_strings

    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in variables}, extensions=[ext_strings.ExtStrings()])


def _explained(text: str) -> ExpressionError:
    found = _POSITION.search(text)
    if not found:
        return ExpressionError(1, 1, text.partition(":")[2].strip() or text)
    line, column, why = found.groups()
    return ExpressionError(int(line), int(column), why.replace(" (in container '')", ""))


def _names(text: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Variables in order of appearance; other names belong to macros, or are mistakes that compiling finds."""
    found = []
    for match in _NAME.findall(_STRING.sub('""', text)):
        steps = match.split(".")
        candidates = (".".join(steps[:count]) for count in range(len(steps), 1, -1))
        name = next((candidate for candidate in candidates if candidate in variables), None)
        if name:
            found.append(name)
    return tuple(dict.fromkeys(found))
