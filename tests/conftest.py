"""Options of the test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what is printed now over what was reviewed; read the difference before committing it."""
    parser.addoption("--update-golden", action="store_true", help="overwrite the golden files with what is printed now")
