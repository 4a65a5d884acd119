"""`python -m checker`."""

from checker.cli import command

command()
