"""Manifests as text, for the tests of this package."""

from checker.documents import parse
from checker.objects import Objects, join, objects


def read(text: str, file: str = "x.yaml") -> Objects:
    """What the documents in `text` hold."""
    parsed = parse(file, text.encode())
    assert parsed.problems == []
    return join(objects(document) for document in parsed.documents)


def identities(found: Objects) -> list[str]:
    """`apps/v1 Deployment shop/web` for each object."""
    return [f"{item.api_version} {item.kind} {item.namespace}/{item.name}" for item in found.objects]


def messages(found: Objects) -> list[str]:
    """The problems, in words."""
    return [problem.message for problem in found.problems]


def reasons(found: Objects) -> list[str]:
    """Why something was skipped."""
    return [entry.reason for entry in found.skipped]
