"""Expressions: what compiles, what they read, what they give."""

import pytest

from checker.cel import ExpressionError, Failure, compile_expression, run

NAMES = {"a.count": "int", "a.count.is_set": "bool", "a.name": "string", "a.names": "list(string)", "params.limit": "int"}


@pytest.mark.parametrize(
    ("text", "values", "outcome"),
    [
        ("a.count > params.limit", {"a.count": 3, "params.limit": 2}, True),
        ("a.count.is_set && a.count > 1", {"a.count.is_set": False}, False),
        ("a.names.exists(name, name == 'x')", {"a.names": ["x"]}, True),
        ("a.name == 'a.count'", {"a.name": "a.count"}, True),
    ],
)
def test_an_expression_has_a_value(text, values, outcome):
    assert run(compile_expression(text, NAMES, "bool"), values) is outcome


def test_a_missing_fact_does_not_matter_where_the_other_side_decides():
    assert run(compile_expression("a.count > 1 || a.name == 'x'", NAMES, "bool"), {"a.name": "x"}) is True


def test_a_missing_fact_that_decides_is_a_failure_and_no_value():
    assert isinstance(run(compile_expression("a.count > 1 || a.name == 'x'", NAMES, "bool"), {"a.name": "y"}), Failure)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.cuont > 1", "undeclared reference to 'a.cuont'"),
        ("a.count > 'x'", "no matching overload"),
        ("a.count", "it gives int, not bool"),
        ("a.count >", "Syntax error"),
    ],
)
def test_a_mistake_is_found_when_it_is_compiled(text, why):
    with pytest.raises(ExpressionError, match=why):
        compile_expression(text, NAMES, "bool")


def test_what_an_expression_reads_is_in_order_and_leaves_texts_out():
    program = compile_expression("a.names.exists(n, n == 'a.name') && a.count.is_set && a.count > params.limit", NAMES, "bool")
    assert program.reads == ("a.names", "a.count.is_set", "a.count", "params.limit")
