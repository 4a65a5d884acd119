"""One real API server for all tests that ask for it, emptied after each."""

from collections.abc import Callable, Iterator

import pytest

from tests.cluster.server import Running, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Running(tmp_path_factory.mktemp("apiserver"))
    try:
        yield running.start()
    finally:
        running.end()


@pytest.fixture
def apply(server: Server) -> Iterator[Callable[..., None]]:
    """Puts manifests into the cluster; namespaces stay, for nobody is there to end them."""
    applied: list[str] = []

    def put(text: str, *options: str) -> None:
        applied.append(text)
        server.kubectl("apply", *options, "-f", "-", given=text)

    yield put
    for text in reversed(applied):
        rest = "\n---\n".join(part for part in text.split("\n---\n") if "kind: Namespace\n" not in part)
        if rest.strip():
            server.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", given=rest)
