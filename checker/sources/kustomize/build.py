"""From a directory with a kustomization to the text that it makes."""

import shlex
from collections.abc import Callable
from functools import cache, partial

from checker.errors import Problem
from checker.location import Path
from checker.sources.kustomize.checks import Checked, check
from checker.sources.kustomize.failures import failed
from checker.sources.kustomize.program import build, find_helm, find_program
from checker.sources.kustomize.tree import Kustomization, load
from checker.sources.process import Ended
from checker.sources.rendering import Origin, Rendering, Written
from checker.sources.walk import reported

_INSTALL = "install kustomize (https://kubectl.docs.kubernetes.io/installation/kustomize/) or kubectl"


def render_kustomization(path: str, name: str, *, allow_remote: bool = False) -> Rendering | list[Problem]:
    """What the user's kustomize makes of the directory `path`, or why it makes nothing.

    Without `allow_remote` nothing is fetched: what names something remote is not built. Nothing is written beside the user's files.
    """
    root = load(path)
    if isinstance(root, Problem):
        return [root]
    helm = find_helm()
    checked = check(root, allow_remote=allow_remote, helm=helm)
    if checked.problems:
        return checked.problems
    program = find_program()
    if program is None:
        return [Problem(root.file, None, None, "neither kustomize nor kubectl is installed, so this kustomization was not built", _INSTALL)]
    try:
        ended = build(program, root.directory, helm=helm if checked.charts else None, allow_remote=allow_remote)
    except OSError as error:
        return [Problem(root.file, None, None, f"{program.words[0]} cannot be run: {error.strerror}", _INSTALL)]
    if ended.status != 0 or ended.stopped:
        return [failed(ended, root, checked.members)]
    typed = f"{program.typed} {shlex.quote(reported(path))}"
    again = partial(build, program, helm=helm if checked.charts else None, allow_remote=allow_remote)
    return Rendering(name, typed, ended.output, _origin(root, checked, ended.output, again))


def _origin(root: Kustomization, checked: Checked, text: bytes, again: Callable[[str], Ended]) -> Origin:
    """Both ways to an answer are costly, and only prepared when they are asked."""

    @cache
    def simulated() -> Origin:
        from checker.sources.kustomize.simulation import tracing

        return tracing(root, checked.members, text)

    @cache
    def annotated() -> Origin:
        from checker.sources.kustomize.annotated import by_annotations

        return by_annotations(root, checked.members, text, again)

    def origin(line: int, path: Path) -> Written | None:
        return simulated()(line, path) or annotated()(line, path)

    return origin
