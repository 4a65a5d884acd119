"""Files of application source and of what builds it, by their names."""

import re

GRAMMARS = {
    ".py": "python", ".go": "go", ".java": "java",
    ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
}  # fmt: skip
ENDINGS = tuple(GRAMMARS)
_BUILDING = re.compile(
    r"(?i)(?:(?:Dockerfile|Containerfile)(?:\..+)?|.+\.Dockerfile|(?:docker-)?compose(?:[.-].+)?\.ya?ml|skaffold(?:[.-].+)?\.ya?ml"
    r"|Tiltfile|Makefile|Jenkinsfile|cloudbuild\.ya?ml|kustomization\.ya?ml)"
)
_BEGINNINGS = (
    "dockerfile", "containerfile", "docker-compose", "compose", "skaffold", "tiltfile",
    "makefile", "jenkinsfile", "cloudbuild", "kustomization",
)  # fmt: skip
_BEGINNING_PROGRAMS = frozenset({
    "package.json", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts", "requirements.txt", "pyproject.toml", "Pipfile", "setup.py",
})  # fmt: skip
_ASIDE_FOLDERS = frozenset({
    "test", "tests", "testing", "testdata", "test-data", "__tests__", "__mocks__", "mocks", "mock", "spec", "specs", "e2e",
    "integration-tests", "fixtures",
    "example", "examples", "sample", "samples", "demo", "demos", "docs", "doc", "benchmark", "benchmarks",
    "vendor", "vendored", "shaded", "_vendor", "third_party", "third-party", "external", "node_modules", "bower_components",
    "site-packages",
    "dist", "build", "target", "out", "generated", "gen", "genproto", "migrations", "db_migrations", "alembic", "stubs",
})  # fmt: skip
_ASIDE_FILES = re.compile(
    r"test_.*\.py|.*_tests?\.(?:py|go)|conftest\.py|.*_pb2(?:_grpc)?\.pyi?|.*\.pb(?:\.gw)?\.go|.*\.gen\.go|mock_.*\.go|.*_mock\.go"
    r"|.*[._-](?:test|tests|spec|mock|stories)\.[cm]?[jt]sx?|.*\.min\.[cm]?js|.*\.d\.[cm]?ts|.*\.bundle\.js|.*_pb\.[jt]s"
    r"|.*(?:Test|Tests|TestCase|IT|Mock)\.java|Test[A-Z]\w*\.java"
)


def is_source(name: str) -> bool:
    """Whether a file is in a language that there are rules for."""
    return name.lower().endswith(ENDINGS)


def tells_of_builds(name: str) -> bool:
    """Whether a file says what an image is built from, or that its folder is a program of its own."""
    if name in _BEGINNING_PROGRAMS:
        return True
    lower = name.lower()  # asked of every manifest there is, so the cheap question comes first
    return (lower.startswith(_BEGINNINGS) or lower.endswith(".dockerfile")) and _BUILDING.fullmatch(name) is not None


def begins_program(name: str) -> bool:
    """Whether its folder is a program of its own."""
    return name in _BEGINNING_PROGRAMS or is_recipe(name)


def is_recipe(name: str) -> bool:
    """Whether an image is built by it."""
    return name.startswith(("Dockerfile", "Containerfile")) or name.lower().endswith(".dockerfile")


def is_aside(path: str) -> bool:
    """Whether a file, by its path below the folder that is read, is test, example, vendored or generated: it does not run in production."""
    *folders, name = path.split("/")
    return not _ASIDE_FOLDERS.isdisjoint(folder.lower() for folder in folders) or _ASIDE_FILES.fullmatch(name) is not None
